"""Giving way: a temporary supply whose hold is taken over, an application that is superseded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Connection

from api.database.applications import StoredApplication, find_application, move
from api.database.holds import Hold, find_live_hold
from api.ledger.promises import list_taken, release_hold
from api.life import MOVES
from planner.application import Commitment

__all__ = ["find_giving_way", "find_temporary", "supersede", "take_over"]


def find_giving_way(connection: Connection, supersedes_id: str | None) -> StoredApplication | None:
    """Return the application that ends once another is held; None: there is none, or it stays."""
    if supersedes_id is None:
        return None
    before = find_application(connection, supersedes_id)
    return before if "superseded" in MOVES[before.state] else None


def supersede(
    connection: Connection, before: StoredApplication, by_id: str, *, actor: str, now: datetime
) -> None:
    """End an application whose place another one takes, and its hold."""
    reason = f"superseded by {by_id}"
    hold = find_live_hold(connection, before.application_id, now)
    if hold is not None:
        release_hold(connection, before, hold, reason, actor=actor, now=now)
    move(connection, before, "superseded", actor=actor, now=now, reason=reason)


def find_temporary(
    connection: Connection,
    application: StoredApplication,
    taken: Sequence[Commitment],
    now: datetime,
) -> Hold | None:
    """Return the hold of the temporary supply a permanent one takes over; None: there is none.

    Only one at the same node can be taken over: what it holds elsewhere it goes on taking there.
    """
    if application.replaces_id is None:
        return None
    before = find_application(connection, application.replaces_id)
    hold = find_live_hold(connection, before.application_id, now)
    if hold is None:
        return None
    nodes = {c.node_id for c in list_taken(connection, before, hold, now)}
    return hold if nodes == {taken[0].node_id} else None


def take_over(
    connection: Connection,
    application: StoredApplication,
    hold: Hold,
    taken: Sequence[Commitment],
    *,
    actor: str,
    now: datetime,
) -> tuple[Commitment, ...]:
    """End a temporary supply's hold and return what the permanent one takes: the greater of both.

    The greater one was proved when it was held, and every promise since was made beside it.
    """
    before = find_application(connection, hold.application_id)
    held_kva = sum(c.s_kva for c in list_taken(connection, before, hold, now))
    reason = f"replaced by {application.application_id}"
    release_hold(connection, before, hold, reason, actor=actor, now=now)
    main, *rest = taken
    return (replace(main, s_kva=max(main.s_kva, held_kva)), *rest)
