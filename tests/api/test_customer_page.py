"""The customer's part of the page: own side, power quality and advice, as people read them."""

from __future__ import annotations

from typing import Any

from api.customer_page import advice_lines, customer_side_lines, quality_lines
from planner.plan import SupplyPlan
from tests.planner.example import asked, plan_for
from tests.planner.station import SITE, station_model


def plan(**facts: Any) -> SupplyPlan:
    return plan_for(station_model(), asked(*SITE, **({"kva": 800.0} | facts)))


def side_of(**facts: Any) -> str:
    return "\n".join(text for text, _ in customer_side_lines(plan(**facts).options[0]))


def test_the_meter_is_named_with_its_ratios() -> None:
    page = side_of()
    assert "计量点 1  高供高计，三相三线" in page
    assert "电压互感器 10/0.1 kV" in page
    assert "电流互感器 50/5 A" in page


def test_a_small_low_voltage_meter_is_connected_directly() -> None:
    small = plan_for(station_model(), asked(860.0, 430.0, kw=20.0)).options[0]
    page = "\n".join(text for text, _ in customer_side_lines(small))
    assert "直接接入" in page
    assert "无功补偿" not in page


def test_two_transformers_and_the_own_source_of_an_important_customer_are_named() -> None:
    page = side_of(importance="second", important_kw=300.0)
    assert "变压器 400 + 400 kVA" in page
    assert "自备应急电源不小于 379 kVA" in page


def test_an_important_customer_without_important_load_needs_a_source_for_all_of_it() -> None:
    assert "自备应急电源不小于 960 kVA" in side_of(importance="second")


def test_a_tariff_names_the_class_of_its_power_factor() -> None:
    assert "电价  工商业，两部制，功率因数考核标准 0.90" in side_of(category="industrial")
    assert "基本电费免收至 2030-12-31" in side_of(category="ev_charging")


def test_what_needs_a_study_stands_out() -> None:
    option = plan(load_kinds=("arc_furnace",)).options[0]
    styles = {text.partition("（")[0]: style for text, style in quality_lines(option)}
    assert styles["电弧炉"] == "yellow"


def test_advice_that_nobody_has_verified_says_so() -> None:
    lines = [text for text, _ in advice_lines(plan())]
    exempt = next(text for text in lines if "不得要求提供" in text)
    resale = next(text for text in lines if "转供电" in text)
    assert not exempt.endswith("（未核实）")
    assert resale.endswith("（未核实）")
