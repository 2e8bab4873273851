"""Database: transactions on SQLite or PostgreSQL, one writer at a time.

A write is one serialisable transaction (on SQLite an immediate one). Writers queue for a lock
before they begin, so that what they read is what they decide on: the chain of the audit makes them
wait for each other anyway, and waiting is cheaper than failing and starting anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from grid_models.errors import MissingExtraError, SupplyPlanError

__all__ = ["Database", "OutdatedDatabaseError"]

T = TypeVar("T")

# What PostgreSQL says of transactions that lost against another one: they may be tried again.
LOST_STATES = frozenset({"40001", "40P01"})
ATTEMPTS = 8
LONGEST_WAIT_S = 1.0
BUSY_TIMEOUT_MS = 30_000
# Advisory lock of the writers: any number that nobody else in the database uses.
WRITERS = 7_305_310


class OutdatedDatabaseError(SupplyPlanError):
    """The tables are not those this version works with."""

    def __init__(self, present: str | None, wanted: str) -> None:
        super().__init__(
            f"the database is at revision {present or 'none'}, this version needs {wanted}; "
            "run: supply-plan db upgrade --database URL / "
            f"数据库版本为 {present or '无'}，本程序需要 {wanted}，"
            "请先执行：supply-plan db upgrade --database URL"
        )


class Database:
    """Transactions on one database.

    Parameters
    ----------
    engine
        As `Database.open` makes it.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str) -> Database:
        """Open a database by its URL; nothing is read or written yet.

        Parameters
        ----------
        url
            ``sqlite:///FILE`` or ``postgresql://...``.

        Raises
        ------
        MissingExtraError
            If the driver of PostgreSQL is not installed.
        """
        address = sa.make_url(url)
        # errors name no values: there are hashes of passwords and secrets among them
        if address.get_backend_name() == "sqlite":
            engine = sa.create_engine(address, hide_parameters=True)
            sa.event.listen(engine, "connect", _prepare_sqlite)
            sa.event.listen(engine, "begin", _begin_sqlite)
        else:
            if find_spec("psycopg") is None:
                raise MissingExtraError("postgresql")
            engine = sa.create_engine(
                address.set(drivername="postgresql+psycopg"),
                isolation_level="SERIALIZABLE",
                hide_parameters=True,
                pool_pre_ping=True,
            )
        return cls(engine)

    @property
    def is_sqlite(self) -> bool:
        """True on SQLite."""
        return self.engine.dialect.name == "sqlite"

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do what only reads, on one state of the database."""
        with self.engine.connect() as connection, connection.begin():
            return work(connection)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do what reads and writes, whole or not at all, as if nobody else were there.

        Parameters
        ----------
        work
            May be called again where another transaction won: it has no other effects.
        """
        for attempt in Retrying(
            retry=retry_if_exception(_has_lost),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.01, max=LONGEST_WAIT_S),
            reraise=True,
        ):
            with attempt, self._turn() as connection, connection.begin():
                return work(connection)
        raise AssertionError("the last attempt returns or raises")

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def _turn(self) -> Iterator[Connection]:
        """Give a connection whose turn it is to write."""
        with self.engine.connect() as connection:
            if self.is_sqlite:
                yield connection.execution_options(is_writing=True)
                return
            _lock(connection, "pg_advisory_lock")
            try:
                yield connection
            finally:
                if connection.in_transaction():
                    connection.rollback()
                _lock(connection, "pg_advisory_unlock")


def _lock(connection: Connection, function: str) -> None:
    """Take or give back the writers' lock, in a transaction that ends at once.

    It is the session's: a transaction that took it would see the database as it was before.
    """
    with connection.begin():
        connection.execute(sa.text(f"SELECT {function}(:key)"), {"key": WRITERS})


def _has_lost(error: BaseException) -> bool:
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    return getattr(error.orig, "sqlstate", None) in LOST_STATES


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver begins no transaction of its own: `_begin_sqlite` says which kind.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",  # what was acknowledged outlives a power cut
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    is_writing = connection.get_execution_options().get("is_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")
