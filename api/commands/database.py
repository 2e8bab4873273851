"""The database at the command line: opened, tables brought up to date, the audit looked through."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
import typer

from api.database import Database, OutdatedDatabaseError, upgrade
from api.database.audit import count, find_breaks
from api.database.trouble import DatabaseTroubleError
from api.database.upgrade import require_current
from grid_models.errors import InputError, InputProblem
from grid_models.printable import printable

__all__ = ["open_current", "upgrade_database", "verify_audit"]

_KINDS = ("sqlite", "postgresql")


def upgrade_database(url: str) -> None:
    """Bring the tables of a database to this version; SQLite files are made.

    Raises
    ------
    InputError
        If it cannot be opened.
    """
    database = _open(url)
    _reach(database, lambda: upgrade(database))
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
    database = _open(url)
    name = database.engine.url.database
    if database.is_sqlite and not (name and Path(name).is_file()):
        raise _refusal(f"没有数据库文件 {name}", f"there is no database file {name}")
    _reach(database, lambda: _require_current(database))
    return database


def _open(url: str) -> Database:
    try:
        kind = sa.make_url(url).get_backend_name()
    except sa.exc.ArgumentError:
        kind = ""
    if kind not in _KINDS:
        raise _refusal(
            "--database 应为 sqlite:///文件 或 postgresql://用户@主机/库名",
            "--database must be sqlite:///FILE or postgresql://USER@HOST/NAME",
        )
    return Database.open(url)


def _reach(database: Database, work: Callable[[], object]) -> None:
    """Do what needs the database; where it cannot be reached, say so without its password."""
    try:
        work()
    except DatabaseTroubleError as error:
        where = database.engine.url.render_as_string(hide_password=True)
        told = error.__cause__  # by the driver, unless nobody asked it
        reason = str(told.orig if isinstance(told, sa.exc.DBAPIError) else error)
        reason = reason.strip().splitlines()[0]
        raise _refusal(
            f"无法打开数据库 {where}：{reason}", f"cannot open the database {where}: {reason}"
        ) from error


def _require_current(database: Database) -> None:
    try:
        require_current(database)
    except OutdatedDatabaseError as error:
        en, _, zh = str(error).partition(" / ")
        raise _refusal(zh, en) from error


def _refusal(zh: str, en: str) -> InputError:
    return InputError([InputProblem(field="--database", zh=zh, en=en)])
