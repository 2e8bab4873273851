"""Operating states: an option of several sources while one source carries and the others do not."""

from __future__ import annotations

from dataclasses import dataclass

from planner.plan.check import Check
from planner.plan.electrical import Headroom, PowerFlowSummary, TakeOver

__all__ = ["OperatingState"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingState:
    """One source carries what it must carry alone, the others nothing.

    Parameters
    ----------
    code
        normal, or main_out.
    carried_by, out
        Places among the option's sources.
    p_kw, q_kvar
        The load on it.
    holds_kva
        Capacity it must hold for this customer.
    """

    code: str
    carried_by: int
    out: tuple[int, ...]
    p_kw: float
    q_kvar: float
    holds_kva: float
    checks: tuple[Check, ...]
    not_computed: tuple[str, ...]
    headroom: Headroom
    power_flow: PowerFlowSummary
    take_over: tuple[TakeOver, ...]
