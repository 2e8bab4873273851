"""Giving way: a temporary supply whose hold is taken over, an application that is superseded.

Both go on as they are until the one that takes their place is replied: a short hold that ends by
itself must not have cost anybody a promise. Until then others count both.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from math import sqrt

from sqlalchemy.engine import Connection

from api.database.applications import (
    StoredApplication,
    find_application,
    list_successors,
    move,
)
from api.database.holds import Hold, find_live_hold, list_taken, set_taken
from api.ledger.onward import RESIDUAL
from api.ledger.promises import release_hold
from api.life import DRAFT, MOVES, MoveError
from grid_models.errors import InputError, InputProblem
from planner.application import Commitment

__all__ = [
    "check_places",
    "find_giving_way",
    "find_temporary",
    "give_way",
    "list_apart",
    "require_giving_way",
]

TEMPORARY = "temporary"
SUPERSEDED = "superseded"


def check_places(
    connection: Connection,
    *,
    business: str,
    grid_name: str,
    replaces_id: str | None,
    supersedes_id: str | None,
) -> None:
    """Make sure an application may take the place of others.

    Raises
    ------
    InputError
        If the one it replaces is no temporary supply of this grid, or is the one it supersedes.
    MoveError
        If the one it supersedes is past that.
    """
    problems: list[InputProblem] = []
    if replaces_id is not None:
        before = find_application(connection, replaces_id)
        is_temporary = before.state != DRAFT and before.asked.get("business") == TEMPORARY
        if not is_temporary or business == TEMPORARY or replaces_id == supersedes_id:
            problems.append(
                InputProblem(
                    field="replaces_id",
                    zh=f"replaces_id {replaces_id} 应为临时用电的申请，由永久用电接替",
                    en=f"replaces_id {replaces_id} must be a temporary supply that a permanent one "
                    "takes over",
                )
            )
        problems += _grid_problems("replaces_id", before, grid_name)
    if supersedes_id is not None:
        before = find_application(connection, supersedes_id)
        if SUPERSEDED not in MOVES[before.state]:
            raise MoveError(supersedes_id, before.state, SUPERSEDED)
        problems += _grid_problems("supersedes_id", before, grid_name)
    if problems:
        raise InputError(problems)


def _grid_problems(field: str, before: StoredApplication, grid_name: str) -> list[InputProblem]:
    if before.grid_name == grid_name:
        return []
    return [
        InputProblem(
            field=field,
            zh=f"{field} {before.application_id} 属于另一电网",
            en=f"{field} {before.application_id} is about another grid",
        )
    ]


def find_giving_way(connection: Connection, supersedes_id: str | None) -> StoredApplication | None:
    """Return the application that ends once another is replied; None: none does."""
    if supersedes_id is None:
        return None
    before = find_application(connection, supersedes_id)
    return before if SUPERSEDED in MOVES[before.state] else None


def require_giving_way(
    connection: Connection, application: StoredApplication, now: datetime
) -> StoredApplication | None:
    """Return the application that ends once this one is replied; None: there is none any more.

    Raises
    ------
    MoveError
        If it is past that and holds capacity, which this one's proof left out.
    """
    before = find_giving_way(connection, application.supersedes_id)
    if before is None and application.supersedes_id is not None:
        kept = find_application(connection, application.supersedes_id)
        if find_live_hold(connection, kept.application_id, now) is not None:
            raise MoveError(kept.application_id, kept.state, SUPERSEDED)
    return before


def find_temporary(
    connection: Connection,
    application: StoredApplication,
    taken: Sequence[Commitment],
    now: datetime,
    *,
    load_date: date | None,
) -> Hold | None:
    """Return the hold of the temporary supply a permanent one takes over; None: there is none.

    Only what an energised one has left at the same node, and only where the greater of the two
    stands for the other in both kinds of power: any other goes on beside it.

    Parameters
    ----------
    taken
        What the permanent one takes, source by source.
    load_date
        Of the grid: what its loads may have of the temporary one by now is not left.
    """
    if application.replaces_id is None:
        return None
    before = find_application(connection, application.replaces_id)
    hold = find_live_hold(connection, before.application_id, now)
    if hold is None or hold.state != RESIDUAL:
        return None
    left = list_taken(connection, hold, load_date=load_date)
    if [c.node_id for c in left] != [taken[0].node_id]:
        return None
    is_either = _covers(taken[0], left[0]) or _covers(left[0], taken[0])
    return hold if is_either else None


def list_apart(
    connection: Connection,
    application: StoredApplication,
    now: datetime,
    *,
    load_date: date | None,
) -> set[str]:
    """Return live holds that are never to be carried together with an application's own.

    One of the two ends with the reply of the other, by what `give_way` would do now.
    """
    present = find_live_hold(connection, application.application_id, now)
    if present is None:
        return set()
    found: set[str] = set()
    for after in (application, *list_successors(connection, application.application_id)):
        own = find_live_hold(connection, after.application_id, now)
        if own is None:
            continue
        before = find_giving_way(connection, after.supersedes_id)
        superseded = find_live_hold(connection, before.application_id, now) if before else None
        taken = list_taken(connection, own)
        temporary = find_temporary(connection, after, taken, now, load_date=load_date)
        for other in (superseded, temporary):
            if other is not None and present.hold_id in (own.hold_id, other.hold_id):
                found |= {own.hold_id, other.hold_id} - {present.hold_id}
    return found


def give_way(
    connection: Connection,
    application: StoredApplication,
    hold: Hold,
    *,
    load_date: date | None,
    actor: str,
    now: datetime,
) -> None:
    """End those whose place an application takes that is being replied.

    Its own hold is the greater of both then: that one was proved when it was held, and every
    promise since was made beside it.

    Parameters
    ----------
    load_date
        Of the grid: what its loads may have by now of a temporary supply is not held again.
    """
    application_id = application.application_id
    before = require_giving_way(connection, application, now)
    if before is not None:
        reason = f"superseded by {application_id}"
        present = find_live_hold(connection, before.application_id, now)
        if present is not None:
            release_hold(connection, before, present, reason, actor=actor, now=now)
        move(connection, before, SUPERSEDED, actor=actor, now=now, reason=reason)
    taken = list_taken(connection, hold)
    temporary = find_temporary(connection, application, taken, now, load_date=load_date)
    if temporary is not None:
        (left,) = list_taken(connection, temporary, load_date=load_date)
        if _covers(left, taken[0]):
            set_taken(connection, hold, 0, left.s_kva, left.power_factor)
        owner = find_application(connection, temporary.application_id)
        reason = f"replaced by {application_id}"
        release_hold(connection, owner, temporary, reason, actor=actor, now=now)


def _covers(one: Commitment, other: Commitment) -> bool:
    """Tell whether one takes at least as much power of either kind as another."""
    return _p_kw(one) >= _p_kw(other) and _q_kvar(one) >= _q_kvar(other)


def _p_kw(commitment: Commitment) -> float:
    return commitment.s_kva * commitment.power_factor


def _q_kvar(commitment: Commitment) -> float:
    return commitment.s_kva * sqrt(max(1.0 - commitment.power_factor**2, 0.0))
