"""Reminders: what nobody was told of yet, and that somebody was."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.applications import StoredApplication
from api.database.holds import Hold
from api.database.tables import applications, holds, reminders
from api.life import TIMED

__all__ = ["HOLD_ENDING", "is_told", "list_ending_holds", "list_limits", "note_reminder"]


HOLD_ENDING = "hold.ending"
"""Kind of the reminder of a hold that ends soon."""

# A hold that goes on in another state is told of again.
_ABOUT_HOLD = holds.c.hold_id.concat("/").concat(holds.c.state)


def is_told(kind: str) -> sa.ColumnElement[bool]:
    """Return the condition that others were told of a hold as it stands now.

    Parameters
    ----------
    kind
        Of the reminder.
    """
    return sa.exists().where(
        reminders.c.application_id == holds.c.application_id,
        reminders.c.kind == kind,
        reminders.c.about == _ABOUT_HOLD,
    )


def note_reminder(
    connection: Connection, application_id: str, kind: str, about: str, now: datetime
) -> None:
    """Note that others were reminded of something about an application."""
    connection.execute(
        sa.insert(reminders).values(
            application_id=application_id, kind=kind, about=about, told_at=now
        )
    )


def list_limits(
    connection: Connection, kind: str, today: date, *, is_past: bool, most: int
) -> list[StoredApplication]:
    """Return applications whose limit is past, or near, of which nobody was told.

    Parameters
    ----------
    kind
        Of the reminder.
    """
    due = applications.c.limit_due_on
    was_told = sa.exists().where(
        reminders.c.application_id == applications.c.application_id,
        reminders.c.kind == kind,
        reminders.c.about == sa.cast(due, sa.String),
    )
    is_due = (
        due < today if is_past else sa.and_(applications.c.limit_near_on <= today, due >= today)
    )
    rows = connection.execute(
        sa.select(applications)
        .where(applications.c.state.in_(TIMED), is_due, sa.not_(was_told))
        .order_by(applications.c.number)
        .limit(most)
    )
    return [StoredApplication(**row) for row in rows.mappings()]


def list_ending_holds(
    connection: Connection,
    kind: str,
    state: str,
    now: datetime,
    within: timedelta,
    *,
    area: str,
    most: int,
) -> list[tuple[Hold, str]]:
    """Return holds in a state that end within some time, of which nobody was told.

    Parameters
    ----------
    area
        Of the rules their applications are judged by.

    Returns
    -------
    found
        Each hold, and what the reminder is to be noted as being about.
    """
    about, was_told = _ABOUT_HOLD, is_told(kind)
    rows = connection.execute(
        sa.select(holds, about.label("about"))
        .join(applications, applications.c.application_id == holds.c.application_id)
        .where(
            holds.c.released_at.is_(None),
            holds.c.state == state,
            holds.c.expires_at > now,
            holds.c.expires_at <= now + within,
            applications.c.asked["area"].as_string() == area,
            sa.not_(was_told),
        )
        .order_by(holds.c.number)
        .limit(most)
    )
    names = Hold.__dataclass_fields__
    return [(Hold(**{name: row[name] for name in names}), row["about"]) for row in rows.mappings()]
