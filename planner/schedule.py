"""Schedule: steps, working days and limits of an option."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner.application import SupplyApplication
from planner.design_load import Level
from planner.plan import Schedule, ScheduleStep
from planner.rules import Rules
from planner.works import is_zero_investment

__all__ = ["make_schedule"]


def make_schedule(application: SupplyApplication, rules: Rules, level: Level) -> Schedule:
    """List the utility's steps with their days, and the limit they must keep together.

    The due date needs a working calendar, which this version does not have: days and limits stand,
    `due_date` is None and `calendar_unknown` says so.
    """
    if level == "lv":
        is_free = application.category == "resident" or is_zero_investment(application, rules)
        steps = rules.value("lv_steps")["zero_investment" if is_free else "other"]
        limit = rules.value("handling_days")["lv"]
    else:
        supply = "single" if application.sources == 1 else "dual"
        is_plain = application.importance == "ordinary" and application.special_load in (
            None, "none",
        )  # fmt: skip
        steps = rules.value("hv_steps")[supply if is_plain else f"{supply}_reviewed"]
        limit = rules.value("handling_days")[f"hv_{supply}"]
    found = tuple(_step(step) for step in steps)
    return Schedule(
        steps=found,
        utility_days=sum(step.days for step in found if step.owner == "utility"),
        limit_days=int(limit["days"]),
        due_date=None,
        calendar_unknown=True,
    )


def _step(step: Mapping[str, Any]) -> ScheduleStep:
    return ScheduleStep(
        code=str(step["code"]),
        days=int(step["days"]),
        clock=str(step["clock"]),
        owner=str(step["owner"]),
    )
