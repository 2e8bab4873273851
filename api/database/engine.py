"""Database: transactions on SQLite or PostgreSQL, one writer at a time.

A write is one serialisable transaction (on SQLite an immediate one). Writers queue for a lock
before they begin, so that what they read is what they decide on: the chain of the audit makes them
wait for each other anyway, and waiting is cheaper than failing and starting anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from math import ceil
from threading import Lock
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from api.database.limits import Limits
from api.database.trouble import DatabaseBusyError, name_trouble
from grid_models.errors import MissingExtraError, SupplyPlanError

__all__ = ["Database", "OutdatedDatabaseError"]

T = TypeVar("T")

# What PostgreSQL says of transactions that lost against another one: they may be tried again.
LOST_STATES = frozenset({"40001", "40P01"})
ATTEMPTS = 8
LONGEST_WAIT_S = 1.0
MS_PER_S = 1_000
# A peer that is gone without a word is noticed: libpq's own settings, unless the URL has others.
KEPT_ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
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
    limits
        How long anybody waits.
    """

    def __init__(self, engine: Engine, limits: Limits | None = None) -> None:
        self.engine = engine
        self.limits = limits or Limits()
        # Writers of one process queue here, so that those who wait hold no connection that
        # readers could use.
        self._own_turn = Lock()

    @classmethod
    def open(cls, url: str, limits: Limits | None = None) -> Database:
        """Open a database by its URL; nothing is read or written yet.

        Parameters
        ----------
        url
            ``sqlite:///FILE`` or ``postgresql://...``.
        limits
            Of connections and waiting; None: those of a command.

        Raises
        ------
        MissingExtraError
            If the driver of PostgreSQL is not installed.
        """
        limits = limits or Limits()
        address = sa.make_url(url)
        is_sqlite = address.get_backend_name() == "sqlite"
        if not is_sqlite and find_spec("psycopg") is None:
            raise MissingExtraError("postgresql")
        engine = sa.create_engine(
            address if is_sqlite else address.set(drivername="postgresql+psycopg"),
            hide_parameters=True,  # hashes of passwords and secrets belong in no log
            **({} if is_sqlite else _postgresql_options(address, limits)),
            **_pool_options(address, limits),
        )
        prepare = _prepare_sqlite if is_sqlite else _prepare_postgresql
        sa.event.listen(engine, "connect", partial(prepare, limits))
        if is_sqlite:
            sa.event.listen(engine, "begin", _begin_sqlite)
        return cls(engine, limits)

    @property
    def is_sqlite(self) -> bool:
        """True on SQLite."""
        return self.engine.dialect.name == "sqlite"

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do what only reads, on one state of the database.

        Raises
        ------
        DatabaseTroubleError
            If it cannot be read now.
        """
        with name_trouble(), self.engine.connect() as connection, connection.begin():
            return work(connection)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do what reads and writes, whole or not at all, as if nobody else were there.

        Parameters
        ----------
        work
            May be called again where another transaction won: it has no other effects.

        Raises
        ------
        DatabaseTroubleError
            If it cannot be written now: then nothing was, unless the connection broke just as
            the transaction ended.
        """
        with name_trouble():
            return self._write(work)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def _write(self, work: Callable[[Connection], T]) -> T:
        for attempt in Retrying(
            retry=retry_if_exception(_has_lost),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.01, max=LONGEST_WAIT_S),
            reraise=True,
        ):
            with attempt, self._turn() as connection, connection.begin():
                return work(connection)
        raise AssertionError("the last attempt returns or raises")

    @contextmanager
    def _turn(self) -> Iterator[Connection]:
        """Give a connection whose turn it is to write."""
        if not self._own_turn.acquire(timeout=self.limits.wait_s):
            raise DatabaseBusyError
        try:
            with self.engine.connect() as connection:
                if self.is_sqlite:
                    yield connection.execution_options(is_writing=True)
                    return
                _take_turn(connection)
                try:
                    yield connection
                finally:
                    _give_back_turn(connection)
        finally:
            self._own_turn.release()


def _take_turn(connection: Connection) -> None:
    """Wait for the writers' lock of PostgreSQL.

    A session that may have it without our knowing is ended: it would keep all others out.
    """
    try:
        _lock(connection, "pg_advisory_lock")
    except BaseException:
        connection.invalidate()
        raise


def _give_back_turn(connection: Connection) -> None:
    """Give the writers' lock back; where that cannot be, the end of the session does it.

    What was written is written by now, or was refused: no trouble here changes that.
    """
    if connection.invalidated:  # the session is gone, and its lock with it
        return
    try:
        if connection.in_transaction():
            connection.rollback()
        _lock(connection, "pg_advisory_unlock")
    except sa.exc.DBAPIError:
        connection.invalidate()


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


def _pool_options(address: URL, limits: Limits) -> dict[str, Any]:
    if address.get_backend_name() == "sqlite" and address.database in (None, "", ":memory:"):
        return {}  # in memory: one connection, which is the database
    return {"pool_size": limits.connections, "max_overflow": 0, "pool_timeout": limits.wait_s}


def _postgresql_options(address: URL, limits: Limits) -> dict[str, Any]:
    own = {"connect_timeout": ceil(limits.wait_s), **KEPT_ALIVE}
    own["tcp_user_timeout"] = ceil(MS_PER_S * limits.wait_s)
    return {
        "isolation_level": "SERIALIZABLE",
        "pool_pre_ping": True,
        "connect_args": {name: value for name, value in own.items() if name not in address.query},
    }


def _prepare_postgresql(limits: Limits, connection: Any, _record: object) -> None:
    waits = {"lock_timeout": limits.wait_s}
    if limits.statement_s is not None:
        waits["statement_timeout"] = limits.statement_s
        waits["idle_in_transaction_session_timeout"] = limits.statement_s
    for name, longest_s in waits.items():
        connection.execute(f"SET SESSION {name} = {ceil(MS_PER_S * longest_s)}")
    connection.commit()


def _prepare_sqlite(limits: Limits, connection: Any, _record: object) -> None:
    # The driver begins no transaction of its own: `_begin_sqlite` says which kind.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {ceil(MS_PER_S * limits.wait_s)}",
        "journal_mode = WAL",
        "synchronous = FULL",  # what was acknowledged outlives a power cut
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    is_writing = connection.get_execution_options().get("is_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")
