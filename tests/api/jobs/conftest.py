from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from api.database import Database
from api.jobs.bench import Bench
from api.jobs.worker import Worker
from api.rule_shelf import RuleShelf
from api.serving import ServedGrids
from api.settings import Settings
from tests.api.auth.conftest import clock, passwords
from tests.api.auth.house import StoppedClock
from tests.api.database.conftest import database
from tests.api.service.conftest import client_of, grids, house

__all__ = ["client_of", "clock", "database", "grids", "house", "passwords"]


@pytest.fixture
def bench(database: Database, grids: ServedGrids, clock: StoppedClock, tmp_path: Path) -> Bench:
    settings = Settings(job_folder=tmp_path / "jobs")
    grids.rules = RuleShelf(database)  # the grids are shared, an app before had its own
    return Bench(database=database, grids=grids, settings=settings, clock=lambda: clock.now)


@pytest.fixture
def work(bench: Bench) -> Callable[[], None]:
    """Work on all jobs there are, one after the other."""

    def do_all() -> None:
        worker = Worker(bench=bench)
        while worker.work():
            pass

    return do_all
