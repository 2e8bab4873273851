"""Application lists: whose, where, in which state, in the order they came or as limits end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.applications import StoredApplication
from api.database.tables import applications
from api.life import TIMED

__all__ = ["Sort", "cursor_of", "is_lit", "list_applications"]

Sort = Literal["arrival", "due"]

# A cursor by limit is the day's ordinal above so many bits of the application's number; what has
# no limit comes last, after any day there is.
_NUMBER_BITS = 40
_NO_LIMIT = date.max.toordinal() + 1


def list_applications(
    connection: Connection,
    *,
    districts: Sequence[str] | None = None,
    states: Sequence[str] = (),
    light: str | None = None,
    today: date | None = None,
    brought_by: str | None = None,
    part: str | None = None,
    sort: Sort = "arrival",
    after: int = 0,
    most: int = 50,
) -> list[StoredApplication]:
    """Return applications in the order they came, or the one whose limit ends first before others.

    Parameters
    ----------
    light
        Only those on their way whose limit is past (red) or near (yellow) on `today`, or unknown.
    brought_by
        Only those that this caller brought; None: whoever did.
    part
        Only those whose id or district has this in it, capital letters or not.
    sort
        By limit, those without one come last.
    after
        `cursor_of` the last one of the page before; 0: the first page.
    """
    query = sa.select(applications)
    if districts is not None:
        query = query.where(applications.c.district.in_(districts))
    if states:
        query = query.where(applications.c.state.in_(states))
    if brought_by is not None:
        query = query.where(applications.c.accepted_by == brought_by)
    if part is not None:
        names = (applications.c.application_id, applications.c.district)
        query = query.where(sa.or_(*(name.icontains(part, autoescape=True) for name in names)))
    if light is not None:
        query = query.where(applications.c.state.in_(TIMED), is_lit(light, today))
    query = _after_due(query, after) if sort == "due" else _after_arrival(query, after)
    return [StoredApplication(**row) for row in connection.execute(query.limit(most)).mappings()]


def is_lit(light: str, today: date | None) -> sa.ColumnElement[bool]:
    """Return the condition that the limit is past (red) or near (yellow) on a day, or unknown."""
    due_on, near_on = applications.c.limit_due_on, applications.c.limit_near_on
    return {
        "red": due_on < today,
        "yellow": sa.and_(near_on <= today, due_on >= today),
        "unknown": sa.or_(due_on.is_(None), near_on.is_(None)),
    }[light]


def cursor_of(stored: StoredApplication, sort: Sort) -> str:
    """Return where a page begins that follows an application."""
    if sort == "arrival":
        return str(stored.number)
    day = stored.limit_due_on.toordinal() if stored.limit_due_on else _NO_LIMIT
    return str(day << _NUMBER_BITS | stored.number)


def _after_arrival(query: sa.Select[Any], after: int) -> sa.Select[Any]:
    return query.where(applications.c.number > after).order_by(applications.c.number)


def _after_due(query: sa.Select[Any], after: int) -> sa.Select[Any]:
    day, number = after >> _NUMBER_BITS, after & ((1 << _NUMBER_BITS) - 1)
    due_on = applications.c.limit_due_on
    is_later = applications.c.number > number
    if day >= _NO_LIMIT:
        query = query.where(due_on.is_(None), is_later)
    elif day > 0:
        due = date.fromordinal(day)
        query = query.where(
            sa.or_(due_on > due, sa.and_(due_on == due, is_later), due_on.is_(None))
        )
    return query.order_by(due_on.asc().nulls_last(), applications.c.number)
