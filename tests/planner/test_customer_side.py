"""What the customer has to provide, how the supply is metered and charged: rows, by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from planner.customer_side import describe_customer_side
from planner.design_load import Level, find_demand
from planner.plan import CustomerSide
from tests.planner.example import DAY, asked, example_rules


def side(level: Level = "mv", day: date = DAY, **facts: Any) -> CustomerSide:
    application, rules = asked(on_date=day, **facts), example_rules(day)
    demand = find_demand(application, level, rules)
    return describe_customer_side(application, demand, rules, level)


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
    ("level", "equipment", "meter"), [("lv", "IV", "1.0"), ("mv", "III", "0.5S")]
)
def test_the_class_of_the_meter_follows_the_level(level: Level, equipment: str, meter: str) -> None:
    metering = side(level, kva=100.0).metering
    assert (metering["equipment"], metering["meter"]) == (equipment, meter)
    assert metering["current_transformer"] == "0.5S"
    assert metering.get("voltage_transformer") == (None if level == "lv" else "0.5")


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
    [("ordinary", 0.0), ("temporary", 0.0), ("second", None), ("first", None), ("special", None)],
)
def test_the_emergency_source_of_an_important_customer_is_to_be_stated(
    importance: str, kva: float | None
) -> None:
    assert side(kva=800.0, importance=importance).emergency_source_kva == kva


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


def test_compensation_is_30_percent_of_the_capacity_at_10_kv_and_none_at_low_voltage() -> None:
    assert side(kva=800.0).compensation_kvar == pytest.approx(240.0)
    assert side("lv", kva=100.0).compensation_kvar == 0.0


@pytest.mark.parametrize(
    ("kva", "parts"),
    [
        (99.0, "single_part"),
        (100.0, "choice"),
        (314.0, "choice"),
        (315.0, "two_part"),
        (1_000.0, "two_part"),
    ],
)
def test_trade_and_industry_pay_two_parts_from_315_kva_and_choose_from_100(
    kva: float, parts: str
) -> None:
    assert side(kva=kva).tariff == {"class": "industrial_commercial", "parts": parts}


@pytest.mark.parametrize(
    ("day", "parts"), [(date(2023, 5, 31), "single_part"), (date(2023, 6, 1), "choice")]
)
def test_before_june_2023_nobody_chooses(day: date, parts: str) -> None:
    assert side(kva=200.0, day=day).tariff["parts"] == parts


@pytest.mark.parametrize(
    ("category", "name"), [("resident", "residential"), ("agricultural", "agricultural")]
)
def test_homes_and_farms_pay_one_part_whatever_their_capacity(category: str, name: str) -> None:
    assert side(kva=800.0, category=category).tariff == {"class": name, "parts": "single_part"}


@pytest.mark.parametrize("category", ["industrial", "ev_charging", "construction"])
def test_industry_charging_and_building_sites_pay_as_trade_does(category: str) -> None:
    assert side(kva=800.0, category=category).tariff == side(kva=800.0).tariff
