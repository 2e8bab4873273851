"""Rows of a job: what came of each, written with its effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.tables import job_rows

__all__ = ["JobRow", "add_row", "count_outcomes", "list_rows", "rows_done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """What came of one row.

    Parameters
    ----------
    number
        Line of what was sent, from 1.
    """

    number: int
    result: Mapping[str, Any]
    done_at: datetime


def add_row(
    connection: Connection, job_id: str, number: int, result: Mapping[str, Any], now: datetime
) -> None:
    """Keep what came of a row, in the transaction that makes it true.

    Raises
    ------
    sqlalchemy.exc.IntegrityError
        If it is kept already.
    """
    connection.execute(
        sa.insert(job_rows).values(job_id=job_id, row=number, result=result, done_at=now)
    )


def rows_done(connection: Connection, job_id: str) -> frozenset[int]:
    """Return the numbers of the rows something came of."""
    query = sa.select(job_rows.c.row).where(job_rows.c.job_id == job_id)
    return frozenset(connection.execute(query).scalars())


def list_rows(connection: Connection, job_id: str, *, after: int, most: int) -> list[JobRow]:
    """Return rows in the order they were sent.

    Parameters
    ----------
    after
        Number of the last one of the page before.
    """
    rows = connection.execute(
        sa.select(job_rows)
        .where(job_rows.c.job_id == job_id, job_rows.c.row > after)
        .order_by(job_rows.c.row)
        .limit(most)
    )
    return [JobRow(number=r.row, result=r.result, done_at=r.done_at) for r in rows]


def count_outcomes(connection: Connection, job_id: str) -> dict[str, int]:
    """Return how many rows came to which outcome."""
    outcome = job_rows.c.result["outcome"].as_string()
    query = sa.select(outcome).where(job_rows.c.job_id == job_id)
    return dict(Counter(connection.execute(query).scalars()))
