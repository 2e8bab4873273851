"""What an option takes once it is promised, by hand."""

from __future__ import annotations

from math import hypot
from typing import Any

import pytest

from grid_models.model import GridModel
from planner.plan import plan_to_json
from planner.promise import moves_load, promise_of
from tests.cases.drawing import OVERHEAD_150
from tests.planner.example import example_rules
from tests.planner.remedies.rings import asked_for, ring, ring_plan

LOADS_KW = {"bus:3": 500.0, "bus:4": 500.0, "bus:5": 300.0}


def promised(grid: Any, **facts: Any) -> tuple[Any, dict[str, Any]]:
    """Return what the first option takes, and the option."""
    plan = plan_to_json(ring_plan(grid, **facts))
    option = plan["options"][0]
    model = GridModel.of(grid)
    found = promise_of(option, asked_for(**facts), model, example_rules(), hold_id="hold-1")
    return found, option


def test_a_bay_is_taken_with_the_load() -> None:
    (taken,), _ = promised(ring(LOADS_KW, switches=False))
    assert (taken.commitment_id, taken.node_id, taken.bay_id) == ("hold-1/0", "bus:3", "bay:1")


def test_the_losses_of_the_new_line_are_held_too() -> None:
    (taken,), option = promised(ring(LOADS_KW, switches=False))
    # 3 I^2 R and 3 I^2 X, I = 800 kVA at the customer's voltage; a cable charges a little
    conductor, km = (
        option["sources"][0]["conductor"],
        option["sources"][0]["route"]["length_m"] / 1e3,
    )
    kv = 10.0 * option["power_flow"]["v_customer_pu"]
    lost_kw = (800.0 / kv) ** 2 * conductor["r_ohm_per_km"] * km / 1000.0
    p_kw = taken.s_kva * taken.power_factor
    assert p_kw == pytest.approx(760.0 + lost_kw, abs=1e-3)


def test_a_point_inside_a_line_counts_at_its_far_end() -> None:
    grid = ring(LOADS_KW, lines={"line:2": OVERHEAD_150}, switches=False, bay_at="bus:5")
    (taken,), option = promised(grid)
    assert option["sources"][0]["access_point"]["element_id"] == "line:2"
    # line:2 leads from bus:3 to bus:4
    assert (taken.node_id, taken.bay_id) == ("bus:4", "")


def test_a_transformer_that_is_still_to_be_built_counts_at_its_high_side() -> None:
    grid = ring(LOADS_KW, switches=False)
    plan = plan_to_json(ring_plan(grid))
    option = plan["options"][0]
    point = {**option["sources"][0]["access_point"], "kind": "transformer_lv", "element_id": "new"}
    option["sources"][0]["access_point"] = point
    option["measures"] = [
        {"kind": "transformer_addition", "transformer_id": "new", "hv_node": "bus:4"}
    ]
    (taken,) = promise_of(
        option, asked_for(), GridModel.of(grid), example_rules(), hold_id="hold-1"
    )
    assert taken.node_id == "bus:4"


def test_an_option_that_moves_load_is_known_by_its_measures() -> None:
    assert moves_load({"measures": [{"kind": "open_point_move"}]})
    assert not moves_load({"measures": [{"kind": "conductor_replacement"}]})


def test_a_first_stage_holds_its_own_load() -> None:
    grid = ring({**LOADS_KW, "bus:3": 1_400.0}, switches=False)
    plan = plan_to_json(ring_plan(grid, stages=8))
    (option,) = [o for o in plan["options"] if o["kind"] == "staged_supply"]
    (taken,) = promise_of(
        option, asked_for(stages=8), GridModel.of(grid), example_rules(), hold_id="hold-1"
    )
    share = option["partial"]["load_kw"] / 760.0
    assert taken.s_kva == pytest.approx(share * hypot(760.0, 249.8), rel=1e-3)
