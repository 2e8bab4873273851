"""Promises as they stand: what is held, what has run out, and what of it is written down."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from api.auth.names import CLOCK
from api.database import Database
from api.database.applications import StoredApplication, find_application, move
from api.database.audit import Deed, record
from api.database.holds import (
    Hold,
    NoHoldError,
    find_live_hold,
    list_overdue,
    release,
    set_state,
)
from api.database.outbox import tell
from api.ledger.clocks import Clocks
from api.life import TIMED

__all__ = [
    "BATCH",
    "carry_on",
    "clear_overdue",
    "find_held",
    "give_up_overdue",
    "release_hold",
    "tell_of_hold",
    "write_down",
]

# Why a hold ended that nobody gave up.
RUN_OUT = "run out"
# So many of a kind in one transaction: others wait for it.
BATCH = 100
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
    tell(
        connection, "hold.released", district=application.district,
        subject=application.application_id, now=now, application_id=application.application_id,
        hold_id=hold.hold_id, has_run_out=reason == RUN_OUT,
    )  # fmt: skip


def carry_on(
    connection: Connection,
    application: StoredApplication,
    hold: Hold,
    state: str,
    expires_at: datetime | None,
    now: datetime,
) -> None:
    """Let a hold go on in another state, until another moment, and have others told."""
    set_state(connection, hold, state, expires_at)
    changed = replace(hold, state=state, expires_at=expires_at)
    tell_of_hold(connection, application, changed, "hold.changed", now)


def tell_of_hold(
    connection: Connection, application: StoredApplication, hold: Hold, kind: str, now: datetime
) -> None:
    """Have others told of a hold as it is now."""
    tell(
        connection, kind, district=application.district, subject=hold.application_id, now=now,
        application_id=hold.application_id, hold_id=hold.hold_id, state=hold.state,
        plan_version=hold.plan_version, option_rank=hold.option_rank,
        expires_at=hold.expires_at.isoformat() if hold.expires_at else None,
    )  # fmt: skip


def give_up_overdue(
    connection: Connection, now: datetime, clocks: Clocks, *, application_id: str | None = None
) -> int:
    """Release what has run out and restart the clocks that go on.

    A clock that cannot be restarted is written down and keeps nothing back.

    Parameters
    ----------
    application_id
        Only what this one holds; None: of all, the first `BATCH`.

    Returns
    -------
    done
        How many holds that were.
    """
    overdue = list_overdue(connection, now, most=BATCH, application_id=application_id)
    for hold in overdue:
        application = find_application(connection, hold.application_id)
        release_hold(connection, application, hold, RUN_OUT, actor=CLOCK, now=now)
        if application.state in ONWARD:
            moved = move(
                connection, application, ONWARD[application.state], actor=CLOCK, now=now,
                reason="hold run out",
            )  # fmt: skip
            if moved.state in TIMED and not clocks.restart(connection, moved):
                write_down(connection, moved, "clock.unknown", CLOCK, now)
    return len(overdue)


def clear_overdue(database: Database, now: datetime, clocks: Clocks) -> None:
    """Give up all that has run out, some at a time in transactions of their own."""

    def give_up(connection: Connection) -> int:
        return give_up_overdue(connection, now, clocks)

    while database.read(lambda connection: list_overdue(connection, now, most=1)):
        database.write(give_up)


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
