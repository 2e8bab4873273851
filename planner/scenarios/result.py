"""WhatIf and its parts: frozen values whose field names are those of the JSON contract.

`before` is the base grid, `after` the grid with every step made. A number that does not exist
(an element that is not there, a part without a solution) is None; what nothing limits is infinite.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from planner.plan import GridSummary, RulesSummary

__all__ = [
    "SCHEMA",
    "BranchChange",
    "CapacityChange",
    "NodeChange",
    "PlanTaken",
    "StepOutcome",
    "Totals",
    "Violation",
    "WhatIf",
    "what_if_to_json",
]

SCHEMA = "supply-plan/what-if/1"

Status = Literal["new", "vanished", "remaining", "passing"]
Change = Literal["kept", "added", "replaced", "switched_on", "switched_off"]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTaken:
    """Option of a plan that a step carried out."""

    plan_id: str
    rank: int
    kind: str
    access_point_id: str
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutcome:
    """What came of one step.

    Parameters
    ----------
    solved_trees
        Source trees that were compiled and solved again after it: those it touches.
    added_ids
        Ids it brought, which later steps may name.
    new_violations, vanished_violations
        Number of limits that are broken since this step, and that are kept again since it.
    """

    number: int
    name: str
    kinds: tuple[str, ...]
    solved_trees: tuple[str, ...]
    added_ids: tuple[str, ...]
    new_violations: int
    vanished_violations: int
    plans: tuple[PlanTaken, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One limit that is broken before, after, or on the way.

    Parameters
    ----------
    code
        thermal_line, thermal_transformer, voltage_low, voltage_high; unsupplied (a load without
        supply, in kW); no_solution (a source tree that cannot carry its load).
    status
        new: broken after, not before. vanished: the other way round. remaining: both. passing:
        only after some steps in between.
    before, after
        Values in `unit`, broken or not.
    step
        Number of the step since which it is broken (new, passing) or no longer (vanished).
    until_step
        Number of the step that ends a passing one.
    """

    code: str
    element_id: str
    name: str
    status: Status
    before: float | None
    after: float | None
    limit: float | None
    unit: str
    step: int | None
    step_name: str | None
    until_step: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityChange:
    """What a node can take before and after; the changes are after minus before.

    `quality` says which solver stands behind the hosting capacity: full_ac or unknown.
    """

    node_id: str
    name: str
    kv: float
    lon: float | None
    lat: float | None
    open_before_kva: float | None
    open_after_kva: float | None
    open_change_kva: float | None
    open_binding_before_id: str
    open_binding_after_id: str
    hosting_before_kva: float | None
    hosting_after_kva: float | None
    hosting_change_kva: float | None
    hosting_binding_before_id: str
    hosting_binding_after_id: str
    hosting_code_before: str
    hosting_code_after: str
    quality_before: str
    quality_after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeChange:
    """Voltage of a node of the touched trees, with its legal limits where there are any."""

    node_id: str
    name: str
    kv: float
    lon: float | None
    lat: float | None
    before_v: float | None
    after_v: float | None
    low_v: float | None
    high_v: float | None
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchChange:
    """Loading of a line or transformer of the touched trees in percent of its limit.

    `origin_id` is the id it had before where that is another: the line it is a part of.
    `coordinates` is its course, a transformer's one point; empty if unknown.
    """

    element_id: str
    origin_id: str
    kind: Literal["line", "transformer"]
    name: str
    from_node: str
    to_node: str
    kv: float
    coordinates: tuple[Point, ...]
    before_pct: float | None
    after_pct: float | None
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The touched source trees as a whole, at one end of the scenario.

    Parameters
    ----------
    load_kw, generation_kw
        Nominal power in service and supplied.
    unsupplied_kw
        Loads in service without supply.
    max_line_pct, max_transformer_pct
        Greatest loadings in percent of the limit; None where none is known.
    min_v_pu
        Lowest voltage.
    violations
        Limits broken.
    """

    load_kw: float
    generation_kw: float
    unsupplied_kw: float
    max_line_pct: float | None
    max_transformer_pct: float | None
    min_v_pu: float | None
    violations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """Before and after of a scenario, over the source trees that its steps touch.

    `scenario` is the scenario as it was given; `power_factor` that of the load whose capacity is
    looked for.
    """

    schema: str
    what_if_id: str
    name: str
    grid: GridSummary
    rules: RulesSummary
    power_factor: float
    scenario: Mapping[str, Any]
    steps: tuple[StepOutcome, ...]
    touched_trees: tuple[str, ...]
    before: Totals
    after: Totals
    violations: tuple[Violation, ...]
    capacities: tuple[CapacityChange, ...]
    branches: tuple[BranchChange, ...]
    nodes: tuple[NodeChange, ...]


def what_if_to_json(result: WhatIf) -> dict[str, Any]:
    """Return the result as plain dicts, lists, numbers and texts."""
    return asdict(result)
