"""SupplyPlan: the answer to one application."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from planner.plan.advice import Advice
from planner.plan.comparison import ComparisonRow
from planner.plan.option import Option, Reason
from planner.plan.refusal import Rejected
from planner.plan.remedies import Remedies
from planner.plan.summary import (
    CalendarSummary,
    DesignLoad,
    GridSummary,
    PricesSummary,
    RulesSummary,
)

__all__ = ["SCHEMA", "Answer", "Information", "SupplyPlan", "plan_to_json"]

SCHEMA = "supply-plan/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """Something worth knowing that changes no answer."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """on_site, back_office or no_option, with every reason."""

    mode: Literal["on_site", "back_office", "no_option"]
    reasons: tuple[Reason, ...]
    information: tuple[Information, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyPlan:
    """The answer to one application: ranked options, refusals and reasons.

    Parameters
    ----------
    remedies
        What was tried where no option passed as the grid stands; None where some did.
    """

    schema: str
    plan_id: str
    grid: GridSummary
    rules: RulesSummary
    prices: PricesSummary
    calendar: CalendarSummary
    application: Mapping[str, Any]
    equipment_kw: float
    capacity_kva: float
    design_load: DesignLoad
    answer: Answer
    options: tuple[Option, ...]
    comparison: tuple[ComparisonRow, ...]
    rejected: tuple[Rejected, ...]
    remedies: Remedies | None
    advice: tuple[Advice, ...] = ()


def plan_to_json(plan: SupplyPlan) -> dict[str, Any]:
    """Return the plan as plain dicts, lists, numbers and texts, ready for ``json.dumps``."""
    return asdict(plan)
