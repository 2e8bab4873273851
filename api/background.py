"""Background: work a server does beside its answers, over and over until it is stopped."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread

__all__ = ["Background"]

# A stop waits so long for what is being done; its lease or transaction ends by itself after that.
STOP_WITHIN_S = 10.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """Work that is done again and again in a thread of its own.

    Parameters
    ----------
    name
        Of the thread, and in the log.
    work
        Does one piece and tells whether there may be another one at once. What it raises is
        logged; the work goes on after a pause.
    pause_s
        Between looking for work where there was none, in seconds.
    on_stop
        Called when it is to end, from another thread than the work: gives back what is being done.
    """

    name: str
    work: Callable[[], bool]
    pause_s: float
    on_stop: Callable[[], None] | None = None
    _woken: Event = field(default_factory=Event, repr=False)
    _stopped: Event = field(default_factory=Event, repr=False)
    _threads: list[Thread] = field(default_factory=list, repr=False)

    def start(self) -> None:
        """Begin; once a process."""
        thread = Thread(target=self._run, name=self.name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def wake(self) -> None:
        """Look for work now instead of after the pause."""
        self._woken.set()

    def stop(self) -> None:
        """End after the piece that is being done; begin all of them stopping before you wait."""
        self._stopped.set()
        self._woken.set()
        if self.on_stop is not None:
            try:
                self.on_stop()
            except Exception:
                _log.exception("%s could not give back what it does", self.name)

    def join(self) -> None:
        """Wait until it has ended, but not for ever."""
        for thread in self._threads:
            thread.join(STOP_WITHIN_S)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._woken.clear()
            # asked again: a stop just before the flag was cleared must not wait
            if not self._do_one() and not self._stopped.is_set():
                self._woken.wait(self.pause_s)

    def _do_one(self) -> bool:
        try:
            return self.work()
        except Exception:
            _log.exception("%s failed and goes on", self.name)
            return False
