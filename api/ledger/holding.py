"""Holding: capacity held for an option while the customer decides, solved before it is locked."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from api.database import Database
from api.database.applications import StoredApplication, find_application, move
from api.database.holds import Hold, add_hold
from api.database.plans import StoredPlan, find_plan
from api.ledger.clocks import keep_clock, schedule_of
from api.ledger.errors import CapacityGoneError, WorksFirstError
from api.ledger.giving_way import find_temporary, require_giving_way
from api.ledger.ledger import Ledger
from api.ledger.promises import clear_overdue, give_up_overdue, tell_of_hold, write_down
from planner.application import Commitment, SupplyApplication
from planner.plan import RejectionReason
from planner.promise import moves_load, promise_of
from planner.rules import Rules
from planner.standing import find_obstacles, is_at_its_points, pick_relevant

__all__ = ["Proof", "hold", "prove"]

DECIDING = "deciding"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was found out about an option before the transaction that holds it.

    Parameters
    ----------
    stored
        The plan, which never changes.
    beside
        Promises to others on which it depends, and beside which it passes; None: nothing is proved.
    rules_version
        Of the rules it was judged by.
    """

    stored: StoredPlan
    beside: tuple[Commitment, ...] | None
    rules_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """What an option needs, and what is promised beside it."""

    option: Mapping[str, Any]
    asked: SupplyApplication
    rules: Rules
    taken: tuple[Commitment, ...]
    others: tuple[Commitment, ...]
    is_by_plan: bool


def prove(
    ledger: Ledger,
    database: Database,
    application_id: str,
    *,
    version: int,
    rank: int,
    now: datetime,
) -> Proof:
    """Solve an option with all that is promised to others; no transaction waits for it.

    What others let run out is given up before: until then it counts, since a clock that is behind,
    or is set back, would have two customers hold the same.

    Raises
    ------
    GridMovedError, NoSuchOptionError, RulesMovedError, WorksFirstError
        As `hold` does.
    """

    def look(connection: Connection) -> tuple[StoredPlan, _Claim]:
        application = find_application(connection, application_id)
        stored = find_plan(connection, application_id, version)
        claim = _make_claim(ledger, connection, application, stored, rank, hold_id="", now=now)
        return stored, claim

    clear_overdue(database, now, ledger.clocks)
    stored, claim = database.read(look)
    beside = None
    if not claim.is_by_plan and not _find_obstacles(ledger, claim):
        beside = pick_relevant(claim.option, ledger.served.model, claim.others)
    rules_version = ledger.rule_book(claim.asked.area).version
    return Proof(stored=stored, beside=beside, rules_version=rules_version)


def hold(
    ledger: Ledger,
    connection: Connection,
    application_id: str,
    *,
    version: int,
    rank: int,
    actor: str,
    now: datetime,
    proof: Proof | None = None,
) -> Hold:
    """Hold the capacity an option needs while the customer decides.

    Parameters
    ----------
    proof
        Of this option, from `prove`: what was solved before the transaction is not solved
        again in it where the promises it depends on are still the same.

    Raises
    ------
    CapacityGoneError
        If it does not pass with what has been promised to others since.
    GridBehindError
        If promises are made on another version of the grid than this process serves.
    GridMovedError
        If the plan was made on another version of the grid.
    NoSuchOptionError
        If the plan has no option of that rank.
    RulesMovedError
        If rules it rests on are others by now on its acceptance day.
    WorksFirstError
        If the option rests on load that is moved first.
    MoveError
        If the application's state does not lead to a hold.
    """
    ledger = ledger.inside(connection)
    give_up_overdue(connection, now, ledger.clocks, application_id=application_id)
    application = find_application(connection, application_id)
    stored = proof.stored if proof else find_plan(connection, application_id, version)
    require_giving_way(connection, application, now)
    moved = move(connection, application, "held", actor=actor, now=now)
    hold_id = f"hold-{uuid.uuid4().hex}"
    claim = _make_claim(ledger, connection, application, stored, rank, hold_id=hold_id, now=now)
    if not _is_proved(ledger, claim, proof) and (obstacles := _find_obstacles(ledger, claim)):
        raise CapacityGoneError(obstacles)
    option, rules, taken = claim.option, claim.rules, claim.taken
    held = Hold(
        hold_id=hold_id,
        application_id=application_id,
        plan_version=version,
        option_rank=rank,
        grid_version=stored.grid_version,
        state=DECIDING,
        held_at=now,
        expires_at=now + timedelta(hours=rules.number("hold_deciding_hours")),
        released_at=None,
        release_reason=None,
        is_by_plan=claim.is_by_plan,
        rests_on_all=not is_at_its_points(option),
    )
    add_hold(connection, held, taken)
    # the plan is large: it is not read again for its dates
    keep_clock(connection, application_id, schedule_of(option), rules, ledger.terms.calendar)
    write_down(
        connection, moved, "hold.place", actor, now,
        hold_id=held.hold_id, version=version, rank=rank, plan_id=stored.plan_id,
        grid_version=stored.grid_version,
        taken=[[c.node_id, c.bay_id, c.s_kva, c.power_factor] for c in taken],
    )  # fmt: skip
    tell_of_hold(connection, moved, held, "hold.placed", now)
    return held


def _make_claim(
    ledger: Ledger,
    connection: Connection,
    application: StoredApplication,
    stored: StoredPlan,
    rank: int,
    *,
    hold_id: str,
    now: datetime,
) -> _Claim:
    """Return what an option of a plan needs, and what is promised to others beside it."""
    option = ledger.option(stored, rank)
    if moves_load(option):
        raise WorksFirstError
    asked = ledger.read(application)
    ledger.refuse_other_rules(stored, asked)
    rules = ledger.rules(asked)
    taken = promise_of(option, asked, ledger.served.model, rules, hold_id=hold_id)
    before = find_temporary(connection, application, taken, now, load_date=ledger.load_date)
    others = ledger.others(
        connection, application, now, replaces=before is not None, with_overdue=True
    )
    return _Claim(
        option=option, asked=asked, rules=rules, taken=taken, others=others,
        is_by_plan=others == stored.commitments,
    )  # fmt: skip


def _is_proved(ledger: Ledger, claim: _Claim, proof: Proof | None) -> bool:
    """Tell whether an option is known to pass: by its plan, or as it was proved before."""
    if claim.is_by_plan:
        return True
    if proof is None or proof.beside is None:
        return False
    if proof.rules_version != ledger.rule_book(claim.asked.area).version:
        return False
    return proof.beside == pick_relevant(claim.option, ledger.served.model, claim.others)


def _find_obstacles(ledger: Ledger, claim: _Claim) -> tuple[RejectionReason, ...]:
    return find_obstacles(
        claim.option, claim.asked, ledger.served.model, ledger.rule_book(claim.asked.area),
        ledger.terms, commitments=claim.others, streets=ledger.served.streets,
    )  # fmt: skip
