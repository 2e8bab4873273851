"""Voltage by capacity: what 10(20) kV cannot give, the table does."""

from __future__ import annotations

import pytest

from planner.design_load import find_demand
from planner.voltage_table import desk_reasons_of_voltage, find_higher_kv
from tests.planner.example import asked, example_rules, plan_for
from tests.planner.station import SITE, station_model


@pytest.mark.parametrize(
    ("kva", "kv"),
    [
        (4_999.0, ()),
        (5_000.0, (35.0,)),
        (30_000.0, (35.0, 110.0)),
        (40_001.0, (110.0,)),
        (300_000.0, (220.0,)),
    ],
)
def test_the_bands_of_the_table_overlap(kva: float, kv: tuple[float, ...]) -> None:
    assert find_higher_kv(kva, example_rules()) == kv


@pytest.mark.parametrize(
    ("kva", "has_20_kv", "is_said"),
    [
        (10_000.0, False, False),
        (10_001.0, False, True),
        (10_001.0, True, False),
        (20_001.0, True, True),
    ],
)
def test_a_grid_of_20_kv_carries_twice_as_much(kva: float, has_20_kv: bool, is_said: bool) -> None:
    application, rules = asked(kva=kva), example_rules()
    demand = find_demand(application, "mv", rules)
    reasons = list(desk_reasons_of_voltage(demand, "mv", rules, has_20_kv=lambda: has_20_kv))
    assert bool(reasons) is is_said


def test_300_mva_on_10_kv_are_told_the_voltage_they_belong_to() -> None:
    plan = plan_for(station_model(), asked(*SITE, kva=300_000.0))
    first = plan.answer.reasons[0]
    assert (plan.answer.mode, first.code) == ("no_option", "voltage_by_table")
    assert "supplied at 220 kV" in first.en
    assert first.rule_id == "supply_voltage_bands"
