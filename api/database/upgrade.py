"""Upgrade: the tables of a database brought to this version, step by step."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from api.database.engine import Database, OutdatedDatabaseError

__all__ = ["require_current", "upgrade", "upgrade_tables"]

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
    wanted = ScriptDirectory.from_config(_config()).get_current_head()
    present = database.read(
        lambda connection: MigrationContext.configure(connection).get_current_revision()
    )
    if present != wanted:
        raise OutdatedDatabaseError(present, str(wanted))


def upgrade_tables(connection: Connection) -> None:
    """Take the missing steps in a transaction of the caller."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", LOCATION)
    return config
