"""Decisions: what the desk said about plans, and how often it overrode which rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.tables import applications, decisions

__all__ = [
    "CHANGE",
    "CONFIRM",
    "OVERRIDE",
    "Decision",
    "OverrideCount",
    "add_decision",
    "count_overrides",
    "is_decided",
    "list_decisions",
]

CONFIRM, CHANGE, OVERRIDE = "confirm", "change", "override"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One thing the desk decided about a version of a plan.

    Parameters
    ----------
    kind
        confirm: the first option stands; change: another one does; override: a reason for the desk
        was judged and does not stand in the way.
    option_rank
        The option the desk stands for.
    reason_code
        Why, from the rule ``desk_reason_codes``.
    rule_id
        Of an override: the rule, or the desk reason's code where no rule stands behind it.
    """

    number: int
    application_id: str
    plan_version: int
    kind: str
    option_rank: int
    reason_code: str
    rule_id: str | None
    note: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideCount:
    """How often a rule was overridden for one reason."""

    rule_id: str
    reason_code: str
    count: int


def add_decision(
    connection: Connection,
    application_id: str,
    *,
    plan_version: int,
    kind: str,
    option_rank: int,
    reason_code: str,
    rule_id: str | None,
    note: str,
    actor: str,
    now: datetime,
) -> None:
    """Keep a decision."""
    connection.execute(
        sa.insert(decisions).values(
            application_id=application_id, plan_version=plan_version, kind=kind,
            option_rank=option_rank, reason_code=reason_code, rule_id=rule_id, note=note,
            decided_by=actor, decided_at=now,
        )
    )  # fmt: skip


def list_decisions(connection: Connection, application_id: str) -> list[Decision]:
    """Return what was decided about an application, in order."""
    rows = connection.execute(
        sa.select(decisions)
        .where(decisions.c.application_id == application_id)
        .order_by(decisions.c.number)
    )
    return [Decision(**row) for row in rows.mappings()]


def is_decided(connection: Connection, application_id: str, version: int, rank: int) -> bool:
    """Tell whether the last word of the desk on a version of a plan is for an option."""
    row = connection.execute(
        sa.select(decisions.c.option_rank)
        .where(
            decisions.c.application_id == application_id,
            decisions.c.plan_version == version,
            decisions.c.kind != OVERRIDE,
        )
        .order_by(decisions.c.number.desc())
        .limit(1)
    ).scalar_one_or_none()
    return row == rank


def count_overrides(
    connection: Connection,
    since: datetime,
    until: datetime,
    *,
    districts: Sequence[str] | None = None,
) -> list[OverrideCount]:
    """Return how often each rule was overridden from a moment until before another one.

    Parameters
    ----------
    districts
        Only in these; None: everywhere.
    """
    # said again of the same version of a plan, it is one
    about = decisions.c.application_id.concat("/").concat(
        sa.cast(decisions.c.plan_version, sa.String)
    )
    count = sa.func.count(sa.distinct(about)).label("count")
    query = (
        sa.select(decisions.c.rule_id, decisions.c.reason_code, count)
        .join(applications, applications.c.application_id == decisions.c.application_id)
        .where(
            decisions.c.kind == OVERRIDE,
            decisions.c.decided_at >= since,
            decisions.c.decided_at < until,
        )
        .group_by(decisions.c.rule_id, decisions.c.reason_code)
        .order_by(count.desc(), decisions.c.rule_id, decisions.c.reason_code)
    )
    if districts is not None:
        query = query.where(applications.c.district.in_(districts))
    return [OverrideCount(**row) for row in connection.execute(query).mappings()]
