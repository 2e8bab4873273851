"""What is to be built, what it costs and how long it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Cost", "Schedule", "ScheduleStep", "Work"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One thing to build or to do; `payer` is utility, government, customer or to_confirm.

    Parameters
    ----------
    due_on
        Day by which the utility does what comes after the connection; None: before it.
    """

    code: str
    element_id: str
    quantity: float
    unit: str
    payer: str
    zh: str
    en: str
    due_on: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """An estimate in CNY; `price_basis` names its source, `verified` is False until prices are."""

    currency: str
    p15: float
    p50: float
    p85: float
    by_payer: Mapping[str, float]
    price_basis: str
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleStep:
    """One step; `clock` is working or calendar, `owner` utility, customer or authority."""

    code: str
    days: int
    clock: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Steps and limits; `due_date` is null (`calendar_unknown`) beyond the working calendar."""

    steps: tuple[ScheduleStep, ...]
    utility_days: int
    limit_days: int
    due_date: str | None
    calendar_unknown: bool
