"""Plans: every version as it was made, never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.tables import plans
from grid_models.errors import SupplyPlanError
from planner.application import Commitment

__all__ = ["PlanNote", "StoredPlan", "UnknownPlanError", "add_plan", "find_plan", "list_plans"]


class UnknownPlanError(SupplyPlanError):
    """An application has no such version of a plan."""

    def __init__(self, application_id: str, version: int | None) -> None:
        which = "plan" if version is None else f"version {version} of a plan"
        which_zh = "方案" if version is None else f"第 {version} 版方案"
        super().__init__(
            f"application {application_id} has no {which} / 申请 {application_id} 没有{which_zh}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPlan:
    """One version of a plan.

    Parameters
    ----------
    version
        1, 2, ... of its application.
    mode
        on_site, back_office or no_option.
    commitments
        What was promised to others when it was made.
    document
        The plan as JSON.
    """

    application_id: str
    version: int
    plan_id: str
    grid_version: str
    mode: str
    commitments: tuple[Commitment, ...]
    document: Mapping[str, Any]
    made_at: datetime


def add_plan(
    connection: Connection,
    application_id: str,
    document: Mapping[str, Any],
    commitments: Sequence[Commitment],
    now: datetime,
) -> StoredPlan:
    """Keep a plan as the next version of its application's."""
    last = connection.execute(
        sa.select(sa.func.max(plans.c.version)).where(plans.c.application_id == application_id)
    ).scalar()
    version = (last or 0) + 1
    connection.execute(
        sa.insert(plans).values(
            application_id=application_id,
            version=version,
            plan_id=document["plan_id"],
            grid_version=document["grid"]["version"],
            rules_area=document["rules"]["area"],
            rules_version=document["rules"]["version"],
            commitments=[_as_json(c) for c in commitments],
            document=document,
            mode=document["answer"]["mode"],
            made_at=now,
        )
    )
    return StoredPlan(
        application_id=application_id,
        version=version,
        plan_id=document["plan_id"],
        grid_version=document["grid"]["version"],
        mode=document["answer"]["mode"],
        commitments=tuple(commitments),
        document=document,
        made_at=now,
    )


def find_plan(
    connection: Connection, application_id: str, version: int | None = None
) -> StoredPlan:
    """Return a version of an application's plan; None: the last.

    Raises
    ------
    UnknownPlanError
        If there is none.
    """
    query = sa.select(plans).where(plans.c.application_id == application_id)
    if version is not None:
        query = query.where(plans.c.version == version)
    row = connection.execute(query.order_by(plans.c.version.desc()).limit(1)).one_or_none()
    if row is None:
        raise UnknownPlanError(application_id, version)
    return StoredPlan(
        application_id=row.application_id,
        version=row.version,
        plan_id=row.plan_id,
        grid_version=row.grid_version,
        mode=row.mode,
        commitments=tuple(_from_json(c) for c in row.commitments),
        document=row.document,
        made_at=row.made_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanNote:
    """A version of a plan without what is in it."""

    version: int
    plan_id: str
    grid_version: str
    mode: str
    made_at: datetime


def list_plans(
    connection: Connection, application_id: str, *, after: int = 0, most: int = 50
) -> list[PlanNote]:
    """Return the versions of an application's plan in the order they were made.

    Parameters
    ----------
    after
        Last version of the page before.
    """
    names = ("version", "plan_id", "grid_version", "mode", "made_at")
    rows = connection.execute(
        sa.select(*(plans.c[name] for name in names))
        .where(plans.c.application_id == application_id, plans.c.version > after)
        .order_by(plans.c.version)
        .limit(most)
    )
    return [PlanNote(**row) for row in rows.mappings()]


def _as_json(commitment: Commitment) -> dict[str, Any]:
    day = commitment.expires_on
    return asdict(commitment) | {"expires_on": day.isoformat() if day else None}


def _from_json(stated: Mapping[str, Any]) -> Commitment:
    day = stated["expires_on"]
    return Commitment(**{**stated, "expires_on": date.fromisoformat(day) if day else None})
