"""What waits for the desk."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.applications import StoredApplication
from api.database.decisions import OVERRIDE
from api.database.tables import applications, decisions, plans

__all__ = ["list_undecided"]

# States in which the desk can still decide.
_OPEN = ("planned", "held")


def list_undecided(
    connection: Connection,
    *,
    districts: Sequence[str] | None = None,
    after: int = 0,
    most: int = 50,
) -> list[StoredApplication]:
    """Return applications whose last plan is the desk's and was not decided, in arrival order.

    Parameters
    ----------
    districts
        Only in these; None: everywhere.
    after
        Number of the last one of the page before.
    """
    others = plans.alias()
    last = (
        sa.select(sa.func.max(others.c.version))
        .where(others.c.application_id == applications.c.application_id)
        .correlate(applications)
        .scalar_subquery()
    )
    is_decided = (
        sa.exists()
        .where(
            decisions.c.application_id == plans.c.application_id,
            decisions.c.plan_version == plans.c.version,
            decisions.c.kind != OVERRIDE,
        )
        .correlate(plans)
    )
    is_desks = sa.or_(
        plans.c.mode == "back_office",
        sa.and_(plans.c.mode == "on_site", applications.c.is_shadow),
    )
    query = (
        sa.select(applications)
        .join(plans, plans.c.application_id == applications.c.application_id)
        .where(
            applications.c.number > after,
            applications.c.state.in_(_OPEN),
            plans.c.version == last,
            is_desks,
            sa.not_(is_decided),
        )
        .order_by(applications.c.number)
        .limit(most)
    )
    if districts is not None:
        query = query.where(applications.c.district.in_(districts))
    return [StoredApplication(**row) for row in connection.execute(query).mappings()]
