"""Restore: what a backup holds put into an empty database, whole or not at all."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection

from api.database.audit import Deed, record
from api.database.backup import FORMAT, Tally, find_tally, read_value
from api.database.tables import METADATA
from api.database.trouble import find_trouble
from api.database.upgrade import upgrade_tables
from grid_models.errors import SupplyPlanError

__all__ = ["BackupFile", "DamagedBackupError", "NotEmptyError", "restore"]

# Rows put in at a time.
BATCH = 200


class DamagedBackupError(SupplyPlanError):
    """A file is no backup, or not the whole of one, or was altered."""

    def __init__(self, path: Path, zh: str, en: str) -> None:
        super().__init__(f"{path} {en} / {path} {zh}")
        self.zh, self.en = f"{path} {zh}", f"{path} {en}"


class NotEmptyError(SupplyPlanError):
    """A database holds something already."""

    def __init__(self, table: str) -> None:
        super().__init__(
            f"the database is not empty: {table} has rows; restore into a new one / "
            f"数据库不是空的：{table} 中已有记录，请恢复到新的数据库"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFile:
    """A backup as it lies on the disk.

    Parameters
    ----------
    revision
        Of the tables it was taken from.
    program
        Version of the program that took it.
    """

    path: Path
    revision: str
    program: str
    made_at: datetime
    _end: dict[str, Tally] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read what a file says of itself.

        Raises
        ------
        DamagedBackupError
            If it is no backup.
        OSError
            If it cannot be read.
        """
        head = next(_read_lines(path), (b"", None))[1]
        if not isinstance(head, dict) or head.get("format") != FORMAT:
            raise DamagedBackupError(path, "不是备份文件", "is no backup")
        return cls(
            path=path, revision=str(head["revision"]), program=str(head["program"]),
            made_at=datetime.fromisoformat(head["made_at"]),
        )  # fmt: skip

    def check(self) -> Tally:
        """Read all of it; return what it holds.

        Raises
        ------
        DamagedBackupError
            If anything is missing or was altered.
        """
        for _ in self.rows():
            pass
        return self.tally

    @property
    def tally(self) -> Tally:
        """What it holds, once all of it was read."""
        return self._end["tally"]

    def rows(self) -> Iterator[tuple[sa.Table, list[Any]]]:
        """Give every row with its table, in an order in which they can be put in.

        Raises
        ------
        DamagedBackupError
            If anything is missing or was altered; known for sure at the end only.
        """
        hashed = hashlib.sha256()
        table: sa.Table | None = None
        rows: dict[str, int] = {}
        for line, item in _read_lines(self.path):
            if isinstance(item, list):
                if table is None or len(item) != len(table.columns):
                    raise self._damaged()
                rows[table.name] += 1
                yield table, item
            elif "table" in item:
                table = self._find_table(item)
                rows[table.name] = 0
            elif "sha256" in item:
                tally = _read_tally(item)
                if item["sha256"] != hashed.hexdigest() or tally.rows != rows:
                    raise self._damaged()
                self._end["tally"] = tally
                return
            hashed.update(line)
        raise DamagedBackupError(self.path, "不完整", "is not whole")

    def _find_table(self, item: Mapping[str, Any]) -> sa.Table:
        table = METADATA.tables.get(item["table"])
        if table is None or item["columns"] != [column.name for column in table.columns]:
            raise self._damaged()
        return table

    def _damaged(self) -> DamagedBackupError:
        return DamagedBackupError(self.path, "已损坏或被改动", "is damaged or was altered")


def restore(
    connection: Connection, backup: BackupFile, *, actor: str, now: datetime
) -> Tally:  # fmt: skip
    """Put everything into an empty database, in the transaction of the caller.

    Tables are made first. What was put in is counted and the audit looked through; the restoring is
    written down at its end.

    Raises
    ------
    NotEmptyError
        If anything is there already.
    DamagedBackupError
        If the file does not hold what it says, or something else came of it.
    """
    upgrade_tables(connection)
    for table in METADATA.sorted_tables:
        if connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first():
            raise NotEmptyError(table.name)
    for table, rows in groupby(backup.rows(), key=lambda given: given[0]):
        _put_in(connection, table, (row for _, row in rows), backup)
    _count_on(connection)
    found = find_tally(connection, _count_rows(connection))
    if found != backup.tally:
        raise DamagedBackupError(
            backup.path, "恢复后的内容与备份不符", "does not hold what came of it"
        )
    deed = Deed(
        at=now, actor=actor, district="", action="database.restore", subject=backup.revision,
        details={"made_at": backup.made_at.isoformat(), "program": backup.program,
                 "last_number": found.last_number, "last_hash": found.last_hash},
    )  # fmt: skip
    record(connection, deed)
    return found


def _read_lines(path: Path) -> Iterator[tuple[bytes, Any]]:
    """Give each line as it stands, and what it says."""
    try:
        with gzip.open(path, "rb") as lines:
            for line in lines:
                yield line, json.loads(line)
    except (EOFError, zlib.error, gzip.BadGzipFile, ValueError) as error:
        raise DamagedBackupError(
            path, "已损坏或不是备份文件", "is damaged, or no backup"
        ) from error


def _read_tally(item: Mapping[str, Any]) -> Tally:
    audit = item["audit"]
    return Tally(
        rows=dict(item["rows"]), last_number=audit["number"], last_hash=audit["hash"],
        break_count=audit["breaks"],
    )  # fmt: skip


def _put_in(
    connection: Connection, table: sa.Table, rows: Iterator[Sequence[Any]], backup: BackupFile
) -> None:
    insert = sa.insert(table).values(
        {column.name: _parameter(connection, column) for column in table.columns}
    )
    names = [f"_{column.name}" for column in table.columns]
    try:
        while batch := list(islice(rows, BATCH)):
            values = [
                [read_value(c, v) for c, v in zip(table.columns, row, strict=True)]
                for row in batch
            ]  # fmt: skip
            connection.execute(insert, [dict(zip(names, row, strict=True)) for row in values])
    except (ValueError, TypeError, sa.exc.StatementError) as error:
        if find_trouble(error) is not None:
            raise
        raise DamagedBackupError(
            backup.path,
            f"中 {table.name} 的记录无法写入",
            f"has unfit rows of {table.name}",
        ) from error


def _parameter(connection: Connection, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """Return what stands for a value: the text of a document becomes one on PostgreSQL."""
    if not isinstance(column.type, sa.JSON):
        return sa.bindparam(f"_{column.name}", type_=column.type)
    text = sa.bindparam(f"_{column.name}", type_=sa.Text())
    return sa.cast(text, JSONB) if connection.dialect.name == "postgresql" else text


def _count_on(connection: Connection) -> None:
    """Have new rows numbered after those put in; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in METADATA.sorted_tables:
        number = table.columns.get("number")
        if number is not None and number.autoincrement is True:
            last = connection.execute(sa.select(sa.func.max(number))).scalar_one()
            if last is not None:
                sequence = sa.func.pg_get_serial_sequence(table.name, number.name)
                connection.execute(sa.select(sa.func.setval(sequence, last)))


def _count_rows(connection: Connection) -> dict[str, int]:
    return {
        table.name: connection.execute(
            sa.select(sa.func.count()).select_from(table)
        ).scalar_one()
        for table in METADATA.sorted_tables
    }  # fmt: skip
