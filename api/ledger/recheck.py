"""Recheck: every live promise is looked at again once a new version of its grid is served.

Nothing is locked while a promise is solved: who promises meanwhile proves that promise on the
version that is served. What came of a look is written once, whoever looked, and whoever writes it
tells of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from api.auth.names import CLOCK, NO_DISTRICT
from api.database import Database
from api.database.applications import find_application
from api.database.audit import Deed, record
from api.database.grid_versions import begin_checks, end_checks, require_served
from api.database.holds import hold_id_of, list_commitments, list_resting_on_all, set_node
from api.database.outbox import tell
from api.database.plans import find_plan
from api.database.promise_checks import (
    LivePromise,
    MovedPromiseError,
    PromiseCheck,
    forget_checks,
    is_kept,
    keep_check,
    list_unchecked,
)
from api.database.trouble import DatabaseTroubleError
from api.ledger.giving_way import list_apart
from api.ledger.onward import BUILDING, RESIDUAL
from api.serving import ServedGrid
from api.translate import json_ready, read_plan_document
from grid_models.place import Place
from planner.application import Commitment
from planner.candidate import reject
from planner.intake import read_stated
from planner.recheck import Kept, check_promise, check_residual, find_node
from planner.rules import RuleBook
from planner.terms import Terms

__all__ = ["NOT_KEPT", "Look", "Recheck", "is_kept"]

NOT_KEPT = "promise.not_kept"
"""Event of a promise that does not hold on the version that is served."""

# Promises looked at before what came of them is written in one transaction.
BATCH = 20

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at a promise.

    Parameters
    ----------
    promised
        All that was promised on its grid then.
    check
        What it told.
    """

    promise: LivePromise
    promised: tuple[Commitment, ...]
    check: PromiseCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class Recheck:
    """The promises of one grid, held against the version that is served.

    Parameters
    ----------
    served
        The version.
    rule_book
        Gives the rules of an area by its name.
    terms
        What units cost and which days are worked.
    """

    served: ServedGrid
    rule_book: Callable[[str], RuleBook]
    terms: Terms

    def look(self, database: Database, now: datetime) -> int:
        """Look at some promises nobody has looked at on this version; how many there were.

        One process does it for all that serve the grid.
        """
        name, version = self.served.name, self.served.version

        def find(connection: Connection) -> tuple[list[LivePromise], tuple[Commitment, ...]]:
            waiting = list_unchecked(connection, name, version, now, most=BATCH)
            return waiting, self._promised(connection, now)

        def begin(connection: Connection) -> bool:
            return begin_checks(connection, name, version, now)

        if not database.read(lambda c: list_unchecked(c, name, version, now, most=1)):
            return 0
        if not database.write(begin):
            return 0
        waiting, promised = database.read(find)
        looks = [self._look(database, promise, promised, now) for promise in waiting]

        def keep(connection: Connection) -> None:
            # where somebody placed a promise anew meanwhile, all are looked at once more
            new = [] if self._has_moved(connection, promised, now) else looks
            new = [look for look in new if keep_check(connection, look.check)]
            if new:
                self._write_down(connection, new, actor=CLOCK, now=now)
            end_checks(connection, name)

        database.write(keep)
        return len(waiting)

    def look_again(self, database: Database, promise: LivePromise, *, now: datetime) -> Look:
        """Look at one promise with all that is promised now; nothing is written yet."""
        promised = database.read(lambda connection: self._promised(connection, now))
        return self._look(database, promise, promised, now)

    def keep(self, connection: Connection, look: Look, *, actor: str, now: datetime) -> None:
        """Put a look in the place of the one before and tell what it told.

        Raises
        ------
        MovedPromiseError
            If a promise of the grid stands elsewhere by now: what was solved is not what is
            promised.
        """
        if self._has_moved(connection, look.promised, now):
            raise MovedPromiseError(look.promise.hold.hold_id)
        keep_check(connection, look.check, again=True)
        self._write_down(connection, [look], actor=actor, now=now)

    def find_nodes(self, database: Database, promise: LivePromise) -> list[str | None]:
        """Return the node of this version each source's access point is at; None: it is gone."""
        hold = promise.hold
        plan = database.read(
            lambda connection: read_plan_document(
                find_plan(connection, hold.application_id, hold.plan_version).document
            )
        )
        option = plan["options"][hold.option_rank - 1]
        return [
            find_node(option, source["access_point"], self.served.model)
            for source in option["sources"]
        ]

    def place(
        self,
        connection: Connection,
        promise: LivePromise,
        node_ids: Sequence[str],
        *,
        actor: str,
        now: datetime,
    ) -> None:
        """Let a promise stand at other nodes, and have all be looked at again that rest on it.

        Its access point is what was promised; only where others have to count it is another place.

        Parameters
        ----------
        node_ids
            One a source, each a node of this version.

        Raises
        ------
        GridBehindError
            If promises are made on another version of the grid than this process serves.
        """
        require_served(connection, self.served.name, self.served.version)
        for source, node_id in enumerate(node_ids):
            set_node(connection, promise.hold.hold_id, source, node_id)
        forget_checks(connection, self._find_resting(connection, promise, node_ids, now))
        deed = Deed(
            at=now, actor=actor, district=promise.district, action="promise.place",
            subject=promise.hold.application_id,
            details={
                "hold_id": promise.hold.hold_id, "grid_version": self.served.version,
                "node_ids": list(node_ids),
            },
        )  # fmt: skip
        record(connection, deed)

    def _has_moved(
        self, connection: Connection, promised: Sequence[Commitment], now: datetime
    ) -> bool:
        """Tell whether a promise that still stands was placed anew."""
        nodes = {c.commitment_id: c.node_id for c in self._promised(connection, now)}
        return any(nodes.get(c.commitment_id, c.node_id) != c.node_id for c in promised)

    def _find_resting(
        self,
        connection: Connection,
        promise: LivePromise,
        node_ids: Sequence[str],
        now: datetime,
    ) -> set[str]:
        """Return the promises it depends on what stands at some nodes, the promise's own too."""
        places = [self._place_of(node_id) for node_id in node_ids]
        trees = {place.tree for place in places if place is not None}
        resting = {promise.hold.hold_id}
        resting |= list_resting_on_all(connection, self.served.name, now)
        for commitment in self._promised(connection, now):
            place = self._place_of(commitment.node_id)
            # where one cannot be told from the other, both are looked at
            if place is None or place.tree in trees or None in places:
                resting.add(hold_id_of(commitment))
        return resting

    def _place_of(self, node_id: str) -> Place | None:
        row = self.served.model.node_rows.get(node_id)
        place = None if row is None else self.served.model.place_of_node(row)
        return place if place is not None and place.is_in_tree else None

    def _promised(self, connection: Connection, now: datetime) -> tuple[Commitment, ...]:
        return list_commitments(connection, self.served.name, now, load_date=self._load_date)

    @property
    def _load_date(self) -> date | None:
        return self.served.model.grid.metadata.load_date

    def _look(
        self,
        database: Database,
        promise: LivePromise,
        promised: tuple[Commitment, ...],
        now: datetime,
    ) -> Look:
        try:
            kept = self._judge(database, promise, promised, now)
        except DatabaseTroubleError:
            raise  # not a word about the promise: it is looked at again
        except Exception:
            # one promise that cannot be posed must not keep all others from being looked at
            _log.exception("promise %s cannot be looked at", promise.hold.hold_id)
            node_id = str(promise.sources[0]["node_id"])
            kept = Kept(is_kept=None, reasons=(reject("cannot_be_posed", node_id),))
        check = PromiseCheck(
            hold_id=promise.hold.hold_id,
            grid_version=self.served.version,
            is_kept=kept.is_kept,
            obstacles=[json_ready(asdict(reason)) for reason in kept.reasons],
            checked_at=now,
        )
        return Look(promise=promise, promised=promised, check=check)

    def _judge(
        self,
        database: Database,
        promise: LivePromise,
        promised: Sequence[Commitment],
        now: datetime,
    ) -> Kept:
        hold, served = promise.hold, self.served

        def find(connection: Connection) -> tuple[Any, Any, set[str]]:
            application = find_application(connection, hold.application_id)
            plan = find_plan(connection, hold.application_id, hold.plan_version)
            linked = list_apart(connection, application, now, load_date=self._load_date)
            return application.asked, read_plan_document(plan.document), linked

        asked, plan, linked = database.read(find)
        book = self.rule_book(str(asked["area"]))
        application = read_stated(asked, served.area, book)
        taken = tuple(c for c in promised if hold_id_of(c) == hold.hold_id)
        # those one of which ends when the other is replied are not both to be carried
        apart = linked | {hold.hold_id}
        others = tuple(c for c in promised if hold_id_of(c) not in apart)
        if hold.state == RESIDUAL:
            return check_residual(served.model, book, application, taken=taken, others=others)
        return check_promise(
            plan["options"][hold.option_rank - 1], application, served.model, book, self.terms,
            taken=taken, others=others, is_building=hold.state == BUILDING,
            streets=served.streets,
        )  # fmt: skip

    def _write_down(
        self,
        connection: Connection,
        looks: Sequence[Look],
        *,
        actor: str,
        now: datetime,
    ) -> None:
        """Put what came of it into the audit, and tell of each promise that is not kept."""
        found = {look.promise.hold.hold_id: look.check.is_kept for look in looks}
        deed = Deed(
            at=now, actor=actor, district=NO_DISTRICT, action="promise.check",
            subject=self.served.version, details={"grid": self.served.name, "is_kept": found},
        )  # fmt: skip
        record(connection, deed)
        for look in looks:
            if look.check.is_kept is False:
                _tell(connection, look.promise, look.check, actor=actor, now=now)


def _tell(
    connection: Connection, promise: LivePromise, check: PromiseCheck, *, actor: str, now: datetime
) -> None:
    """Write down that a promise is not kept, and put it among the events others are told of.

    Receivers may be outsiders: the codes of what stands against it are told, no figures.
    """
    payload: dict[str, str | list[str]] = {
        "hold_id": promise.hold.hold_id,
        "grid_version": check.grid_version,
        "codes": sorted({obstacle["code"] for obstacle in check.obstacles}),
    }
    application_id = promise.hold.application_id
    deed = Deed(
        at=now, actor=actor, district=promise.district, action=NOT_KEPT, subject=application_id,
        details=payload,
    )  # fmt: skip
    record(connection, deed)
    tell(
        connection, NOT_KEPT, district=promise.district, subject=application_id, now=now,
        **payload,
    )  # fmt: skip
