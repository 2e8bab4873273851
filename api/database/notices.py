"""Notices: what happened, read from the events others are told of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.outbox import KINDS
from api.database.tables import applications, jobs, map_corrections, outbox

__all__ = ["Notice", "list_notices"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that happened.

    Parameters
    ----------
    application_id
        It happened to; None: to no application.
    payload
        Ids, states and moments, as others are told of it.
    """

    number: int
    kind: str
    application_id: str | None
    happened_at: datetime
    payload: Mapping[str, Any]


def list_notices(
    connection: Connection,
    *,
    districts: Sequence[str] | None,
    brought_by: str | None,
    after: int | None,
    most: int,
) -> list[Notice]:
    """Return what happened, in order.

    Parameters
    ----------
    districts
        Only there; None: everywhere.
    brought_by
        Only what happened to what this caller brought: applications, jobs and corrections; None:
        to whatever there is.
    after
        Number of the last one that is known; None: the newest are wanted.
    """
    query = (
        sa.select(
            outbox.c.number, outbox.c.kind, applications.c.application_id, outbox.c.happened_at,
            outbox.c.payload,
        )
        .outerjoin(applications, applications.c.application_id == outbox.c.subject)
        .where(outbox.c.kind.in_(KINDS))
    )  # fmt: skip
    if districts is not None:
        query = query.where(outbox.c.district.in_(districts))
    if brought_by is not None:
        query = query.where(outbox.c.subject.in_(_brought(brought_by)))
    if after is None:
        rows = connection.execute(query.order_by(outbox.c.number.desc()).limit(most)).mappings()
        return [Notice(**row) for row in reversed(rows.all())]
    query = query.where(outbox.c.number > after).order_by(outbox.c.number)
    return [Notice(**row) for row in connection.execute(query.limit(most)).mappings()]


def _brought(name: str) -> sa.CompoundSelect[Any]:
    return sa.union_all(
        sa.select(applications.c.application_id).where(applications.c.accepted_by == name),
        sa.select(jobs.c.job_id).where(jobs.c.made_by == name),
        sa.select(map_corrections.c.correction_id).where(map_corrections.c.opened_by == name),
    )
