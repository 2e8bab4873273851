"""Emergency source: what an important customer has of its own, beside every supply of the grid."""

from __future__ import annotations

from planner.application import SupplyApplication
from planner.design_load import Level, find_important_demand
from planner.importance import is_important
from planner.messages import say
from planner.plan import Work
from planner.rules import Rules

__all__ = ["emergency_kva", "emergency_works"]


def emergency_kva(
    application: SupplyApplication, level: Level, rules: Rules
) -> tuple[float, float]:
    """Return the least own emergency source in kVA, and the security load in kW it is for.

    The security load is part of the important load; as long as nobody states it, it is all of it,
    and all of the load where no important part is stated. Both are 0 for a customer who needs none.
    """
    if not is_important(application, rules):
        return 0.0, 0.0
    load = find_important_demand(application, level, rules).load
    return load.s_kva * rules.number("emergency_source_share") / 100.0, load.p_kw


def emergency_works(
    application: SupplyApplication, level: Level, rules: Rules, *, payer: str
) -> tuple[Work, ...]:
    """Return the own emergency source as a work; nothing for a customer who needs none."""
    needed_kva, security_kw = emergency_kva(application, level, rules)
    if needed_kva <= 0.0:
        return ()
    share = rules.number("emergency_source_share")
    is_stated = application.important_kw is not None
    code = "emergency_source" if is_stated else "emergency_source_unstated"
    text = say(code, quantity=needed_kva, value=security_kw, limit=share)
    return (
        Work(
            code="emergency_source", element_id="", quantity=needed_kva, unit="kVA",
            payer=payer, zh=text.zh, en=text.en,
        ),
    )  # fmt: skip
