"""Grid versions: every version of every grid that answers were given on, and the one served now.

Several processes serve the same grids and take up a new version one after the other. Promises are
made on one of them at a time: the one the database names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.auth.names import NO_DISTRICT
from api.database.audit import Deed, record
from api.database.tables import grid_versions, served_grids
from grid_models.errors import SupplyPlanError

__all__ = [
    "GridBehindError",
    "GridVersion",
    "begin_checks",
    "end_checks",
    "find_served_version",
    "list_grid_versions",
    "require_served",
    "serve_version",
]

# A process that has died looks at promises no longer than this for the others.
CHECKS_LAST = timedelta(minutes=2)


class GridBehindError(SupplyPlanError):
    """A process serves another version of a grid than the one promises are made on now."""

    wait_s = 5

    def __init__(self, mine: str, served: str) -> None:
        super().__init__(
            f"grid version {served} is being taken up, this server still has {mine}; ask again "
            f"shortly / 正在切换到电网版本 {served}，本服务进程仍为 {mine}，请稍后再试"
        )


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


def serve_version(
    connection: Connection,
    *,
    grid_name: str,
    version: str,
    folder: str,
    load_date: date | None,
    topology_date: date | None,
    actor: str,
    now: datetime,
) -> None:
    """Write down that a version is the one of its grid that is served, and that it ever was."""
    if find_served_version(connection, grid_name) == version:
        return
    known = connection.execute(
        sa.select(grid_versions.c.number).where(
            grid_versions.c.grid_name == grid_name, grid_versions.c.version == version
        )
    ).first()
    if known is None:
        connection.execute(
            sa.insert(grid_versions).values(
                grid_name=grid_name, version=version, folder=folder, load_date=load_date,
                topology_date=topology_date, first_served_at=now,
            )
        )  # fmt: skip
    connection.execute(sa.delete(served_grids).where(served_grids.c.grid_name == grid_name))
    connection.execute(sa.insert(served_grids).values(grid_name=grid_name, version=version))
    deed = Deed(
        at=now, actor=actor, district=NO_DISTRICT, action="grid.serve", subject=version,
        details={"grid": grid_name},
    )  # fmt: skip
    record(connection, deed)


def find_served_version(connection: Connection, grid_name: str) -> str | None:
    """Return the version of a grid that promises are made on; None: nobody has named one."""
    return connection.execute(
        sa.select(served_grids.c.version).where(served_grids.c.grid_name == grid_name)
    ).scalar_one_or_none()


def require_served(connection: Connection, grid_name: str, version: str) -> None:
    """Make sure that promises are made on a version of a grid.

    Raises
    ------
    GridBehindError
        If they are made on another one.
    """
    served = find_served_version(connection, grid_name)
    if served not in (None, version):
        raise GridBehindError(version, served)


def begin_checks(connection: Connection, grid_name: str, version: str, now: datetime) -> bool:
    """Take it on to look at the promises of a grid; False: another process does, or is ahead."""
    if find_served_version(connection, grid_name) is None:
        return True
    taken = connection.execute(
        sa.update(served_grids)
        .where(
            served_grids.c.grid_name == grid_name,
            served_grids.c.version == version,
            sa.or_(
                served_grids.c.checked_until.is_(None),
                served_grids.c.checked_until <= now,
                # a clock that was put back must not keep everybody waiting
                served_grids.c.checked_until > now + 2 * CHECKS_LAST,
            ),
        )
        .values(checked_until=now + CHECKS_LAST)
    )
    return taken.rowcount > 0


def end_checks(connection: Connection, grid_name: str) -> None:
    """Leave the promises of a grid to whoever looks next."""
    connection.execute(
        sa.update(served_grids)
        .where(served_grids.c.grid_name == grid_name)
        .values(checked_until=None)
    )


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
