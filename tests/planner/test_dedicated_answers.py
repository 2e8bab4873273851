"""What is said of a busbar of 110 kV: promises there, why it does not do, the meter's class."""

from __future__ import annotations

import pytest

from grid_models.grid import Grid
from tests.planner.dedicated import (
    LARGE_KVA,
    first,
    large,
    wish,
    with_35_kv,
    with_bay,
    with_second_transformer,
)
from tests.planner.example import commitment, plan_for
from tests.planner.town import town


@pytest.mark.parametrize("grid", [town(), with_second_transformer(town())], ids=["one", "two"])
def test_what_is_promised_at_the_busbar_is_named(grid: Grid) -> None:
    plan = plan_for(grid, wish(), commitments=[commitment("bus:1", 90_000.0)])
    texts = [r.en for r in first(plan).desk_reasons if r.code == "busbar_promised"]
    assert any("another 90,000 kVA are promised at the busbar" in text for text in texts)


def test_what_is_promised_elsewhere_is_not() -> None:
    plan = plan_for(town(), wish(), commitments=[commitment("bus:11", 90_000.0)])
    assert not any("promised" in reason.en for reason in first(plan).desk_reasons)


def test_why_the_nearest_busbar_does_not_do_is_said() -> None:
    plan = large(with_bay(town(), is_spare=False), max_distance_m=1200.0)
    codes = [reason.code for reason in plan.answer.reasons]
    assert codes[:2] == ["voltage_by_table", "dedicated_refused"]
    assert "bus:1 has no spare bay" in plan.answer.reasons[1].en


def test_a_busbar_that_was_refused_is_not_recommended() -> None:
    plan = large(with_bay(town(), is_spare=False), max_distance_m=1200.0)
    assert "higher_voltage_points" not in [item.code for item in plan.answer.information]


def test_of_two_sources_the_one_that_is_missing_is_named() -> None:
    plan = large(sources=2, max_distance_m=1200.0)
    codes = [reason.code for reason in plan.answer.reasons]
    assert codes[:2] == ["voltage_by_table", "source_independence"]


@pytest.mark.parametrize(("kv", "equipment"), [(35.0, "III"), (110.0, "II")])
def test_the_meter_has_the_class_of_its_voltage(kv: float, equipment: str) -> None:
    kva = 12_000.0 if kv < 110.0 else LARGE_KVA
    option = first(large(with_35_kv(town()), kva=kva))
    assert option.supply_kv == kv
    assert option.customer_side.metering["equipment"] == equipment
