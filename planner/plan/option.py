"""Option: one way to connect, with everything a plan shows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planner.plan.check import Check
from planner.plan.cost import Cost
from planner.plan.customer import CustomerSide
from planner.plan.electrical import Headroom, PowerFlowSummary, Replacement, Sensitivity, TakeOver
from planner.plan.envelope import PartialSupply
from planner.plan.independence import Independence
from planner.plan.measure import Measure
from planner.plan.operation import OperatingState
from planner.plan.quality import PowerQuality
from planner.plan.schedule import Schedule
from planner.plan.source import Source
from planner.plan.works import Work

__all__ = ["HEADROOM", "Option", "Reason", "Why"]

HEADROOM = "headroom"
"""In `Option.not_computed`: `Option.headroom` is of one state, or of no limit known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """One line that says why option 1 beats the nearest and the roomiest."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an answer goes to the desk, or why there is none."""

    code: str
    zh: str
    en: str
    rule_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way to connect whose every blocking check passes.

    Parameters
    ----------
    independence, states
        Of several sources: how far apart they are, and what each carries alone; of one source None
        and empty.
    not_computed
        What is asked of other options and was not found for this one.
    measures
        What is done to the grid first, in this order; every figure is of the grid after them.
    partial
        Of a limited or a staged supply: how much of what was asked it carries; else None.
    """

    rank: int
    kind: str
    supply_kv: float
    capacity_kva: float
    sources: tuple[Source, ...]
    checks: tuple[Check, ...]
    not_computed: tuple[str, ...]
    desk_reasons: tuple[Reason, ...]
    headroom: Headroom
    power_flow: PowerFlowSummary
    sensitivity: Sensitivity | None
    take_over: tuple[TakeOver, ...]
    replacement: Replacement | None
    measures: tuple[Measure, ...]
    works: tuple[Work, ...]
    cost: Cost
    schedule: Schedule
    customer_side: CustomerSide
    order_keys: Mapping[str, Any]
    why: Why
    independence: Independence | None = None
    states: tuple[OperatingState, ...] = ()
    power_quality: tuple[PowerQuality, ...] = ()
    partial: PartialSupply | None = None
