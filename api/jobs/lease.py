"""Lease: a job in the hands of one worker, who writes only while it is theirs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import TypeVar

from sqlalchemy.engine import Connection

from api.database import Database
from api.jobs.errors import CancelAskedError, LostLeaseError, StoppingError
from api.jobs.job import Job
from api.jobs.taking import LEASE, claim, hand_back

__all__ = ["Lease"]

T = TypeVar("T")

RENEW_EVERY_S = LEASE.total_seconds() / 4
# What is shown of parts that are done is written no more often than this.
PROGRESS_EVERY = timedelta(seconds=1)

_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Lease:
    """A job that was taken.

    Parameters
    ----------
    job
        As it was when it was taken.
    clock
        The present moment.
    """

    database: Database
    job: Job
    clock: Callable[[], datetime]
    _is_lost: Event = field(default_factory=Event)
    _is_cancel_asked: Event = field(default_factory=Event)
    _is_stopping: Event = field(default_factory=Event)
    _done_count: int = 0
    _written_at: datetime | None = None

    def check(self) -> None:
        """Make sure the work may go on: between its pieces.

        Raises
        ------
        InterruptedWork
            If the job was cancelled or lost, or the server is being stopped.
        """
        if self._is_lost.is_set():
            raise LostLeaseError
        if self._is_stopping.is_set():
            raise StoppingError
        if self._is_cancel_asked.is_set():
            raise CancelAskedError

    def write(self, work: Callable[[Connection], T], *, done_count: int | None = None) -> T:
        """Do what reads and writes, in one transaction that finds the job still ours.

        Parameters
        ----------
        work
            May be called again where another transaction won: it has no other effects.
        done_count
            Pieces that are done with it.

        Raises
        ------
        LostLeaseError
            If somebody else has the job; nothing is written then.
        """

        def claim_and_work(connection: Connection) -> tuple[Job, T]:
            present = claim(connection, self.job, self.clock(), done_count=done_count)
            return present, work(connection)

        try:
            present, found = self.database.write(claim_and_work)
        except LostLeaseError:
            self._is_lost.set()
            raise
        if present.is_cancel_asked:
            self._is_cancel_asked.set()
        return found

    def get_on(self, count: int) -> None:
        """Note pieces that are done, and make sure the work may go on.

        Parameters
        ----------
        count
            How many more than when it was last called.

        Raises
        ------
        InterruptedWork
            If the job was cancelled or lost, or the server is being stopped.
        """
        self._done_count += count
        now = self.clock()
        if self._written_at is None or now - self._written_at >= PROGRESS_EVERY:
            self._written_at = now
            self.write(lambda _: None, done_count=self._done_count)
        self.check()

    def hand_back(self) -> None:
        """Let another worker have the job at once; what this one still finds is not written."""
        self._is_stopping.set()
        self.database.write(lambda connection: hand_back(connection, self.job))

    def renew(self) -> None:
        """Have the job longer, and see whether it was cancelled or lost."""
        try:
            self.write(lambda _: None)
        except LostLeaseError:
            return  # `check` tells the work
        except Exception:
            # a database that is away comes back before the lease runs out, or another takes over
            _log.exception("job %s: the lease could not be renewed", self.job.job_id)

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """Renew it beside the work, however long one piece takes."""
        done = Event()

        def go_on() -> None:
            while not done.wait(RENEW_EVERY_S) and not self._is_lost.is_set():
                self.renew()

        thread = Thread(target=go_on, name=f"renew-{self.job.job_id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
