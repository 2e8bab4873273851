from __future__ import annotations

from pathlib import Path

import pytest

from api.auth.identity import Identity
from api.auth.passwords import Passwords
from api.database import Database
from api.settings import Settings
from tests.api.auth.conftest import clock, passwords
from tests.api.auth.house import House, StoppedClock
from tests.api.database.conftest import database
from tests.api.resources.company import Company

__all__ = ["clock", "database", "passwords"]


@pytest.fixture
def company(
    database: Database, passwords: Passwords, clock: StoppedClock, tmp_path: Path
) -> Company:
    """A company that serves the ring from a folder, with room for one customer of 800 kVA."""
    identity = Identity(database=database, settings=Settings(), passwords=passwords, issuer=None)
    return Company.founded(House(identity=identity), clock, tmp_path / "ring")
