"""SupplyPlan and its parts: frozen values whose field names are those of the JSON contract.

`plan_to_json` is `dataclasses.asdict` in effect: what is named here is what other systems read.
Units are in the names; `_pct` is 0 to 100, `_pu` a ratio; coordinates are lon, lat in CGCS2000.
"""

from planner.plan.advice import Advice
from planner.plan.check import Check, Effect, Scope
from planner.plan.comparison import ComparisonRow
from planner.plan.cost import Cost, CostItem, Fee, Note
from planner.plan.customer import Compensation, CustomerSide, MeteringPoint
from planner.plan.electrical import Headroom, PowerFlowSummary, Replacement, Sensitivity, TakeOver
from planner.plan.envelope import Envelope, PartialSupply
from planner.plan.independence import Grade, Independence, PairIndependence, SharedPart
from planner.plan.measure import (
    ConductorReplacement,
    FeederAddition,
    Measure,
    OpenPointMove,
    TransformerAddition,
    TransformerReplacement,
)
from planner.plan.operation import OperatingState
from planner.plan.option import HEADROOM, Option, Reason, Why
from planner.plan.plan import SCHEMA, Answer, Information, SupplyPlan, plan_to_json
from planner.plan.quality import PowerQuality
from planner.plan.refusal import Rejected, RejectionReason
from planner.plan.remedies import Remedies, RemedyTrial
from planner.plan.schedule import PauseReason, Schedule, ScheduleStep
from planner.plan.source import AccessPoint, Boundary, Conductor, Route, RouteCrossing, Source
from planner.plan.summary import (
    CalendarSummary,
    DesignLoad,
    GridSummary,
    PricesSummary,
    RulesSummary,
)
from planner.plan.works import Work

__all__ = [
    "HEADROOM",
    "SCHEMA",
    "AccessPoint",
    "Advice",
    "Answer",
    "Boundary",
    "CalendarSummary",
    "Check",
    "ComparisonRow",
    "Compensation",
    "Conductor",
    "ConductorReplacement",
    "Cost",
    "CostItem",
    "CustomerSide",
    "DesignLoad",
    "Effect",
    "Envelope",
    "Fee",
    "FeederAddition",
    "Grade",
    "GridSummary",
    "Headroom",
    "Independence",
    "Information",
    "Measure",
    "MeteringPoint",
    "Note",
    "OpenPointMove",
    "OperatingState",
    "Option",
    "PairIndependence",
    "PartialSupply",
    "PauseReason",
    "PowerFlowSummary",
    "PowerQuality",
    "PricesSummary",
    "Reason",
    "Rejected",
    "RejectionReason",
    "Remedies",
    "RemedyTrial",
    "Replacement",
    "Route",
    "RouteCrossing",
    "RulesSummary",
    "Schedule",
    "ScheduleStep",
    "Scope",
    "Sensitivity",
    "SharedPart",
    "Source",
    "SupplyPlan",
    "TakeOver",
    "TransformerAddition",
    "TransformerReplacement",
    "Why",
    "Work",
    "plan_to_json",
]
