from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.database import Database
from tests.api.auth.conftest import clock, identity, passwords, settings
from tests.api.conftest import tiny
from tests.api.database.conftest import database, empty
from tests.api.database.databases import empty_database, upgraded_database
from tests.api.service.conftest import client_of, grids, house

__all__ = [
    "client_of",
    "clock",
    "database",
    "empty",
    "grids",
    "house",
    "identity",
    "passwords",
    "settings",
    "tiny",
]


@pytest.fixture
def postgresql(tmp_path: Path) -> Iterator[Database]:
    with upgraded_database("postgresql", tmp_path) as database:
        yield database


@pytest.fixture
def postgresql_empty(tmp_path: Path) -> Iterator[Database]:
    with empty_database("postgresql", tmp_path) as database:
        yield database
