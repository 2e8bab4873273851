"""Stopping: a server says that it goes before it goes, so that nobody is sent to it any more."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from types import FrameType

from api.error_kinds import StoppingError

__all__ = ["Stopping"]

Handler = Callable[[int, FrameType | None], object]


class Stopping:
    """Whether a server has been asked to stop.

    Parameters
    ----------
    drain_s
        How long it goes on answering after SIGTERM, not ready any more, in seconds: whoever looks
        at ``/readyz`` from time to time has that long to send nobody else. A second SIGTERM and
        Ctrl-C end it at once.
    """

    def __init__(self, drain_s: float) -> None:
        self._drain_s = drain_s
        self._is_stopping = False

    def refuse(self) -> None:
        """Return as long as it goes on.

        Raises
        ------
        StoppingError
            Once it was asked to stop.
        """
        if self._is_stopping:
            raise StoppingError

    def begin(self) -> None:
        """Note that it stops."""
        self._is_stopping = True

    def watch(self) -> None:
        """Have SIGTERM noted before the server that runs this loop hears of it."""
        if threading.current_thread() is not threading.main_thread():
            return  # who has no signals is stopped by other means
        server = signal.getsignal(signal.SIGTERM)
        if callable(server):
            loop = asyncio.get_running_loop()
            signal.signal(signal.SIGTERM, self._draining(server, loop))

    def _draining(self, server: Handler, loop: asyncio.AbstractEventLoop) -> Handler:
        def drain(number: int, frame: FrameType | None) -> None:
            if self._is_stopping:
                server(number, frame)
                return
            self.begin()
            loop.call_soon_threadsafe(loop.call_later, self._drain_s, server, number, frame)

        return drain
