"""SupplyPlan and its parts: frozen values whose field names are those of the JSON contract.

`plan_to_json` is `dataclasses.asdict` in effect: what is named here is what other systems read.
Units are in the names; `_pct` is 0 to 100, `_pu` a ratio; coordinates are lon, lat in CGCS2000.
"""

from planner.plan.check import Check, Effect, Scope
from planner.plan.customer import CustomerSide
from planner.plan.electrical import Headroom, PowerFlowSummary, Replacement, Sensitivity, TakeOver
from planner.plan.option import Option, Reason, Why
from planner.plan.plan import SCHEMA, Answer, Information, SupplyPlan, plan_to_json
from planner.plan.refusal import Rejected, RejectionReason
from planner.plan.source import AccessPoint, Conductor, Route, Source
from planner.plan.summary import DesignLoad, GridSummary, RulesSummary
from planner.plan.works import Cost, Schedule, ScheduleStep, Work

__all__ = [
    "SCHEMA",
    "AccessPoint",
    "Answer",
    "Check",
    "Conductor",
    "Cost",
    "CustomerSide",
    "DesignLoad",
    "Effect",
    "GridSummary",
    "Headroom",
    "Information",
    "Option",
    "PowerFlowSummary",
    "Reason",
    "Rejected",
    "RejectionReason",
    "Replacement",
    "Route",
    "RulesSummary",
    "Schedule",
    "ScheduleStep",
    "Scope",
    "Sensitivity",
    "Source",
    "SupplyPlan",
    "TakeOver",
    "Why",
    "Work",
    "plan_to_json",
]
