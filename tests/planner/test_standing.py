"""Whether an option still passes once others were promised something: line:1 has room for one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grid_models.catalogue import load_catalogue
from grid_models.model import GridModel
from planner.application import Commitment
from planner.plan import plan_to_json
from planner.standing import find_obstacles
from planner.terms import Terms
from tests.planner.example import commitment, rule_book
from tests.planner.remedies.rings import asked_for, ring, ring_plan

LOADS_KW = {"bus:3": 500.0, "bus:4": 500.0, "bus:5": 300.0}
FULL_KW = {**LOADS_KW, "bus:3": 1_400.0}


def obstacles(
    option: dict[str, Any], grid: Any, *commitments: Commitment, **facts: Any
) -> list[str]:
    found = find_obstacles(
        option, asked_for(**facts), GridModel.of(grid), rule_book(), Terms.of(load_catalogue()),
        commitments=commitments,
    )  # fmt: skip
    return [reason.code for reason in found]


@pytest.fixture(scope="module")
def simple() -> tuple[Any, dict[str, Any]]:
    grid = ring(LOADS_KW, switches=False)
    return grid, plan_to_json(ring_plan(grid))["options"][0]


def test_an_option_stands_where_nothing_was_promised(simple: Any) -> None:
    grid, option = simple
    assert obstacles(option, grid) == []


def test_it_stands_beside_a_small_promise(simple: Any) -> None:
    grid, option = simple
    assert obstacles(option, grid, commitment("bus:4", 200.0)) == []


def test_it_falls_where_its_line_was_promised_to_another(simple: Any) -> None:
    grid, option = simple
    assert obstacles(option, grid, commitment("bus:4", 800.0)) == ["heavy_load"]


def test_it_stands_where_another_line_was_promised(simple: Any) -> None:
    grid, option = simple
    assert obstacles(option, grid, commitment("bus:7", 800.0)) == []


def test_it_falls_where_its_bay_was_promised(simple: Any) -> None:
    grid, option = simple
    assert obstacles(option, grid, commitment("bus:3", 0.0, bay_id="bay:1")) == ["no_spare_bay"]


# Looked for in a new plan ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def remedied() -> tuple[Any, dict[str, Any]]:
    grid = ring(FULL_KW)
    return grid, plan_to_json(ring_plan(grid))["options"][0]


def test_an_option_after_measures_stands_where_nothing_was_promised(remedied: Any) -> None:
    grid, option = remedied
    assert option["measures"]
    assert obstacles(option, grid) == []


def test_an_option_that_was_stored_stands_as_well(remedied: Any) -> None:
    grid, option = remedied
    assert obstacles(json.loads(json.dumps(option)), grid) == []


def test_an_option_after_measures_falls_where_they_no_longer_do(remedied: Any) -> None:
    grid, option = remedied
    found = obstacles(option, grid, commitment("bus:6", 8_000.0), commitment("bus:5", 8_000.0))
    assert found == ["no_longer_offered"]


def test_a_first_stage_falls_where_less_of_it_passes() -> None:
    grid = ring(FULL_KW, switches=False)
    plan = plan_to_json(ring_plan(grid, stages=8))
    (option,) = [o for o in plan["options"] if o["kind"] == "staged_supply"]

    assert obstacles(option, grid, stages=8) == []
    assert obstacles(option, grid, commitment("bus:4", 100.0), stages=8) == ["no_longer_offered"]
