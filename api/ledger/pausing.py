"""Pausing: the clock of an application stopped for a reason, and let run again."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.engine import Connection

from api.database.applications import StoredApplication, find_application
from api.database.pauses import add_pause, end_pause
from api.ledger.clocks import find_schedule
from api.ledger.errors import NotTimedError
from api.ledger.ledger import Ledger
from api.ledger.promises import write_down
from api.life import TIMED
from planner.schedule import Pause, with_pauses

__all__ = ["pause", "resume"]


def pause(
    ledger: Ledger,
    connection: Connection,
    application_id: str,
    *,
    reason: str,
    note: str,
    from_on: date,
    until_on: date | None,
    actor: str,
    now: datetime,
) -> int:
    """Stop the clock of an application; return the pause's number.

    Raises
    ------
    NotTimedError
        If the application's clock does not count.
    InputError
        If the reason stops no clock, or the days are not in order.
    """
    application = _find_timed(connection, application_id)
    asked, calendar = ledger.read(application), ledger.terms.calendar
    schedule = find_schedule(connection, application, asked, ledger.rules(asked), calendar, now=now)
    # judged alone: what was noted under another voltage is left as it is
    with_pauses(schedule, [Pause(reason=reason, from_on=from_on, until_on=until_on)], calendar)
    number = add_pause(
        connection, application_id, reason=reason, note=note, from_on=from_on,
        until_on=until_on, actor=actor, now=now,
    )  # fmt: skip
    ledger.keep_clock(connection, application, now)
    write_down(
        connection, application, "clock.pause", actor, now, pause=number, reason=reason,
        from_on=from_on.isoformat(), until_on=until_on.isoformat() if until_on else None,
    )  # fmt: skip
    return number


def resume(
    ledger: Ledger,
    connection: Connection,
    application_id: str,
    number: int,
    *,
    until_on: date,
    actor: str,
    now: datetime,
) -> None:
    """Let the clock of an application run again after a day.

    Raises
    ------
    NoPauseError
        If there is no such pause, or it has ended.
    NotTimedError
        If the application's clock does not count.
    InputError
        If the pause began after that day.
    """
    application = _find_timed(connection, application_id)
    end_pause(connection, application_id, number, until_on)
    ledger.keep_clock(connection, application, now)
    write_down(
        connection, application, "clock.resume", actor, now, pause=number,
        until_on=until_on.isoformat(),
    )  # fmt: skip


def _find_timed(connection: Connection, application_id: str) -> StoredApplication:
    application = find_application(connection, application_id)
    if application.state not in TIMED:
        raise NotTimedError(application_id, application.state)
    return application
