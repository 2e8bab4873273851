"""The database: what was asked, promised and done, in SQLite or PostgreSQL."""

from api.database.engine import Database, OutdatedDatabaseError
from api.database.limits import Limits
from api.database.upgrade import upgrade

__all__ = ["Database", "Limits", "OutdatedDatabaseError", "upgrade"]
