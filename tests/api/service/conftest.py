from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from api.auth.identity import Identity
from api.auth.passwords import Passwords
from api.database import Database
from api.dependencies import get_now
from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings
from tests.api.auth.conftest import clock, passwords
from tests.api.auth.house import House, StoppedClock
from tests.api.database.conftest import database
from tests.api.database.ring_ledger import tee_grid
from tests.api.service.talk import ClientOf, confirm, held

__all__ = ["clock", "database", "passwords"]


@pytest.fixture(scope="session")
def grids() -> ServedGrids:
    """The ring with room for one customer of 800 kVA."""
    served = ServedGrids([tee_grid()], warm_up=lambda: None)
    served.prepare()
    return served


@pytest.fixture
def house(database: Database, passwords: Passwords) -> House:
    identity = Identity(database=database, settings=Settings(), passwords=passwords, issuer=None)
    return House(identity=identity)


@pytest.fixture
def client_of(house: House, grids: ServedGrids, clock: StoppedClock) -> Callable[..., TestClient]:
    """Give a client of the service that is logged in as somebody of some districts."""

    def log_in(name: str, *districts: str, role: str = "manager") -> TestClient:
        house.person(name, role=role, districts=districts)
        app = create_app(house.identity.settings, grids, house.identity.database)
        app.dependency_overrides[get_now] = lambda: clock.now
        token = house.log_in(name).token
        headers = {"Authorization": f"Bearer {token}"}
        return TestClient(app, raise_server_exceptions=False, headers=headers)

    return log_in


@pytest.fixture
def wang(client_of: ClientOf) -> TestClient:
    """Return the client of a manager."""
    return client_of("wang", "西湖")


@pytest.fixture
def name(wang: TestClient, client_of: ClientOf) -> str:
    """Return an application that is held and confirmed."""
    found = held(wang)
    confirm(client_of("chen", "西湖", role="planner"), found)
    return found
