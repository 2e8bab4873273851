"""A whole service as it runs: the demo district, a database, and people who log in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import httpx2
import sqlalchemy as sa
import uvicorn

from api import clock
from api.auth.accounts import add_account
from api.auth.names import COMMAND_LINE
from api.auth.passwords import Passwords
from api.commands.listening import listen
from api.database import Database, upgrade
from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings
from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.synthesize import synthesize_grid

DISTRICT, PASSWORD = "西湖", "correct horse battery"
PEOPLE = {"wang": "manager", "li": "manager", "zhao": "planner", "sun": "auditor"}
NODES, SEED = 3_000, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What runs, and what its database holds."""

    url: str
    database: Database

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        rows = sa.select(sa.func.count()).select_from(sa.table(table))
        return self.database.read(lambda connection: int(connection.execute(rows).scalar_one()))

    def column(self, table: str, name: str) -> list[object]:
        """Return a column of a table, in order."""
        column = sa.column(name)
        rows = sa.select(column).select_from(sa.table(table))
        return self.database.read(lambda connection: list(connection.execute(rows).scalars()))

    def end_sessions(self) -> None:
        """End every login, as if its time had run out."""
        gone = sa.text("DELETE FROM sessions")
        self.database.write(lambda connection: connection.execute(gone))

    def talk_as(self, name: str) -> httpx2.Client:
        """Return a client that is logged in as somebody, as another program would be."""
        login = {"name": name, "password": PASSWORD}
        token = httpx2.post(f"{self.url}/v1/sessions", json=login).json()["token"]
        return httpx2.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"})


@contextmanager
def serving(
    folder: Path, settings: Settings | None = None, *, grid: GridModel | None = None
) -> Iterator[House]:
    """Serve a grid from a thread, on a port of its own; None: the demo district."""
    database = Database.open(f"sqlite:///{folder / 'service.db'}")
    upgrade(database)
    passwords = Passwords.recommended()
    hashed = passwords.hash(PASSWORD)
    for name, role in PEOPLE.items():
        database.write(
            lambda connection, name=name, role=role: add_account(
                connection, name=name, password_hash=hashed, role=role, districts=[DISTRICT],
                actor=COMMAND_LINE, now=clock.now(),
            )
        )  # fmt: skip
    grids = ServedGrids([_district() if grid is None else grid])
    grids.prepare()
    app = create_app(settings or Settings(), grids, database)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    with listen("127.0.0.1", 0) as listening:
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        # a host name makes the browser treat it as it would the company's own
        yield House(url=f"http://localhost:{listening.getsockname()[1]}", database=database)
        server.should_exit = True
        thread.join()


def _district() -> Grid:
    today = clock.today()
    return synthesize_grid(nodes=NODES, seed=SEED, load_date=today, topology_date=today)
