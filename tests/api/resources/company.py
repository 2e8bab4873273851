"""A company that serves one grid from a folder: its people, its systems and its customers."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.database import Database
from api.dependencies import get_now, get_today
from api.grid_watch import GridWatch
from api.main import create_app
from api.rule_shelf import RuleShelf
from api.serving import ServedGrids
from api.settings import Settings
from grid_models.catalogue import load_catalogue
from grid_models.grid import Grid
from grid_models.storage import write_grid
from grid_models.stored.model import StoredModel
from grid_models.stored.opening import open_model
from planner.terms import Terms
from tests.api.auth.house import House, StoppedClock, bearer
from tests.api.database.ring_ledger import LOADS_KW, tee_grid
from tests.cases.drawing import place
from tests.planner.remedies.rings import SITE

# of what no database decides: input that is refused, promises that are solved
ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
LON, LAT = place(*SITE)
ASKED = {
    "at": [LON, LAT], "kva": 800, "category": "industrial", "special_load": "none",
    "max_distance_m": 300,
}  # fmt: skip


@cache
def ring_of(p_kw: float) -> Grid:
    """The ring with so much load at bus:5; 300 kW leave room for 800 kVA, 2,000 kW for none."""
    grid = tee_grid()
    at = grid.loads["node"] == "bus:5"
    return grid.with_tables(loads=grid.loads.assign(p_kw=grid.loads["p_kw"].mask(at, p_kw)))


NOW_KW = LOADS_KW["bus:5"]


@cache
def _shelf() -> Path:
    return Path(tempfile.mkdtemp(prefix="supply-plan-grids-"))


def stored(grid: Grid) -> Path:
    """Return a folder of a grid, written once a test process; nothing writes to it."""
    folder = _shelf() / grid.version
    if not folder.exists():
        write_grid(grid, folder)
    return folder


@cache
def opened(folder: Path) -> StoredModel:
    return open_model(folder)


@cache
def terms() -> Terms:
    return Terms.of(load_catalogue())


_APPS: list[FastAPI] = []


def _app(database: Database, grids: ServedGrids) -> FastAPI:
    """Return the app, made once: its first request takes longest. All it stands on is set anew."""
    if not _APPS:
        _APPS.append(create_app(Settings(), grids, database))
    (app,) = _APPS
    grids.rules = RuleShelf(database)
    app.state.grids = grids
    app.state.grid_watch = GridWatch(grids=grids, database=database)
    return app


@dataclass
class Company:
    """An app with a stopped clock; nothing goes on in its background but what a test does."""

    house: House
    clock: StoppedClock
    folder: Path
    grids: ServedGrids
    app: FastAPI
    clients: dict[str, TestClient] = field(default_factory=dict)

    @classmethod
    def founded(cls, house: House, clock: StoppedClock, folder: Path) -> Company:
        target = stored(ring_of(NOW_KW))
        folder.symlink_to(target)
        grids = ServedGrids([opened(target)], folders=[folder], terms=terms(), warm_up=lambda: None)
        grids.prepare()
        app = _app(house.identity.database, grids)
        app.state.identity = house.identity
        app.dependency_overrides[get_now] = lambda: clock.now
        app.dependency_overrides[get_today] = lambda: clock.now.date()  # noqa: PLW0108 the clock moves
        return cls(house=house, clock=clock, folder=folder, grids=grids, app=app)

    def person(self, name: str, *districts: str, role: str = "manager") -> TestClient:
        """Return a client of a person of some districts; nobody is added twice."""
        if name not in self.clients:
            self.house.person(name, role=role, districts=districts or ("*",))
            headers = bearer(self.house.log_in(name, now=self.clock.now).token)
            self.clients[name] = TestClient(
                self.app, raise_server_exceptions=False, headers=headers
            )
        return self.clients[name]

    def system(self, *scopes: str, districts: tuple[str, ...] = ("*",)) -> TestClient:
        """Return a client of an integrator."""
        _, text = self.house.key("marketing", scopes=scopes, districts=districts)
        return TestClient(self.app, raise_server_exceptions=False, headers=bearer(text))

    @property
    def watch(self) -> GridWatch:
        watch: GridWatch = self.app.state.grid_watch
        return GridWatch(grids=watch.grids, database=watch.database, now=lambda: self.clock.now)

    @property
    def model(self) -> StoredModel:
        model = self.grids.all()[0].model
        assert isinstance(model, StoredModel)
        return model

    def publish(self, grid: Grid) -> None:
        """Let the folder, which is a link, lead to another version."""
        self.lead_to(stored(grid))

    def lead_to(self, folder: Path) -> None:
        link = self.folder.with_name("next")
        link.symlink_to(folder)
        link.replace(self.folder)

    def look(self) -> None:
        """Let the background look until nothing is left to do."""
        watch = self.watch
        while watch.look():
            pass

    def accept(self, client: TestClient, district: str = "西湖", **facts: Any) -> str:
        body = {"district": district, "application": ASKED | facts}
        answer = client.post("/v1/applications", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["application_id"])

    def planned(self, client: TestClient, district: str = "西湖", **facts: Any) -> str:
        name = self.accept(client, district, **facts)
        answer = client.post(f"/v1/applications/{name}/plans")
        assert answer.status_code == 201, answer.text
        return name

    def held(self, client: TestClient, district: str = "西湖", **facts: Any) -> str:
        """Return the id of a promise; its application is planned and held."""
        name = self.planned(client, district, **facts)
        body = {"version": 1, "rank": 1}
        answer = client.post(f"/v1/applications/{name}/hold", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["hold_id"])

    def rows(self, table: sa.Table) -> list[Mapping[str, Any]]:
        database = self.house.identity.database
        return database.read(lambda c: list(c.execute(sa.select(table)).mappings()))
