"""A whole service as it runs: the demo district, a database, and people who log in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread

import httpx2
import sqlalchemy as sa
import uvicorn
from starlette.types import ASGIApp

from api import clock
from api.auth.accounts import add_account
from api.auth.names import COMMAND_LINE
from api.auth.passwords import Passwords
from api.commands.listening import listen
from api.database import Database, upgrade
from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings
from grid_models.synthesize import synthesize_grid
from tests.api.auth.house import QUICK

DISTRICT, PASSWORD = "西湖", "correct horse battery"
PEOPLE = {"wang": "manager", "li": "manager", "zhao": "planner", "sun": "auditor"}
NODES, SEED = 3_000, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What runs, and what its database holds; beside it there may be a neighbour."""

    url: str
    database: Database
    neighbour: str = ""

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        rows = sa.select(sa.func.count()).select_from(sa.table(table))
        return self.database.read(lambda connection: int(connection.execute(rows).scalar_one()))

    def column(self, table: str, name: str) -> list[object]:
        """Return a column of a table, in the order the rows came."""
        rows = sa.select(sa.column(name)).select_from(sa.table(table)).order_by(sa.text("rowid"))
        return self.database.read(lambda connection: list(connection.execute(rows).scalars()))

    def end_sessions(self) -> None:
        """End every login, as if its time had run out."""
        gone = sa.text("DELETE FROM sessions")
        self.database.write(lambda connection: connection.execute(gone))

    def give_back(self) -> None:
        """Give back whatever is held, so that the next test finds the grid as it was."""
        gone = sa.text("UPDATE holds SET state = 'released', released_at = held_at")
        self.database.write(lambda connection: connection.execute(gone))

    def talk_as(self, name: str) -> httpx2.Client:
        """Return a client that is logged in as somebody, as another program would be."""
        login = {"name": name, "password": PASSWORD}
        token = httpx2.post(f"{self.url}/v1/sessions", json=login).json()["token"]
        return httpx2.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"})


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """Serve an app from a thread, on a port of its own, and give its address."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    with listen("127.0.0.1", 0) as listening:
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        # by name, as people would: two such addresses are two sites only by their ports
        yield f"http://localhost:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def demo_grids() -> ServedGrids:
    """Return the demo district, ready to answer."""
    today = clock.today()
    grid = synthesize_grid(nodes=NODES, seed=SEED, load_date=today, topology_date=today)
    grids = ServedGrids([grid])
    grids.prepare()
    return grids


@contextmanager
def serving(folder: Path, grids: ServedGrids, settings: Settings | None = None) -> Iterator[House]:
    """Serve some grids with a database of their own, and people."""
    database = Database.open(f"sqlite:///{folder / 'service.db'}")
    upgrade(database)
    passwords = Passwords(QUICK)
    hashed = passwords.hash(PASSWORD)
    for name, role in PEOPLE.items():
        database.write(
            lambda connection, name=name, role=role: add_account(
                connection, name=name, password_hash=hashed, role=role, districts=[DISTRICT],
                actor=COMMAND_LINE, now=clock.now(),
            )
        )  # fmt: skip
    # what was compiled once serves every house
    own = ServedGrids([one.model for one in grids.all()], warm_up=lambda: None)
    own.prepare()
    app = create_app(settings or Settings(), own, database)
    app.state.identity = replace(app.state.identity, passwords=passwords)
    with served(app) as url:
        yield House(url=url, database=database)
