"""Job: kept, found and listed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from api.database.audit import Deed, record
from api.database.tables import jobs
from api.jobs.errors import TooManyJobsError, UnknownJobError

__all__ = [
    "BULK",
    "CAPACITY_MAP",
    "KINDS",
    "SCENARIO",
    "STATES",
    "Job",
    "add_job",
    "as_job",
    "find_job",
    "list_jobs",
    "write_down",
]

BULK, CAPACITY_MAP, SCENARIO = "bulk", "capacity_map", "scenario"
KINDS = (BULK, CAPACITY_MAP, SCENARIO)
"""Kinds of jobs."""
STATES = ("waiting", "running", "done", "failed", "cancelled")
"""States of jobs; the last three are ends."""
ENDS = STATES[2:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job as it is kept.

    Parameters
    ----------
    district
        Whose it is; "*": only those see it who see every district.
    asked
        What its kind reads.
    done_count, total_count
        Pieces; the total is None until it is known.
    problem
        Why it failed, one sentence.
    attempts
        How often it was taken since it last got on.
    worker
        Who works on it: another name each time it is taken.
    leased_until
        Nobody else takes it before.
    made_by
        Who acts where it does something.
    started_at, taken_at
        When a worker took it, the first time and the last.
    """

    number: int
    job_id: str
    kind: str
    district: str
    asked: Mapping[str, Any]
    state: str
    done_count: int
    total_count: int | None
    result: Mapping[str, Any] | None
    problem: str | None
    is_cancel_asked: bool
    attempts: int
    worker: str | None
    leased_until: datetime | None
    made_by: str
    created_at: datetime
    started_at: datetime | None
    taken_at: datetime | None
    ended_at: datetime | None

    @property
    def has_ended(self) -> bool:
        """True once nothing will be done for it any more."""
        return self.state in ENDS


def add_job(
    connection: Connection,
    *,
    kind: str,
    district: str,
    asked: Mapping[str, Any],
    actor: str,
    now: datetime,
    most_waiting: int,
    total_count: int | None = None,
) -> Job:
    """Keep a new job; a worker takes it when its turn comes.

    Parameters
    ----------
    most_waiting
        So many jobs of one caller may wait.

    Raises
    ------
    TooManyJobsError
        If so many wait already.
    """
    waiting = sa.select(sa.func.count()).where(jobs.c.made_by == actor, jobs.c.state == "waiting")
    if connection.execute(waiting).scalar_one() >= most_waiting:
        raise TooManyJobsError(most_waiting)
    job_id = f"job-{uuid.uuid4().hex}"
    connection.execute(
        sa.insert(jobs).values(
            job_id=job_id, kind=kind, district=district, asked=asked, state="waiting",
            done_count=0, total_count=total_count, is_cancel_asked=False, attempts=0,
            made_by=actor, created_at=now,
        )
    )  # fmt: skip
    job = find_job(connection, job_id)
    write_down(connection, job, "job.add", actor, now, kind=kind)
    return job


def find_job(
    connection: Connection,
    job_id: str,
    *,
    districts: Sequence[str] | None = None,
    kinds: Sequence[str] = KINDS,
) -> Job:
    """Return a job.

    Parameters
    ----------
    districts
        Those whose jobs the caller may see; None: every one.
    kinds
        Those the caller may see.

    Raises
    ------
    UnknownJobError
        If there is none, or it is not the caller's to see.
    """
    query = sa.select(jobs).where(jobs.c.job_id == job_id, jobs.c.kind.in_(kinds))
    row = connection.execute(_within(query, districts)).mappings().one_or_none()
    if row is None:
        raise UnknownJobError(job_id)
    return as_job(row)


def list_jobs(
    connection: Connection,
    *,
    districts: Sequence[str] | None,
    kinds: Sequence[str],
    states: Sequence[str] = (),
    after: int = 0,
    most: int = 50,
) -> list[Job]:
    """Return jobs in the order they came, without what was asked and what came of it.

    Parameters
    ----------
    after
        Number of the last one of the page before.
    """
    # both may be megabytes
    columns = [column for column in jobs.c if column.name not in ("asked", "result")]
    query = sa.select(*columns).where(jobs.c.number > after, jobs.c.kind.in_(kinds))
    if states:
        query = query.where(jobs.c.state.in_(states))
    rows = connection.execute(_within(query, districts).order_by(jobs.c.number).limit(most))
    return [Job(asked={}, result=None, **row) for row in rows.mappings()]


def write_down(
    connection: Connection, job: Job, action: str, actor: str, now: datetime, **details: Any
) -> int:
    """Put what was done about a job into the audit; return its number there."""
    deed = Deed(
        at=now, actor=actor, district=job.district, action=action, subject=job.job_id,
        details=details,
    )  # fmt: skip
    return record(connection, deed)


def as_job(row: RowMapping) -> Job:
    """Return a row of the table as a job."""
    return Job(**row)


def _within(query: sa.Select[Any], districts: Sequence[str] | None) -> sa.Select[Any]:
    # a job of every district is of none in particular: "*" is no caller's district
    return query if districts is None else query.where(jobs.c.district.in_(districts))
