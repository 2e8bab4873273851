from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.database import Database, upgrade
from tests.api.database.databases import KINDS, empty_database


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with empty_database(request.param, tmp_path) as database:
        yield database


@pytest.fixture
def database(empty: Database) -> Database:
    upgrade(empty)
    return empty
