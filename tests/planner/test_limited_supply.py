"""What fits by the hour, by hand: line:1 carries 165 A, 80 % of it at 10.48 kV are 2,396 kVA.

Its loads, 2,600 kW, follow a curve: 0.5 (1,300 kW) but for 0.72 (1,872 kW) at 12:00 and 1.0 from
18:00 to 19:00. The wish is 800 kVA, 760 kW: 2,060 kW fit, and on top of 1,872 kW five eighths
(2,347 kW) do and six (2,442 kW) do not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import shapely

from grid_models.grid import Grid, make_table
from planner.plan import Option, PartialSupply, SupplyPlan, plan_to_json
from planner.scenarios import WhatIf
from planner.second_opinion import SecondOpinion
from tests.cases.drawing import OVERHEAD_150, place
from tests.grid_models.demand.streets import curves_of, shaped
from tests.planner.example import example_rules, rule_book, unexamined
from tests.planner.remedies.rings import LOADS_KW, SITE, asked_for, ring, ring_plan, verify
from tests.planner.scenario_grids import refused, what_if

HALF_FULL_KW = {**LOADS_KW, "bus:3": 400.0}
DAY = {48: 0.72} | dict.fromkeys(range(72, 76), 1.0)
UNSOLVED: dict[str, Any] = {"remedy_max_trials": {"value": 0}}


def with_curve(grid: Grid, day: dict[int, float] | None = None) -> Grid:
    loads = grid.loads.assign(curve_id="day")
    shape = DAY if day is None else day
    return grid.with_tables(loads=loads, curves=curves_of(shaped("day", shape, rest=0.5)))


def option_of(plan: SupplyPlan, kind: str) -> tuple[Option, PartialSupply]:
    (option,) = [option for option in plan.options if option.kind == kind]
    assert option.partial is not None
    return option, option.partial


@pytest.fixture(scope="module")
def plan() -> SupplyPlan:
    return ring_plan(with_curve(ring(switches=False)))


@pytest.fixture(scope="module")
def limited(plan: SupplyPlan) -> PartialSupply:
    return option_of(plan, "limited_supply")[1]


def test_the_whole_wish_fits_where_the_grid_has_room(limited: PartialSupply) -> None:
    (envelope,) = limited.envelope
    assert limited.wish_kw == pytest.approx(760.0)
    assert envelope.allowed_kw[3] == pytest.approx(760.0)


def test_an_hour_takes_the_least_of_its_quarters_less_the_margin(limited: PartialSupply) -> None:
    (envelope,) = limited.envelope
    assert envelope.allowed_kw[12] == pytest.approx(0.9 * 5 / 8 * 760.0)


def test_nothing_fits_where_the_line_is_heavily_loaded_without_the_customer(
    limited: PartialSupply,
) -> None:
    assert limited.envelope[0].allowed_kw[18] == 0.0


def test_what_is_left_out_of_the_wish_is_counted_over_the_day(limited: PartialSupply) -> None:
    left_out = 760.0 + 760.0 - 0.9 * 5 / 8 * 760.0
    assert limited.envelope[0].left_out_kwh == pytest.approx(left_out)


def test_the_margin_is_a_rule() -> None:
    rules = rule_book(limited_supply_margin={"value": 20})
    plan = ring_plan(with_curve(ring(switches=False)), rules=rules)
    found = option_of(plan, "limited_supply")[1]
    assert found.envelope[0].allowed_kw[12] == pytest.approx(0.8 * 5 / 8 * 760.0)


def test_the_number_of_steps_is_a_rule() -> None:
    # 5 of 8 steps pass: 2 of 4
    rules = rule_book(limited_supply_steps={"value": 4})
    plan = ring_plan(with_curve(ring(switches=False)), rules=rules)
    found = option_of(plan, "limited_supply")[1]
    assert found.envelope[0].allowed_kw[12] == pytest.approx(0.9 * 2 / 4 * 760.0)


def test_without_curves_it_is_said_that_nobody_can_tell() -> None:
    plan = ring_plan(ring(switches=False))
    assert "limited_supply" not in kinds(plan)
    assert "limited_supply_no_curves" in informed(plan)


def test_where_no_hour_has_room_it_is_said() -> None:
    plan = ring_plan(with_curve(ring({**LOADS_KW, "bus:3": 6_000.0}, switches=False)))
    assert "limited_supply" not in kinds(plan)
    assert "limited_supply_none" in informed(plan)


# The option -----------------------------------------------------------------------------------


def test_its_figures_are_of_the_hour_that_leaves_least(limited: PartialSupply) -> None:
    # noon: at 18:00 nothing is left, at every other hour the whole wish
    assert (limited.season, limited.quarter_hour) == ("all", 48)
    assert limited.load_kw == pytest.approx(0.9 * 5 / 8 * 760.0)


def test_the_line_is_loaded_as_in_that_hour(plan: SupplyPlan) -> None:
    # (1,872 + 427.5 + j 140.5) kVA at 10.48 kV make 127 A, 77 % of 165 A
    option, _ = option_of(plan, "limited_supply")
    (heavy,) = [check for check in option.checks if check.code == "heavy_load"]
    assert heavy.element_id == "line:1"
    assert heavy.value == pytest.approx(76.9, abs=0.3)


def test_it_stands_behind_what_carries_the_whole(plan: SupplyPlan) -> None:
    assert [option.rank for option in plan.options] == [1, 2]
    assert kinds(plan)[-1] == "limited_supply"


def test_alone_it_goes_to_the_desk_with_what_binds() -> None:
    plan = ring_plan(with_curve(ring(switches=False)), rules=rule_book(**UNSOLVED))
    assert kinds(plan) == ["limited_supply"]
    assert plan.answer.mode == "back_office"
    assert "limited_supply" in [reason.code for reason in plan.answer.reasons]


def test_no_take_over_is_claimed_for_it(plan: SupplyPlan) -> None:
    option, _ = option_of(plan, "limited_supply")
    assert option.not_computed == ("headroom", "n_minus_1")
    assert option.take_over == ()


def test_too_little_of_the_wish_is_no_option() -> None:
    # ten hours at the peak leave 14 of 24 hours: 58 %
    day = dict.fromkeys(range(32, 72), 1.0)
    grid = with_curve(ring(switches=False), day)
    assert "limited_supply" in kinds(ring_plan(grid))
    strict = ring_plan(grid, rules=rule_book(limited_supply_least_share={"value": 60}))
    assert "limited_supply" not in kinds(strict)
    assert "limited_supply_little" in informed(strict)


def test_what_was_refused_at_the_peak_alone_is_said() -> None:
    # half of the loads at every hour: 1,300 kW and 760 kW, where the peak has 2,600 kW
    plan = ring_plan(with_curve(ring(switches=False), {}))
    option, _ = option_of(plan, "limited_supply")
    (text,) = [reason.en for reason in option.desk_reasons if reason.code == "limited_supply"]
    assert "at every hour of every season" in text
    assert "leaves out" not in text


def test_a_point_with_more_room_where_nothing_may_be_built_is_passed_over() -> None:
    # line:5 of the other feeder has room for all of it, behind a restricted area
    overhead = {"line:2": OVERHEAD_150, "line:5": OVERHEAD_150}
    grid = with_curve(ring(lines=overhead, switches=False, spare_at_station=False), {})
    area = shapely.box(*place(250, 300), *place(350, 600))
    rows = grid.restricted_areas.reindex(["area:1"]).assign(name="", reason="", geometry=[area])
    barred = grid.with_tables(restricted_areas=rows)

    option, _ = option_of(
        ring_plan(barred, max_distance_m=600.0, rules=rule_book(**UNSOLVED)), "limited_supply"
    )
    assert option.sources[0].access_point.element_id == "line:2"


def test_the_comparison_says_what_is_left_out(plan: SupplyPlan) -> None:
    assert "kWh a day are left out" in plan.comparison[-1].en


# Verified -------------------------------------------------------------------------------------


def test_pandapower_confirms_it(plan: SupplyPlan) -> None:
    assert verify(plan, with_curve(ring(switches=False))) == ()


def test_more_at_an_hour_than_the_grid_carries_is_found(plan: SupplyPlan) -> None:
    option, partial = option_of(plan, "limited_supply")
    (day,) = partial.envelope
    greedy = replace(day, allowed_kw=(*day.allowed_kw[:18], 760.0, *day.allowed_kw[19:]))
    assert "options[1].partial.envelope[0].allowed_kw[18]" in paths(
        plan, option, replace(partial, envelope=(greedy,))
    )


def test_a_load_the_envelope_does_not_allow_is_found(plan: SupplyPlan) -> None:
    option, partial = option_of(plan, "limited_supply")
    assert "options[1].partial.load_kw" in paths(plan, option, replace(partial, load_kw=400.0))


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"season": "winter"}, "partial.quarter_hour"),
        ({"quarter_hour": 96}, "partial.quarter_hour"),
        ({"quarter_hour": -1}, "partial.quarter_hour"),
        ({"quarter_hour": 48.0}, "partial.quarter_hour"),
    ],
)
def test_a_load_case_that_is_not_there_is_named(
    plan: SupplyPlan, changes: dict[str, Any], path: str
) -> None:
    option, partial = option_of(plan, "limited_supply")

    assert paths(plan, option, replace(partial, **changes)) == [f"options[1].{path}"]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"season": "winter"}, "partial.envelope[0].season"),
        ({"allowed_kw": (100.0,) * 23}, "partial.envelope[0].allowed_kw"),
    ],
)
def test_a_day_that_is_none_is_named(plan: SupplyPlan, changes: dict[str, Any], path: str) -> None:
    option, partial = option_of(plan, "limited_supply")
    odd = replace(partial.envelope[0], **changes)

    found = paths(plan, option, replace(partial, envelope=(odd,)))
    assert found == [f"options[1].{path}"]


def paths(plan: SupplyPlan, option: Option, partial: PartialSupply) -> list[str]:
    """Return what pandapower alone finds in a changed option: the plan is not made again."""
    opinion = SecondOpinion(
        grid=with_curve(ring(switches=False)), application=asked_for(), rules=example_rules(),
        commitments=(),
    )  # fmt: skip
    changed = replace(option, partial=partial)
    return [
        f"options[{option.rank - 1}].{finding.place}"
        for finding in opinion.findings(
            plan_to_json(replace(plan, options=(changed,)))["options"][0]
        )
    ]


# By season ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def seasonal() -> Grid:
    # in summer line:1 carries 135 A: 80 % of it at 10.48 kV are 1,960 kVA, and on top of 1,300 kW
    # six eighths (1,879 kVA) do and seven (1,977 kVA) do not
    grid = ring(switches=False)
    curves = [shaped("day", {}, season=season, rest=0.5) for season in ("summer", "winter")]
    listed = {"element_id": "line:1", "limit_a": 135.0, "season": "summer", "source": "ct"}
    limits = make_table("limits", pd.DataFrame([listed], index=["limit:1"]))
    loads = grid.loads.assign(curve_id="day")
    return grid.with_tables(loads=loads, curves=curves_of(*curves), limits=limits)


def test_each_season_has_its_own_limits(seasonal: Grid) -> None:
    _, partial = option_of(ring_plan(seasonal), "limited_supply")
    noon = {day.season: day.allowed_kw[12] for day in partial.envelope}
    assert noon == pytest.approx({"summer": 0.9 * 6 / 8 * 760.0, "winter": 760.0})


def test_pandapower_confirms_each_season_by_its_own_limits(seasonal: Grid) -> None:
    assert verify(ring_plan(seasonal), seasonal) == ()


# In a scenario ---------------------------------------------------------------------------------


def connected(grid: Grid, rank: int, **facts: Any) -> WhatIf:
    """Connect the customer of the ring's tests by an option of some rank."""
    lon, lat = place(*SITE)
    asks = {"at": [lon, lat], "kva": 800, "special_load": "none", "max_distance_m": 300}
    return what_if({"application": asks | facts | {"rank": rank}}, on=unexamined(grid))


def test_a_scenario_connects_a_first_stage_with_its_own_load() -> None:
    result = connected(ring(HALF_FULL_KW, switches=False), 2, stages=2)

    assert result.after.load_kw == pytest.approx(result.before.load_kw + 380.0)


def test_a_scenario_has_no_hours_for_a_limited_supply() -> None:
    (sentence,) = refused(lambda: connected(with_curve(ring(switches=False)), 2))

    assert "option 2 is a supply limited by the hour" in sentence


# In stages -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def staged() -> SupplyPlan:
    # 2,000 kW at the peak: four eighths of the wish make 2,380 kW, five 2,475 kW
    return ring_plan(ring(HALF_FULL_KW, switches=False), stages=2)


def test_the_first_stage_is_what_the_peak_leaves(staged: SupplyPlan) -> None:
    _, stage = option_of(staged, "staged_supply")
    assert stage.load_kw == pytest.approx(760.0 * 4 / 8)
    assert (stage.season, stage.quarter_hour, stage.envelope) == (None, None, ())


def test_the_desk_is_told_what_is_left_for_later(staged: SupplyPlan) -> None:
    option, _ = option_of(staged, "staged_supply")
    (text,) = [reason.en for reason in option.desk_reasons if reason.code == "staged_supply"]
    assert text.startswith("in stages: 380 kW can be connected")
    assert "the other 380 kW after works" in text


def test_pandapower_confirms_a_first_stage(staged: SupplyPlan) -> None:
    assert verify(staged, ring(HALF_FULL_KW, switches=False)) == ()


def test_an_application_in_one_stage_has_no_first_one() -> None:
    assert "staged_supply" not in kinds(ring_plan(ring(HALF_FULL_KW, switches=False)))


def test_less_than_an_equal_share_of_the_stages_is_no_first_stage() -> None:
    # 2,200 kW at the peak: two eighths fit, a quarter, where two stages make halves
    grid = ring({**LOADS_KW, "bus:3": 600.0}, switches=False)
    two, four = ring_plan(grid, stages=2), ring_plan(grid, stages=4)

    assert "staged_supply" not in kinds(two)
    assert "staged_supply_little" in informed(two)
    assert "staged_supply" in kinds(four)


def test_where_no_first_stage_fits_it_is_said() -> None:
    plan = ring_plan(ring({**LOADS_KW, "bus:3": 6_000.0}, switches=False), stages=2)

    assert "staged_supply_none" in informed(plan)


# Important loads ------------------------------------------------------------------------------


@pytest.mark.parametrize(("important_kw", "is_offered"), [(380.0, True), (400.0, False)])
def test_a_first_stage_carries_the_important_load(important_kw: float, *, is_offered: bool) -> None:
    plan = ring_plan(
        ring(HALF_FULL_KW, switches=False), stages=2, important_kw=important_kw, importance="second"
    )
    assert ("staged_supply" in kinds(plan)) == is_offered


def test_an_important_customer_who_states_no_important_load_gets_no_part_of_it() -> None:
    plan = ring_plan(ring(HALF_FULL_KW, switches=False), stages=2, importance="second")

    assert "staged_supply" not in kinds(plan)


def test_a_limited_supply_with_hours_below_the_important_load_is_not_offered() -> None:
    plan = ring_plan(with_curve(ring(switches=False)), important_kw=100.0)

    assert "limited_supply_little" in informed(plan)


def kinds(plan: SupplyPlan) -> list[str]:
    return [option.kind for option in plan.options]


def informed(plan: SupplyPlan) -> list[str]:
    return [item.code for item in plan.answer.information]
