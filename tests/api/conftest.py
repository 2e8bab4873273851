from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.dependencies import get_today
from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings
from grid_models.grid import Grid
from grid_models.storage import write_grid
from planner.routing import Streets
from tests.api.grids import shop_grid

TODAY = date(2026, 8, 1)

MakeClient = Callable[..., TestClient]
StoreGrid = Callable[[Grid], Path]


@pytest.fixture(scope="session")
def make_client() -> Iterator[MakeClient]:
    """Return a function that gives a client of an app that serves some grids and is ready."""
    with ExitStack() as running:

        def make(
            *grids: Grid, settings: Settings | None = None, streets: Streets | None = None
        ) -> TestClient:
            served = ServedGrids(grids, streets=streets)
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


@pytest.fixture
def store(tmp_path: Path) -> StoreGrid:
    """Return a function that writes a grid to a folder of its own."""

    def write(grid: Grid) -> Path:
        folder = tmp_path / grid.version
        write_grid(grid, folder)
        return folder

    return write


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the tiny grid."""
    folder = tmp_path_factory.mktemp("grids") / "tiny"
    write_grid(shop_grid(), folder)
    return folder


# What a promise stands on is tried over HTTP on both databases; of other routes the gate tries what
# they say on SQLite, while what they keep has tests of its own on both. `-m acceptance` tries all.
ON_BOTH = {"test_applications_route.py", "test_replies_route.py"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        name = item.path.name
        values = item.callspec.params.values() if hasattr(item, "callspec") else ()
        if "postgresql" in values and name.endswith("_route.py") and name not in ON_BOTH:
            item.add_marker(pytest.mark.acceptance)
