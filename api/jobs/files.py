"""Files of a job: kept in the database, where every worker and server sees them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.tables import job_files, jobs
from api.jobs.errors import UnknownJobFileError

__all__ = [
    "INPUT",
    "JobFile",
    "are_files_overdue",
    "drop_file",
    "drop_files_before",
    "find_file",
    "keep_file",
    "list_files",
]

INPUT = ".input"
"""What was sent: for the worker, never given out, and gone when the job ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFile:
    """A file with its content.

    Parameters
    ----------
    name
        Begins with a point where it is for workers alone.
    """

    name: str
    media_type: str
    content: bytes


def keep_file(connection: Connection, job_id: str, file: JobFile) -> None:
    """Keep a file of a job."""
    connection.execute(
        sa.insert(job_files).values(
            job_id=job_id,
            name=file.name,
            media_type=file.media_type,
            content=file.content,
            content_hash=hashlib.sha256(file.content).hexdigest(),
        )
    )


def find_file(connection: Connection, job_id: str, name: str) -> JobFile:
    """Return a file of a job.

    Raises
    ------
    UnknownJobFileError
        If it has none of that name, or not any more.
    """
    row = connection.execute(
        sa.select(job_files).where(job_files.c.job_id == job_id, job_files.c.name == name)
    ).one_or_none()
    if row is None:
        raise UnknownJobFileError(job_id, name)
    return JobFile(name=row.name, media_type=row.media_type, content=bytes(row.content))


def list_files(connection: Connection, job_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the names of the files that are given out, by job."""
    found: dict[str, list[str]] = {job_id: [] for job_id in job_ids}
    query = sa.select(job_files.c.job_id, job_files.c.name).where(job_files.c.job_id.in_(job_ids))
    for row in connection.execute(query.order_by(job_files.c.name)):
        if not row.name.startswith("."):
            found[row.job_id].append(row.name)
    return found


def drop_file(connection: Connection, job_id: str, name: str) -> None:
    """Drop a file of a job, if it is there."""
    connection.execute(
        sa.delete(job_files).where(job_files.c.job_id == job_id, job_files.c.name == name)
    )


def are_files_overdue(connection: Connection, moment: datetime) -> bool:
    """Tell whether a job that ended before a moment has files still."""
    return connection.execute(
        sa.select(sa.exists().where(job_files.c.job_id.in_(_ended_before(moment))))
    ).scalar_one()


def drop_files_before(connection: Connection, moment: datetime) -> int:
    """Drop the files of jobs that ended before a moment; how many there were."""
    return connection.execute(
        sa.delete(job_files).where(job_files.c.job_id.in_(_ended_before(moment)))
    ).rowcount


def _ended_before(moment: datetime) -> sa.Select[tuple[str]]:
    return sa.select(jobs.c.job_id).where(jobs.c.ended_at < moment)
