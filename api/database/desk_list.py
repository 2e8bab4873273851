"""What waits for the desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.applications import StoredApplication
from api.database.decisions import OVERRIDE
from api.database.tables import applications, decisions, holds, plans, shadow_districts

__all__ = ["list_undecided", "select_undecided"]

# States in which the desk can still decide.
_OPEN = ("planned", "held")


def list_undecided(
    connection: Connection,
    *,
    districts: Sequence[str] | None = None,
    after: int = 0,
    most: int = 50,
) -> list[StoredApplication]:
    """Return applications whose reply waits for the desk's word, in arrival order.

    Parameters
    ----------
    districts
        Only in these; None: everywhere.
    after
        Number of the last one of the page before.
    """
    query = select_undecided().where(applications.c.number > after)
    if districts is not None:
        query = query.where(applications.c.district.in_(districts))
    rows = connection.execute(query.order_by(applications.c.number).limit(most))
    return [StoredApplication(**row) for row in rows.mappings()]


def select_undecided() -> sa.Select[Any]:
    """Return the query of applications whose reply waits for the desk's word."""
    others = plans.alias()
    last = (
        sa.select(sa.func.max(others.c.version))
        .where(others.c.application_id == applications.c.application_id)
        .correlate(applications)
        .scalar_subquery()
    )
    # what is held counts, else the first option of the last plan
    rank = sa.func.coalesce(holds.c.option_rank, 1)
    said = (
        sa.select(decisions.c.option_rank)
        .where(
            decisions.c.application_id == plans.c.application_id,
            decisions.c.plan_version == plans.c.version,
            decisions.c.kind != OVERRIDE,
        )
        .order_by(decisions.c.number.desc())
        .limit(1)
        .correlate(plans)
        .scalar_subquery()
    )
    in_shadow = sa.select(shadow_districts.c.district)
    is_desks = sa.or_(
        plans.c.mode == "back_office",
        sa.and_(
            plans.c.mode == "on_site",
            sa.or_(
                rank != 1,
                holds.c.is_by_plan.is_(False),
                applications.c.is_shadow,
                applications.c.district.in_(in_shadow),
            ),
        ),
    )
    return (
        sa.select(applications)
        .outerjoin(
            holds,
            sa.and_(
                holds.c.application_id == applications.c.application_id,
                holds.c.released_at.is_(None),
            ),
        )
        .join(
            plans,
            sa.and_(
                plans.c.application_id == applications.c.application_id,
                plans.c.version == sa.func.coalesce(holds.c.plan_version, last),
            ),
        )
        .where(
            applications.c.state.in_(_OPEN),
            is_desks,
            sa.func.coalesce(said, 0) != rank,
        )
    )
