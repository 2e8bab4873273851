"""Meters and their transformers: currents by hand, ratios of the standard series."""

from __future__ import annotations

from typing import Any

import pytest

from planner.design_load import Level, find_demand
from planner.metering import choose_primary_a, find_metering
from planner.plan import MeteringPoint
from tests.planner.example import asked, example_rules


def points(level: Level = "mv", kv: float = 10.0, **facts: Any) -> tuple[MeteringPoint, ...]:
    application, rules = asked(**facts), example_rules()
    demand = find_demand(application, level, rules)
    return find_metering(application, demand, rules, level, supply_kv=kv, tariff="residential")


@pytest.mark.parametrize(
    ("kva", "kv", "current_a", "ct", "vt"),
    [
        (630.0, 10.0, 36.37, "50/5", "10/0.1"),
        (800.0, 10.0, 46.19, "50/5", "10/0.1"),
        (1_250.0, 10.0, 72.17, "75/5", "10/0.1"),
        (630.0, 20.0, 18.19, "20/5", "20/0.1"),
    ],
)
def test_a_high_side_meter_has_the_least_ratio_that_carries_the_capacity(
    kva: float, kv: float, current_a: float, ct: str, vt: str
) -> None:
    (point,) = points(kva=kva, kv=kv)
    assert point.full_current_a == pytest.approx(current_a, abs=0.01)
    assert (point.ct_ratio, point.vt_ratio) == (ct, vt)
    assert (point.ct_class, point.vt_class, point.meter_class) == ("0.5S", "0.5", "0.5S")


def test_the_normal_load_is_held_against_the_primary_current() -> None:
    # 400 kW are 421.1 kVA of 630: 24.3 A of 50 A
    (point,) = points(kw=400.0)
    assert point.ct_load_pct == pytest.approx(48.62, abs=0.01)


def test_a_meter_on_the_low_side_has_no_voltage_transformer() -> None:
    # 315 kVA at 0.4 kV: 454.7 A
    (point,) = points(kva=315.0)
    assert (point.mode, point.ct_ratio, point.vt_ratio) == ("high_low", "500/5", None)
    assert "transformer loss is added" in point.en


def test_above_60_a_a_low_voltage_meter_goes_through_current_transformers() -> None:
    (direct,), (through,) = points("lv", kva=39.0), points("lv", kva=100.0)
    assert (direct.is_direct, direct.ct_ratio, direct.ct_class) == (True, None, None)
    # 100 kVA at 380 V: 151.9 A
    assert (through.is_direct, through.ct_ratio) == (False, "200/5")


def test_one_phase_has_class_v_and_counts_with_220_v() -> None:
    (point,) = points("lv", kw=9.9, phases=1)
    # 9.9 / 0.9 = 11 kVA at 220 V
    assert point.normal_current_a == pytest.approx(50.0)
    assert (point.equipment_class, point.meter_class) == ("V", "2.0")
    assert point.wiring == "single_phase_two_wire"


def test_each_source_has_its_own_meter_for_the_whole_load() -> None:
    both = points(kva=630.0, sources=2)
    assert [point.number for point in both] == [1, 2]
    assert {point.ct_ratio for point in both} == {"50/5"}


def test_two_small_transformers_of_one_source_have_one_meter_for_both() -> None:
    # 2 x 160 kVA, asked 300 kVA at 10 kV: 17.3 A
    (point,) = points(kva=300.0, importance="second", important_kw=100.0)
    assert (point.mode, point.ct_ratio) == ("high_high", "20/5")
    assert point.full_current_a == pytest.approx(17.32, abs=0.01)


@pytest.mark.parametrize(
    ("full_a", "primary_a"), [(36.4, 50.0), (50.0, 50.0), (50.1, 75.0), (76.0, None)]
)
def test_the_primary_current_is_the_least_not_below_the_full_one(
    full_a: float, primary_a: float | None
) -> None:
    assert choose_primary_a(full_a, [75, 5, 50, 20]) == primary_a


def test_beyond_the_series_no_ratio_is_named() -> None:
    # 60 MVA at 10 kV: 3,464 A
    (point,) = points(kva=60_000.0)
    assert (point.ct_ratio, point.ct_load_pct, point.is_direct) == (None, None, False)


def test_an_increase_is_metered_by_the_whole_load_not_by_what_is_added() -> None:
    # 1,250 kVA at 10 kV: 72.17 A, whatever flows today
    (point,) = points(kva=1_250.0, business="increase", existing_node="node:1", existing_kva=800.0)
    assert point.normal_current_a == pytest.approx(72.17, abs=0.01)
