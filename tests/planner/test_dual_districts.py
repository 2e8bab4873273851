"""Two sources on whole grids: a synthetic district with two substations, and mv_oberrhein."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.synthesize import synthesize_grid
from planner.application import SupplyApplication
from planner.plan import SupplyPlan, plan_to_json
from planner.second_opinion import SecondOpinion
from tests.conftest import LoadNet
from tests.planner.example import example_rules, plan_for, unexamined

DAY = date(2026, 11, 23)


@cache
def district() -> Grid:
    """Return a district whose two substations hang at different 110 kV sources."""
    return synthesize_grid(nodes=2_000, seed=1, load_date=DAY, topology_date=DAY)


def between(grid: Grid, **facts: object) -> SupplyApplication:
    """Return an application for two sources half way between the two substations."""
    high = grid.nodes[grid.nodes["vn_kv"] > 100.0]
    asked = {"kva": 800.0, "sources": 2, "important_kw": 300.0, "special_load": "none"} | facts
    return SupplyApplication(
        lon=float(high["lon"].mean()), lat=float(high["lat"].mean()), on_date=DAY, **asked
    )


def stations(plan: SupplyPlan) -> set[tuple[str | None, ...]]:
    """Return the substations of every option's sources."""
    return {tuple(sorted(s.substation_id or "" for s in o.sources)) for o in plan.options}


def confirmed(grid: Grid, application: SupplyApplication, plan: SupplyPlan) -> list[str]:
    """Return what pandapower contradicts in the first option."""
    opinion = SecondOpinion(
        grid=grid, application=application, rules=example_rules(DAY), commitments=()
    )
    return [finding.place for finding in opinion.findings(plan_to_json(plan)["options"][0])]


def test_the_district_gives_a_first_class_customer_a_dual_source() -> None:
    grid = district()
    application = between(grid, importance="first")
    plan = plan_for(unexamined(grid), application)
    assert {option.kind for option in plan.options} == {"dual_source"}
    names = set(grid.nodes["substation_id"][grid.nodes["vn_kv"] > 100.0])
    assert stations(plan) == {tuple(sorted(names))}
    assert confirmed(grid, application, plan) == []


@pytest.fixture(scope="module")
def oberrhein(load_net: LoadNet) -> GridModel:
    """Return mv_oberrhein with room: public, with bays, its loads halved."""
    grid = load_net("pandapower:mv_oberrhein").grid
    public = {
        name: getattr(grid, name).assign(ownership="public")
        for name in ("nodes", "lines", "transformers")
    }
    loads = grid.loads.assign(scaling=grid.loads["scaling"] * 0.4)
    lines = public["lines"].assign(laying="overhead")
    return unexamined(grid.with_tables(**(public | {"lines": lines, "loads": loads})))


def test_oberrhein_has_two_substations_of_two_sources(oberrhein: GridModel) -> None:
    application = between(oberrhein.grid, max_distance_m=6_000.0, importance="first")
    plan = plan_for(oberrhein, application)
    assert {option.kind for option in plan.options} == {"dual_source"}
    assert stations(plan) == {("bus:318", "bus:58")}
    assert confirmed(oberrhein.grid, application, plan) == []
