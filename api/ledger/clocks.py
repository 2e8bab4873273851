"""Clocks: when the utility's limit for an application ends, with the days on which it stood."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from api.database.applications import StoredApplication, set_limit
from api.database.holds import find_live_hold
from api.database.pauses import StoredPause, list_pauses
from api.database.plans import UnknownPlanError, find_plan
from planner.application import SupplyApplication
from planner.calendar import WorkingCalendar
from planner.design_load import choose_levels
from planner.plan import Schedule
from planner.rules import RuleBook, Rules
from planner.schedule import Pause, light_on, make_schedule, with_pauses

__all__ = ["Clocks", "find_schedule", "keep_clock", "make_first_schedule", "schedule_of"]

_DAY = timedelta(days=1)

_log = logging.getLogger(__name__)


def make_first_schedule(
    asked: SupplyApplication, rules: Rules, calendar: WorkingCalendar
) -> Schedule:
    """Return the schedule of an application without a plan: that of the lowest voltage it may have.

    Its limit is the shortest one, so that nobody is reminded too late.
    """
    return make_schedule(asked, rules, choose_levels(asked, rules).levels[0], calendar)


def find_schedule(
    connection: Connection,
    application: StoredApplication,
    asked: SupplyApplication,
    rules: Rules,
    calendar: WorkingCalendar,
    *,
    now: datetime,
) -> Schedule:
    """Return the schedule of the option an application stands for: the one held, else the first."""
    application_id = application.application_id
    hold = find_live_hold(connection, application_id, now)
    try:
        plan = find_plan(connection, application_id, hold.plan_version if hold else None)
    except UnknownPlanError:
        return make_first_schedule(asked, rules, calendar)
    options: Sequence[Mapping[str, Any]] = plan.document["options"]
    if not options:
        return make_first_schedule(asked, rules, calendar)
    return schedule_of(options[hold.option_rank - 1 if hold else 0])


def schedule_of(option: Mapping[str, Any]) -> Schedule:
    """Return the schedule of an option of a stored plan."""
    return _schedules().validate_python(option["schedule"])


def keep_clock(
    connection: Connection,
    application_id: str,
    schedule: Schedule,
    rules: Rules,
    calendar: WorkingCalendar,
) -> Schedule:
    """Write down when the limit ends with the pauses so far; return the schedule with them.

    A pause for a reason that stops no clock at this voltage does not count.

    Raises
    ------
    InputError
        If a pause ends before it begins, or begins before the day after acceptance.
    """
    known = {reason.code for reason in schedule.pauses}
    pauses = [
        _pause(stored)
        for stored in list_pauses(connection, application_id)
        if stored.reason in known
    ]
    dated = with_pauses(schedule, pauses, calendar)
    due_on = None if dated.limit_due_on is None else date.fromisoformat(dated.limit_due_on)
    near_on = None if due_on is None else _near_on(dated, due_on, rules, calendar)
    set_limit(connection, application_id, due_on, near_on)
    return dated


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """What says when limits end, whatever grid an application is about."""

    rule_book: Callable[[str], RuleBook]
    calendar: WorkingCalendar

    def restart(self, connection: Connection, application: StoredApplication) -> bool:
        """Let the clock be that of the first option again, once nothing is held any more.

        Returns
        -------
        is_known
            False where its rules or its plan cannot be read: its limit is unknown from then on.
        """
        try:
            self._restart(connection, application)
        except SQLAlchemyError:
            raise
        except Exception:
            _log.exception("the clock of %s cannot be restarted", application.application_id)
            set_limit(connection, application.application_id, None, None)
            return False
        return True

    def _restart(self, connection: Connection, application: StoredApplication) -> None:
        plan = find_plan(connection, application.application_id)
        if options := plan.document["options"]:
            asked = application.asked
            rules = self.rule_book(str(asked["area"])).on(date.fromisoformat(asked["on_date"]))
            schedule = schedule_of(options[0])
            keep_clock(connection, application.application_id, schedule, rules, self.calendar)


def _near_on(schedule: Schedule, due_on: date, rules: Rules, calendar: WorkingCalendar) -> date:
    """Return the first day on which the light is yellow."""
    start, day = date.fromisoformat(schedule.start_on), due_on
    while day > start and light_on(schedule, day - _DAY, rules, calendar) == "yellow":
        day -= _DAY
    return day


def _pause(stored: StoredPause) -> Pause:
    return Pause(reason=stored.reason, from_on=stored.from_on, until_on=stored.until_on)


@cache
def _schedules() -> TypeAdapter[Schedule]:
    return TypeAdapter(Schedule)
