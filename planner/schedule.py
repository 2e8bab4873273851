"""Schedule: steps with their days and due dates, the limit they must keep, what stops the clock.

Day 0 is the acceptance date; the first day that counts is the next one of the step's clock. Steps
follow each other without a gap: only the utility's own steps are in the rules, and what the
customer, an authority or a neighbour takes in between stops the clock (`with_pauses`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

from grid_models.errors import InputError, InputProblem
from planner.application import SupplyApplication
from planner.calendar import Clock, WorkingCalendar, load_calendar
from planner.design_load import Level
from planner.importance import importance_of
from planner.messages import say
from planner.payers import is_connected_free, is_temporary
from planner.plan import Note, PauseReason, Schedule, ScheduleStep
from planner.rules import Rules
from planner.temporary import longest_term

__all__ = ["Pause", "light_on", "make_schedule", "with_pauses"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A stop of the clock; neither its first nor its last day counts.

    Parameters
    ----------
    reason
        Code of a row of ``pause_reasons``.
    until_on
        None: it still stands.
    """

    reason: str
    from_on: date
    until_on: date | None = None

    def holds_on(self, day: date) -> bool:
        """Say whether the clock stands on a day."""
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


def make_schedule(
    application: SupplyApplication,
    rules: Rules,
    level: Level,
    calendar: WorkingCalendar | None = None,
) -> Schedule:
    """List the utility's steps with their days and dates, and the limit they must keep together.

    Parameters
    ----------
    calendar
        None: the one that comes along. What falls beyond it has no date, and `calendar_unknown`
        says so; days and limits stand.
    """
    steps, limit, pauses = _rows(application, rules, level)
    plain = Schedule(
        steps=steps,
        utility_days=sum(step.days for step in steps if step.owner == "utility"),
        limit_days=int(limit["days"]),
        due_date=None,
        calendar_unknown=False,
        start_on=application.on_date.isoformat(),
        limit_clock=str(limit["clock"]),
        limit_due_on=None,
        limit_due_on_working=None,
        light="unknown",
        light_on=application.on_date.isoformat(),
        pauses=pauses,
        ends_by=_ends_by(application, rules),
        notes=(),
    )
    dated = _dated(plain, calendar or load_calendar(), ())
    return replace(
        dated,
        light=light_on(dated, application.on_date, rules, calendar or load_calendar()),
        notes=_notes(dated, calendar or load_calendar()),
    )


def with_pauses(
    schedule: Schedule, pauses: Sequence[Pause], calendar: WorkingCalendar | None = None
) -> Schedule:
    """Return a schedule whose dates are as much later as the clock stood; the days stand.

    What comes after a pause that has no end yet has no date. The light stays that of the day it was
    seen on: ask `light_on` again.

    Parameters
    ----------
    calendar
        The one the schedule was made on; None: the one that comes along.

    Raises
    ------
    InputError
        If a pause gives a reason that stops no clock, ends before it begins, or begins before day 0
        or on it; with every problem.
    """
    problems = [problem for pause in pauses for problem in _pause_problems(pause, schedule)]
    if problems:
        raise InputError(problems)
    return _dated(schedule, calendar or load_calendar(), pauses)


def light_on(
    schedule: Schedule, day: date, rules: Rules, calendar: WorkingCalendar | None = None
) -> str:
    """Return green, yellow or red: whether the limit has room left, is near, or has passed.

    The days left are counted on the limit's own clock; unknown where the limit has no date.
    """
    if schedule.limit_due_on is None:
        return "unknown"
    due = date.fromisoformat(schedule.limit_due_on)
    clock = cast("Clock", schedule.limit_clock)
    left = (calendar or load_calendar()).between(day, due, clock)
    if day > due:
        return "red"
    if left is None:
        return "unknown"
    return "yellow" if left <= int(rules.value("light_yellow_from")[clock]) else "green"


def _rows(
    application: SupplyApplication, rules: Rules, level: Level
) -> tuple[tuple[ScheduleStep, ...], Mapping[str, Any], tuple[PauseReason, ...]]:
    if level == "lv":
        is_free = is_connected_free(application, rules)
        steps = rules.value("lv_steps")["zero_investment" if is_free else "other"]
        limit = rules.value("handling_days")["lv"]
    else:
        supply = "single" if application.sources == 1 else "dual"
        is_plain = importance_of(application, rules) == "ordinary" and application.special_load in (
            None, "none",
        )  # fmt: skip
        steps = rules.value("hv_steps")[supply if is_plain else f"{supply}_reviewed"]
        limit = rules.value("handling_days")[f"hv_{supply}"]
    reasons: Mapping[str, Mapping[str, Any]] = rules.value("pause_reasons")
    pauses = tuple(
        _reason(code, reason) for code, reason in reasons.items() if level in reason["levels"]
    )
    return tuple(_step(step) for step in steps), limit, pauses


def _step(step: Mapping[str, Any]) -> ScheduleStep:
    return ScheduleStep(
        code=str(step["code"]),
        days=int(step["days"]),
        clock=str(step["clock"]),
        owner=str(step["owner"]),
    )


def _reason(code: str, reason: Mapping[str, Any]) -> PauseReason:
    text = say(f"pause_{code}")
    return PauseReason(code=code, party=str(reason["party"]), zh=text.zh, en=text.en)


def _dated(schedule: Schedule, calendar: WorkingCalendar, pauses: Sequence[Pause]) -> Schedule:
    """Count steps and limit from day 0, leaving out the days on which the clock stands."""
    start = date.fromisoformat(schedule.start_on)

    # Nothing is done once the clock stands without an end.
    last = min((p.from_on for p in pauses if p.until_on is None), default=date.max)

    def stands(day: date) -> bool:
        return any(pause.holds_on(day) for pause in pauses)

    def after(day: date | None, days: int, clock: str) -> date | None:
        if day is None:
            return None
        return calendar.after(day, days, cast("Clock", clock), stands=stands, until=last)

    steps, at = [], cast("date | None", start)
    for step in schedule.steps:
        at = after(at, step.days, step.clock)
        steps.append(replace(step, due_on=_text(at)))
    due = after(start, schedule.limit_days, schedule.limit_clock)
    working = after(start, schedule.limit_days, "working")
    return replace(
        schedule,
        steps=tuple(steps),
        due_date=_text(at),
        calendar_unknown=None in (at, due, working),
        limit_due_on=_text(due),
        limit_due_on_working=_text(working),
    )


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _ends_by(application: SupplyApplication, rules: Rules) -> str | None:
    """Last day of a temporary supply: the one stated, else the last it may have."""
    if not is_temporary(application):
        return None
    return _text(application.until_date or longest_term(application, rules))


def _notes(schedule: Schedule, calendar: WorkingCalendar) -> tuple[Note, ...]:
    found: list[tuple[str, dict[str, object]]] = []
    if schedule.calendar_unknown:
        found.append(("calendar_unknown", {"date": calendar.known_until}))
    dates = (schedule.due_date, schedule.limit_due_on, schedule.limit_due_on_working)
    last = max((date.fromisoformat(day) for day in dates if day), default=None)
    if last is not None and calendar.is_provisional(last):
        found.append(("calendar_provisional", {"date": last, "year": last.year + 1}))
    if schedule.limit_clock == "calendar":
        unknown = say("unknown")
        found.append(
            (
                "limit_clock_open",
                {
                    "days": schedule.limit_days,
                    "date": schedule.limit_due_on or unknown,
                    "working": schedule.limit_due_on_working or unknown,
                },
            )
        )
    if schedule.due_date and schedule.limit_due_on and schedule.due_date > schedule.limit_due_on:
        found.append(
            ("steps_after_limit", {"date": schedule.due_date, "limit": schedule.limit_due_on})
        )
    if schedule.pauses:
        found.append(("clock_pauses", {}))
    if schedule.ends_by is not None:
        found.append(("temporary_ends", {"date": schedule.ends_by}))
    return tuple(
        Note(code=code, zh=text.zh, en=text.en)
        for code, values in found
        for text in [say(code, **values)]
    )


def _pause_problems(pause: Pause, schedule: Schedule) -> list[InputProblem]:
    known = [reason.code for reason in schedule.pauses]
    found = []
    if pause.reason not in known:
        found.append(
            ("reason", f"暂停原因“{pause.reason}”不停表，应为其中之一：{'、'.join(known)}",
             f'the reason "{pause.reason}" stops no clock; give one of {", ".join(known)}')
        )  # fmt: skip
    if pause.until_on is not None and pause.until_on < pause.from_on:
        found.append(
            ("until_on", f"暂停至 {pause.until_on}，早于其开始日 {pause.from_on}，应不早于开始日",
             f"a pause until {pause.until_on} ends before it begins on {pause.from_on}; give a day "
             "not before that")
        )  # fmt: skip
    if pause.from_on <= date.fromisoformat(schedule.start_on):
        found.append(
            ("from_on", f"暂停自 {pause.from_on} 起，应晚于受理日期 {schedule.start_on}",
             f"a pause from {pause.from_on} has to begin after acceptance on {schedule.start_on}")
        )  # fmt: skip
    return [InputProblem(field=field, zh=zh, en=en) for field, zh, en in found]
