"""Compensation of the load and of the customer's transformers, by hand.

800 kVA at 0.95 are 760 kW. From 0.88 to 0.95 they need 760 x (0.53974 - 0.32868) = 160.4 kvar. A
dry transformer of 800 kVA at full load needs 800 x (0.7 + 6) / 100 = 53.6 kvar itself.
"""

from __future__ import annotations

from typing import Any

import pytest

from planner.compensation import find_compensation
from planner.design_load import find_demand
from planner.plan import Compensation
from tests.planner.example import asked, catalogue, example_rules


def compensation(*, least: float = 0.95, **facts: Any) -> Compensation:
    application, rules = asked(**facts), example_rules()
    demand = find_demand(application, "mv", rules)
    return find_compensation(
        application, demand, rules, catalogue(), supply_kv=10.0, least_power_factor=least
    )


def test_load_and_transformer_are_compensated_together() -> None:
    found = compensation(kva=800.0, category="industrial")
    assert found.load_kvar == pytest.approx(160.40, abs=0.01)
    assert found.transformer_kvar == pytest.approx(53.6)
    assert found.total_kvar == pytest.approx(214.00, abs=0.01)
    assert (found.natural_power_factor, found.target_power_factor) == (0.88, 0.95)


def test_two_transformers_share_the_load() -> None:
    # two of 400 kVA: 800 x (0.9 + 4) / 100
    found = compensation(kva=800.0, category="industrial", importance="first", important_kw=100.0)
    assert found.transformer_kvar == pytest.approx(39.2)


def test_a_transformer_loaded_to_80_percent_needs_less() -> None:
    # 304 kW: 320 of 400 kVA, 400 x (0.9 + 4 x 0.64) / 100
    assert compensation(kw=304.0).transformer_kvar == pytest.approx(13.84)


def test_never_less_than_a_fifth_of_the_capacity() -> None:
    # chargers have 0.98 by themselves
    found = compensation(kva=800.0, category="ev_charging")
    assert (found.load_kvar, found.total_kvar) == (0.0, 160.0)


def test_a_poorer_power_factor_asked_for_does_not_lower_the_target() -> None:
    assert compensation(kva=800.0, power_factor=0.85).target_power_factor == 0.95


def test_a_better_power_factor_asked_for_is_the_target() -> None:
    assert compensation(kva=800.0, power_factor=0.98).target_power_factor == 0.98


def test_an_increase_compensates_the_whole_load() -> None:
    increase = {"business": "increase", "existing_node": "node:1", "existing_kva": 400.0}
    found = compensation(kva=800.0, category="industrial", **increase)
    assert found.load_kvar == pytest.approx(160.40, abs=0.01)
