"""Trouble: what a database cannot do now, told apart from what was asked wrongly.

::

    DatabaseTroubleError
    |-- DatabaseBusyError         others are at it: a lock, a turn or a connection was waited for
    |-- DatabaseUnreachableError  it is gone, or cannot be read
    `-- DiskFullError             it has no room to write

None of them leaves half of anything: the transaction is undone. Where the connection breaks while a
transaction ends, nobody can know whether it counted: the same request with its Idempotency-Key
tells.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from grid_models.errors import SupplyPlanError

__all__ = [
    "DatabaseBusyError",
    "DatabaseTroubleError",
    "DatabaseUnreachableError",
    "DiskFullError",
    "find_trouble",
    "name_trouble",
]


class DatabaseTroubleError(SupplyPlanError):
    """The database cannot do it now; nothing was done."""

    wait_s = 5
    """After how long trying again makes sense, in seconds."""
    sentence = ""

    def __init__(self) -> None:
        super().__init__(self.sentence)


class DatabaseBusyError(DatabaseTroubleError):
    """Others are at it, and waiting for them took too long."""

    wait_s = 2
    sentence = "the database is busy, try again soon / 数据库繁忙，请稍后重试"


class DatabaseUnreachableError(DatabaseTroubleError):
    """It is gone, or cannot be read."""

    wait_s = 10
    sentence = "the database cannot be reached, try again later / 数据库暂时无法访问，请稍后重试"


class DiskFullError(DatabaseTroubleError):
    """It has no room to write."""

    wait_s = 60
    sentence = (
        "the disk of the database is full, nothing was written / 数据库磁盘已满，本次未写入任何内容"
    )


_Kind = type[DatabaseTroubleError]

# The lowest byte of what SQLite calls an extended result code is its kind.
_KIND_OF_CODE = 0xFF
_SQLITE: dict[int, _Kind] = {
    sqlite3.SQLITE_BUSY: DatabaseBusyError,
    sqlite3.SQLITE_LOCKED: DatabaseBusyError,
    sqlite3.SQLITE_PROTOCOL: DatabaseBusyError,
    sqlite3.SQLITE_FULL: DiskFullError,
    sqlite3.SQLITE_CANTOPEN: DatabaseUnreachableError,
    sqlite3.SQLITE_IOERR: DatabaseUnreachableError,
    sqlite3.SQLITE_READONLY: DatabaseUnreachableError,
    sqlite3.SQLITE_CORRUPT: DatabaseUnreachableError,
    sqlite3.SQLITE_NOTADB: DatabaseUnreachableError,
}
# SQLSTATEs of PostgreSQL, whole or their class (the first two).
_POSTGRESQL: dict[str, _Kind] = {
    "40001": DatabaseBusyError,  # lost against others, again and again
    "40P01": DatabaseBusyError,
    "55P03": DatabaseBusyError,  # waited too long for a lock
    "57014": DatabaseBusyError,  # a statement took too long
    "53100": DiskFullError,
    "53": DatabaseBusyError,  # no memory, no connection left
    "25P03": DatabaseUnreachableError,  # it ended the session
    "25006": DatabaseUnreachableError,  # a standby: only read
    "08": DatabaseUnreachableError,
    "57P": DatabaseUnreachableError,  # it is being stopped or started
    "58": DatabaseUnreachableError,  # its disk
    "XX001": DatabaseUnreachableError,  # its files are damaged
    "XX002": DatabaseUnreachableError,
}


@contextmanager
def name_trouble() -> Iterator[None]:
    """Raise what is wrong with the database as what it is; every other error as it came.

    Raises
    ------
    DatabaseTroubleError
        Caused by what the driver said.
    """
    try:
        yield
    except (sa.exc.TimeoutError, sa.exc.DBAPIError) as error:
        kind = find_trouble(error)
        if kind is None:
            raise
        raise kind from error


def find_trouble(error: BaseException) -> _Kind | None:
    """Return what kind of trouble an error of the driver is; None: it is none."""
    if isinstance(error, sa.exc.TimeoutError):  # no connection was given back in time
        return DatabaseBusyError
    if not isinstance(error, sa.exc.DBAPIError):
        return None
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", None)
        return None if code is None else _SQLITE.get(code & _KIND_OF_CODE)
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # it never came to an answer
        is_gone = error.connection_invalidated or isinstance(error, sa.exc.OperationalError)
        return DatabaseUnreachableError if is_gone else None
    known = (_POSTGRESQL.get(state[:length]) for length in (5, 3, 2))
    return next((kind for kind in known if kind is not None), None)
