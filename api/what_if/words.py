"""Words: how the numbers and elements of a what-if are written for people, in Chinese."""

from __future__ import annotations

from math import isinf

from planner.messages import say
from planner.scenarios.result import StepOutcome, Violation, WhatIf

__all__ = [
    "binding",
    "element",
    "overview",
    "quantity",
    "signed",
    "step_result",
    "violation_since",
]

NOTHING = "—"
_DIGITS = {"%": 1, "V": 1, "kV": 3, "pu": 4, "kW": 1, "kVA": 0}


def quantity(value: float | None, unit: str) -> str:
    """Return a value as engineers write it, a dash where there is none."""
    if value is None:
        return NOTHING
    if isinf(value):
        return say("nothing_limits").zh
    return f"{value:,.{_DIGITS.get(unit, 0)}f} {unit}".strip()


def signed(value: float | None, unit: str) -> str:
    """Return a change with its sign."""
    if value is None:
        return NOTHING
    if isinf(value):
        return "由有限变为不受限" if value > 0 else "由不受限变为有限"
    return f"{value:+,.{_DIGITS.get(unit, 0)}f}"


def element(name: str, element_id: str) -> str:
    """Return an element's name with its id."""
    return f"{name} ({element_id})" if name and name != element_id else element_id


def violation_since(violation: Violation) -> str:
    """Return which step a violation comes or goes with."""
    if violation.step is None:
        return NOTHING
    until = f"，至第 {violation.until_step} 步" if violation.until_step else ""
    return f"第 {violation.step} 步 {violation.step_name}{until}"


def step_result(step: StepOutcome) -> str:
    """Return what came of a step in a few words."""
    parts = [
        f"方案 {plan.rank} {say(f'kind_{plan.kind}').zh} 于 {plan.access_point_id}"
        f"（{say(f'mode_{plan.mode}').zh}）"
        for plan in step.plans
    ]
    if step.new_violations:
        parts.append(f"新增越限 {step.new_violations} 项")
    if step.vanished_violations:
        parts.append(f"消除越限 {step.vanished_violations} 项")
    return "；".join(parts) or "无新增越限"


def binding(code: str, element_id: str) -> str:
    """Return what binds a hosting capacity."""
    if not element_id:
        return NOTHING
    label = "已越限" if code == "already_violated" else say(f"label_{code}").zh
    return f"{element_id} {label}"


def overview(result: WhatIf) -> list[tuple[str, str, str]]:
    """Return the figures of both ends: name, before, after."""
    before, after = result.before, result.after
    return [
        (name, quantity(getattr(before, field), unit), quantity(getattr(after, field), unit))
        for name, field, unit in (
            ("负荷", "load_kw", "kW"),
            ("电源与储能", "generation_kw", "kW"),
            ("失电负荷", "unsupplied_kw", "kW"),
            ("线路最高负载率", "max_line_pct", "%"),
            ("变压器最高负载率", "max_transformer_pct", "%"),
            ("最低电压", "min_v_pu", "pu"),
            ("越限", "violations", "项"),
        )
    ]
