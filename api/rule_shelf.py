"""RuleShelf: the rules of every area, what was approved laid over the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from sqlalchemy.engine import Connection

from api.database import Database
from api.database.rule_drafts import (
    ApprovedSoFar,
    StoredDraft,
    approved_so_far,
    list_approved,
)
from grid_models.errors import SupplyPlanError
from planner.rules import RuleBook, lay_over, load_rule_book

__all__ = ["RuleShelf", "RulesNow", "UnknownRulesError"]

_load = cache(load_rule_book)


class UnknownRulesError(SupplyPlanError):
    """The rules of an area never had a version, or their files are others by now."""

    def __init__(self, area: str, version: str) -> None:
        super().__init__(
            f"the rules of {area} have no version {version} here / {area} 的规则没有版本 {version}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesNow:
    """The rules as they were approved at one moment; the same for as long as it is kept.

    Parameters
    ----------
    drafts
        Every approved draft, in order.
    """

    drafts: Sequence[StoredDraft] = ()
    _books: dict[str, RuleBook] = field(default_factory=dict, repr=False)

    def __call__(self, area: str) -> RuleBook:
        """Return the rules of an area.

        Raises
        ------
        InputError
            If there is no such area, or an approved draft does not fit its files any more.
        """
        if area not in self._books:
            book = _load(area)
            for draft in self.drafts:
                if draft.area == area:
                    book = lay_over(book, draft.entries, name=draft.draft_id)
            self._books[area] = book
        return self._books[area]

    def as_of(self, area: str, version: str) -> RuleBook:
        """Return the rules of an area at a version.

        Raises
        ------
        UnknownRulesError
            If they never had it, or the files are others by now.
        """
        book = self(area).as_of(version)
        if book is None:
            raise UnknownRulesError(area, version)
        return book


class RuleShelf:
    """Where rules are found: every process sees an approval with its next look.

    Parameters
    ----------
    database
        Keeps what was approved; None: the files are all there is.
    """

    def __init__(self, database: Database | None) -> None:
        self._database = database
        # both in one: threads that look at the same time must not mix theirs
        self._seen = (ApprovedSoFar(0, 0), RulesNow())

    def now(self) -> RulesNow:
        """Return the rules as they are approved now: one small query, by a connection of its own.

        Take it once for a request, before its transaction begins.
        """
        return self._seen[1] if self._database is None else self._database.read(self.inside)

    def inside(self, connection: Connection) -> RulesNow:
        """Return the rules as a transaction sees them."""
        so_far, (seen, present) = approved_so_far(connection), self._seen
        if so_far == seen:
            return present
        found = RulesNow(drafts=list_approved(connection))
        self._seen = (so_far, found)
        return found
