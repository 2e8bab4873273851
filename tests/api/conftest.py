from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date

import pytest
from fastapi.testclient import TestClient

from api.dependencies import get_today
from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings
from grid_models.grid import Grid
from tests.api.grids import shop_grid

TODAY = date(2026, 8, 1)

MakeClient = Callable[..., TestClient]


@pytest.fixture(scope="session")
def make_client() -> Iterator[MakeClient]:
    """Return a function that gives a client of an app that serves some grids and is ready."""
    with ExitStack() as running:

        def make(*grids: Grid, settings: Settings | None = None) -> TestClient:
            served = ServedGrids(grids)
            app = create_app(settings or Settings(), served)
            app.dependency_overrides[get_today] = lambda: TODAY
            client = running.enter_context(TestClient(app, raise_server_exceptions=False))
            assert served.wait(60)
            return client

        yield make


@pytest.fixture(scope="session")
def client(make_client: MakeClient) -> TestClient:
    """Return a client of an app that serves the tiny grid."""
    return make_client(shop_grid())
