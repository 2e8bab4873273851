"""What the customer has to provide, how the supply is metered and charged: rows, by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from planner.customer_side import describe_customer_side
from planner.design_load import Level, find_demand
from planner.plan import CustomerSide
from tests.planner.example import DAY, asked, catalogue, example_rules


def side(level: Level = "mv", day: date = DAY, **facts: Any) -> CustomerSide:
    application, rules = asked(on_date=day, **facts), example_rules(day)
    demand = find_demand(application, level, rules)
    return describe_customer_side(application, demand, rules, level, catalogue(), supply_kv=10.0)


def test_the_transformers_are_those_of_the_demand() -> None:
    assert side(kw=304.0).transformers_kva == (400.0,)
    assert side("lv", kw=100.0).transformers_kva == ()


@pytest.mark.parametrize(
    ("level", "kva", "mode", "wiring"),
    [
        ("lv", 100.0, "low_low", "three_phase_four_wire"),
        ("mv", 315.0, "high_low", "three_phase_four_wire"),
        ("mv", 316.0, "high_high", "three_phase_three_wire"),
    ],
)
def test_mode_and_wiring_of_the_meter_follow_level_and_capacity(
    level: Level, kva: float, mode: str, wiring: str
) -> None:
    metering = side(level, kva=kva).metering
    assert (metering["mode"], metering["wiring"]) == (mode, wiring)


@pytest.mark.parametrize(
    ("level", "kva", "equipment", "meter", "voltage"),
    [
        ("lv", 100.0, "IV", "1.0", None),
        ("mv", 100.0, "III", "0.5S", None),  # metered on the low side
        ("mv", 400.0, "III", "0.5S", "0.5"),
    ],
)
def test_the_class_of_the_meter_follows_the_level(
    level: Level, kva: float, equipment: str, meter: str, voltage: str | None
) -> None:
    metering = side(level, kva=kva).metering
    assert (metering["equipment"], metering["meter"]) == (equipment, meter)
    assert metering["current_transformer"] == "0.5S"
    assert metering.get("voltage_transformer") == voltage


def test_a_small_low_voltage_current_goes_through_the_meter_itself() -> None:
    """60 A at 380 V are 39.5 kVA."""
    assert "current_transformer" not in side("lv", kva=39.0).metering
    assert "current_transformer" in side("lv", kva=40.0).metering


def test_one_phase_has_a_meter_of_two_wires() -> None:
    assert side("lv", kw=8.0, phases=1).metering["wiring"] == "single_phase_two_wire"


@pytest.mark.parametrize(("kva", "is_direct"), [(13.1, True), (13.3, False)])
def test_on_one_phase_60_a_are_13_2_kva(kva: float, is_direct: bool) -> None:
    metering = side("lv", kva=kva, phases=1).metering
    assert ("current_transformer" not in metering) is is_direct


@pytest.mark.parametrize(
    ("importance", "kva"),
    # 1.2 x 800 kVA: nobody states which part is important, so all of it is
    [("ordinary", 0.0), ("temporary", 0.0), ("second", 960.0), ("first", 960.0)],
)
def test_the_emergency_source_of_an_important_customer_is_for_all_that_may_be_important(
    importance: str, kva: float
) -> None:
    assert side(kva=800.0, importance=importance).emergency_source_kva == pytest.approx(kva)


@pytest.mark.parametrize(
    ("level", "kva", "category", "least"),
    [
        ("mv", 100.0, "industrial", 0.95),
        ("mv", 99.0, "industrial", 0.90),
        ("lv", 200.0, "industrial", 0.90),
        ("mv", 800.0, "agricultural", 0.85),
        ("lv", 50.0, "agricultural", 0.85),
    ],
)
def test_the_least_power_factor_follows_level_capacity_and_category(
    level: Level, kva: float, category: str, least: float
) -> None:
    assert side(level, kva=kva, category=category).power_factor_min == least


def test_a_security_load_of_300_kw_asks_for_an_own_source_of_379_kva() -> None:
    # 1.2 x 300 / 0.95
    found = side(kva=800.0, importance="second", important_kw=300.0)
    assert found.emergency_source_kva == pytest.approx(378.95, abs=0.01)


def test_a_customer_at_low_voltage_compensates_nothing() -> None:
    assert side("lv", kva=100.0).compensation is None
    assert side("lv", kva=100.0).compensation_kvar == 0.0


def test_the_compensation_is_the_one_worked_out() -> None:
    found = side(kva=800.0)
    assert found.compensation is not None
    assert found.compensation_kvar == found.compensation.total_kvar > 0.0


def test_an_industry_that_must_be_important_has_two_transformers_and_its_own_source() -> None:
    # 8411 is at least second: each carries 500 / 0.95 = 526.3 kVA, 120 % of them are 631.6
    hospital = side(kw=1_000.0, important_kw=500.0, industry="8411")
    assert hospital.transformers_kva == (800.0, 630.0)
    assert hospital.emergency_source_kva == pytest.approx(631.58, abs=0.01)
