"""Backup: everything a database keeps as one file, taken while the service goes on writing.

The file is gzip of lines of JSON, the same for SQLite and PostgreSQL::

    {"format": "supply-plan-backup/1", "revision": ..., "program": ..., "made_at": ...}
    {"table": "accounts", "columns": [...]}      each table, those it rests on before it
    [...]                                        each row, in the order of the columns
    {"rows": {"accounts": 12, ...}, "audit": {...}, "sha256": hash of all lines before}

Moments and days are text, bytes are base64, documents are their own text, so that what is put back
is what was taken.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.audit import FIRST_HASH, find_breaks
from api.database.engine import Database
from api.database.tables import METADATA, audit_head
from api.database.types import UtcTime

__all__ = ["FORMAT", "Tally", "find_tally", "read_value", "take_snapshot", "write_backup"]

FORMAT = "supply-plan-backup/1"
# Rows read at a time; of tables that keep files, few.
BATCH, FEW = 500, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a backup holds, to be compared with what was put back.

    Parameters
    ----------
    rows
        How many, by table.
    last_number, last_hash
        Of the audit.
    break_count
        Places at which the audit's chain does not hold: they are kept as they are.
    """

    rows: dict[str, int]
    last_number: int
    last_hash: str
    break_count: int


def take_snapshot(database: Database, work: Callable[[Connection], Any]) -> Any:
    """Read one state of the database, however long it takes; nobody waits for it.

    Raises
    ------
    DatabaseTroubleError
        If it cannot be read.
    """
    if database.is_sqlite:
        return database.read(work)
    # a snapshot that no writer can make fail, and that makes none fail
    alone = Database(
        database.engine.execution_options(
            isolation_level="SERIALIZABLE", postgresql_readonly=True, postgresql_deferrable=True
        ),
        database.limits,
    )
    return alone.read(work)


def write_backup(
    connection: Connection, file: BinaryIO, *, revision: str, program: str, made_at: datetime
) -> Tally:
    """Write everything the database keeps, as one state of it.

    Parameters
    ----------
    revision
        Of its tables.
    program
        Version of the program that writes it.
    """
    hashed = hashlib.sha256()
    # no name and no moment in the wrapping: the same content, the same bytes
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:

        def write(item: Any) -> None:
            line = json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            hashed.update(line)
            packed.write(line)

        write({
            "format": FORMAT, "revision": revision, "program": program,
            "made_at": made_at.isoformat(),
        })  # fmt: skip
        rows: dict[str, int] = {}
        for table in METADATA.sorted_tables:
            write({"table": table.name, "columns": [column.name for column in table.columns]})
            rows[table.name] = 0
            for row in _read_rows(connection, table):
                write(row)
                rows[table.name] += 1
        tally = find_tally(connection, rows)
        audit = {
            "number": tally.last_number, "hash": tally.last_hash, "breaks": tally.break_count,
        }  # fmt: skip
        write({"rows": rows, "audit": audit, "sha256": hashed.hexdigest()})
    return tally


def find_tally(connection: Connection, rows: dict[str, int]) -> Tally:
    """Return what there is, rows as they were counted."""
    head = connection.execute(sa.select(audit_head.c.number, audit_head.c.hash)).one_or_none()
    return Tally(
        rows=rows,
        last_number=head.number if head else 0,
        last_hash=head.hash if head else FIRST_HASH,
        break_count=sum(1 for _ in find_breaks(connection)),
    )


def read_value(column: sa.Column[Any], value: Any) -> Any:
    """Return a value of a line as the database takes it.

    Raises
    ------
    ValueError
        If it is none of the column's.
    """
    if value is None or isinstance(column.type, sa.JSON):
        return value
    if isinstance(column.type, sa.LargeBinary):
        return base64.b64decode(value, validate=True)
    if isinstance(column.type, UtcTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(column.type, sa.Date) else value


def _read_rows(connection: Connection, table: sa.Table) -> Iterator[list[Any]]:
    # the text of a document, not what is made of it: nothing of it changes on the way
    columns = [
        sa.cast(column, sa.Text).label(column.name) if isinstance(column.type, sa.JSON) else column
        for column in table.columns
    ]
    has_files = any(isinstance(column.type, sa.LargeBinary) for column in table.columns)
    query = sa.select(*columns).order_by(*table.primary_key.columns)
    options = {"yield_per": FEW if has_files else BATCH}
    for row in connection.execute(query, execution_options=options):
        yield [_plain(value) for value in row]


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, date) else value
