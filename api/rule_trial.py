"""RuleTrial: rules tried before anybody is answered by them: two applications, every term."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from api import clock
from api.warm_up import answer_samples
from grid_models.errors import InputError, InputProblem
from planner.form import LAST_YEAR
from planner.rules import RuleBook

__all__ = ["try_rules"]

# Rules an answer was given by on a day: a draft that is sent again is not tried again.
_GOOD: set[tuple[str, str, date]] = set()

# Rules that say how long something holds, or how long before its end others are told.
_TERMS = (
    "hold_deciding_hours", "hold_reminder", "hold_residual_months", "pack_hours", "validity",
)  # fmt: skip
_MONTH = "month"
_LAST = clock.end_of(date(LAST_YEAR, 12, 31))
"""After the last acceptance date: a term that begins here has to end on a date as well."""

_log = logging.getLogger(__name__)


def try_rules(book: RuleBook, days: Iterable[date]) -> None:
    """Make sure answers can be given by some rules, and promises held for as long as they say.

    Parameters
    ----------
    days
        Acceptance dates to try.

    Raises
    ------
    InputError
        If one cannot: a value is of the right kind and makes no sense.
    """
    days = set(days)
    if problems := list(dict.fromkeys(_term_problems(book, days))):
        raise InputError(problems)
    for day in sorted(days):
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


def _term_problems(book: RuleBook, days: Iterable[date]) -> Iterator[InputProblem]:
    """Yield each term in force on some days that does not last, or ends after all dates."""
    for row in book.rows:
        if row.rule_id in _TERMS and any(row.is_in_force(day) for day in days):
            parts = row.value if isinstance(row.value, Mapping) else {"": row.value}
            for part, amount in parts.items():
                if isinstance(amount, int | float) and not _lasts(amount, row.unit):
                    place = f"{row.rule_id}.{part}" if part else row.rule_id
                    yield InputProblem(
                        field="entries",
                        zh=f"规则 {place} 为 {amount} {row.unit}，应大于 0（月数为整数），"
                        f"且自 {LAST_YEAR} 年起算的期限仍是有效日期",
                        en=f"rule '{place}' is {amount} {row.unit}; it must be above 0, whole if "
                        f"in months, and end on a date even if it begins in {LAST_YEAR}",
                    )


def _lasts(amount: float, unit: str) -> bool:
    if amount <= 0 or (unit == _MONTH and amount != int(amount)):
        return False
    try:
        term = relativedelta(months=int(amount)) if unit == _MONTH else timedelta(hours=amount)
        clock.end_of(clock.day_of(_LAST + term))
    except (OverflowError, ValueError):
        return False
    return True
