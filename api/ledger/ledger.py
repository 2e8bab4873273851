"""Ledger: capacity is promised once, held while it is promised, and released.

Whatever promises is one transaction that looks at every other promise first. A plan that was made
with just those promises proves itself; any other is solved again at its points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from api.database import Database
from api.database.applications import StoredApplication, find_application, move
from api.database.grid_versions import require_served
from api.database.holds import list_commitments
from api.database.outbox import tell
from api.database.plans import StoredPlan, add_plan
from api.database.waiting import wait_for
from api.ledger.clocks import Clocks, find_schedule, keep_clock
from api.ledger.errors import (
    GridMovedError,
    NoSuchOptionError,
    RulesMovedError,
)
from api.ledger.giving_way import find_giving_way
from api.ledger.onward import go_on
from api.ledger.promises import write_down
from api.life import DRAFT, ENDED, MoveError
from api.metrics import count_answer
from api.node_capacity import refuse_astray
from api.serving import ServedGrid
from api.translate import plan_document
from planner.application import Commitment, SupplyApplication
from planner.assistant import make_plan
from planner.intake import read_stated
from planner.rules import RuleBook, Rules
from planner.terms import Terms

__all__ = ["Draft", "Ledger", "binding_element"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A plan that was made and is not kept yet.

    Parameters
    ----------
    commitments
        What was promised to others when it was made.
    """

    application_id: str
    document: Mapping[str, Any]
    commitments: tuple[Commitment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Plans and promises on one grid; every change is made in a transaction of the caller.

    Parameters
    ----------
    served
        Grid they are about.
    rule_book
        Gives the rules of an area by its name.
    terms
        What units cost and which days are worked.
    rules_inside
        Gives the rules as a transaction sees them; None: they never change.
    """

    served: ServedGrid
    rule_book: Callable[[str], RuleBook]
    terms: Terms
    rules_inside: Callable[[Connection], Callable[[str], RuleBook]] | None = None

    def draft(self, database: Database, application_id: str, *, now: datetime) -> Draft:
        """Make a plan with all that is promised to others; no transaction waits for it."""

        def look(connection: Connection) -> tuple[StoredApplication, tuple[Commitment, ...]]:
            application = find_application(connection, application_id)
            if application.state in ENDED or application.state == DRAFT:
                raise MoveError(application_id, application.state, "planned")
            # a permanent supply is planned as if its temporary one were gone
            return application, self.others(connection, application, now, replaces=True)

        application, others = database.read(look)
        return self._make(application_id, self.read(application), others)

    def draft_new(
        self,
        database: Database,
        application_id: str,
        fields: Mapping[str, Any],
        *,
        replaces_id: str | None,
        supersedes_id: str | None,
        now: datetime,
    ) -> Draft:
        """Make the first plan of an application that is kept together with it, not before.

        Parameters
        ----------
        fields
            What is kept of what was asked.
        replaces_id
            Temporary supply it takes the place of.
        supersedes_id
            Application that ends once this one is held.
        """

        def look(connection: Connection) -> tuple[Commitment, ...]:
            own = [application_id] if replaces_id is None else [application_id, replaces_id]
            if (superseded := find_giving_way(connection, supersedes_id)) is not None:
                own.append(superseded.application_id)
            return self._promised(connection, self.served.name, own, now)

        others = database.read(look)
        book = self.rule_book(str(fields["area"]))
        return self._make(application_id, read_stated(fields, self.served.area, book), others)

    def keep(
        self, connection: Connection, draft: Draft, *, actor: str, now: datetime
    ) -> StoredPlan:
        """Keep a plan as the next version of its application's."""
        application = find_application(connection, draft.application_id)
        if application.state in ENDED:  # while the plan was made
            raise MoveError(application.application_id, application.state, "planned")
        stored = add_plan(connection, draft.application_id, draft.document, draft.commitments, now)
        if application.state == "accepted":
            move(connection, application, "planned", actor=actor, now=now)
        wait_for(connection, draft.application_id, _find_way(draft.document))
        self.keep_clock(connection, application, now)
        write_down(
            connection, application, "plan.make", actor, now,
            version=stored.version, plan_id=stored.plan_id,
            mode=draft.document["answer"]["mode"],
        )  # fmt: skip
        tell(
            connection, "plan.made", district=application.district,
            subject=application.application_id, now=now,
            application_id=application.application_id, version=stored.version,
            plan_id=stored.plan_id, mode=draft.document["answer"]["mode"],
        )  # fmt: skip
        return stored

    def move_on(
        self,
        connection: Connection,
        application_id: str,
        to_state: str,
        *,
        actor: str,
        now: datetime,
        reason: str = "",
        measured_peak_kva: float = 0.0,
    ) -> StoredApplication:
        """Move an application on after the reply, or end it.

        Parameters
        ----------
        to_state
            planned (the hold is given up), agreed, in_construction, energised or withdrawn.
        measured_peak_kva
            Of what is energised.

        Raises
        ------
        NoHoldError
            If the reply has run out.
        MoveError
            If its state does not lead there.
        """
        application = find_application(connection, application_id)

        def residual_months() -> int:
            return int(self.rules(self.read(application)).number("hold_residual_months"))

        moved = go_on(
            connection, application, to_state, residual_months=residual_months,
            measured_peak_kva=measured_peak_kva, reason=reason, actor=actor, now=now,
        )  # fmt: skip
        if to_state == "planned":  # the clock is that of the first option again
            self.keep_clock(connection, moved, now)
        return moved

    @property
    def load_date(self) -> date | None:
        """Day of the grid's loads."""
        return self.served.model.grid.metadata.load_date

    @property
    def clocks(self) -> Clocks:
        """What says when limits end."""
        return Clocks(rule_book=self.rule_book, calendar=self.terms.calendar)

    # ------------------------------------------------------------------ inside a transaction

    def inside(self, connection: Connection) -> Ledger:
        """Return the ledger as a transaction sees it: what promises has to be judged by it.

        Raises
        ------
        GridBehindError
            If promises are made on another version of the grid by now.
        """
        require_served(connection, self.served.name, self.served.version)
        if self.rules_inside is None:
            return self
        return replace(self, rule_book=self.rules_inside(connection))

    def others(
        self,
        connection: Connection,
        application: StoredApplication,
        now: datetime,
        *,
        replaces: bool,
        with_overdue: bool = False,
    ) -> tuple[Commitment, ...]:
        """Return what is promised to all but an application.

        Parameters
        ----------
        replaces
            Leave out the temporary supply it takes the place of as well.
        with_overdue
            Count what has run out and was not given up yet.
        """
        own = [application.application_id]
        if (superseded := find_giving_way(connection, application.supersedes_id)) is not None:
            own.append(superseded.application_id)
        if replaces and application.replaces_id is not None:
            own.append(application.replaces_id)
        return self._promised(
            connection, application.grid_name, own, now, with_overdue=with_overdue
        )

    def _promised(
        self,
        connection: Connection,
        grid_name: str,
        own: Sequence[str],
        now: datetime,
        *,
        with_overdue: bool = False,
    ) -> tuple[Commitment, ...]:
        """Return what is promised on a grid to all but some applications."""
        others = list_commitments(
            connection, grid_name, now, without=own, load_date=self.load_date,
            with_overdue=with_overdue,
        )  # fmt: skip
        refuse_astray(self.served.model, others)
        return others

    def keep_clock(
        self, connection: Connection, application: StoredApplication, now: datetime
    ) -> None:
        """Write down when the limit of an application ends, as things are now."""
        asked = self.read(application)
        rules, calendar = self.rules(asked), self.terms.calendar
        schedule = find_schedule(connection, application, asked, rules, calendar, now=now)
        keep_clock(connection, application.application_id, schedule, rules, calendar)

    # ------------------------------------------------------------------ what is read

    def _make(
        self, application_id: str, asked: SupplyApplication, others: tuple[Commitment, ...]
    ) -> Draft:
        plan = make_plan(
            asked, self.served.model, self.rule_book(asked.area), self.terms.catalogue,
            commitments=others, prices=self.terms.prices, calendar=self.terms.calendar,
            streets=self.served.streets,
        )  # fmt: skip
        count_answer(plan)
        return Draft(
            application_id=application_id, document=plan_document(plan), commitments=others
        )

    def read(self, application: StoredApplication) -> SupplyApplication:
        """Return what was asked."""
        book = self.rule_book(str(application.asked["area"]))
        return read_stated(application.asked, self.served.area, book)

    def rules(self, asked: SupplyApplication) -> Rules:
        """Return the rules an application is judged by."""
        return self.rule_book(asked.area).on(asked.on_date)

    def refuse_other_rules(self, stored: StoredPlan, asked: SupplyApplication) -> None:
        """Refuse a plan that rests on rules that are others now.

        Raises
        ------
        RulesMovedError
            If a row it used is another one by now on its acceptance day.
        """
        book, made_by = self.rule_book(asked.area), stored.document["rules"]
        if book.differs_from(made_by["version"], asked.on_date, made_by["used"]):
            raise RulesMovedError(made_by["version"], book.version)

    def option(self, stored: StoredPlan, rank: int) -> Mapping[str, Any]:
        """Return an option of a plan of the present grid.

        Raises
        ------
        GridMovedError
            If the plan was made on another version of the grid.
        NoSuchOptionError
            If it has no option of that rank.
        """
        if stored.grid_version != self.served.version:
            raise GridMovedError(stored.grid_version, self.served.version)
        options = stored.document["options"]
        if not 1 <= rank <= len(options):
            raise NoSuchOptionError(rank, len(options))
        option: Mapping[str, Any] = options[rank - 1]
        return option


def binding_element(document: Mapping[str, Any]) -> str | None:
    """Return the element with the least room for the first option of a plan; None: none binds."""
    for option in document["options"][:1]:
        headroom = option["headroom"]
        return headroom["open_binding_id"] or headroom["hosting_binding_id"] or None
    return None


def _find_way(document: Mapping[str, Any]) -> set[str]:
    """Return the elements the first option of a plan needs room on."""
    return {
        element_id
        for option in document["options"][:1]
        for source in option["sources"]
        for element_id in source["upstream"]
    }
