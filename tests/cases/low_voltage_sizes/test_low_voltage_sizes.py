"""Service cable and meter of six low-voltage customers. Figures: README.md beside this file."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from grid_models.grid import Grid
from planner.plan import Option
from tests.cases.customer import NewSupply, ask, built_at, options_of, referee
from tests.cases.drawing import (
    CABLE_240,
    LV_CABLE_25,
    LV_CABLE_35,
    LV_CABLE_300,
    Board,
    Conductor,
    Line,
    Load,
    Node,
    draw,
)

NEAR_M, FAR_M = 85.0, 200.0


@cache
def board() -> Grid:
    return draw(
        nodes={
            "bus:3": Node(0, 300, "switchgear"),
            "bus:4": Node(10, 300, "cabinet", vn_kv=0.4),
        },
        lines={"line:1": Line("bus:2", "bus:3", CABLE_240)},
        boards={"trafo:2": Board("bus:3", "bus:4", sn_kva=630.0, vk_pct=4.5, vkr_pct=0.984)},
        loads=[Load("bus:3", 950.0, 312.2), Load("bus:4", 90.0, 43.6)],
    )


@cache
def option_of(kw: float, east_m: float = NEAR_M, phases: int = 3) -> Option:
    plan = ask(board(), east_m, 300.0, kw=kw, phases=phases)
    assert options_of(plan) == [("lv_public", "trafo:2")]
    return plan.options[0]


@pytest.mark.parametrize(("east_m", "route_m"), [(NEAR_M, 97.5), (FAR_M, 247.0)])
def test_the_route_is_as_long_as_worked_out_by_hand(east_m: float, route_m: float) -> None:
    assert option_of(34, east_m).sources[0].route.length_m == pytest.approx(route_m, abs=0.01)


@pytest.mark.parametrize(
    ("asked", "cable"),
    [
        ({"kw": 150}, "4x300"),  # ampacity
        ({"kw": 30}, "4x25"),
        ({"kw": 35}, "4x35"),  # ampacity
        ({"kw": 34}, "4x25"),
        ({"kw": 34, "east_m": FAR_M}, "4x35"),  # drop
        ({"kw": 8, "phases": 1}, "4x25"),
    ],
)
def test_ampacity_and_drop_give_the_cable(asked: dict[str, Any], cable: str) -> None:
    conductor = option_of(**asked).sources[0].conductor

    assert conductor.type.rpartition("-")[2] == cable
    assert conductor.parallel == 1


@pytest.mark.parametrize(("cable", "drop_pct"), [(LV_CABLE_25, 4.48), (LV_CABLE_35, 3.28)])
def test_pandapower_finds_the_drop_that_decides_on_the_same_side_of_the_limit(
    cable: Conductor, drop_pct: float
) -> None:
    supply = NewSupply(34.0 / 0.9, 0.9, cable, 247.0)
    v_pu = referee(built_at(board(), "bus:4", supply)).nodes["v_pu"]
    found_pct = 100.0 * (v_pu["bus:4"] - v_pu["new:node:1"]) * 400.0 / 380.0

    assert found_pct == pytest.approx(drop_pct, abs=0.2)
    assert (found_pct > 4.0) == (drop_pct > 4.0)


@pytest.mark.parametrize(
    ("asked", "amperes", "ct"),
    [
        ({"kw": 150}, 253.2, "300/5"),
        ({"kw": 30}, 50.6, None),
        ({"kw": 35}, 59.1, None),
        ({"kw": 36}, 60.8, "75/5"),
        ({"kw": 8, "phases": 1}, 40.4, None),
    ],
)
def test_the_current_decides_whether_the_meter_is_connected_directly(
    asked: dict[str, Any], amperes: float, ct: str | None
) -> None:
    (point,) = option_of(**asked).customer_side.metering_points

    assert point.normal_current_a == pytest.approx(amperes, abs=0.1)
    assert (point.is_direct, point.ct_ratio, point.vt_ratio) == (ct is None, ct, None)


def test_one_phase_is_metered_over_two_wires() -> None:
    (point,) = option_of(8, phases=1).customer_side.metering_points

    assert (point.mode, point.wiring) == ("low_low", "single_phase_two_wire")


def test_the_150_kw_customer_has_the_volts_worked_out_by_hand() -> None:
    assert 400.0 * option_of(150).power_flow.v_customer_pu == pytest.approx(391.1, abs=1.0)


def test_pandapower_finds_the_same_voltage() -> None:
    supply = NewSupply(150.0 / 0.9, 0.9, LV_CABLE_300, 97.5)
    v_pu = referee(built_at(board(), "bus:4", supply)).nodes["v_pu"]

    assert option_of(150).power_flow.v_customer_pu == pytest.approx(v_pu["new:node:1"], abs=1e-5)
