"""Files of a job: kept in the database piece by piece, where every worker and server sees them.

A file is there once its head is: pieces without one are of a job that has not ended.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.tables import job_file_pieces, job_files, jobs
from api.jobs.errors import UnknownJobFileError

__all__ = [
    "INPUT",
    "PIECE_BYTES",
    "JobFile",
    "KeptFile",
    "drop_file",
    "drop_loose_pieces",
    "find_head",
    "find_overdue",
    "keep_file",
    "keep_head",
    "keep_piece",
    "list_files",
    "read_file",
    "read_piece",
]

INPUT = ".input"
"""What was sent: for the worker, never given out, and gone when the job ends."""
PIECE_BYTES = 4_000_000
"""Nobody has more of a file in memory, and no statement carries more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFile:
    """A file that is to be kept, hashed when it is made: before any transaction.

    Parameters
    ----------
    name
        Begins with a point where it is for workers alone.
    content
        Or where it lies, not to change any more.
    """

    name: str
    media_type: str
    content: bytes | Path
    size_bytes: int = field(init=False)
    content_hash: str = field(init=False)

    def __post_init__(self) -> None:
        """Read it once."""
        hashed, size_bytes = hashlib.sha256(), 0
        for piece in self.pieces():
            hashed.update(piece)
            size_bytes += len(piece)
        object.__setattr__(self, "size_bytes", size_bytes)
        object.__setattr__(self, "content_hash", hashed.hexdigest())

    def pieces(self) -> Iterator[bytes]:
        """Yield its content in pieces."""
        content = self.content
        with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as source:
            while piece := source.read(PIECE_BYTES):
                yield piece


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """What is known of a file that is kept, without its content."""

    name: str
    media_type: str
    size_bytes: int
    content_hash: str


def keep_file(connection: Connection, job_id: str, file: JobFile) -> None:
    """Keep a file of a job in one transaction: a small one."""
    for number, piece in enumerate(file.pieces()):
        keep_piece(connection, job_id, file.name, number, piece)
    keep_head(connection, job_id, file)


def keep_piece(connection: Connection, job_id: str, name: str, number: int, content: bytes) -> None:
    """Keep a piece of a file, in the place of one that was written before a break."""
    pieces = job_file_pieces.c
    connection.execute(
        sa.delete(job_file_pieces).where(
            pieces.job_id == job_id, pieces.name == name, pieces.piece == number
        )
    )
    connection.execute(
        sa.insert(job_file_pieces).values(job_id=job_id, name=name, piece=number, content=content)
    )


def keep_head(connection: Connection, job_id: str, file: JobFile) -> None:
    """Give out a file whose pieces are kept."""
    count = -(-file.size_bytes // PIECE_BYTES)
    pieces = job_file_pieces.c
    connection.execute(
        sa.delete(job_file_pieces).where(
            pieces.job_id == job_id, pieces.name == file.name, pieces.piece >= count
        )
    )
    connection.execute(
        sa.insert(job_files).values(
            job_id=job_id, name=file.name, media_type=file.media_type, size_bytes=file.size_bytes,
            content_hash=file.content_hash,
        )
    )  # fmt: skip


def find_head(connection: Connection, job_id: str, name: str) -> KeptFile:
    """Return what is known of a file of a job.

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
    return KeptFile(
        name=row.name, media_type=row.media_type, size_bytes=row.size_bytes,
        content_hash=row.content_hash,
    )  # fmt: skip


def read_file(connection: Connection, job_id: str, name: str) -> bytes:
    """Return the content of a file of a job: a small one.

    Raises
    ------
    UnknownJobFileError
        If it has none of that name, or not any more.
    """
    find_head(connection, job_id, name)
    pieces: list[bytes] = []
    while (piece := read_piece(connection, job_id, name, len(pieces))) is not None:
        pieces.append(piece)
    return b"".join(pieces)


def read_piece(connection: Connection, job_id: str, name: str, number: int) -> bytes | None:
    """Return a piece of a file, from 0; None behind the last."""
    pieces = job_file_pieces.c
    content = connection.execute(
        sa.select(pieces.content).where(
            pieces.job_id == job_id, pieces.name == name, pieces.piece == number
        )
    ).scalar_one_or_none()
    return None if content is None else bytes(content)


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
    for table in (job_files, job_file_pieces):
        connection.execute(sa.delete(table).where(table.c.job_id == job_id, table.c.name == name))


def drop_loose_pieces(connection: Connection, job_id: str) -> None:
    """Drop what was written of files that are not given out."""
    heads = sa.select(job_files.c.name).where(job_files.c.job_id == job_id)
    connection.execute(
        sa.delete(job_file_pieces).where(
            job_file_pieces.c.job_id == job_id, job_file_pieces.c.name.not_in(heads)
        )
    )


def find_overdue(connection: Connection, moment: datetime) -> tuple[str, str] | None:
    """Return job and name of a file whose job ended before a moment; None: there is none."""
    ended = sa.select(jobs.c.job_id).where(jobs.c.ended_at < moment)
    row = connection.execute(
        sa.select(job_files.c.job_id, job_files.c.name)
        .where(job_files.c.job_id.in_(ended))
        .limit(1)
    ).one_or_none()
    return None if row is None else (row.job_id, row.name)
