"""A worker in a process of its own, which says of each transaction that it is written.

``python -m tests.api.jobs.killed_worker URL FOLDER NOW``; whoever reads along kills it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

from api.database import Database
from api.jobs.bench import Bench
from api.jobs.worker import Worker
from api.serving import ServedGrids
from api.settings import Settings
from tests.api.database.ring_ledger import tee_grid


class Telling(Database):
    def write(self, work: Callable[[Connection], Any]) -> Any:
        found = super().write(work)
        sys.stdout.write("written\n")
        sys.stdout.flush()
        return found


def main(url: str, folder: str, now: str) -> None:
    grids = ServedGrids([tee_grid()], warm_up=lambda: None)
    grids.prepare()
    bench = Bench(
        database=Telling(Database.open(url).engine), grids=grids,
        clock=lambda: datetime.fromisoformat(now), settings=Settings(job_folder=Path(folder)),
    )  # fmt: skip
    Worker(bench=bench).work()


if __name__ == "__main__":
    main(*sys.argv[1:])
