"""The page for the customer: what is said, what it rests on, and money only with a basis."""

from __future__ import annotations

from typing import Any

import pytest

from planner.advice import make_advice
from planner.design_load import Level, find_demand
from planner.plan import Advice
from tests.planner.example import asked, example_rules


def advice(level: Level = "mv", rows: Any = None, **facts: Any) -> dict[str, Advice]:
    application, rules = asked(**facts), example_rules(**(rows or {}))
    demand = find_demand(application, level, rules)
    return {line.code: line for line in make_advice(application, demand, level, rules)}


def test_a_stated_demand_shows_that_a_smaller_transformer_does() -> None:
    # 380 kW / 0.95 = 400 kVA, / 0.8 = 500 kVA: of 800 kVA 300 are not needed
    found = advice(kva=800.0, max_demand_kw=380.0)
    assert found["smaller"].en.startswith("500 kVA would carry it too, 300 kVA less")
    assert "loaded to 50%" in found["load_rate"].en


def test_without_a_price_with_a_basis_no_money_is_named() -> None:
    found = advice(kva=800.0, max_demand_kw=380.0)
    assert "no sum is named" in found["basic_fee_unpriced"].en
    assert "basic_fee_saved" not in found


def test_with_a_price_and_a_basis_the_saving_is_money() -> None:
    rows = {"basic_fee_price": {"price": 30.0, "basis": "a document"}}
    found = advice(rows=rows, kva=800.0, max_demand_kw=380.0)
    assert "9,000 CNY" in found["basic_fee_saved"].en  # 300 x 30


@pytest.mark.parametrize("price", [{"price": 30.0}, {"basis": "a document"}])
def test_a_price_without_its_basis_is_none(price: dict[str, Any]) -> None:
    rows = {"basic_fee_price": price}
    assert "basic_fee_saved" not in advice(rows=rows, kva=800.0, max_demand_kw=380.0)


def test_a_capacity_asked_for_without_a_demand_cannot_be_judged() -> None:
    found = advice(kva=800.0)
    assert "state it" in found["demand_not_stated"].en
    assert "smaller" not in found


def test_the_transformer_of_a_load_in_kw_has_the_next_smaller_one_named() -> None:
    # 304 kW: 320 kVA in 400; the next, 315, does not carry them. 290 kW: 305.3 kVA
    assert "none_smaller" in advice(kw=304.0)
    assert advice(kw=290.0)["smaller"].en.startswith("315 kVA would carry it too, 85 kVA less")


def test_an_important_load_that_nothing_secures_is_not_passed_over() -> None:
    found = advice(kva=800.0, important_kw=300.0)
    assert "an important load of 300 kW is stated" in found["important_unsecured"].en


@pytest.mark.parametrize(
    "facts", [{}, {"important_kw": 300.0, "sources": 2},
              {"important_kw": 300.0, "importance": "second"},
              {"important_kw": 300.0, "industry": "8411"}],
)  # fmt: skip
def test_an_important_load_that_is_provided_for_needs_no_word(facts: dict[str, Any]) -> None:
    assert "important_unsecured" not in advice(kva=800.0, **facts)


def test_the_smaller_one_still_carries_the_important_load() -> None:
    # 600 kW / 0.95 = 631.6 kVA
    found = advice(kva=1_250.0, max_demand_kw=620.0, importance="first", important_kw=600.0)
    assert found["smaller"].en.startswith("1,000 kVA")
    assert "none_smaller" in advice(kva=800.0, max_demand_kw=620.0)


def test_at_low_voltage_nobody_needs_a_transformer() -> None:
    assert "no own transformer" in advice("lv", kw=60.0)["no_own_transformer"].en


@pytest.mark.parametrize(
    ("facts", "is_said"),
    [
        ({"category": "construction"}, True),
        ({"business": "temporary"}, True),
        ({"category": "commercial"}, False),
    ],
)
def test_building_sites_may_rent_a_transformer(facts: dict[str, Any], is_said: bool) -> None:
    assert ("temporary_rental" in advice(kw=300.0, **facts)) is is_said


def test_low_voltage_brings_two_documents_and_four_kinds_are_not_asked_for() -> None:
    found = advice("lv", kw=60.0)
    assert found["documents"].en == "bring 2 documents: identity, title to the address"
    assert found["documents_exempt"].en.startswith("4 kinds")
    assert found["documents"].verified
    assert found["documents"].rule_ids == ("documents_lv",)


@pytest.mark.parametrize(("level", "months"), [("lv", "3 months"), ("mv", "12 months")])
def test_the_validity_follows_the_level_and_is_not_verified(level: Level, months: str) -> None:
    line = advice(level, kva=100.0)["validity"]
    assert months in line.en
    assert not line.verified


def test_several_sources_must_not_run_in_parallel() -> None:
    assert "no_parallel" in advice(kva=800.0, sources=2)
    assert "no_parallel" not in advice(kva=800.0)


def test_of_an_increase_the_smaller_one_carries_the_whole_load() -> None:
    # 304 kW: 320 kVA in 400, of which 50 are there already; 315 do not carry them
    increase = {"business": "increase", "existing_node": "node:1", "existing_kva": 50.0}
    assert "none_smaller" in advice(kw=304.0, **increase)
