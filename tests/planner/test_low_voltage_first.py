"""Low voltage: connect first and reinforce later, inside the supply radius, before 10 kV.

::

    bus:2 -- line:1 -- bus:3 # near # low:1 -- line:2 -- low:2
                         '--- line:3 --- bus:4 # far # low:3
"""

from __future__ import annotations

from typing import Any

import pytest

from grid_models.grid import Grid
from planner.plan import Option, SupplyPlan
from tests.cases.drawing import CABLE_400, LV_CABLE_300, Board, Line, Load, Node, draw
from tests.grid_models.samples import edited
from tests.planner.example import asked, plan_for, rule_book
from tests.planner.station import ON_SITE, answer, at_the_desk, station, supply

CONFIRMED = {"route_confirmed_by": "Wang Wei"}
POWER_FACTOR = 0.9


def load(node: str, s_kva: float) -> Load:
    return Load(node, s_kva * POWER_FACTOR, s_kva * (1.0 - POWER_FACTOR**2) ** 0.5)


def two_boards(near_kva: float, far_kva: float, *, end_m: float, far_at: Node) -> Grid:
    """Return two boards of 400 kVA with what loads them, and a cable from the near one."""
    return draw(
        nodes={
            "bus:3": Node(0, 100, "switchgear"),
            "bus:4": far_at._replace(kind="switchgear"),
            "low:1": Node(0, 100, "cabinet", 0.4),
            "low:2": Node(end_m, 100, "node", 0.4),
            "low:3": far_at._replace(kind="cabinet", vn_kv=0.4),
        },
        lines={
            "line:1": Line("bus:2", "bus:3", CABLE_400),
            "line:2": Line("low:1", "low:2", LV_CABLE_300),
            "line:3": Line("bus:3", "bus:4", CABLE_400),
        },
        loads=[load("low:1", near_kva), load("low:3", far_kva)],
        boards={
            "near": Board("bus:3", "low:1", 400.0, 4.0, 1.13),
            "far": Board("bus:4", "low:3", 400.0, 4.0, 1.13),
        },
    )


def elements(plan: SupplyPlan) -> list[str]:
    return [option.sources[0].access_point.element_id for option in plan.options]


# Supply radius -----------------------------------------------------------------------------------

# low:2 is 30 m from the site and 230 m from its board: 269 m with the route; the far board is
# 100 m away: 130 m of route. The near board is 232 m away: 301 m.
BEYOND = (230.0, 130.0)


def reaching(**rows: Any) -> SupplyPlan:
    grid = two_boards(20.0, 20.0, end_m=230.0, far_at=Node(230, 230))
    return plan_for(grid, asked(*BEYOND, kw=20.0, **CONFIRMED), rules=rule_book(**rows))


def test_a_point_within_the_supply_radius_comes_before_a_nearer_one_beyond_it() -> None:
    plan = reaching()
    assert elements(plan) == ["far", "low:2", "near"]
    assert answer(plan) == ON_SITE


def test_what_lies_beyond_the_supply_radius_keeps_its_desk_code() -> None:
    _, *beyond = reaching().options
    assert [[r.code for r in option.desk_reasons] for option in beyond] == [["supply_radius"]] * 2


def test_in_an_area_of_longer_radius_the_nearer_point_comes_first() -> None:
    assert elements(reaching(area_class={"value": "C"}))[0] == "low:2"


def test_the_search_goes_on_until_a_point_within_the_radius_passes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("planner.search.LANES", 1)
    assert elements(reaching(search_feeders={"value": 1}))[0] == "far"


def with_a_small_far_board() -> SupplyPlan:
    """Return the plan for 67 kVA where the far board of 63 kVA is loaded with 20 kVA already."""
    grid = two_boards(20.0, 20.0, end_m=230.0, far_at=Node(230, 230))
    grid = edited(grid, "transformers", "far", sn_kva=63.0)
    return plan_for(grid, asked(*BEYOND, kw=60.0, **CONFIRMED))


def test_works_within_the_supply_radius_come_before_a_point_beyond_it() -> None:
    plan = with_a_small_far_board()
    assert [option.kind for option in plan.options][:2] == ["lv_after_works", "lv_public"]
    assert elements(plan)[:2] == ["far", "low:2"]
    assert answer(plan) == at_the_desk("works_needed")


def test_where_a_point_beyond_the_radius_passes_10_kv_is_not_looked_at() -> None:
    assert not [r for r in with_a_small_far_board().rejected if r.kind.startswith("mv")]


# Connect first -----------------------------------------------------------------------------------

# 40 m from the near board, 60 m from the far one: routes of 52 and 78 m, equally near.
BETWEEN = (40.0, 100.0)


def loaded(near_kva: float, far_kva: float) -> SupplyPlan:
    """Return the plan for 100 kW, which are 111 kVA."""
    grid = two_boards(near_kva, far_kva, end_m=-100.0, far_at=Node(100, 100))
    return plan_for(grid, asked(*BETWEEN, kw=100.0))


def later(plan: SupplyPlan) -> list[str]:
    return [work.element_id for work in plan.options[0].works if work.code == "reinforce_later"]


def margin(option: Option) -> float:
    return float(option.order_keys["margin_pct"])


def test_the_nearest_board_is_not_passed_over_because_it_is_heavily_loaded() -> None:
    plan = loaded(250.0, 190.0)
    assert elements(plan)[:2] == ["near", "far"]
    # 361 kVA and 301 kVA of 400 kVA
    far = next(option for option in plan.options if elements(plan)[option.rank - 1] == "far")
    assert margin(far) == pytest.approx(25.0, abs=4.0)
    assert later(plan) == ["near"]
    assert answer(plan) == ON_SITE


def test_a_board_loaded_between_80_and_100_percent_is_connected_first() -> None:
    # the far board is full: 391 and 111 kVA
    plan = loaded(250.0, 390.0)
    assert "far" not in elements(plan)
    assert later(plan) == ["near"]
    assert answer(plan) == ON_SITE


def test_a_board_with_a_step_more_of_room_than_80_percent_leave_comes_first() -> None:
    # 251 kVA of 400 kVA leave 37 %
    plan = loaded(250.0, 140.0)
    assert elements(plan)[:2] == ["far", "near"]
    assert later(plan) == []


def test_up_to_80_percent_nothing_is_reinforced() -> None:
    # 301 kVA of 400 kVA
    plan = loaded(190.0, 190.0)
    assert elements(plan)[0] == "near"
    assert later(plan) == []


def test_a_board_that_would_be_overloaded_is_refused() -> None:
    # 431 kVA of 400 kVA
    plan = loaded(320.0, 190.0)
    assert elements(plan)[0] == "far"
    near = next(r for r in plan.rejected if r.access_point.element_id == "near")
    assert near.reasons[0].code == "thermal_transformer"


def test_what_is_reinforced_later_is_so_within_12_months_of_the_application() -> None:
    option = loaded(250.0, 190.0).options[0]
    (work,) = [w for w in option.works if w.code == "reinforce_later"]
    assert work.due_on == "2027-08-01"
    assert "by 2027-08-01" in work.en


def test_what_is_reinforced_later_is_not_priced() -> None:
    # 0.052 km of 4x150 at 356 thousand, a meter of 3 thousand
    assert loaded(250.0, 190.0).options[0].cost.p50 == pytest.approx(18_512 + 3e3, abs=1.0)


# After works -------------------------------------------------------------------------------------

BY_THE_BOARD = (720.0, 440.0)


def small_board() -> Grid:
    """Return the station with a board of 63 kVA that 21 kVA load."""
    return edited(station(), "transformers", "trafo:2", sn_kva=63.0)


def test_where_no_board_passes_the_nearest_gets_a_transformer_loaded_to_80_percent() -> None:
    # 111 and 21 kVA: 82 % of 160 kVA, 66 % of 200 kVA
    (option,) = supply(small_board(), BY_THE_BOARD, kw=100.0).options
    assert option.kind == "lv_after_works"
    assert option.replacement is not None
    assert (option.replacement.element_id, option.replacement.sn_kva) == ("trafo:2", 200.0)
    assert option.works[0].code == "transformer_replace"


def test_where_no_board_passes_10_kv_is_computed_and_refused_as_second_to_low_voltage() -> None:
    plan = supply(small_board(), BY_THE_BOARD, kw=100.0)
    codes = {
        r.access_point.element_id: r.reasons[0].code
        for r in plan.rejected
        if r.kind.startswith("mv")
    }
    assert codes == {"bus:3": "low_voltage_first", "bus:4": "low_voltage_first"}


def test_where_a_board_passes_10_kv_is_not_looked_at() -> None:
    plan = supply(at=BY_THE_BOARD, kw=100.0)
    assert {option.kind for option in plan.options} == {"lv_public"}
    assert not [r for r in plan.rejected if r.kind.startswith("mv")]


def test_near_the_limit_10_kv_is_listed_after_low_voltage() -> None:
    # 195 kW are more than 0.95 x 200 kW
    plan = supply(at=BY_THE_BOARD, kw=195.0)
    volts = [option.supply_kv for option in plan.options]
    assert volts == sorted(volts)
    assert set(volts) == {0.38, 10.0}
    assert answer(plan) == ON_SITE


def test_where_both_levels_are_listed_the_first_one_s_conditions_hold() -> None:
    # 217 kVA; at 10 kV an unstated special load would be one for the desk
    plan = supply(at=BY_THE_BOARD, kw=195.0, special_load=None)
    assert plan.capacity_kva == pytest.approx(195.0 / 0.9)
    assert answer(plan) == ON_SITE


def test_kva_of_both_levels_are_listed_low_voltage_first() -> None:
    plan = supply(at=BY_THE_BOARD, kva=200.0)
    assert {option.supply_kv for option in plan.options} == {0.38, 10.0}
    assert plan.options[0].supply_kv == 0.38
    assert answer(plan) == at_the_desk("level_to_confirm")
