"""Pauses: when the clock of an application stood, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.tables import pauses
from grid_models.errors import SupplyPlanError

__all__ = ["NoPauseError", "StoredPause", "add_pause", "end_pause", "list_pauses"]


class NoPauseError(SupplyPlanError):
    """The clock of an application does not stand, or stands for another reason."""

    def __init__(self, application_id: str, number: int) -> None:
        super().__init__(
            f"application {application_id} has no open pause {number} / "
            f"申请 {application_id} 没有进行中的暂停 {number}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPause:
    """A stop of the clock as it is kept.

    Parameters
    ----------
    reason
        Code of a row of ``pause_reasons``.
    until_on
        None: the clock still stands.
    """

    number: int
    application_id: str
    reason: str
    note: str
    from_on: date
    until_on: date | None
    noted_by: str
    noted_at: datetime


def add_pause(
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
    """Keep a pause; return its number."""
    done = connection.execute(
        sa.insert(pauses)
        .values(
            application_id=application_id, reason=reason, note=note, from_on=from_on,
            until_on=until_on, noted_by=actor, noted_at=now,
        )
        .returning(pauses.c.number)
    )  # fmt: skip
    return int(done.scalar_one())


def end_pause(connection: Connection, application_id: str, number: int, until_on: date) -> None:
    """Let the clock run again after a day.

    Raises
    ------
    NoPauseError
        If there is no such pause, or it has ended.
    """
    done = connection.execute(
        sa.update(pauses)
        .where(
            pauses.c.application_id == application_id,
            pauses.c.number == number,
            pauses.c.until_on.is_(None),
            pauses.c.from_on <= until_on,
        )
        .values(until_on=until_on)
    )
    if done.rowcount == 0:
        raise NoPauseError(application_id, number)


def list_pauses(connection: Connection, application_id: str) -> list[StoredPause]:
    """Return an application's pauses in the order they were noted."""
    rows = connection.execute(
        sa.select(pauses).where(pauses.c.application_id == application_id).order_by(pauses.c.number)
    )
    return [StoredPause(**row) for row in rows.mappings()]
