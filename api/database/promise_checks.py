"""Promise checks: live promises looked at again on a later version of their grid."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from api.database.holds import Hold, is_live
from api.database.tables import applications, hold_sources, holds, promise_checks
from grid_models.errors import SupplyPlanError

__all__ = [
    "LivePromise",
    "MovedPromiseError",
    "PromiseCheck",
    "UnknownPromiseError",
    "find_live_promise",
    "forget_checks",
    "is_kept",
    "keep_check",
    "list_promises",
    "list_unchecked",
]


class MovedPromiseError(SupplyPlanError):
    """A promise was placed anew while it, or one beside it, was looked at."""

    def __init__(self, hold_id: str) -> None:
        super().__init__(
            f"promise {hold_id}, or one beside it, was placed anew meanwhile; look again / "
            f"承诺 {hold_id} 或其他承诺已重新落点，请再次复核"
        )


class UnknownPromiseError(SupplyPlanError):
    """There is no such live promise, or it is not the caller's to see."""

    def __init__(self, hold_id: str) -> None:
        super().__init__(f"no promise {hold_id} stands / 没有占用中的承诺 {hold_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseCheck:
    """What a look at a promise told.

    Parameters
    ----------
    is_kept
        None: it cannot be told, the desk has to look.
    obstacles
        Why it is not kept, or cannot be told.
    """

    hold_id: str
    grid_version: str
    is_kept: bool | None
    obstacles: Sequence[Mapping[str, Any]]
    checked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePromise:
    """A promise that stands, with its last look on the version that is served.

    Parameters
    ----------
    sources
        What it takes where, source by source.
    check
        None: it was not looked at on that version.
    """

    number: int
    hold: Hold
    district: str
    grid_name: str
    sources: tuple[Mapping[str, Any], ...]
    check: PromiseCheck | None


def is_kept(connection: Connection, hold: Hold, served_version: str) -> bool | None:
    """Tell whether a promise is known to be kept on the version that is served.

    Returns
    -------
    is_kept
        True: it was made on that version, or looked at there and found kept. False: it was looked
        at and is not kept. None: nobody has looked yet, or it could not be told; then it counts as
        not proved.
    """
    found = connection.execute(
        sa.select(promise_checks.c.is_kept).where(
            promise_checks.c.hold_id == hold.hold_id,
            promise_checks.c.grid_version == served_version,
        )
    ).one_or_none()
    if found is None:
        return True if hold.is_own_proof(served_version) else None
    kept: bool | None = found.is_kept
    return kept


def keep_check(connection: Connection, check: PromiseCheck, *, again: bool = False) -> bool:
    """Write down what a look told, once a promise and version; whether it was written.

    Parameters
    ----------
    again
        Put it in the place of an earlier look.
    """
    at = sa.and_(
        promise_checks.c.hold_id == check.hold_id,
        promise_checks.c.grid_version == check.grid_version,
    )
    if again:
        connection.execute(sa.delete(promise_checks).where(at))
    elif connection.execute(sa.select(promise_checks.c.hold_id).where(at)).first() is not None:
        return False
    connection.execute(
        sa.insert(promise_checks).values(
            hold_id=check.hold_id, grid_version=check.grid_version, is_kept=check.is_kept,
            obstacles=[dict(obstacle) for obstacle in check.obstacles],
            checked_at=check.checked_at,
        )
    )  # fmt: skip
    return True


def forget_checks(connection: Connection, hold_ids: Collection[str]) -> None:
    """Have promises be looked at again on every version, be it the one they were made on."""
    connection.execute(sa.delete(promise_checks).where(promise_checks.c.hold_id.in_(hold_ids)))
    connection.execute(
        sa.update(holds).where(holds.c.hold_id.in_(hold_ids)).values(is_to_be_checked=True)
    )


def list_unchecked(
    connection: Connection, grid_name: str, version: str, now: datetime, *, most: int
) -> list[LivePromise]:
    """Return live promises of a grid that are not their own proof and were not looked at yet."""
    query = (
        _live({grid_name: version}, now)
        .where(
            applications.c.grid_name == grid_name,
            sa.or_(holds.c.grid_version != version, holds.c.is_to_be_checked),
            promise_checks.c.hold_id.is_(None),
        )
        .order_by(holds.c.number)
        .limit(most)
    )
    return _read(connection, query)


def find_live_promise(
    connection: Connection,
    hold_id: str,
    served: Mapping[str, str],
    now: datetime,
    *,
    districts: Sequence[str] | None,
) -> LivePromise:
    """Return a live promise.

    Parameters
    ----------
    districts
        Those whose promises the caller may see; None: every one.

    Raises
    ------
    UnknownPromiseError
        If there is none, or it is not the caller's to see.
    """
    query = _live(served, now).where(holds.c.hold_id == hold_id)
    found = _read(connection, _within(query, districts))
    if not found:
        raise UnknownPromiseError(hold_id)
    return found[0]


def list_promises(
    connection: Connection,
    served: Mapping[str, str],
    now: datetime,
    *,
    districts: Sequence[str] | None,
    states: Sequence[str] = (),
    kept: bool | None = None,
    after: int = 0,
    most: int = 50,
) -> list[LivePromise]:
    """Return live promises in the order they were made.

    Parameters
    ----------
    served
        Version that is served, by name of the grid.
    districts
        None: of every one.
    kept
        True: those known to be kept. False: those that were looked at and are not known to be.
        None: all.
    after
        Number of the last one of the page before.
    """
    query = _within(_live(served, now), districts).where(holds.c.number > after)
    if states:
        query = query.where(holds.c.state.in_(states))
    made_there = sa.or_(
        sa.false(),
        *(
            sa.and_(
                applications.c.grid_name == name,
                holds.c.grid_version == version,
                sa.not_(holds.c.is_to_be_checked),
            )
            for name, version in served.items()
        ),
    )
    was_looked_at = promise_checks.c.hold_id.is_not(None)
    if kept is True:
        unseen = sa.and_(made_there, sa.not_(was_looked_at))
        query = query.where(sa.or_(unseen, promise_checks.c.is_kept.is_(True)))
    elif kept is False:
        query = query.where(was_looked_at, promise_checks.c.is_kept.is_not(True))
    return _read(connection, query.order_by(holds.c.number).limit(most))


def _live(served: Mapping[str, str], now: datetime) -> sa.Select[Any]:
    """Return the query of live promises, each with its look on the version that is served."""
    looked_at = sa.or_(
        sa.false(),
        *(
            sa.and_(
                applications.c.grid_name == name, promise_checks.c.grid_version == version
            )
            for name, version in served.items()
        ),
    )  # fmt: skip
    return (
        sa.select(
            holds,
            applications.c.district,
            applications.c.grid_name,
            promise_checks.c.grid_version.label("checked_version"),
            promise_checks.c.is_kept,
            promise_checks.c.obstacles,
            promise_checks.c.checked_at,
        )
        .join(applications, applications.c.application_id == holds.c.application_id)
        .outerjoin(promise_checks, sa.and_(promise_checks.c.hold_id == holds.c.hold_id, looked_at))
        .where(is_live(now))
    )


def _within(query: sa.Select[Any], districts: Sequence[str] | None) -> sa.Select[Any]:
    return query if districts is None else query.where(applications.c.district.in_(districts))


def _read(connection: Connection, query: sa.Select[Any]) -> list[LivePromise]:
    rows = connection.execute(query).mappings().all()
    sources: dict[str, list[Mapping[str, Any]]] = {row["hold_id"]: [] for row in rows}
    taken = connection.execute(
        sa.select(hold_sources)
        .where(hold_sources.c.hold_id.in_(sources))
        .order_by(hold_sources.c.source)
    )
    for source in taken.mappings():
        sources[source["hold_id"]].append(dict(source))
    return [_promise(row, tuple(sources[row["hold_id"]])) for row in rows]


def _promise(row: RowMapping, sources: tuple[Mapping[str, Any], ...]) -> LivePromise:
    check = None
    if row["checked_version"] is not None:
        check = PromiseCheck(
            hold_id=row["hold_id"], grid_version=row["checked_version"], is_kept=row["is_kept"],
            obstacles=row["obstacles"], checked_at=row["checked_at"],
        )  # fmt: skip
    return LivePromise(
        number=row["number"],
        hold=Hold(**{name: row[name] for name in Hold.__dataclass_fields__}),
        district=row["district"],
        grid_name=row["grid_name"],
        sources=sources,
        check=check,
    )
