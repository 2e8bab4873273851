"""RuleTrial: two made-up applications answered by rules, before anybody else is."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date

from api.warm_up import answer_samples
from grid_models.errors import InputError, InputProblem
from planner.rules import RuleBook

__all__ = ["try_rules"]

# Rules an answer was given by on a day: a draft that is sent again is not tried again.
_GOOD: set[tuple[str, str, date]] = set()

_log = logging.getLogger(__name__)


def try_rules(book: RuleBook, days: Iterable[date]) -> None:
    """Make sure answers can be given by some rules.

    Parameters
    ----------
    days
        Acceptance dates to try.

    Raises
    ------
    InputError
        If one cannot: a value is of the right kind and makes no sense.
    """
    for day in sorted(set(days)):
        if (book.area, book.version, day) in _GOOD:
            continue
        try:
            answer_samples(book, day)
        except Exception as error:
            _log.exception("no answer can be given by rules %s of %s", book.version, book.area)
            raise InputError(
                [
                    InputProblem(
                        field="entries",
                        zh=f"按这些规则（受理日 {day}）无法编制方案，请检查取值：{error}",
                        en=f"no answer can be given by these rules on {day}, look at the values: "
                        f"{error}",
                    )
                ]
            ) from error
        _GOOD.add((book.area, book.version, day))
