"""The referee's N-1 on a grid made by hand: who takes over, what is said of it, what is spoilt.

busbar 1 --7-- unit 11 --8-/ end 6     the head is line 0; line 8 is open at unit 11
"""

from __future__ import annotations

import copy
import warnings

import numpy as np
import pandapower as pp
import pytest
from hand_made import ask, at, make_ground
from model_plan import make_model_plan
from referee import judge
from referee_checks import Place
from referee_net import Connection

SITE = (1_000.0, 60.0)
NEW_LINE = {
    "r_ohm_per_km": 0.2, "x_ohm_per_km": 0.1, "c_nf_per_km": 200.0, "ampacity_a": 300.0,
}  # fmt: skip


def _lay(net, start: int, end: int, km: float, ka: float = 0.3) -> int:
    return int(
        pp.create_line_from_parameters(
            net, start, end, km, 0.16, 0.1, 200.0, ka, type="cs", parallel=1
        )
    )


def _feeder(net, start: int, east_m: float, north_m: float, kw: float = 100.0) -> int:
    bus = int(pp.create_bus(net, 10.0, geodata=at(east_m, north_m)))
    line = _lay(net, start, bus, 2.0)
    pp.create_switch(net, start, line, "l", closed=True, type="CB")
    pp.create_load(net, bus, kw / 1000.0, 0.3 * kw / 1000.0)
    return bus


def _tie(net, unit: int, end: int, *, km: float = 0.5, ka: float = 0.3) -> int:
    line = _lay(net, unit, end, km, ka)
    pp.create_switch(net, unit, line, "l", closed=False, type="LBS")
    return line


def ring(**tie: float):
    """The feeder's end 6 tied to a second feeder of the same busbar."""

    def change(net):
        _tie(net, _feeder(net, 1, 2_000.0, -900.0), 6, **tie)

    return change


def two_receivers(net):
    """End 6 tied to a feeder of a second main transformer, unit 4 to one of the first; neither tie
    takes the whole feeder and 400 kVA."""
    busbar = int(pp.create_bus(net, 10.0, geodata=at(3_000.0, -900.0)))
    main = net.trafo.loc[2]
    names = ("sn_mva", "vn_hv_kv", "vn_lv_kv", "vkr_percent", "vk_percent", "pfe_kw", "i0_percent")
    tap = {"tap_pos": 0, "tap_neutral": 0, "tap_step_percent": 1.5, "tap_side": "hv"}
    values = {name: float(main[name]) for name in names}
    pp.create_transformer_from_parameters(net, 0, busbar, **values, **tap, tap_changer_type="Ratio")
    _tie(net, _feeder(net, busbar, 2_000.0, -900.0), 6, ka=0.06)
    _tie(net, _feeder(net, 1, 1_060.0, -900.0), 4, ka=0.06)


def at_unit_4(kva: float) -> Connection:
    p_kw = 0.95 * kva
    q_kvar = float(np.sqrt(kva**2 - p_kw**2))
    return Connection(
        bus=4, line=None, position=None, route_m=100.0, **NEW_LINE, p_kw=p_kw, q_kvar=q_kvar
    )


def security_at(ground, connection: Connection):
    place = Place(ground.grid.source_tree(ground.tree.joint[4]), connection)
    return ground.transfers.of(place)


def row_at(plan, rank: int = 1):
    (row,) = [row for row in plan["options"][rank - 1]["checks"] if row["code"] == "n_minus_1"]
    return row


@pytest.mark.parametrize("switches_open", [1, 2])
def test_what_is_taken_over_is_what_pandapower_finds_in_the_whole_net(switches_open):
    def change(net):
        ring()(net)
        if switches_open == 2:
            pp.create_switch(net, 6, 8, "l", closed=False, type="LBS")

    ground = make_ground(change)
    security = security_at(ground, at_unit_4(400.0))
    (share,) = security.shares
    assert share.tie.id == ("switch:6" if switches_open == 1 else "line:8")

    whole = copy.deepcopy(ground.grid.net)
    whole.line.at[0, "in_service"] = False
    whole.switch["closed"] = True
    end = pp.create_bus(whole, 10.0)
    pp.create_line_from_parameters(whole, 4, end, 0.1, 0.2, 0.1, 200.0, 0.3)
    pp.create_load(whole, end, 0.38, 0.4 * float(np.sqrt(1.0 - 0.95**2)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pp.runpp(whole)
    # The first section of the receiving feeder carries both; its trunk ends at unit 11.
    trafos, lines = whole.res_trafo.loading_percent, whole.res_line.loading_percent
    assert security.kept
    assert share.state.worst_pct == pytest.approx(max(trafos.max(), lines.max()), abs=1e-6)
    assert share.state.loading_of("line:8") == pytest.approx(lines[8], abs=1e-6)
    assert share.state.lowest_pu == pytest.approx(whole.res_bus.vm_pu.min(), abs=1e-9)


def test_a_feeder_without_a_tie_is_radial_and_only_shown():
    ground, asked = make_ground(), ask(*SITE, kva=400.0)
    plan = make_model_plan(asked, ground)
    row = row_at(plan)
    assert (row["element_id"], row["value"], row["limit"], row["unit"]) == (
        "line:0",
        0.0,
        1.0,
        "tie",
    )
    assert (row["passed"], row["effect"], row["pre_existing"]) == (False, "show", True)
    assert {"code": "n_minus_1"} in plan["answer"]["information"]
    assert judge(plan, asked, ground).objections == []


def test_a_tie_that_is_too_weak_sends_the_answer_to_the_desk():
    # 720 kW and losses are some 43 A of 50 without the new load, 380 kW and 125 kvar more beyond.
    ground, asked = make_ground(ring(ka=0.05)), ask(*SITE, kva=400.0)
    assert ground.transfers.bare(ground.tree.feeder[4]).kept
    plan = make_model_plan(asked, ground)
    row = row_at(plan)
    assert (row["element_id"], row["unit"], row["limit"]) == ("line:8", "%", 100.0)
    assert 120.0 < row["value"] < 140.0
    assert (row["passed"], row["effect"], row["pre_existing"]) == (False, "desk", False)
    assert {"code": "n_minus_1"} in plan["answer"]["reasons"]
    assert judge(plan, asked, ground).objections == []


@pytest.mark.parametrize(("kva", "effect"), [(30.0, "desk"), (5.0, "show")])
def test_what_was_lost_before_goes_to_the_desk_when_a_point_worse(kva, effect):
    # 42 A of 40: 30 kVA are 1.7 A or 4 points more, 5 kVA less than one.
    security = security_at(make_ground(ring(ka=0.04)), at_unit_4(kva))
    assert not security.kept
    assert security.pre_existing
    assert security.effect == effect


def test_another_limit_than_the_one_broken_before_is_not_pre_existing():
    # The long tie is too weak in volts without the new load, in amperes too with it.
    ground = make_ground(ring(km=80.0, ka=0.055))
    bare = ground.transfers.bare(ground.tree.feeder[4])
    assert [breach.kind for breach in bare.shares[0].state.breaches] == ["voltage_low"]
    security = security_at(ground, at_unit_4(400.0))
    assert security.breach.kind == "loading"
    assert not security.pre_existing
    assert security.effect == "desk"


def test_a_tie_over_which_the_voltage_falls_is_lost_at_its_lowest_node():
    ground, asked = make_ground(ring(km=60.0)), ask(*SITE, kva=400.0)
    plan = make_model_plan(asked, ground)
    row = row_at(plan)
    assert row["unit"] == "V"
    assert row["limit"] in {9_300.0, 353.4}
    assert row["value"] < row["limit"]
    assert row["margin_pct"] == pytest.approx(100.0 * (row["value"] / row["limit"] - 1.0))
    assert judge(plan, asked, ground).objections == []


def test_a_tie_without_any_solution_is_named_itself():
    ground = make_ground(ring(km=2_000.0))
    security = security_at(ground, at_unit_4(400.0))
    assert not security.kept
    assert security.shares[0].state is None


def test_two_ties_to_two_main_transformers_share_the_feeder():
    ground, asked = make_ground(two_receivers), ask(*SITE, kva=400.0)
    plan = make_model_plan(asked, ground)
    first = plan["options"][0]
    # Line 3 alone can be switched between unit 4 and end 6.
    assert [entry["opened_id"] for entry in first["take_over"]] == ["line:3", "line:3"]
    trees = {entry["source_tree_id"] for entry in first["take_over"]}
    assert trees == {"trafo:2", "trafo:3"}
    assert row_at(plan)["passed"]
    assert judge(plan, asked, ground).objections == []


def test_the_line_an_option_splits_is_not_opened():
    ground = make_ground(two_receivers)
    one, other = ground.transfers.ties(ground.tree.feeder[4])
    assert ground.transfers.cuts(one, other, None) == [3]
    assert ground.transfers.cuts(one, other, 3) == []


def test_two_ties_to_one_source_tree_do_not_share():
    def change(net):
        _tie(net, _feeder(net, 1, 2_000.0, -900.0), 6, ka=0.06)
        _tie(net, _feeder(net, 1, 1_060.0, -900.0), 4, ka=0.06)

    security = security_at(make_ground(change), at_unit_4(400.0))
    assert not security.kept
    assert len(security.shares) == 1


def test_the_tie_with_the_least_of_the_greatest_loadings_takes_over():
    def change(net):
        _tie(net, _feeder(net, 1, 2_000.0, -900.0, kw=1_000.0), 6)
        _tie(net, _feeder(net, 1, 1_060.0, -900.0), 4)

    (share,) = security_at(make_ground(change), at_unit_4(400.0)).shares
    assert share.tie.id == "switch:8"
    assert share.tie.inside == 4


def test_nothing_is_computed_at_a_busbar_or_on_the_lost_head():
    ground = make_ground(ring())
    source_tree = ground.grid.source_tree(ground.tree.joint[1])
    at_busbar = Connection(bus=1, line=None, position=None, route_m=10.0)
    on_head = Connection(bus=None, line=0, position=0.5, route_m=10.0)
    for connection in (at_busbar, on_head):
        security = ground.transfers.of(Place(source_tree, connection))
        assert security.key == "not_computed"


# A plan in which another feeder takes over; the option's own numbers stay as they are.
@pytest.fixture(scope="module")
def tied():
    return make_ground(ring())


@pytest.fixture(scope="module")
def asked():
    return ask(*SITE, kva=400.0)


@pytest.fixture(scope="module")
def sound(tied, asked):
    return make_model_plan(asked, tied)


@pytest.fixture
def plan(sound):
    return copy.deepcopy(sound)


def test_a_plan_taken_over_meets_no_objection(plan, asked, tied):
    assert row_at(plan)["passed"]
    assert plan["options"][0]["order_keys"]["n_minus_1"] is True
    assert judge(plan, asked, tied).objections == []


def _spoil(plan, where: str) -> None:
    first, row = plan["options"][0], row_at(plan)
    entry = first["take_over"][0]
    match where:
        case "value":
            row["value"] += 0.02
        case "element":
            row["element_id"] = "line:5"
        case "limit":
            row["limit"] = 90.0
        case "passed":
            row["passed"] = False
        case "tie":
            entry["tie_id"] = "switch:0"
        case "receiver":
            entry["feeder_id"] = "line:0"
        case "source tree":
            entry["source_tree_id"] = "ext_grid:1"
        case "opened":
            entry["opened_id"] = "line:2"
        case "lowest voltage":
            entry["lowest_v_pu"] += 2e-6
        case "nobody":
            first["take_over"] = []
        case "order key":
            first["order_keys"]["n_minus_1"] = "not_computed"
        case "not computed":
            first["checks"].remove(row)
            first["not_computed"] = ["n_minus_1"]
        case "information":
            plan["answer"]["information"].append({"code": "n_minus_1"})


@pytest.mark.parametrize(
    ("where", "objection"),
    [
        ("value", "at trafo:0, found"), ("element", "at line:5, but the worst is"),
        ("limit", "limit 90.0"), ("passed", "passed is False"),
        ("tie", "tie_id switch:0, should be switch:6"), ("receiver", "feeder_id line:0"),
        ("source tree", "source_tree_id ext_grid:1"), ("opened", "opened_id line:2"),
        ("lowest voltage", "lowest_v_pu"), ("nobody", "take-over by []"),
        ("order key", "order key n_minus_1 not_computed"), ("not computed", "0 rows"),
        ("information", "information n_minus_1 is True"),
    ],
)  # fmt: skip
def test_each_thing_spoilt_meets_one_objection_that_names_it(where, objection, plan, asked, tied):
    _spoil(plan, where)
    (said,) = judge(plan, asked, tied).objections
    assert objection in said


@pytest.mark.parametrize("passed", [True, False])
def test_a_lost_feeder_said_to_be_kept_is_objected_to(passed):
    ground, asked = make_ground(ring(ka=0.05)), ask(*SITE, kva=400.0)
    plan = make_model_plan(asked, ground)
    row_at(plan)["passed"] = passed
    said = judge(plan, asked, ground).objections
    assert bool(said) == passed
    plan["answer"]["reasons"].remove({"code": "n_minus_1"})
    said = judge(plan, asked, ground).objections
    assert any("n_minus_1" in one and one.startswith("reasons") for one in said)


# A radial feeder just as near with more room: N-1 kept comes before the margin.
def _radial_beside(net):
    ring()(net)
    _feeder(net, 1, 1_060.0, 120.0, kw=1.0)
    net.load.loc[net.load.bus == 4, "p_mw"] = 2.0


def test_a_kept_n_minus_1_comes_before_a_larger_margin():
    ground, asked = make_ground(_radial_beside), ask(*SITE, kva=400.0)
    plan = make_model_plan(asked, ground)
    kept = [option["order_keys"]["n_minus_1"] for option in plan["options"]]
    steps = [option["order_keys"]["margin_step"] for option in plan["options"]]
    radial = kept.index(False)
    assert radial > 0
    assert steps[radial] > steps[0]
    assert judge(plan, asked, ground).objections == []
    plan["options"].insert(0, plan["options"].pop(radial))
    for rank, option in enumerate(plan["options"], start=1):
        option["rank"] = rank
    said = judge(plan, asked, ground).objections
    assert any("comes before" in one for one in said)
    plan["options"] = plan["options"][:1]
    said = judge(plan, asked, ground).objections
    assert any("is better placed than option 1" in one for one in said)


def test_n_minus_1_of_options_that_decide_nothing_is_a_sample():
    ground, asked = make_ground(ring()), ask(*SITE, kva=400.0)
    plan = make_model_plan(asked, ground)
    window_m = 1.15 * plan["options"][0]["sources"][0]["route"]["length_m"] + 50.0
    far = next(o for o in plan["options"] if o["sources"][0]["route"]["length_m"] > window_m)
    (row,) = [row for row in far["checks"] if row["code"] == "n_minus_1"]
    row["value"] += 1.0
    assert judge(plan, asked, ground).objections
    assert judge(plan, asked, ground, every_n_minus_1=False).objections == []


def test_a_low_voltage_option_has_no_n_minus_1():
    ground, asked = make_ground(ring()), ask(830.0, 60.0, kw=60.0)
    plan = make_model_plan(asked, ground)
    assert judge(plan, asked, ground).objections == []
    plan["options"][0]["take_over"] = [{}]
    assert judge(plan, asked, ground).objections == ["option 1 (line:6): n_minus_1 at low voltage"]


def test_ties_are_read_from_switches_and_open_lines():
    def change(net):
        other = _feeder(net, 1, 2_000.0, -900.0)
        pp.create_switch(net, other, 6, "b", closed=False, type="CB")
        _tie(net, 5, 3)  # within the feeder itself: no tie

    ground = make_ground(change)
    (tie,) = ground.transfers.ties(ground.tree.feeder[4])
    assert (tie.inside, tie.outside, tie.line) == (6, 11, None)
    security = security_at(ground, at_unit_4(400.0))
    assert security.kept


def test_a_tie_to_a_busbar_has_no_receiving_feeder():
    def change(net):
        _tie(net, 1, 6)

    ground, asked = make_ground(change), ask(*SITE, kva=400.0)
    plan = make_model_plan(asked, ground)
    assert plan["options"][0]["take_over"][0]["feeder_id"] is None
    assert row_at(plan)["passed"]
