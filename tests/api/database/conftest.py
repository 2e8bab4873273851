from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.database import Database
from tests.api.database.databases import KINDS, empty_database, upgraded_database
from tests.api.database.ring_ledger import BY, FILES, SIGNED_ON, Desk, apply_for, confirm, make_desk


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with empty_database(request.param, tmp_path) as database:
        yield database


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with upgraded_database(request.param, tmp_path) as database:
        yield database


@pytest.fixture
def desk(database: Database) -> Desk:
    return make_desk(database)


@pytest.fixture
def planned(desk: Desk) -> Desk:
    """Two customers whose plans were made before anything was promised."""
    for name in ("app-1", "app-2"):
        apply_for(desk, name)
        desk.plan(name, **BY)
    return desk


@pytest.fixture
def held(planned: Desk) -> Desk:
    planned.hold("app-1", version=1, rank=1, **BY)
    return planned


@pytest.fixture
def replied(held: Desk) -> Desk:
    confirm(held, "app-1")
    held.reply("app-1", signed_on=SIGNED_ON, make_form=lambda *_: FILES, **BY)
    return held


@pytest.fixture
def energised(replied: Desk) -> Desk:
    replied.move_on("app-1", "agreed", **BY)
    replied.move_on("app-1", "in_construction", **BY)
    replied.move_on("app-1", "energised", measured_peak_kva=300.0, **BY)
    return replied
