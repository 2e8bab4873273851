"""How long an option takes: steps, limits and what stops the clock."""

from __future__ import annotations

from dataclasses import dataclass

from planner.plan.cost import Note

__all__ = ["PauseReason", "Schedule", "ScheduleStep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleStep:
    """One step; `clock` is working or calendar, `owner` utility, customer or authority.

    Parameters
    ----------
    due_on
        Last day of the step; None where the working calendar does not reach, or the clock stands.
    """

    code: str
    days: int
    clock: str
    owner: str
    due_on: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseReason:
    """Something that stops the clock; `party` is customer, authority or third_party."""

    code: str
    party: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Steps and limits; a date is null (`calendar_unknown`) beyond the working calendar.

    Parameters
    ----------
    due_date
        Last day of the last step, nothing pausing.
    start_on
        Day 0: acceptance. The first day that counts is the next one of the step's clock.
    limit_clock, limit_due_on
        Clock of the limit, working or calendar, and the day it ends.
    limit_due_on_working
        The same limit counted in working days.
    light, light_on
        green, yellow or red against the limit, and the day it was seen on; unknown where the limit
        has no date.
    pauses
        What stops the clock.
    ends_by
        Temporary supply: the last day it may last.
    """

    steps: tuple[ScheduleStep, ...]
    utility_days: int
    limit_days: int
    due_date: str | None
    calendar_unknown: bool
    start_on: str
    limit_clock: str
    limit_due_on: str | None
    limit_due_on_working: str | None
    light: str
    light_on: str
    pauses: tuple[PauseReason, ...]
    ends_by: str | None
    notes: tuple[Note, ...]
