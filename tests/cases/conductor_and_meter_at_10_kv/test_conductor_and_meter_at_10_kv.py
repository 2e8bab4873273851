"""Cable, meter and compensation of six 10 kV customers. Figures: README.md beside this file."""

from __future__ import annotations

from functools import cache

import pytest

from grid_models.grid import Grid
from planner.plan import Option
from tests.cases.customer import (
    NewSupply,
    ask,
    built_at,
    find_check,
    referee,
    short_circuit_ka,
)
from tests.cases.drawing import CABLE_95, CABLE_150, CABLE_400, Conductor, Line, Load, Node, draw

NEAR_M, FAR_M = 400.0, 1_500.0
ROUTE_M = 75.802


@cache
def station(north_m: float = NEAR_M) -> Grid:
    return draw(
        nodes={"bus:3": Node(0, north_m, "switchgear")},
        lines={"line:1": Line("bus:2", "bus:3", CABLE_400)},
        loads=[Load("bus:3", 950.0, 312.2)],
        bays={"bay:1": ("bus:3", True)},
    )


@cache
def option_of(kva: float | None = None, kw: float | None = None, north_m: float = NEAR_M) -> Option:
    plan = ask(station(north_m), 50.0, north_m + 30.0, kva=kva, kw=kw)
    return plan.options[0]


def cable_of(option: Option) -> tuple[str, int]:
    conductor = option.sources[0].conductor
    return conductor.type.rpartition("-")[2], conductor.parallel


def least_area_mm2(option: Option) -> float:
    (found,) = [f for f in option.power_quality if f.code == "conductor_short_circuit"]
    assert found.value is not None
    return found.value


# Cable -------------------------------------------------------------------------------------------


def test_the_route_is_as_long_as_worked_out_by_hand() -> None:
    assert option_of(kva=630).sources[0].route.length_m == pytest.approx(75.80, abs=0.01)


@pytest.mark.parametrize(
    ("kva", "kw", "north_m", "cable"),
    [
        (630, None, NEAR_M, "3x95"),  # short circuit
        (None, 475, NEAR_M, "3x95"),  # short circuit
        (3_000, None, NEAR_M, "3x150"),  # ampacity
        (630, None, FAR_M, "3x70"),  # the least there is
    ],
)
def test_ampacity_drop_and_short_circuit_give_the_cable(
    kva: float | None, kw: float | None, north_m: float, cable: str
) -> None:
    assert cable_of(option_of(kva, kw, north_m)) == (cable, 1)


@pytest.mark.parametrize(("north_m", "area_mm2"), [(NEAR_M, 73.2), (FAR_M, 58.6)])
def test_the_short_circuit_asks_for_the_area_worked_out_by_hand(
    north_m: float, area_mm2: float
) -> None:
    assert least_area_mm2(option_of(630, north_m=north_m)) == pytest.approx(area_mm2, abs=0.1)


@pytest.mark.parametrize(("north_m", "ka"), [(NEAR_M, 14.18), (FAR_M, 11.35)])
def test_pandapower_finds_the_same_short_circuit(north_m: float, ka: float) -> None:
    found_ka = short_circuit_ka(station(north_m), "bus:3")

    assert found_ka == pytest.approx(ka, abs=0.01)
    area_mm2 = 1_000.0 * found_ka * 0.5**0.5 / 137.0
    assert least_area_mm2(option_of(630, north_m=north_m)) == pytest.approx(area_mm2, abs=0.01)


@pytest.mark.parametrize(("kva", "volts"), [(630, 10_474.5), (3_000, 10_435.6)])
def test_the_customer_has_the_volts_worked_out_by_hand(kva: float, volts: float) -> None:
    assert 10_000.0 * option_of(kva).power_flow.v_customer_pu == pytest.approx(volts, abs=10.0)


def test_the_cable_of_3_mva_carries_what_was_worked_out_by_hand() -> None:
    check = find_check(option_of(3_000), "heavy_load")

    assert check.element_id == "new:line:1"
    assert check.value == pytest.approx(62.6, abs=0.5)


@pytest.mark.parametrize(("kva", "cable"), [(630.0, CABLE_95), (3_000.0, CABLE_150)])
def test_pandapower_finds_the_same_volts_and_the_same_loading(kva: float, cable: Conductor) -> None:
    option = option_of(kva)
    found = referee(built_at(station(), "bus:3", NewSupply(kva, 0.95, cable, ROUTE_M)))

    v_pu = found.nodes["v_pu"]["new:node:1"]
    assert option.power_flow.v_customer_pu == pytest.approx(v_pu, abs=1e-6)
    if kva == 3_000.0:
        loading_pct = found.lines["loading_pct"]["new:line:1"]
        assert find_check(option, "heavy_load").value == pytest.approx(loading_pct, abs=1e-3)


# Size and meter ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("kw", "kva"), [(475, 630), (476, 630), (479, 800)])
def test_the_transformer_is_the_least_that_carries_the_load_at_80_pct(
    kw: float, kva: float
) -> None:
    assert option_of(kw=kw).customer_side.transformers_kva == (kva,)


@pytest.mark.parametrize(
    ("kva", "kw", "mode", "full_a", "normal_a", "ct", "load_pct", "vt"),
    [
        (630, None, "high_high", 36.4, 36.4, "50/5", 72.7, "10/0.1"),
        (None, 475, "high_high", 36.4, 28.9, "50/5", 57.7, "10/0.1"),
        (3_000, None, "high_high", 173.2, 173.2, "200/5", 86.6, "10/0.1"),
        (315, None, "high_low", 454.7, 454.7, "500/5", 90.9, None),
        (400, None, "high_high", 23.1, 23.1, "25/5", 92.4, "10/0.1"),
    ],
)
def test_meter_and_its_transformers_are_those_worked_out_by_hand(
    kva: float | None,
    kw: float | None,
    mode: str,
    full_a: float,
    normal_a: float,
    ct: str,
    load_pct: float,
    vt: str | None,
) -> None:
    (point,) = option_of(kva, kw).customer_side.metering_points

    assert (point.mode, point.ct_ratio, point.vt_ratio) == (mode, ct, vt)
    assert point.full_current_a == pytest.approx(full_a, abs=0.1)
    assert point.normal_current_a == pytest.approx(normal_a, abs=0.1)
    assert point.ct_load_pct == pytest.approx(load_pct, abs=0.1)


@pytest.mark.parametrize(
    ("kva", "kw", "load_kvar", "transformer_kvar", "total_kvar"),
    [
        (630, None, 93.1, 42.2, 135.4),
        (None, 475, 73.9, 28.2, 126.0),
        (315, None, 46.6, 15.4, 63.0),
        (400, None, 59.1, 19.6, 80.0),
    ],
)
def test_load_and_transformers_give_the_compensation(
    kva: float | None,
    kw: float | None,
    load_kvar: float,
    transformer_kvar: float,
    total_kvar: float,
) -> None:
    found = option_of(kva, kw).customer_side.compensation

    assert found is not None
    assert found.load_kvar == pytest.approx(load_kvar, abs=0.1)
    assert found.transformer_kvar == pytest.approx(transformer_kvar, abs=0.1)
    assert found.total_kvar == pytest.approx(total_kvar, abs=0.1)
