"""Figures: how much of what a database keeps, for those who run it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.holds import is_live
from api.database.tables import applications, deliveries, hold_sources, holds, jobs

__all__ = ["Figures", "find_figures"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts by state, and what is promised.

    Parameters
    ----------
    holds_placed, holds_run_out
        Ever.
    live_holds
        By state: those that hold something now.
    promised_kva
        By grid: what live holds take, a standby's share included; what an energised supply draws
        by now is not taken off.
    oldest_delivery_s, oldest_job_s
        How long the oldest one has waited, in seconds; 0: none waits.
    """

    applications: Mapping[str, int]
    holds_placed: int
    holds_run_out: int
    live_holds: Mapping[str, int]
    promised_kva: Mapping[str, float]
    deliveries: Mapping[str, int]
    oldest_delivery_s: float
    jobs: Mapping[str, int]
    oldest_job_s: float


def find_figures(connection: Connection, now: datetime) -> Figures:
    """Count what is kept at a moment."""
    promised = (
        sa.select(
            applications.c.grid_name,
            sa.func.sum(hold_sources.c.s_kva * hold_sources.c.demand_factor),
        )
        .join(holds, holds.c.application_id == applications.c.application_id)
        .join(hold_sources, hold_sources.c.hold_id == holds.c.hold_id)
        .where(is_live(now))
        .group_by(applications.c.grid_name)
    )
    return Figures(
        applications=_count_by(connection, applications.c.state),
        holds_placed=_count(connection, sa.select(holds.c.number)),
        holds_run_out=_count(
            connection, sa.select(holds.c.number).where(holds.c.release_reason == "run out")
        ),
        live_holds=_count_by(connection, holds.c.state, is_live(now)),
        promised_kva={name: float(kva) for name, kva in connection.execute(promised)},
        deliveries=_count_by(
            connection, deliveries.c.state, deliveries.c.state.in_(["waiting", "dead"])
        ),
        oldest_delivery_s=_age_s(
            connection,
            sa.select(sa.func.min(deliveries.c.next_at)).where(deliveries.c.state == "waiting"),
            now,
        ),
        jobs=_count_by(connection, jobs.c.state),
        oldest_job_s=_age_s(
            connection, sa.select(sa.func.min(jobs.c.created_at)).where(jobs.c.state == "waiting"),
            now,
        ),
    )  # fmt: skip


def _count_by(
    connection: Connection, state: sa.Column[str], *where: sa.ColumnElement[bool]
) -> dict[str, int]:
    query = sa.select(state, sa.func.count()).where(*where).group_by(state)
    return {name: amount for name, amount in connection.execute(query)}


def _count(connection: Connection, rows: sa.Select[int]) -> int:
    query = sa.select(sa.func.count()).select_from(rows.subquery())
    return connection.execute(query).scalar_one()


def _age_s(connection: Connection, oldest: sa.Select[datetime], now: datetime) -> float:
    since = connection.execute(oldest).scalar_one()
    return 0.0 if since is None else max((now - since).total_seconds(), 0.0)
