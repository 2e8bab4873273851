"""Single-phase customers on a grid whose phases are known, and on one where they are not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import nan
from typing import Any

import pytest

from grid_models.grid import Grid
from grid_models.model import GridModel
from planner.application import Commitment
from planner.capacity import CapacityQuestion
from planner.capacity_by_phase import NodePhases, find_node_phases
from tests.grid_models.samples import edited, tiny_grid
from tests.planner.phased import phased_grid
from tests.planner.test_verification import (
    AT_BOARD,
    altered,
    application,
    demo_rules,
    paths,
    plan_of,
    verify,
)

ASKED = {"kw": 8.0, "phases": 1}


def phases_of(plan: dict[str, Any]) -> list[str | None]:
    return [option["order_keys"].get("phase") for option in plan["options"]]


@pytest.mark.parametrize(
    ("shares", "phase"), [((50.0, 40.0, 10.0), "c"), ((10.0, 40.0, 50.0), "a")]
)
def test_the_least_loaded_phase_is_chosen(shares: tuple[float, ...], phase: str) -> None:
    plan, _ = plan_of(phased_grid(*shares), application(AT_BOARD, **ASKED))
    assert phases_of(plan) == [phase] * 3
    assert f"接 {phase.upper()} 相" in plan["answer"]["information"][0]["zh"]


def test_a_plan_by_phase_is_confirmed_by_pandapower() -> None:
    plan, model = plan_of(phased_grid(50.0, 40.0, 10.0), application(AT_BOARD, **ASKED))
    assert verify(plan, model) == ()


def test_a_plan_that_names_another_phase_is_not_confirmed() -> None:
    plan, model = plan_of(phased_grid(50.0, 40.0, 10.0), application(AT_BOARD, **ASKED))
    found = paths(verify(altered(plan, "options[0].order_keys.phase", "a"), model))
    assert "options[0].order_keys.phase" in found
    assert "options[0].checks[thermal_transformer].value" in found


def without_phases(plan: dict[str, Any]) -> Any:
    return [(option["checks"], option["order_keys"]) for option in plan["options"]]


def test_where_the_phases_are_not_known_nothing_is_other_than_before() -> None:
    known = phased_grid(50.0, 40.0, 10.0)
    unknown = edited(known, "loads", "load:2", phase_a_pct=nan)
    bare = edited(tiny_grid(), "loads", "load:2", p_kw=60.0, q_kvar=18.0)
    asked = application(AT_BOARD, **ASKED)
    plan, plain = plan_of(unknown, asked)[0], plan_of(bare, asked)[0]
    assert phases_of(plan) == [None] * 3
    assert without_phases(plan) == without_phases(plain)


def test_a_promise_in_the_area_leaves_the_phases_unknown() -> None:
    promise = (Commitment(commitment_id="P", node_id="bus:6", s_kva=10.0),)
    plan, _ = plan_of(phased_grid(50.0, 40.0, 10.0), application(AT_BOARD, **ASKED), promise)
    assert phases_of(plan) == [None] * 3


def test_the_phase_that_breaks_on_the_way_blocks_only_its_own_customers() -> None:
    """At 1.0 pu phases a and b of a long line are too low; c is not, and takes the customer."""
    grid = edited(phased_grid(60.0, 40.0, 0.0, p_kw=100.0, length_m=400.0), "sources", "source:1")
    grid = edited(grid, "sources", "source:1", v_pu=0.95)
    plan, _ = plan_of(grid, application(AT_BOARD, **ASKED))
    assert set(phases_of(plan)) == {"c"}


# Capacity ----------------------------------------------------------------------------------------


def capacity(
    grid: Grid, node: str, promises: tuple[Commitment, ...] = (), **metadata: Any
) -> NodePhases:
    grid = replace(grid, metadata=replace(grid.metadata, **metadata))
    model = GridModel.of(grid)
    rules = demo_rules().on(date(2026, 8, 1))
    question = CapacityQuestion(power_factor=0.95, commitments=promises)
    found = find_node_phases(model, model.node_rows[node], rules, question)
    assert found is not None
    return found


def legal(grid: Grid) -> Grid:
    """Return the grid at a voltage that is not too high."""
    return edited(grid, "sources", "source:1", v_pu=0.93)


def test_the_capacity_of_a_node_is_told_by_phase() -> None:
    found = capacity(legal(phased_grid(50.0, 40.0, 10.0)), "bus:6")
    assert (found.quality, found.best_phase, found.reason) == ("unbalanced", "c", None)
    by_phase = {one.phase: one.capacity_kva for one in found.phases}
    assert by_phase["a"] < by_phase["b"] < by_phase["c"] == found.capacity_kva
    assert {one.binding_phase for one in found.phases} <= {"a", "b", "c"}


def test_what_is_above_the_transformer_binds_all_phases() -> None:
    grid = legal(phased_grid(50.0, 40.0, 10.0))
    grid = edited(grid, "lines", "line:2", ampacity_a=24.5)
    found = capacity(grid, "bus:6")
    assert {one.binding_id for one in found.phases} == {"line:2"}
    assert {one.binding_phase for one in found.phases} == {""}


def test_without_phases_the_bound_is_given_and_named() -> None:
    grid = edited(legal(phased_grid(50.0, 40.0, 10.0)), "loads", "load:2", phase_a_pct=nan)
    found = capacity(grid, "bus:6")
    assert (found.quality, found.phases, found.best_phase) == ("bound", (), "")
    assert found.reason is not None
    assert "load:2" in found.reason.zh
    assert found.capacity_kva > 0.0


def test_a_point_at_10_kv_has_no_phases() -> None:
    found = capacity(legal(phased_grid(50.0, 40.0, 10.0)), "bus:3")
    assert found.reason is not None
    assert "低压侧" in found.reason.zh
