"""Bench: what every worker has at hand, and what comes of its work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.database import Database
from api.jobs.files import JobFile
from api.serving import ServedGrids
from api.settings import Settings

__all__ = ["FAULT", "Bench", "Found"]

FAULT = "a fault of ours, written to the server's log / 系统内部错误，已记录"
"""What is said of a fault: nothing of what is behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What work is done with.

    Parameters
    ----------
    clock
        The present moment.
    """

    database: Database
    grids: ServedGrids
    settings: Settings
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of a job that is done."""

    result: Mapping[str, Any] | None = None
    files: tuple[JobFile, ...] = ()
