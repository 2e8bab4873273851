"""Work counts: how much there is to do, for the badges of a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.application_lists import is_lit
from api.database.desk_list import select_undecided
from api.database.holds import is_live
from api.database.reminders import HOLD_ENDING, is_told
from api.database.tables import applications, holds
from api.life import ENDED, TIMED

__all__ = ["WorkCounts", "count_work"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCounts:
    """How many applications there are to do something for.

    Parameters
    ----------
    red, yellow
        Their limit is past, or near.
    waiting_for_desk
        No reply before the desk's word.
    hold_ending
        What is held for them ends soon, and others were told of it.
    open
        Not ended; drafts as well.
    """

    red: int
    yellow: int
    waiting_for_desk: int
    hold_ending: int
    open: int


def count_work(
    connection: Connection,
    *,
    districts: Sequence[str] | None,
    brought_by: str | None,
    today: date,
    now: datetime,
) -> WorkCounts:
    """Return how much there is to do.

    Parameters
    ----------
    districts
        Only in these; None: everywhere.
    brought_by
        Only what this caller brought; None: whoever did.
    """
    is_timed = applications.c.state.in_(TIMED)
    lights = {name: sa.and_(is_timed, is_lit(name, today)) for name in ("red", "yellow")}
    conditions = lights | {"open": applications.c.state.not_in(ENDED)}
    columns: list[sa.Label[Any]] = [_count_if(one, name) for name, one in conditions.items()]
    sums: sa.Select[Any] = sa.select(columns[0], *columns[1:])
    ending = (
        sa.select(sa.func.count())
        .select_from(applications)
        .join(holds, holds.c.application_id == applications.c.application_id)
        .where(is_live(now), is_told(HOLD_ENDING))
    )
    waiting: sa.Select[Any] = select_undecided().with_only_columns(sa.func.count())

    def own(query: sa.Select[Any]) -> sa.Select[Any]:
        if districts is not None:
            query = query.where(applications.c.district.in_(districts))
        if brought_by is not None:
            query = query.where(applications.c.accepted_by == brought_by)
        return query

    return WorkCounts(
        **connection.execute(own(sums)).mappings().one(),
        waiting_for_desk=connection.execute(own(waiting)).scalar_one(),
        hold_ending=connection.execute(own(ending)).scalar_one(),
    )


def _count_if(condition: sa.ColumnElement[bool], name: str) -> sa.Label[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0).label(name)
