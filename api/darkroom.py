"""Darkroom: how many photos are unpacked at a time, and how many wait for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from grid_models.errors import SupplyPlanError

__all__ = ["Darkroom", "DarkroomFullError"]


class DarkroomFullError(SupplyPlanError):
    """As many photos as may are being unpacked or wait for it."""

    wait_s = 5

    def __init__(self, most: int) -> None:
        super().__init__(
            f"{most} photos are being looked at already; send this one again in some seconds / "
            f"正在处理 {most} 张照片，请稍后再发送这一张"
        )


class Darkroom:
    """Room for so many at a time in this process: each costs memory and a thread of the server.

    Parameters
    ----------
    at_once
        Photos that are unpacked at a time.
    waiting
        Photos whose thread waits besides; more are turned away, so that others find a thread.
    """

    def __init__(self, *, at_once: int, waiting: int) -> None:
        self._most = at_once + waiting
        self._places = BoundedSemaphore(self._most)
        self._turns = BoundedSemaphore(at_once)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and keep it for the block.

        Raises
        ------
        DarkroomFullError
            If as many as may wait already.
        """
        if not self._places.acquire(blocking=False):
            raise DarkroomFullError(self._most)
        try:
            with self._turns:
                yield
        finally:
            self._places.release()
