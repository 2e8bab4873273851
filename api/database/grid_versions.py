"""Grid versions: every version of every grid that answers were given on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.auth.names import NO_DISTRICT
from api.database.audit import Deed, record
from api.database.tables import grid_versions

__all__ = ["GridVersion", "list_grid_versions", "note_version"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GridVersion:
    """A version of a grid that was served.

    Parameters
    ----------
    folder
        Where it lay; empty: it was made in memory.
    """

    number: int
    grid_name: str
    version: str
    folder: str
    load_date: date | None
    topology_date: date | None
    first_served_at: datetime


def note_version(
    connection: Connection,
    *,
    grid_name: str,
    version: str,
    folder: str,
    load_date: date | None,
    topology_date: date | None,
    actor: str,
    now: datetime,
) -> bool:
    """Write a version down unless it was served before; whether it is new."""
    known = connection.execute(
        sa.select(grid_versions.c.number).where(
            grid_versions.c.grid_name == grid_name, grid_versions.c.version == version
        )
    ).first()
    if known is not None:
        return False
    connection.execute(
        sa.insert(grid_versions).values(
            grid_name=grid_name, version=version, folder=folder, load_date=load_date,
            topology_date=topology_date, first_served_at=now,
        )
    )  # fmt: skip
    deed = Deed(
        at=now, actor=actor, district=NO_DISTRICT, action="grid.serve", subject=version,
        details={"grid": grid_name},
    )  # fmt: skip
    record(connection, deed)
    return True


def list_grid_versions(
    connection: Connection, *, grid_name: str | None = None, after: int = 0, most: int = 50
) -> list[GridVersion]:
    """Return versions in the order they were first served.

    Parameters
    ----------
    grid_name
        None: of every grid.
    after
        Number of the last one of the page before.
    """
    query = sa.select(grid_versions).where(grid_versions.c.number > after)
    if grid_name is not None:
        query = query.where(grid_versions.c.grid_name == grid_name)
    rows = connection.execute(query.order_by(grid_versions.c.number).limit(most))
    return [GridVersion(**row) for row in rows.mappings()]
