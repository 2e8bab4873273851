"""The customer: asked for of the planner, and built into the grid by hand for the referee."""

from __future__ import annotations

import warnings
from datetime import date
from functools import cache
from math import sqrt
from typing import Any, NamedTuple

import pandas as pd
from pandapower.shortcircuit import calc_sc

from grid_models.catalogue import Catalogue, load_catalogue
from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.solvers.reference import solve_reference, to_pandapower
from grid_models.solvers.result import PowerFlowResult
from planner.application import SupplyApplication
from planner.assistant import make_plan
from planner.plan import Check, Option, PowerQuality, Rejected, SupplyPlan
from planner.rules import RuleBook, load_rule_book
from tests.cases.drawing import Conductor, place

__all__ = [
    "NewSupply",
    "ask",
    "built_at",
    "built_on",
    "find_check",
    "find_rejected",
    "motor_start_of",
    "options_of",
    "reason_codes",
    "referee",
    "short_circuit_ka",
]


class NewSupply(NamedTuple):
    """Load and line as a reader of a README would build them."""

    s_kva: float
    power_factor: float
    conductor: Conductor
    length_m: float

    def load_at(self, node: str) -> dict[str, Any]:
        """Return the load as a row of the loads table."""
        q_share = sqrt(1.0 - self.power_factor**2)
        return {
            "node": node,
            "p_kw": self.s_kva * self.power_factor,
            "q_kvar": self.s_kva * q_share,
        }


def ask(
    grid: Grid,
    east_m: float,
    north_m: float,
    *,
    on_date: date = date(2026, 8, 1),
    special_load: str | None = "none",
    **asked: Any,
) -> SupplyPlan:
    """Return the plan for a site of the drawing, under the example rules."""
    lon, lat = place(east_m, north_m)
    application = SupplyApplication(
        lon=lon, lat=lat, on_date=on_date, special_load=special_load, **asked
    )
    return make_plan(application, _model_of(grid), *_rules_and_catalogue())


def _model_of(grid: Grid) -> GridModel:
    """Return a grid's model, made once for all that is asked of it."""
    if grid.version not in _MODELS:
        _MODELS[grid.version] = GridModel.of(grid)
    return _MODELS[grid.version]


_MODELS: dict[str, GridModel] = {}


@cache
def _rules_and_catalogue() -> tuple[RuleBook, Catalogue]:
    return load_rule_book("demo"), load_catalogue()


def options_of(plan: SupplyPlan) -> list[tuple[str, str]]:
    """Return kind and access element of every option, best first."""
    return [(o.kind, o.sources[0].access_point.element_id) for o in plan.options]


def find_check(option: Option, code: str) -> Check:
    """Return the check of a code; there has to be exactly one."""
    (check,) = [check for check in option.checks if check.code == code]
    return check


def motor_start_of(option: Option) -> PowerQuality:
    """Return what is found of the largest motor's start."""
    (finding,) = [f for f in option.power_quality if f.code == "motor_start"]
    return finding


def find_rejected(plan: SupplyPlan, element_id: str) -> Rejected:
    """Return the refusal of an access point; there has to be exactly one."""
    (rejected,) = [r for r in plan.rejected if r.access_point.element_id == element_id]
    return rejected


def reason_codes(plan: SupplyPlan) -> list[str]:
    """Return why the answer goes to the desk, or why there is none."""
    return [reason.code for reason in plan.answer.reasons]


def built_at(grid: Grid, node: str, supply: NewSupply) -> Grid:
    """Return the grid with the customer's line and load at a node."""
    conductor = supply.conductor
    line = {
        "from_node": node,
        "to_node": "new:node:1",
        "length_m": supply.length_m,
        "r_ohm_per_km": conductor.r_ohm_per_km,
        "x_ohm_per_km": conductor.x_ohm_per_km,
        "c_nf_per_km": conductor.c_nf_per_km,
        "ampacity_a": conductor.ampacity_a,
    }
    return grid.with_tables(
        nodes=_with(grid.nodes, "new:node:1", {"vn_kv": grid.nodes.at[node, "vn_kv"]}),
        lines=_with(grid.lines, "new:line:1", line),
        loads=_with(grid.loads, "new:load:1", supply.load_at("new:node:1")),
    )


def built_on(grid: Grid, line: str, position: float, supply: NewSupply) -> Grid:
    """Return the grid with a 10 kV line split, and the customer at the split.

    The parts are ``<line>#1`` and ``<line>#2``, the first of them `position` of the whole.
    """
    length_m = float(grid.lines.at[line, "length_m"])
    whole = grid.lines.loc[line].to_dict()
    first = whole | {"to_node": "new:node:2", "length_m": length_m * position}
    second = whole | {"from_node": "new:node:2", "length_m": length_m * (1.0 - position)}
    lines = _with(_with(grid.lines, f"{line}#1", first), f"{line}#2", second)
    split = grid.with_tables(
        nodes=_with(grid.nodes, "new:node:2", {"vn_kv": 10.0}), lines=lines.drop(index=line)
    )
    return built_at(split, "new:node:2", supply)


def referee(grid: Grid) -> PowerFlowResult:
    """Return pandapower's answer."""
    result = solve_reference(grid)
    assert not result.failures
    return result


def short_circuit_ka(grid: Grid, node: str) -> float:
    """Return pandapower's greatest short-circuit current, the source as the README takes it."""
    net = to_pandapower(grid)
    net.ext_grid["s_sc_max_mva"], net.ext_grid["rx_max"] = 2_000.0, 1.0
    with warnings.catch_warnings():
        # of habits that pandas is about to forbid, and that only currents can be trusted
        warnings.simplefilter("ignore")
        calc_sc(net, case="max", fault="3ph")
    return float(net.res_bus_sc.ikss_ka.iloc[grid.nodes.index.get_loc(node)])


def _with(table: pd.DataFrame, name: str, values: dict[str, Any]) -> pd.DataFrame:
    """Add a row: the first one again but for the values given."""
    row = table.iloc[[0]].set_axis([name]).assign(**{key: [v] for key, v in values.items()})
    return pd.concat([table, row])
