"""Acts on jobs, each a transaction of its own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database import Database
from api.jobs.errors import LostLeaseError
from api.jobs.files import INPUT, JobFile, keep_file
from api.jobs.job import Job, add_job, find_job
from api.jobs.lease import Lease
from api.jobs.rows import JobRow, list_rows
from api.jobs.taking import take_next
from tests.api.auth.house import StoppedClock
from tests.cases.drawing import place
from tests.planner.remedies.rings import SITE

LON, LAT = place(*SITE)
APPLICATION = {
    "at": [LON, LAT], "kva": 800, "category": "industrial", "special_load": "none",
    "max_distance_m": 300,
}  # fmt: skip


def line(**facts: Any) -> str:
    """One line of a bulk: 800 kVA at the site, or what is asked instead."""
    stated = {"district": facts.pop("district", "西湖")}
    stated |= {name: facts.pop(name) for name in ("replaces_id",) if name in facts}
    return json.dumps(stated | {"application": APPLICATION | facts}, ensure_ascii=False)


class Troubled(Database):
    """A database whose disk is full at its n-th transaction, and has room again after some."""

    def __init__(self, database: Database, at: int) -> None:
        super().__init__(database.engine)
        self.at, self.times, self.count = at, 1, 0

    def fail_next(self, times: int) -> None:
        self.at, self.times = self.count + 1, times

    def read(self, work: Callable[[Connection], Any]) -> Any:
        return super().read(self._next(work))

    def write(self, work: Callable[[Connection], Any]) -> Any:
        return super().write(self._next(work))

    def _next(self, work: Callable[[Connection], Any]) -> Callable[[Connection], Any]:
        self.count += 1
        return _find_no_room if 0 <= self.count - self.at < self.times else work


def _find_no_room(_: Connection) -> None:
    error = sqlite3.OperationalError("no room on the disk")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    raise sa.exc.OperationalError("INSERT", {}, error)


@dataclass(frozen=True)
class Acts:
    database: Database
    clock: StoppedClock

    def add(
        self, kind: str = "scenario", district: str = "西湖", actor: str = "wang", **asked: Any
    ) -> str:
        stated = {"asked": asked, "sent_on": "2026-06-01"}
        return self.database.write(
            lambda c: add_job(
                c,
                kind=kind,
                district=district,
                asked=stated,
                actor=actor,
                now=self.clock.now,
                most_waiting=1_000,
            )
        ).job_id

    def add_bulk(self, *lines: str, district: str = "西湖") -> str:
        def add(connection: Any) -> str:
            job = add_job(
                connection, kind="bulk", district=district, asked={"sent_on": "2026-06-01"},
                actor="wang", now=self.clock.now, total_count=len(lines), most_waiting=1_000,
            )  # fmt: skip
            content = "\n".join(lines).encode()
            keep_file(connection, job.job_id, JobFile(name=INPUT, media_type="x", content=content))
            return job.job_id

        return self.database.write(add)

    def take(self, worker: str = "a") -> Lease | None:
        job = self.database.write(lambda c: take_next(c, worker=worker, now=self.clock.now))
        if job is None:
            return None
        return Lease(database=self.database, job=job, clock=lambda: self.clock.now)

    def find(self, job_id: str) -> Job:
        return self.database.read(lambda c: find_job(c, job_id))

    def rows(self, job_id: str) -> list[JobRow]:
        return self.database.read(lambda c: list_rows(c, job_id, after=0, most=1000))

    def outcomes(self, job_id: str) -> list[str]:
        return [row.result["outcome"] for row in self.rows(job_id)]


def is_lost(lease: Lease) -> bool:
    try:
        lease.write(lambda _: None)
    except LostLeaseError:
        return True
    return False
