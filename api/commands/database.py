"""The database at the command line: opened, tables brought up to date, the audit looked through."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
import typer

from api.database import Database, Limits, OutdatedDatabaseError, upgrade
from api.database.audit import count, find_breaks
from api.database.trouble import DatabaseTroubleError
from api.database.upgrade import find_revision, knows, require_current
from grid_models.errors import InputError, InputProblem
from grid_models.printable import printable

__all__ = [
    "open_current",
    "open_database",
    "open_served",
    "reach",
    "refusal",
    "upgrade_database",
    "verify_audit",
]

T = TypeVar("T")

_KINDS = ("sqlite", "postgresql")


def upgrade_database(url: str) -> None:
    """Bring the tables of a database to this version; SQLite files are made.

    Raises
    ------
    InputError
        If it cannot be opened.
    """
    database = open_database(url)
    reach(database, lambda: upgrade(database))
    typer.echo("数据库已是本版本所需 / the database is up to date")


def verify_audit(url: str) -> bool:
    """Go through the audit and name every row that was altered, removed or put elsewhere.

    Returns
    -------
    holds
        True where the whole chain does.

    Raises
    ------
    InputError
        If the database cannot be opened or is not up to date.
    """
    database = open_current(url)
    breaks = database.read(lambda connection: list(find_breaks(connection)))
    for found in breaks:
        typer.echo(printable(found.zh), err=True)
        typer.echo(f"  {printable(found.en)}", err=True)
    if not breaks:
        rows = database.read(count)
        typer.echo(f"审计 {rows:,} 行，前后相接，未被改动 / {rows:,} audit rows, chain unbroken")
    return not breaks


def open_current(url: str) -> Database:
    """Open a database that is there and up to date.

    Raises
    ------
    InputError
        If it cannot be opened or is not up to date.
    """
    database = open_database(url)
    name = database.engine.url.database
    if database.is_sqlite and not (name and Path(name).is_file()):
        raise refusal(f"没有数据库文件 {name}", f"there is no database file {name}")
    reach(database, lambda: _require_current(database))
    return database


def open_served(url: str, limits: Limits) -> Database:
    """Open the database of a server: a SQLite file is made and upgraded, PostgreSQL is as it is.

    Raises
    ------
    InputError
        If it cannot be opened, or is not up to date and not ours to upgrade.
    """
    database = open_database(url, limits)
    if database.is_sqlite:
        if database.engine.url.database in (None, "", ":memory:"):
            raise refusal(
                "--database 应指明 SQLite 文件：sqlite:///文件",
                "--database must name a file of SQLite: sqlite:///FILE",
            )
        known = reach(database, lambda: knows(find_revision(database)))
        if known:  # a file of a later version is left alone
            reach(database, lambda: upgrade(database))
    reach(database, lambda: _require_current(database))
    return database


def open_database(url: str, limits: Limits | None = None) -> Database:
    """Open a database by its URL; nothing is read yet.

    Raises
    ------
    InputError
        If it is none that we know.
    """
    try:
        kind = sa.make_url(url).get_backend_name()
    except sa.exc.ArgumentError:
        kind = ""
    if kind not in _KINDS:
        raise refusal(
            "--database 应为 sqlite:///文件 或 postgresql://用户@主机/库名",
            "--database must be sqlite:///FILE or postgresql://USER@HOST/NAME",
        )
    return Database.open(url, limits)


def reach(database: Database, work: Callable[[], T]) -> T:
    """Do what needs the database; where that fails, close it.

    Raises
    ------
    InputError
        Where it cannot be reached: with what the driver said, without its password.
    """
    try:
        return work()
    except DatabaseTroubleError as error:
        database.close()
        where = database.engine.url.render_as_string(hide_password=True)
        told = error.__cause__  # by the driver, unless nobody asked it
        reason = str(told.orig if isinstance(told, sa.exc.DBAPIError) else error)
        reason = reason.strip().splitlines()[0]
        raise refusal(
            f"无法打开数据库 {where}：{reason}", f"cannot open the database {where}: {reason}"
        ) from error
    except Exception:
        database.close()
        raise


def _require_current(database: Database) -> None:
    try:
        require_current(database)
    except OutdatedDatabaseError as error:
        en, _, zh = str(error).partition(" / ")
        raise refusal(zh, en) from error


def refusal(zh: str, en: str) -> InputError:
    """Return what to raise where a database is not as it should be."""
    return InputError([InputProblem(field="--database", zh=zh, en=en)])
