"""Holds: what is promised now, to whom, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from api.database.tables import applications, hold_sources, holds
from grid_models.errors import SupplyPlanError
from planner.application import Commitment

__all__ = [
    "Hold",
    "NoHoldError",
    "add_hold",
    "count_holds",
    "find_live_hold",
    "hold_id_of",
    "is_live",
    "list_commitments",
    "list_overdue",
    "list_resting_on_all",
    "list_taken",
    "note_peak",
    "release",
    "set_node",
    "set_state",
    "set_taken",
]


class NoHoldError(SupplyPlanError):
    """Nothing is held for an application."""

    def __init__(self, application_id: str) -> None:
        super().__init__(
            f"no capacity is held for application {application_id} / "
            f"申请 {application_id} 没有占用中的容量"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Capacity held for an application.

    Parameters
    ----------
    state
        deciding, replied, building or residual.
    expires_at
        Moment from which it holds nothing; None while works go on.
    is_by_plan
        The plan was its own proof: it was made with just the promises that stood.
    rests_on_all
        It rests on every promise of the grid, not on those in its own source trees alone.
    is_to_be_checked
        Another promise it rests on stands elsewhere since it was made.
    measured_peak_kva, energised_on
        What an energised supply draws at most, and since when.
    """

    hold_id: str
    application_id: str
    plan_version: int
    option_rank: int
    grid_version: str
    state: str
    held_at: datetime
    expires_at: datetime | None
    released_at: datetime | None
    release_reason: str | None
    is_by_plan: bool = False
    rests_on_all: bool = True
    is_to_be_checked: bool = False
    measured_peak_kva: float | None = None
    energised_on: date | None = None

    def is_own_proof(self, version: str | None) -> bool:
        """Tell whether it was proved when it was made, on this version, and nothing has moved."""
        return self.grid_version == version and not self.is_to_be_checked


def add_hold(connection: Connection, hold: Hold, taken: Sequence[Commitment]) -> None:
    """Write down what is held, one row a source.

    Raises
    ------
    sqlalchemy.exc.IntegrityError
        If something is held for the application already.
    """
    names = (
        "hold_id", "application_id", "plan_version", "option_rank", "grid_version", "state",
        "held_at", "expires_at", "is_by_plan", "rests_on_all",
    )  # fmt: skip
    connection.execute(sa.insert(holds).values({name: getattr(hold, name) for name in names}))
    rows = [
        {
            "hold_id": hold.hold_id, "source": k, "node_id": c.node_id, "bay_id": c.bay_id,
            "s_kva": c.s_kva, "power_factor": c.power_factor, "demand_factor": c.demand_factor,
        }
        for k, c in enumerate(taken)
    ]  # fmt: skip
    connection.execute(sa.insert(hold_sources), rows)


def find_live_hold(connection: Connection, application_id: str, now: datetime) -> Hold | None:
    """Return what is held for an application; None: nothing, or not any more."""
    row = connection.execute(
        sa.select(holds).where(holds.c.application_id == application_id, is_live(now))
    ).mappings()
    found = row.one_or_none()
    return _hold(found) if found else None


def list_commitments(
    connection: Connection,
    grid_name: str,
    now: datetime,
    *,
    without: Sequence[str] = (),
    load_date: date | None = None,
    with_overdue: bool = False,
) -> tuple[Commitment, ...]:
    """Return all that is promised on a grid, in a stated order: the same promises, the same plan.

    Parameters
    ----------
    without
        Applications whose own promises do not count.
    load_date
        Of the loads they are counted beside: what an energised supply draws is taken off once
        they may have it; None: it never is.
    with_overdue
        What has run out counts until it is given up: by another clock it still holds.
    """
    is_counted = holds.c.released_at.is_(None) if with_overdue else is_live(now)
    query = _select_taken().where(applications.c.grid_name == grid_name, is_counted)
    if without:
        query = query.where(holds.c.application_id.not_in(without))
    return tuple(_commitment(row, load_date) for row in connection.execute(query))


def count_holds(commitments: Iterable[Commitment]) -> int:
    """Return how many holds some commitments of `list_commitments` belong to: one a source."""
    return len({hold_id_of(c) for c in commitments})


def hold_id_of(commitment: Commitment) -> str:
    """Return the hold that a commitment of `list_commitments` is a source of."""
    return commitment.commitment_id.rpartition("/")[0]


def list_taken(
    connection: Connection, hold: Hold, *, load_date: date | None = None
) -> list[Commitment]:
    """Return what a hold takes, source by source; `load_date` as in `list_commitments`."""
    query = _select_taken().where(holds.c.hold_id == hold.hold_id)
    return [_commitment(row, load_date) for row in connection.execute(query)]


def _select_taken() -> sa.Select[Any]:
    return (
        sa.select(hold_sources, holds.c.measured_peak_kva, holds.c.energised_on)
        .join(holds, holds.c.hold_id == hold_sources.c.hold_id)
        .join(applications, applications.c.application_id == holds.c.application_id)
        .order_by(holds.c.number, hold_sources.c.source)
    )


def _commitment(row: sa.Row[Any], load_date: date | None) -> Commitment:
    return Commitment(
        commitment_id=f"{row.hold_id}/{row.source}",
        node_id=row.node_id,
        s_kva=_not_drawn_kva(row, load_date),
        demand_factor=row.demand_factor,
        power_factor=row.power_factor,
        bay_id=row.bay_id,
    )


def _not_drawn_kva(row: sa.Row[Any], load_date: date | None) -> float:
    """Return what a source still holds; a standby is seldom seen at its load and stays in full."""
    s_kva = float(row.s_kva)
    if row.source != 0 or row.energised_on is None or load_date is None:
        return s_kva
    return max(s_kva - row.measured_peak_kva, 0.0) if load_date > row.energised_on else s_kva


def list_overdue(
    connection: Connection, now: datetime, *, most: int, application_id: str | None = None
) -> list[Hold]:
    """Return holds that have run out and were not released yet.

    Parameters
    ----------
    application_id
        Only of this application; None: of all.
    """
    query = sa.select(holds).where(holds.c.released_at.is_(None), holds.c.expires_at <= now)
    if application_id is not None:
        query = query.where(holds.c.application_id == application_id)
    rows = connection.execute(query.order_by(holds.c.number).limit(most))
    return [_hold(row) for row in rows.mappings()]


def set_state(connection: Connection, hold: Hold, state: str, expires_at: datetime | None) -> None:
    """Let a hold go on in another state, until another moment."""
    connection.execute(
        sa.update(holds)
        .where(holds.c.hold_id == hold.hold_id)
        .values(state=state, expires_at=expires_at)
    )


def set_taken(
    connection: Connection, hold: Hold, source: int, s_kva: float, power_factor: float
) -> None:
    """Change what is held at a source."""
    connection.execute(
        sa.update(hold_sources)
        .where(hold_sources.c.hold_id == hold.hold_id, hold_sources.c.source == source)
        .values(s_kva=s_kva, power_factor=power_factor)
    )


def note_peak(
    connection: Connection, hold: Hold, measured_peak_kva: float, energised_on: date
) -> None:
    """Note what an energised supply draws at most."""
    connection.execute(
        sa.update(holds)
        .where(holds.c.hold_id == hold.hold_id)
        .values(measured_peak_kva=measured_peak_kva, energised_on=energised_on)
    )


def list_resting_on_all(connection: Connection, grid_name: str, now: datetime) -> set[str]:
    """Return live promises that rest on every other one of their grid."""
    query = (
        sa.select(holds.c.hold_id)
        .join(applications, applications.c.application_id == holds.c.application_id)
        .where(applications.c.grid_name == grid_name, is_live(now), holds.c.rests_on_all)
    )
    return set(connection.execute(query).scalars())


def set_node(connection: Connection, hold_id: str, source: int, node_id: str) -> None:
    """Let what is held at a source stand at another node."""
    connection.execute(
        sa.update(hold_sources)
        .where(hold_sources.c.hold_id == hold_id, hold_sources.c.source == source)
        .values(node_id=node_id)
    )


def release(connection: Connection, hold: Hold, now: datetime, reason: str) -> None:
    """End a hold."""
    connection.execute(
        sa.update(holds)
        .where(holds.c.hold_id == hold.hold_id)
        .values(released_at=now, release_reason=reason)
    )


def is_live(now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that a hold still holds something."""
    return sa.and_(
        holds.c.released_at.is_(None),
        sa.or_(holds.c.expires_at.is_(None), holds.c.expires_at > now),
    )


def _hold(row: RowMapping) -> Hold:
    return Hold(**{name: row[name] for name in Hold.__dataclass_fields__})
