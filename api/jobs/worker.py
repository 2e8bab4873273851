"""Worker: takes jobs one after the other and sees each to its end, or gives it back."""

from __future__ import annotations

import logging
import os
import platform
import shutil
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Event

from sqlalchemy.engine import Connection

from api.background import Background
from api.database.trouble import DatabaseTroubleError
from api.jobs.bench import FAULT, Bench, Found
from api.jobs.bulk import do_bulk
from api.jobs.capacity_map import do_capacity_map
from api.jobs.errors import (
    CancelAskedError,
    InterruptedWork,
    LostLeaseError,
    StoppingError,
)
from api.jobs.files import JobFile, drop_file, find_overdue, keep_piece
from api.jobs.job import BULK, CAPACITY_MAP, SCENARIO, Job
from api.jobs.lease import Lease
from api.jobs.scenario import do_scenario
from api.jobs.taking import end_job, is_work_there, take_next
from api.jobs.work_folder import name_own_folder, open_work_folder, sweep
from grid_models.errors import InputError, SupplyPlanError

__all__ = ["Worker", "make_workers"]

PAUSE_S = 2.0
TIDY_EVERY = timedelta(hours=1)
# Problems of a job that are named.
NAMED = 5
Work = Callable[[Bench, Job, Lease], Found]
WORK: Mapping[str, Work] = {
    BULK: do_bulk,
    CAPACITY_MAP: do_capacity_map,
    SCENARIO: do_scenario,
}

_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Worker:
    """One that works on one job at a time.

    Parameters
    ----------
    kinds
        What is done for each kind of job.
    """

    bench: Bench
    kinds: Mapping[str, Work] = field(default_factory=lambda: WORK)
    _lease: Lease | None = None
    # of a job that could not be given back: the database was away
    _owed: Lease | None = None
    _is_stopping: Event = field(default_factory=Event)
    _tidied_at: datetime | None = None

    def work(self) -> bool:
        """Do the next job; whether there was one."""
        database, clock = self.bench.database, self.bench.clock
        if self._is_stopping.is_set() or not self.bench.grids.is_ready:
            return False
        if self._owed is not None:
            self._give_back(self._owed)
        self._tidy(clock())
        if not database.read(lambda connection: is_work_there(connection, clock())):
            return False
        # another name each time: who had the job before is not taken for who has it now
        name = f"{platform.node()[:30]}/{os.getpid()}/{uuid.uuid4().hex[:16]}"
        job = database.write(lambda c: take_next(c, worker=name, now=clock()))
        if job is None:
            return False
        self._lease = lease = Lease(database=database, job=job, clock=clock)
        try:
            if self._is_stopping.is_set():
                self._give_back(lease)
                return False
            with lease.renewed():
                self._see_to(job, lease)
        finally:
            self._lease = None
        return True

    def stop(self) -> None:
        """Take no other job, and give back at once the one in hand: another worker takes it up."""
        self._is_stopping.set()
        for lease in (self._lease, self._owed):
            if lease is not None:
                self._give_back(lease)

    def _give_back(self, lease: Lease) -> None:
        """Let another worker have a job; where the database is away it is given back later."""
        self._owed = None
        try:
            lease.hand_back()
        except DatabaseTroubleError:
            self._owed = lease
            raise
        except LostLeaseError:
            _log.info("job %s: ended or taken over before it was given back", lease.job.job_id)

    def _see_to(self, job: Job, lease: Lease) -> None:
        """See a job to its end, or give it back where the database cannot be written or read now.

        Raises
        ------
        DatabaseTroubleError
            As it came: the worker pauses before it looks for work again.
        """
        try:
            self._do(job, lease)
        except DatabaseTroubleError:
            # the database is away or full: that is no fault of the job, which stays to be done
            with suppress(DatabaseTroubleError):
                self._give_back(lease)
            raise
        finally:
            if job.kind == CAPACITY_MAP:
                folder = open_work_folder(self.bench.settings)
                shutil.rmtree(name_own_folder(folder, job), ignore_errors=True)

    def _do(self, job: Job, lease: Lease) -> None:
        try:
            found = self.kinds[job.kind](self.bench, job, lease)
            self._end(lease, "done", found)
        except CancelAskedError:
            self._end(lease, "cancelled")
        except (LostLeaseError, StoppingError):
            _log.info("job %s: left to another worker", job.job_id)
        except DatabaseTroubleError:
            raise
        except SupplyPlanError as error:
            self._end(lease, "failed", problem=_say(error))
        except Exception:
            _log.exception("job %s failed", job.job_id)
            self._end(lease, "failed", problem=FAULT)

    def _end(
        self, lease: Lease, state: str, found: Found | None = None, problem: str | None = None
    ) -> None:
        result, files = (found.result, found.files) if found else (None, ())
        now = self.bench.clock()
        try:
            for file in files:
                self._write(lease, file)
            lease.write(
                lambda connection: end_job(
                    connection, lease.job, state, actor=lease.job.made_by, now=now,
                    result=result, problem=problem, files=files,
                )
            )  # fmt: skip
        except InterruptedWork:
            _log.info("job %s: what was found came too late", lease.job.job_id)
        if lease.job.kind == CAPACITY_MAP:
            # not before its end is written down: until then the parts may be needed again
            folder = open_work_folder(self.bench.settings)
            self.bench.database.read(lambda connection: sweep(connection, folder))

    @staticmethod
    def _write(lease: Lease, file: JobFile) -> None:
        """Write a file, a transaction each piece: between them others have their turn."""
        job_id = lease.job.job_id
        for number, piece in enumerate(file.pieces()):
            lease.write(partial(_keep_piece, job_id, file.name, number, piece))

    def _tidy(self, now: datetime) -> None:
        """Drop files that were kept long enough."""
        if self._tidied_at is not None and now - self._tidied_at < TIDY_EVERY:
            return
        self._tidied_at = now
        moment = now - timedelta(days=self.bench.settings.job_file_days)
        database = self.bench.database
        # file by file: nobody waits long for it, and what is left is found the next time
        while (overdue := database.read(lambda c: find_overdue(c, moment))) is not None:
            database.write(partial(_drop_file, *overdue))


def make_workers(bench: Bench) -> list[Background]:
    """Return as many workers as the settings say, each in a thread of its own once started."""
    workers = [Worker(bench=bench) for _ in range(bench.settings.job_workers)]
    return [
        Background(name=f"jobs-{k}", work=worker.work, pause_s=PAUSE_S, on_stop=worker.stop)
        for k, worker in enumerate(workers, start=1)
    ]


def _keep_piece(job_id: str, name: str, number: int, piece: bytes, connection: Connection) -> None:
    keep_piece(connection, job_id, name, number, piece)


def _drop_file(job_id: str, name: str, connection: Connection) -> None:
    drop_file(connection, job_id, name)


def _say(error: SupplyPlanError) -> str:
    """Return why a job failed, as one sentence of each language."""
    if not isinstance(error, InputError):
        return str(error).replace("\n", "; ")
    problems = error.problems[:NAMED]
    return "; ".join(p.en for p in problems) + " / " + "；".join(p.zh for p in problems)
