from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api.auth.identity import Identity
from api.auth.passwords import Passwords
from api.database import Database
from api.dependencies import get_now
from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings
from tests.api.auth.house import QUICK, House, StoppedClock
from tests.api.database.conftest import database
from tests.api.grids import shop_grid

__all__ = ["database"]


@pytest.fixture(scope="session")
def passwords() -> Passwords:
    return Passwords(QUICK)


@pytest.fixture(scope="session")
def grids() -> ServedGrids:
    served = ServedGrids([shop_grid()], warm_up=lambda: None)
    served.prepare()
    return served


@pytest.fixture
def settings() -> Settings:
    return Settings(login_failures=3, login_window_minutes=10, session_hours=8, key_days=30)


@pytest.fixture
def identity(database: Database, settings: Settings, passwords: Passwords) -> Identity:
    return Identity(database=database, settings=settings, passwords=passwords, issuer=None)


@pytest.fixture
def house(identity: Identity) -> House:
    return House(identity=identity)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def client(house: House, grids: ServedGrids, clock: StoppedClock) -> TestClient:
    """Return a client of an app with a database; nobody is logged in."""
    app = create_app(house.identity.settings, grids, house.identity.database)
    app.state.identity = house.identity
    app.dependency_overrides[get_now] = lambda: clock.now
    return TestClient(app, raise_server_exceptions=False)
