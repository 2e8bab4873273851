"""Promises as they stand: what is held, what has run out, and what of it is written down."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from api.database.applications import StoredApplication, find_application, move
from api.database.audit import Deed, record
from api.database.holds import (
    Hold,
    NoHoldError,
    find_live_hold,
    list_commitments,
    list_overdue,
    release,
)
from planner.application import Commitment

__all__ = ["find_held", "give_up_overdue", "list_taken", "release_hold", "write_down"]

# Who does what nobody asked for.
CLOCK = "clock"
# Where an application goes whose hold has run out.
ONWARD = {"held": "planned", "replied": "expired", "agreed": "expired"}


def find_held(
    connection: Connection, application_id: str, now: datetime
) -> tuple[StoredApplication, Hold]:
    """Return an application and what is held for it.

    Raises
    ------
    NoHoldError
        If nothing is.
    """
    application = find_application(connection, application_id)
    hold = find_live_hold(connection, application_id, now)
    if hold is None:
        raise NoHoldError(application_id)
    return application, hold


def list_taken(
    connection: Connection, application: StoredApplication, hold: Hold, now: datetime
) -> list[Commitment]:
    """Return what a hold takes, source by source."""
    every = list_commitments(connection, application.grid_name, now)
    return [c for c in every if c.commitment_id.startswith(f"{hold.hold_id}/")]


def release_hold(
    connection: Connection,
    application: StoredApplication,
    hold: Hold,
    reason: str,
    *,
    actor: str,
    now: datetime,
) -> None:
    """End a hold and write it down."""
    release(connection, hold, now, reason)
    write_down(
        connection, application, "hold.release", actor, now, hold_id=hold.hold_id, reason=reason
    )


def give_up_overdue(connection: Connection, now: datetime) -> int:
    """Release what has run out; how many holds that were."""
    overdue = list_overdue(connection, now)
    for hold in overdue:
        application = find_application(connection, hold.application_id)
        release_hold(connection, application, hold, "run out", actor=CLOCK, now=now)
        if application.state in ONWARD:
            move(
                connection, application, ONWARD[application.state], actor=CLOCK, now=now,
                reason="hold run out",
            )  # fmt: skip
    return len(overdue)


def write_down(
    connection: Connection,
    application: StoredApplication,
    action: str,
    actor: str,
    now: datetime,
    **details: Any,
) -> None:
    """Put what was done for an application into the audit."""
    deed = Deed(
        at=now, actor=actor, district=application.district, action=action,
        subject=application.application_id, details=details,
    )  # fmt: skip
    record(connection, deed)
