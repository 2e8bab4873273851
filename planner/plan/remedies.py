"""What a search for remedies tried, and what stood in the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from planner.plan.measure import Measure
from planner.plan.refusal import RejectionReason
from planner.plan.source import AccessPoint

__all__ = ["Remedies", "RemedyTrial"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyTrial:
    """One access point on the grid after some measures, solved in full.

    Parameters
    ----------
    measures
        Empty: the grid as it stands.
    cost_p50
        Measures and connection, CNY.
    binding
        What refused it; empty where everything passes.
    """

    kind: str
    access_point: AccessPoint
    measures: tuple[Measure, ...]
    cost_p50: float
    passed: bool
    binding: tuple[RejectionReason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedies:
    """A search for measures that let the customer be connected.

    Parameters
    ----------
    tried, bound
        AC trials used, and how many there may be.
    ended
        solved; exhausted: nothing was left to try; bound: the bound was reached.
    trials
        In the order they were made.
    """

    tried: int
    bound: int
    ended: Literal["solved", "exhausted", "bound"]
    trials: tuple[RemedyTrial, ...]
