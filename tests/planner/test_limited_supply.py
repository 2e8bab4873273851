"""What fits by the hour, by hand: line:1 carries 165 A, 80 % of it at 10.48 kV are 2,396 kVA.

Its loads, 2,600 kW, follow a curve: 0.5 (1,300 kW) but for 0.72 (1,872 kW) at 12:00 and 1.0 from
18:00 to 19:00. The wish is 800 kVA, 760 kW: 2,060 kW fit, and on top of 1,872 kW five eighths
(2,347 kW) do and six (2,442 kW) do not.
"""

from __future__ import annotations

import pytest

from grid_models.grid import Grid
from planner.plan import LimitedSupply
from tests.grid_models.demand.streets import curves_of, shaped
from tests.planner.example import rule_book
from tests.planner.remedies.rings import LOADS_KW, ring, ring_plan

DAY = {48: 0.72} | dict.fromkeys(range(72, 76), 1.0)


def with_curve(grid: Grid) -> Grid:
    loads = grid.loads.assign(curve_id="day")
    return grid.with_tables(loads=loads, curves=curves_of(shaped("day", DAY, rest=0.5)))


@pytest.fixture(scope="module")
def limited() -> LimitedSupply:
    found = ring_plan(with_curve(ring(switches=False))).limited_supply
    assert found is not None
    return found


def test_the_whole_wish_fits_where_the_grid_has_room(limited: LimitedSupply) -> None:
    (envelope,) = limited.envelope
    assert limited.wish_kw == pytest.approx(760.0)
    assert envelope.allowed_kw[3] == pytest.approx(760.0)


def test_an_hour_takes_the_least_of_its_quarters_less_the_margin(limited: LimitedSupply) -> None:
    (envelope,) = limited.envelope
    assert envelope.allowed_kw[12] == pytest.approx(0.9 * 5 / 8 * 760.0)


def test_nothing_fits_where_the_line_is_heavily_loaded_without_the_customer(
    limited: LimitedSupply,
) -> None:
    assert limited.envelope[0].allowed_kw[18] == 0.0


def test_what_is_left_out_of_the_wish_is_counted_over_the_day(limited: LimitedSupply) -> None:
    left_out = 760.0 + 760.0 - 0.9 * 5 / 8 * 760.0
    assert limited.envelope[0].left_out_kwh == pytest.approx(left_out)


def test_the_margin_is_a_rule() -> None:
    rules = rule_book(limited_supply_margin={"value": 20})
    found = ring_plan(with_curve(ring(switches=False)), rules=rules).limited_supply
    assert found is not None
    assert found.envelope[0].allowed_kw[12] == pytest.approx(0.8 * 5 / 8 * 760.0)


def test_the_number_of_steps_is_a_rule() -> None:
    # 5 of 8 steps pass: 2 of 4
    rules = rule_book(limited_supply_steps={"value": 4})
    found = ring_plan(with_curve(ring(switches=False)), rules=rules).limited_supply
    assert found is not None
    assert found.envelope[0].allowed_kw[12] == pytest.approx(0.9 * 2 / 4 * 760.0)


def test_without_curves_it_is_said_that_nobody_can_tell() -> None:
    plan = ring_plan(ring(switches=False))
    assert plan.limited_supply is None
    assert "limited_supply_no_curves" in [item.code for item in plan.answer.information]


def test_where_no_hour_has_room_it_is_said() -> None:
    grid = with_curve(ring({**LOADS_KW, "bus:3": 6_000.0}, switches=False))
    plan = ring_plan(grid)
    assert plan.limited_supply is None
    assert "limited_supply_none" in [item.code for item in plan.answer.information]


# In stages -----------------------------------------------------------------------------------


def test_the_first_stage_is_what_the_peak_leaves() -> None:
    # 2,200 kW at the peak: two eighths of the wish make 2,390 kW, three 2,485 kW
    grid = ring({**LOADS_KW, "bus:3": 600.0}, switches=False)
    stage = ring_plan(grid, stages=2).first_stage
    assert stage is not None
    assert stage.first_kw == pytest.approx(760.0 * 2 / 8)
    assert stage.rest_kw == pytest.approx(760.0 * 6 / 8)
    assert stage.rest_after_works


def test_an_application_in_one_stage_has_no_first_one() -> None:
    assert ring_plan(ring({**LOADS_KW, "bus:3": 600.0}, switches=False)).first_stage is None


def test_where_every_hour_carries_the_wish_nothing_is_said_to_be_left_out() -> None:
    # half of the loads at every hour: 1,300 kW and 760 kW, where the peak has 2,600 kW
    loads = ring(switches=False).loads.assign(curve_id="day")
    flat = ring(switches=False).with_tables(
        loads=loads, curves=curves_of(shaped("day", {}, rest=0.5))
    )
    (text,) = [i.en for i in ring_plan(flat).answer.information if i.code == "limited_supply"]
    assert "at every hour of every season" in text
    assert "leaves out" not in text
