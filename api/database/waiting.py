"""Waiting: which applications stand for room on the same element, and in which order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.applications import StoredApplication
from api.database.tables import applications, waiting_for

__all__ = ["QUEUED", "Place", "find_place", "wait_for"]

QUEUED = "planned"
"""State in which an application waits: it has a plan and holds nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an application stands among those that need the same element.

    Parameters
    ----------
    position
        From 1, by the day an application was complete, then by arrival.
    count
        How many wait.
    """

    element_id: str
    position: int
    count: int


def wait_for(connection: Connection, application_id: str, element_ids: Iterable[str]) -> None:
    """Let an application wait for elements, instead of those it waited for before."""
    connection.execute(sa.delete(waiting_for).where(waiting_for.c.application_id == application_id))
    rows = [
        {"application_id": application_id, "element_id": element_id}
        for element_id in sorted(set(element_ids))
    ]
    if rows:
        connection.execute(sa.insert(waiting_for), rows)


def find_place(
    connection: Connection, application: StoredApplication, element_id: str
) -> Place | None:
    """Return where an application stands in the queue for an element; None: it does not wait."""
    own = sa.select(waiting_for).where(
        waiting_for.c.application_id == application.application_id,
        waiting_for.c.element_id == element_id,
    )
    if application.state != QUEUED or connection.execute(own).one_or_none() is None:
        return None
    waiting = (
        sa.select(sa.func.count())
        .select_from(waiting_for)
        .join(applications, applications.c.application_id == waiting_for.c.application_id)
        .where(
            waiting_for.c.element_id == element_id,
            applications.c.state == QUEUED,
            applications.c.grid_name == application.grid_name,
        )
    )
    came_first = sa.or_(
        applications.c.completed_on < application.completed_on,
        sa.and_(
            applications.c.completed_on == application.completed_on,
            applications.c.number < application.number,
        ),
    )
    before = connection.execute(waiting.where(came_first)).scalar_one()
    count = connection.execute(waiting).scalar_one()
    return Place(element_id=element_id, position=before + 1, count=count)
