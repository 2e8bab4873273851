from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.dependencies import get_now
from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings
from tests.api.auth.conftest import passwords
from tests.api.auth.house import NOW, House, bearer
from tests.api.database.conftest import database
from tests.api.places.address_book import AddressBook, running_address_book
from tests.api.service.conftest import house

__all__ = ["database", "house", "passwords"]


@pytest.fixture
def book() -> Iterator[AddressBook]:
    with running_address_book() as running:
        yield running


@pytest.fixture
def client_of(house: House) -> Callable[..., TestClient]:
    """Give a client of a service with some settings, logged in as somebody of a role."""

    def log_in(role: str = "manager", **settings: Any) -> TestClient:
        given = Settings(**settings)
        app = create_app(given, ServedGrids([]), house.identity.database)
        app.dependency_overrides[get_now] = lambda: NOW
        if role == "integrator":
            token = house.key(scopes=["application.read"])[1]
        else:
            house.person(role=role)
            token = house.log_in().token
        return TestClient(app, raise_server_exceptions=False, headers=bearer(token))

    return log_in
