"""Tariff: class, parts and power-factor class by use, capacity and date."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from planner.design_load import Level, find_demand
from planner.tariff import find_tariff
from tests.planner.example import DAY, asked, example_rules

BEFORE, AFTER = date(2023, 5, 31), date(2023, 6, 1)


def tariff(level: Level = "mv", day: date = DAY, **facts: Any) -> dict[str, str]:
    application, rules = asked(on_date=day, **facts), example_rules(day)
    return find_tariff(application, find_demand(application, level, rules), rules, level)


@pytest.mark.parametrize(
    ("kva", "parts"),
    [
        (100.0, "single_part"),
        (101.0, "choice"),
        (314.0, "choice"),
        (315.0, "two_part"),
        (1_000.0, "two_part"),
    ],
)
def test_trade_and_industry_pay_two_parts_from_315_kva_and_choose_above_100(
    kva: float, parts: str
) -> None:
    found = tariff(kva=kva)
    assert (found["class"], found["parts"]) == ("industrial_commercial", parts)


@pytest.mark.parametrize(("day", "parts"), [(BEFORE, "single_part"), (AFTER, "choice")])
def test_before_june_2023_nobody_chooses(day: date, parts: str) -> None:
    assert tariff(kva=200.0, day=day)["parts"] == parts


@pytest.mark.parametrize(
    ("category", "kva", "name", "parts"),
    [
        ("industrial", 315.0, "large_industrial", "two_part"),
        ("industrial", 314.0, "general_industrial_commercial", "single_part"),
        ("commercial", 800.0, "general_industrial_commercial", "single_part"),
        ("resident", 800.0, "residential", "single_part"),
    ],
)
def test_before_june_2023_only_large_industry_paid_two_parts(
    category: str, kva: float, name: str, parts: str
) -> None:
    found = tariff(kva=kva, category=category, day=BEFORE)
    assert (found["class"], found["parts"]) == (name, parts)


@pytest.mark.parametrize(
    ("category", "name"), [("resident", "residential"), ("agricultural", "agricultural")]
)
def test_homes_and_farms_pay_one_part_whatever_their_capacity(category: str, name: str) -> None:
    found = tariff(kva=800.0, category=category)
    assert (found["class"], found["parts"]) == (name, "single_part")
    assert "basic_fee" not in found


def test_chargers_pay_no_basic_fee_until_the_end_of_2030() -> None:
    exempt = tariff(kva=800.0, category="ev_charging", day=date(2030, 12, 31))
    after = tariff(kva=800.0, category="ev_charging", day=date(2031, 1, 1))
    assert (exempt["basic_fee"], exempt["basic_fee_exempt_until"]) == ("exempt", "2030-12-31")
    assert after["basic_fee"] == "capacity_or_demand"


@pytest.mark.parametrize(
    ("level", "category", "kva", "factor"),
    [
        ("mv", "industrial", 161.0, "0.90"),
        ("mv", "industrial", 160.0, "0.85"),
        ("lv", "industrial", 180.0, "0.85"),
        ("mv", "commercial", 800.0, "0.85"),
        ("mv", "commercial", 99.0, "none"),
        ("mv", "agricultural", 100.0, "0.80"),
        ("mv", "resident", 800.0, "none"),
    ],
)
def test_the_power_factor_class_follows_use_and_capacity(
    level: Level, category: str, kva: float, factor: str
) -> None:
    assert tariff(level, kva=kva, category=category)["power_factor_class"] == factor
