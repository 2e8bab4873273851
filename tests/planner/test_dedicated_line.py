"""Dedicated lines at 35 and 110 kV for who is too large for 10(20) kV (see `town`)."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from grid_models.grid import Grid
from planner.plan import plan_to_json
from planner.second_opinion import SecondOpinion
from planner.verification import verify_plan
from tests.cases.drawing import CABLE_240, Line, Load, Node, draw, place
from tests.planner.dedicated import (
    LARGE_KVA,
    TO_A_M,
    TO_B_M,
    first,
    large,
    points,
    refused,
    wish,
    with_35_kv,
    with_bay,
    with_second_transformer,
)
from tests.planner.example import (
    asked,
    catalogue,
    commitment,
    example_rules,
    plan_for,
    rule_book,
    unexamined,
)
from tests.planner.scenario_grids import what_if
from tests.planner.station import answer
from tests.planner.town import SITE, several, town

_LINE_110 = Line("bus:1", "bus:11", CABLE_240)


# where the line begins ---------------------------------------------------------------------------


def test_the_nearest_of_two_stations_comes_first() -> None:
    assert points(large()) == ["bus:1", "bus:11"]


def test_the_line_is_as_long_as_the_way_to_the_busbar() -> None:
    lengths = [option.sources[0].route.length_m for option in large().options]
    assert lengths == pytest.approx([1.3 * TO_A_M, 1.3 * TO_B_M])


def test_the_option_is_a_dedicated_line_of_110_kv() -> None:
    option = first(large())
    assert (option.kind, option.supply_kv, option.capacity_kva) == ("hv_dedicated", 110.0, 60e3)


def test_a_station_farther_than_the_customer_states_is_not_looked_at() -> None:
    assert points(large(max_distance_m=1200.0)) == ["bus:1"]


def test_where_no_station_is_in_reach_the_voltage_is_only_named() -> None:
    plan = large(max_distance_m=500.0)
    assert answer(plan)[0] == "no_option"
    assert answer(plan)[1][0] == "voltage_by_table"


def test_of_the_busbars_of_a_station_the_nearest_is_taken() -> None:
    grid = town()
    nearer = draw(nodes={"x": Node(100, 0, "busbar", 110.0)}, lines={}, loads=[]).nodes.loc[["x"]]
    nearer = nearer.assign(substation_id="station:1").rename(index={"x": "bus:111"})
    lines = draw(
        nodes={"x": Node(100, 0, "busbar", 110.0)},
        lines={"line:111": Line("bus:1", "x", CABLE_240)},
        loads=[],
    ).lines.assign(to_node="bus:111")
    grid = grid.with_tables(
        nodes=pd.concat([grid.nodes, nearer]), lines=pd.concat([grid.lines, lines])
    )
    at_a = [name for name in points(large(grid, kva=20_000.0)) if name != "bus:11"]
    assert at_a == ["bus:111"]


def test_a_private_busbar_is_refused() -> None:
    grid = town()
    private = grid.nodes["ownership"].where(grid.nodes.index != "bus:1", "private")
    plan = large(grid.with_tables(nodes=grid.nodes.assign(ownership=private)))
    assert points(plan) == ["bus:11"]
    assert "not_public" in [reason.code for reason in refused(plan)["bus:1"].reasons]


def test_a_busbar_in_a_closed_ring_is_refused() -> None:
    grid = draw(
        nodes={"bus:11": Node(2600, 0, "busbar", 110.0)},
        lines={"line:1": _LINE_110, "line:2": _LINE_110},
        loads=[Load("bus:2", 100.0, 30.0)],
    )
    longer = grid.lines["length_m"].where(grid.lines.index != "line:2", 5000.0)
    plan = large(grid.with_tables(lines=grid.lines.assign(length_m=longer)))
    assert not plan.options
    codes = {code.code for entry in refused(plan).values() for code in entry.reasons}
    assert codes == {"not_radial"}


# which voltage -----------------------------------------------------------------------------------


def test_what_35_kv_may_not_carry_goes_to_110_kv() -> None:
    plan = large(with_35_kv(town()))
    assert points(plan) == ["bus:1", "bus:11"]
    (reason,) = refused(plan)["bus:35"].reasons
    assert (reason.code, reason.value, reason.limit, reason.unit) == (
        "access_not_admissible", 60_000.0, 40_000.0, "kVA",
    )  # fmt: skip


def test_what_is_too_small_for_110_kv_goes_to_35_kv() -> None:
    plan = large(with_35_kv(town()), kva=15_000.0)
    assert (points(plan), first(plan).supply_kv) == (["bus:35"], 35.0)
    (reason,) = refused(plan)["bus:1"].reasons
    assert (reason.code, reason.value, reason.limit) == (
        "access_not_admissible", 15_000.0, 20_000.0,
    )  # fmt: skip
    assert "less than what this voltage supplies" in reason.en


def test_where_both_voltages_carry_it_the_nearer_station_is_first() -> None:
    assert points(large(with_35_kv(town()), kva=30_000.0)) == ["bus:35", "bus:1", "bus:11"]


def test_who_has_room_at_10_kv_stays_there() -> None:
    plan = large(with_35_kv(town()), kva=8_000.0)
    assert [(o.kind, o.supply_kv) for o in plan.options] == [("mv_new_feeder", 10.0)]


def test_who_has_no_room_at_10_kv_gets_the_voltage_of_the_table() -> None:
    grid = with_35_kv(town(has_b=False))
    taken = grid.bays.assign(is_spare=False)
    plan = large(grid.with_tables(bays=taken), kva=8_000.0)
    assert (points(plan), first(plan).supply_kv) == (["bus:35"], 35.0)


def test_above_the_table_of_110_kv_no_line_is_planned() -> None:
    assert not large(kva=120_000.0).options


def test_the_plan_says_that_the_table_asks_for_the_voltage() -> None:
    plan = large()
    assert "voltage_by_table" not in [reason.code for reason in plan.answer.reasons]
    (text,) = [i.en for i in plan.answer.information if i.code == "voltage_by_table"]
    assert text.endswith("supplied at 110 kV")


# what is checked ---------------------------------------------------------------------------------


def test_the_conductor_is_the_smallest_that_is_not_heavily_loaded() -> None:
    # 60 MVA / (1.732 x 106.7 kV) / 0.8 = 405.8 A: 240 mm2 carries 400 A in ducts, 300 mm2 450 A
    conductor = first(large()).sources[0].conductor
    assert (conductor.type, conductor.parallel) == ("YJLW03-64/110-3x1x300", 1)


def test_the_voltage_drops_by_what_the_formula_gives() -> None:
    # (57 MW x 0.0601 ohm/km + 18.73 Mvar x 0.158 ohm/km) x 1.3065 km / 110^2 = 0.0690 %, of which
    # the cable's own 1.1 Mvar give back a thousandth of a percent
    dropped = 1.0 - first(large()).power_flow.v_customer_pu
    assert dropped == pytest.approx(0.000690, abs=2e-5)


def test_the_legal_voltage_of_110_kv_is_held() -> None:
    checks = {check.code: check for check in first(large()).checks}
    assert (checks["voltage_low"].limit, checks["voltage_low"].unit) == (106_700.0, "V")


def test_a_source_below_the_legal_voltage_refuses_its_busbar() -> None:
    grid = town()
    v_pu = grid.sources["v_pu"].where(grid.sources.index != "source:1", 0.96)
    plan = large(grid.with_tables(sources=grid.sources.assign(v_pu=v_pu)))
    assert points(plan) == ["bus:11"]
    assert {reason.code for reason in refused(plan)["bus:1"].reasons} == {"voltage_low"}


def test_a_10_kv_customer_is_not_held_against_the_voltage_above() -> None:
    grid = town()
    plan = plan_for(
        grid.with_tables(sources=grid.sources.assign(v_pu=0.96)), asked(*SITE, kva=800.0)
    )
    limits = {check.limit for check in first(plan).checks if check.code == "voltage_low"}
    assert limits == {9_300.0}


def test_neither_room_nor_n_minus_1_is_computed_at_a_source() -> None:
    assert first(large()).not_computed == ("headroom", "n_minus_1")


def test_at_a_source_of_two_trees_the_line_touches_none_of_them() -> None:
    checks = first(large(with_second_transformer(town()))).checks
    elements = {check.code: check.element_id for check in checks}
    assert "thermal_transformer" not in elements
    assert elements["heavy_load"] == "new:line:1"


def test_at_a_source_of_one_tree_all_of_it_is_checked() -> None:
    elements = {check.code: check.element_id for check in first(large()).checks}
    assert elements["thermal_transformer"] == "trafo:1"


# what it says ------------------------------------------------------------------------------------


def test_a_bay_no_data_name_is_asked_for_at_the_desk() -> None:
    mode, codes = answer(large())
    assert mode == "back_office"
    assert {"data_missing", "works_needed", "upstream_not_checked"} <= set(codes)


def test_a_spare_bay_is_taken_and_asked_for_no_more() -> None:
    plan = large(with_bay(town(), is_spare=True))
    assert first(plan).sources[0].access_point.bay_id == "bay:110"
    assert "data_missing" not in answer(plan)[1]


def test_a_busbar_without_a_spare_bay_is_refused() -> None:
    plan = large(with_bay(town(), is_spare=False))
    assert points(plan) == ["bus:11"]
    assert [reason.code for reason in refused(plan)["bus:1"].reasons] == ["no_spare_bay"]


def test_a_bay_that_is_promised_is_not_spare() -> None:
    plan = plan_for(
        with_bay(town(), is_spare=True),
        wish(),
        commitments=[commitment("bus:1", bay_id="bay:110")],
    )
    assert points(plan) == ["bus:11"]


def test_a_busbar_that_is_the_source_says_that_nothing_above_was_computed() -> None:
    texts = [r.en for r in large().answer.reasons if r.code == "busbar_is_source"]
    assert any("is the source of the grid model" in text for text in texts)


def test_works_and_prices_are_those_of_the_voltage() -> None:
    option = first(large())
    assert [work.code for work in option.works[:2]] == ["hv_bay", "hv_line_new"]
    priced = {item.code for item in option.cost.items}
    assert {"hv_bay_110", "hv_cable_civil_110", "metering_high_high_110"} <= priced
    assert not option.cost.unpriced


def test_the_meter_stands_on_the_high_side() -> None:
    (point,) = first(large()).customer_side.metering_points
    assert (point.mode, point.vt_ratio, point.wiring) == (
        "high_high", "110/0.1", "three_phase_four_wire",
    )  # fmt: skip


def test_who_asks_in_kilowatts_gets_a_main_transformer() -> None:
    # 20,000 / 0.95 / 0.8 = 26,316 kVA: 31,500 kVA
    assert first(large(kw=20_000.0, kva=None)).customer_side.transformers_kva == (31_500.0,)


def test_a_motor_start_is_held_against_the_limits_of_110_kv() -> None:
    # ten starts an hour: 2.5 % above 35 kV, 3 % below
    plan = large(largest_motor_kw=2_000.0, motor_starts_per_hour=10.0)
    limits = {q.limit for q in first(plan).power_quality if q.code == "motor_start"}
    assert limits == {2.5}


# several sources ---------------------------------------------------------------------------------


def test_two_stations_of_two_grids_are_a_dual_source() -> None:
    plan = several(kva=LARGE_KVA, importance="first")
    assert [option.kind for option in plan.options] == ["dual_source"]
    assert [s.busbar_id for s in plan.options[0].sources] == ["bus:1", "bus:11"]
    assert plan.options[0].supply_kv == 110.0


def test_two_stations_of_one_grid_are_no_more_than_a_dual_circuit() -> None:
    grid = draw(
        nodes={"bus:11": Node(2600, 0, "busbar", 110.0)},
        lines={"line:1": _LINE_110},
        loads=[Load("bus:2", 100.0, 30.0)],
    )
    stations = grid.nodes["substation_id"].where(grid.nodes.index != "bus:11", "station:2")
    grid = grid.with_tables(
        nodes=grid.nodes.assign(substation_id=stations), lines=grid.lines.assign(ampacity_a=900.0)
    )
    plan = several(grid, kva=30_000.0)
    assert [option.kind for option in plan.options] == ["dual_circuit"]


def test_a_standby_has_the_voltage_of_the_whole_customer() -> None:
    # the 8 MW it carries alone would be too little for 110 kV
    plan = several(kva=LARGE_KVA, importance="first", important_kw=8_000.0)
    assert [option.supply_kv for option in plan.options] == [110.0]


def test_the_sources_of_one_customer_have_one_voltage() -> None:
    plan = several(with_35_kv(town()), kva=30_000.0)
    assert [s.busbar_id for s in plan.options[0].sources] == ["bus:1", "bus:11"]


def test_a_scenario_connects_the_customer_by_its_line() -> None:
    application = {"at": list(place(*SITE)), "kva": LARGE_KVA, "special_load": "none"}
    result = what_if({"application": application}, on=unexamined(town()))
    assert [plan.kind for plan in result.steps[0].plans] == ["hv_dedicated"]
    assert result.after.load_kw == pytest.approx(result.before.load_kw + 57_000.0)


# a second opinion --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grid", "facts"),
    [
        (town(), {}),
        (with_35_kv(town()), {"kva": 30_000.0}),
        (with_second_transformer(town()), {}),
        (town(), {"sources": 2, "importance": "first", "important_kw": 20_000.0}),
    ],
    ids=["tree", "35 kV", "source of two trees", "two sources"],
)
def test_verification_confirms_every_option(grid: Grid, facts: dict[str, Any]) -> None:
    plan = large(grid, **facts)
    assert plan.options
    found = verify_plan(plan_to_json(plan), unexamined(grid), rule_book(), catalogue())
    assert [difference.en for difference in found] == []


def test_a_second_opinion_finds_a_voltage_that_is_wrong() -> None:
    option = plan_to_json(large())["options"][0]
    check = next(c for c in option["checks"] if c["code"] == "voltage_low")
    check["value"] += 100.0
    opinion = SecondOpinion(grid=town(), application=wish(), rules=example_rules(), commitments=())
    assert [f.place for f in opinion.findings(option)] == ["checks[voltage_low].value"]
