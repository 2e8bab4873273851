"""Taking: one worker at a time has a job, for a while it renews; whoever lost it writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.auth.names import CLOCK
from api.database.outbox import tell
from api.database.tables import jobs
from api.jobs.errors import JobEndedError, LostLeaseError
from api.jobs.files import INPUT, JobFile, drop_file, drop_loose_pieces, keep_head
from api.jobs.job import BULK, Job, as_job, find_job, write_down
from api.jobs.rows import count_outcomes

__all__ = [
    "LEASE",
    "MOST_ATTEMPTS",
    "ask_cancel",
    "claim",
    "end_job",
    "hand_back",
    "is_work_there",
    "set_total",
    "take_next",
]

LEASE = timedelta(seconds=60)
"""So long a worker may be silent before another one takes its job."""
MOST_ATTEMPTS = 3
"""So often a job is taken without getting on before it is given up."""
_LONGEST_PROBLEM = 2_000


def is_work_there(connection: Connection, now: datetime) -> bool:
    """Tell whether a job waits to be taken, or to be ended."""
    return connection.execute(sa.select(sa.exists().where(_is_free(now)))).scalar_one()


def take_next(connection: Connection, *, worker: str, now: datetime) -> Job | None:
    """Take the oldest job nobody works on of who was served longest ago; None: there is none.

    Callers take turns: who sends many jobs holds up their own only. What was cancelled, and what
    was taken too often without getting on, ends here.

    Parameters
    ----------
    worker
        A name no worker ever had before.
    """
    own = jobs.alias()
    served_at = (
        sa.select(sa.func.max(own.c.taken_at))
        .where(own.c.made_by == jobs.c.made_by)
        .scalar_subquery()
    )
    query = (
        sa.select(jobs)
        .where(_is_free(now))
        .order_by(sa.nulls_first(served_at), jobs.c.number)
        .limit(1)
    )
    while (row := connection.execute(query).mappings().one_or_none()) is not None:
        job = as_job(row)
        if job.is_cancel_asked:
            end_job(connection, job, "cancelled", actor=job.made_by, now=now)
        elif job.attempts >= MOST_ATTEMPTS:
            end_job(
                connection, job, "failed", actor=CLOCK, now=now, problem=_given_up(job.attempts)
            )
        else:
            connection.execute(
                sa.update(jobs)
                .where(jobs.c.job_id == job.job_id)
                .values(
                    state="running", worker=worker, leased_until=now + LEASE,
                    attempts=job.attempts + 1, started_at=job.started_at or now,
                    taken_at=now,
                )
            )  # fmt: skip
            return find_job(connection, job.job_id)
    return None


def ask_cancel(connection: Connection, job: Job, *, actor: str, now: datetime) -> Job:
    """Have a job end: at once where nobody works on it, else after the piece that is being done.

    Asked again it changes nothing.

    Raises
    ------
    JobEndedError
        If it has ended, and not by being cancelled.
    """
    if job.state == "cancelled" or (job.is_cancel_asked and not job.has_ended):
        return job
    if job.has_ended:
        raise JobEndedError(job.job_id, job.state)
    connection.execute(
        sa.update(jobs).where(jobs.c.job_id == job.job_id).values(is_cancel_asked=True)
    )
    write_down(connection, job, "job.cancel", actor, now)
    if job.state == "waiting":
        end_job(connection, job, "cancelled", actor=actor, now=now)
    return find_job(connection, job.job_id)


def claim(connection: Connection, job: Job, now: datetime, *, done_count: int | None = None) -> Job:
    """Make sure a worker still has a job, and let it have it longer; return it as it is now.

    Parameters
    ----------
    job
        As it was taken.
    done_count
        Pieces that are done by now; None: no more than before.

    Raises
    ------
    LostLeaseError
        If somebody else has taken it, or it has ended.
    """
    present = _own(connection, job)
    values: dict[str, Any] = {"leased_until": now + LEASE}
    if done_count is not None and done_count > present.done_count:
        # whoever gets on is no danger to workers, however often they die of other things
        values |= {"done_count": done_count, "attempts": 1}
    connection.execute(sa.update(jobs).where(jobs.c.job_id == job.job_id).values(values))
    return find_job(connection, job.job_id)


def set_total(connection: Connection, job: Job, total_count: int) -> None:
    """Note how many pieces a job has, once that is known."""
    connection.execute(
        sa.update(jobs).where(jobs.c.job_id == job.job_id).values(total_count=total_count)
    )


def hand_back(connection: Connection, job: Job) -> None:
    """Let another worker have a job at once; it counts as if it had not been taken.

    Raises
    ------
    LostLeaseError
        If somebody else has taken it, or it has ended.
    """
    present = _own(connection, job)
    connection.execute(
        sa.update(jobs)
        .where(jobs.c.job_id == job.job_id)
        .values(
            state="waiting", worker=None, leased_until=None,
            attempts=present.attempts - 1,
        )
    )  # fmt: skip


def end_job(
    connection: Connection,
    job: Job,
    state: str,
    *,
    actor: str,
    now: datetime,
    result: Mapping[str, Any] | None = None,
    problem: str | None = None,
    files: Sequence[JobFile] = (),
) -> None:
    """End a job and write it down; what was sent is not kept any longer.

    Parameters
    ----------
    result
        Of a bulk it is counted here: how many rows came to what.
    files
        Whose pieces are kept already.
    """
    present = find_job(connection, job.job_id)
    if job.kind == BULK:
        outcomes = count_outcomes(connection, job.job_id)
        missing = (present.total_count or 0) - sum(outcomes.values())
        result = {"rows": present.total_count, "outcomes": outcomes, "not_done": missing}
    for file in files:
        keep_head(connection, job.job_id, file)
    drop_file(connection, job.job_id, INPUT)
    drop_loose_pieces(connection, job.job_id)
    done_count = present.total_count if state == "done" else None
    connection.execute(
        sa.update(jobs)
        .where(jobs.c.job_id == job.job_id)
        .values(
            state=state,
            result=result,
            problem=None if problem is None else problem[:_LONGEST_PROBLEM],
            done_count=present.done_count if done_count is None else done_count,
            ended_at=now,
            worker=None,
            leased_until=None,
        )
    )
    write_down(connection, job, f"job.{state}", actor, now, files=[f.name for f in files])
    if job.kind == BULK:  # who sent the rows is told; maps and scenarios are for inside
        tell(
            connection, f"job.{state}", district=job.district, subject=job.job_id, now=now,
            job_id=job.job_id, state=state,
        )  # fmt: skip


def _own(connection: Connection, job: Job) -> Job:
    present = find_job(connection, job.job_id)
    if present.state != "running" or present.worker != job.worker:
        raise LostLeaseError
    return present


def _is_free(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(
        jobs.c.state == "waiting",
        sa.and_(jobs.c.state == "running", jobs.c.leased_until <= now),
    )


def _given_up(attempts: int) -> str:
    return (
        f"{attempts} workers in a row ended before it got on; it is not tried again / "
        f"连续 {attempts} 次处理未有进展即中断，不再重试"
    )
