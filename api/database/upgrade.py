"""Upgrade: the tables of a database brought to this version, step by step."""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from api.database.engine import Database, OutdatedDatabaseError

__all__ = ["find_head", "find_revision", "knows", "require_current", "upgrade", "upgrade_tables"]

# Where `alembic` keeps the revision.
VERSIONS = sa.table("alembic_version", sa.column("version_num", sa.String))
LOCATION = "api.database:migrations"


def upgrade(database: Database) -> None:
    """Bring the tables to this version, in one transaction: whole or not at all."""
    database.write(upgrade_tables)


def require_current(database: Database) -> None:
    """Make sure the tables are those of this version.

    Raises
    ------
    OutdatedDatabaseError
        If they are older, newer, or not there.
    """
    wanted, present = find_head(), find_revision(database)
    if present != wanted:
        raise OutdatedDatabaseError(present, wanted)


@cache
def find_head() -> str:
    """Return the revision of the tables this version works with."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def find_revision(database: Database) -> str | None:
    """Return the revision of a database's tables; None: there are none."""

    def read(connection: Connection) -> str | None:
        if not sa.inspect(connection).has_table(VERSIONS.name):
            return None
        return connection.execute(sa.select(VERSIONS.c.version_num)).scalar_one_or_none()

    return database.read(read)


def knows(revision: str | None) -> bool:
    """Tell whether a revision is one that this version can upgrade."""
    steps = ScriptDirectory.from_config(_config()).walk_revisions()
    return revision is None or revision in {step.revision for step in steps}


def upgrade_tables(connection: Connection, revision: str = "head") -> None:
    """Take the missing steps, up to a revision, in a transaction of the caller."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", LOCATION)
    return config
