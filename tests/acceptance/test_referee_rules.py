"""The referee's rules on a grid made by hand: what each allows, and what each objects to."""

from __future__ import annotations

import copy
import math

import pandapower as pp
import pytest
from hand_made import ask, at, make_ground
from model_plan import make_model_plan
from referee import judge
from referee_application import Application, design_load
from referee_better import nearest_after_works
from referee_order import margin_step
from referee_trials import Trials

SITE = (830.0, 60.0)


@pytest.fixture(scope="module")
def ground():
    return make_ground()


def keys(ground, where, level: str) -> set[tuple[str, str]]:
    return {c.key for c in Trials(ground, ask(*where, kva=630.0)).candidates(level)}


# Transformer sums: kW / 0.95 / 0.8, worked by hand.
@pytest.mark.parametrize(
    ("kw", "capacity_kva"),
    [
        (210.0, 315.0),  # 276.3: one
        (1_900.0, 2_500.0),  # 2,500.0: one
        (1_976.0, 2_600.0),  # 2,600.0: 1,600 + 1,000
        (2_000.0, 2_660.0),  # 2,631.6: 2,500 + 160 (2,000 + 630 is 2,630)
        (3_000.0, 4_000.0),  # 3,947.4: 2,000 + 2,000
        (4_000.0, 5_300.0),  # 5,263.2: 2,500, and for 2,763.2 2,000 + 800
    ],
)
def test_capacity_is_one_transformer_or_the_least_sum_of_two(kw, capacity_kva):
    assert design_load(Application(0.0, 0.0, kw=kw), "mv").capacity_kva == capacity_kva


def test_a_capacity_of_equal_transformers_is_objected_to(ground):
    asked = ask(*SITE, kw=1_976.0)
    plan = make_model_plan(asked, ground)
    assert judge(plan, asked, ground).objections == []
    for told in (plan, *plan["options"]):
        told["capacity_kva"] = 3_200.0
    assert judge(plan, asked, ground).objections


# First sections: lines 0 and 1, the joint between them has nothing else.
def _load_at_joint(net):
    pp.create_load(net, 2, 0.01)


def _switch_at_joint(net):
    pp.create_switch(net, 2, 1, "l", closed=True)


def _branch_at_joint(net):
    pp.create_bus(net, 10.0, geodata=at(400.0, 300.0))
    pp.create_line_from_parameters(net, 2, 11, 0.3, 0.16, 0.1, 200.0, 0.3, type="cs")


@pytest.mark.parametrize(
    ("change", "is_reached"),
    [(None, False), (_load_at_joint, True), (_switch_at_joint, True), (_branch_at_joint, True)],
)
def test_a_first_section_goes_on_beyond_a_plain_joint(change, is_reached):
    found = keys(make_ground(change, has_spare_bays=False), (600.0, 30.0), "mv")
    assert ("line_ring_in", "line:0") not in found
    assert (("line_ring_in", "line:1") in found) == is_reached
    assert ("line_ring_in", "line:2") in found


def test_a_first_section_ends_at_a_bay_and_at_a_pole(ground):
    def overhead(net):
        net.line.loc[1, "type"] = "ol"

    assert ("station_bay", "bus:2") in keys(ground, (600.0, 30.0), "mv")
    found = keys(make_ground(overhead, has_spare_bays=False), (600.0, 30.0), "mv")
    assert ("line_tee", "line:1") in found


def test_a_cut_in_within_the_first_section_is_objected_to():
    asked = ask(600.0, 30.0, kva=630.0)
    plan = make_model_plan(asked, make_ground(_switch_at_joint, has_spare_bays=False))
    assert plan["options"][0]["sources"][0]["access_point"]["element_id"] == "line:1"
    said = judge(plan, asked, make_ground(has_spare_bays=False)).objections
    assert any("no admissible access point" in objection for objection in said)


# Cut-ins at an end node stand one metre inside.
def test_a_cut_in_at_an_end_node_stands_a_metre_inside():
    ground = make_ground(has_spare_bays=False)
    asked = ask(790.0, 60.0, kva=630.0)
    candidate = Trials(ground, asked).find("line_ring_in", "line:2")
    course_m = float(ground.plane.course_m[2])
    assert course_m == pytest.approx(260.0, abs=0.5)
    assert candidate.position == pytest.approx(1.0 / course_m, rel=1e-9)
    assert candidate.distance_m == pytest.approx(math.hypot(11.0, 60.0), abs=0.1)

    plan = make_model_plan(asked, ground)
    assert judge(plan, asked, ground).objections == []
    access = plan["options"][0]["sources"][0]["access_point"]
    assert (access["kind"], access["element_id"]) == ("line_ring_in", "line:2")
    access["lon"], access["lat"] = ground.plane.to_lon_lat(ground.plane.bus_xy[3])
    access["position"] = 0.5 / course_m  # half a metre: shorter ones pandapower may not solve
    assert judge(plan, asked, ground).objections


def test_a_cut_in_on_a_course_shorter_than_two_metres_stands_in_its_middle():
    def closer(net):
        net.bus.loc[4, "geo"] = f'{{"coordinates": {list(at(801.5, 0.0))}, "type": "Point"}}'

    trials = Trials(make_ground(closer, has_spare_bays=False), ask(790.0, 60.0, kva=630.0))
    assert trials.find("line_ring_in", "line:2").position == pytest.approx(0.5)


# Ownership, also along the way.
def _own(owner: str):
    def change(net):
        for table in ("bus", "line", "trafo"):
            net[table]["ownership"] = "public"
        net.line.loc[2, "ownership"] = owner

    return change


def test_nothing_is_offered_beyond_a_private_line(ground):
    private = make_ground(_own("private"))
    for level, at_unit in (("mv", "bus:4"), ("lv", "trafo:1")):
        assert at_unit in {element for _, element in keys(ground, (1_000.0, 60.0), level)}
        assert at_unit not in {element for _, element in keys(private, (1_000.0, 60.0), level)}
    asked = ask(1_000.0, 60.0, kva=630.0)
    said = judge(make_model_plan(asked, ground), asked, private).objections
    assert any("no admissible access point" in objection for objection in said)


def test_a_public_point_refused_as_private_is_objected_to(plan_of_shop, shop, ground):
    access = {"kind": "lv_node", "element_id": "bus:9"}
    reason = {"code": "not_public", "element_id": "bus:9", "value": None, "limit": None}
    plan_of_shop["rejected"] = [{"access_point": access, "reasons": [reason]}]
    assert any("it is public" in one for one in judge(plan_of_shop, shop, ground).objections)


def test_an_unknown_line_on_the_way_sends_the_answer_to_the_desk(ground):
    unknown, asked = make_ground(_own("unknown")), ask(1_000.0, 60.0, kva=630.0)
    plan = make_model_plan(asked, unknown)
    assert {"code": "ownership_unknown"} in plan["answer"]["reasons"]
    said = judge(make_model_plan(asked, ground), asked, unknown).objections
    assert any("ownership_unknown" in objection for objection in said)


@pytest.mark.parametrize(("loads", "is_offered"), [((12,), False), ((11, 12), True)])
def test_a_feeder_with_one_private_customer_is_dedicated(loads, is_offered):
    def feeder(net):
        _own("public")(net)
        for east_m in (400.0, 800.0):
            bus = pp.create_bus(net, 10.0, geodata=at(east_m, -500.0))
            start = 1 if bus == 11 else bus - 1
            pp.create_line_from_parameters(net, start, bus, 0.6, 0.16, 0.1, 200.0, 0.3, type="cs")
        net.line["ownership"] = net.line.ownership.fillna("public")
        net.bus["ownership"] = net.bus.ownership.fillna("public")
        net.bus.loc[12, "ownership"] = "private"
        for bus in loads:
            pp.create_load(net, bus, 0.2)

    found = keys(make_ground(feeder), (400.0, -520.0), "mv")
    assert (("station_bay", "bus:11") in found) == is_offered
    assert ("station_bay", "bus:12") not in found


# Low voltage: 150 kW overload board 7 (200 kVA); board 10 stands 306 m of new line away.
@pytest.fixture(scope="module")
def shop():
    return ask(*SITE, kw=150.0)


@pytest.fixture
def plan_of_shop(shop, ground):
    return make_model_plan(shop, ground)


def _rank(plan) -> None:
    for rank, option in enumerate(plan["options"], start=1):
        option["rank"] = rank


def _ids(plan) -> list[tuple[str, str]]:
    accesses = [(o["kind"], o["sources"][0]["access_point"]) for o in plan["options"]]
    return [(kind, access["element_id"]) for kind, access in accesses]


def test_works_within_the_supply_radius_come_before_points_beyond_it(plan_of_shop, shop, ground):
    assert _ids(plan_of_shop) == [("lv_after_works", "trafo:0"), ("lv_public", "trafo:1")]
    # 40 + 80 kW there and 166.7 kVA: 315 kVA would be loaded to 91 %, 400 kVA to 72 %.
    assert "400 kVA" in plan_of_shop["options"][0]["works"][0]["en"]
    assert judge(plan_of_shop, shop, ground).objections == []


def _spoil(plan, where: str) -> None:
    works, beyond = plan["options"]
    bay = {"kind": "station_bay", "element_id": "bus:3"}
    reason = {"code": "low_voltage_first", "element_id": "", "value": None, "limit": None}
    match where:
        case "beyond the radius first":
            plan["options"] = [beyond, works]
        case "no works":
            plan["options"] = [beyond]
        case "nothing beyond the radius":
            plan["options"] = [works]
        case "compared with 10 kV":
            plan["rejected"].append({"access_point": bay, "reasons": [reason]})
        case "a transformer too small":
            works["works"][0]["en"] = "replace transformer with one of 315 kVA"
        case "within the radius by its key":
            beyond["order_keys"]["is_within_radius"] = True
        case "a shorter radius":
            rows = {row["code"]: row for row in beyond["checks"]}
            rows["supply_radius"] |= {"value": 240.0, "passed": True}
    _rank(plan)


@pytest.mark.parametrize(
    ("where", "objection"),
    [
        ("beyond the radius first", "comes before"),
        ("no works", "trafo:0 does after works"),
        ("nothing beyond the radius", "beyond the supply radius passes"),
        ("compared with 10 kV", "beyond the supply radius is offered"),
        ("a transformer too small", "becomes 315.0 kVA, should be 400.0"),
        ("within the radius by its key", "is_within_radius"),
        ("a shorter radius", "supply radius 240.0"),
    ],
)
def test_a_plan_that_mistakes_the_supply_radius_is_objected_to(
    where, objection, plan_of_shop, shop, ground
):
    _spoil(plan_of_shop, where)
    said = judge(plan_of_shop, shop, ground).objections
    assert any(objection in one for one in said), said


def test_works_are_objected_to_where_a_point_within_the_radius_passes(plan_of_shop, ground):
    smaller = ask(*SITE, kw=30.0)
    plan = make_model_plan(smaller, ground)
    assert judge(plan, smaller, ground).objections == []
    plan["options"].append(plan_of_shop["options"][0])
    _rank(plan)
    said = judge(plan, smaller, ground).objections
    assert any("works, but a candidate passes within" in one for one in said)


def _full(net):
    net.load.loc[net.load.bus == 10, "p_mw"] = 0.5


def test_no_board_beyond_the_supply_radius_is_reinforced():
    ground, asked = make_ground(_full), ask(800.0, 300.0, kw=150.0)
    trials = Trials(ground, asked)
    board = trials.find("transformer_lv", "trafo:0")
    assert board.route_m == pytest.approx(1.3 * 290.0, abs=0.5)
    assert trials.after_works(board) is not None
    assert nearest_after_works(trials) is None
    plan = make_model_plan(asked, ground)
    assert plan["answer"]["mode"] == "no_option"
    assert judge(plan, asked, ground).objections == []


def test_10_kv_stands_beside_low_voltage_only_where_nothing_passes(shop):
    ground = make_ground(_full)
    plan = make_model_plan(shop, ground)
    assert _ids(plan) == [("lv_after_works", "trafo:0")]
    assert judge(plan, shop, ground).objections == []
    plan["rejected"] = []
    said = judge(plan, shop, ground).objections
    assert any("10(20) kV is not listed" in one for one in said)


# Margin and cost at low voltage.
def test_between_80_and_100_percent_the_margin_step_is_that_of_80_at_low_voltage():
    assert [margin_step(pct, "lv") for pct in (60.0, 79.0, 85.0, 95.0, 100.0)] == [4, 2, 2, 2, 2]
    assert [margin_step(pct, "mv") for pct in (60.0, 79.0, 85.0, 95.0, 100.0)] == [4, 2, 1, 0, 0]


def test_a_farther_board_is_not_first_because_the_nearest_is_heavily_loaded():
    def second_board_beside(net):
        net.bus.loc[10, "geo"] = f'{{"coordinates": {list(at(868.0, 60.0))}, "type": "Point"}}'
        net.load.loc[net.load.bus == 10, ["p_mw", "q_mvar"]] = 0.41, 0.12

    ground, asked = make_ground(second_board_beside), ask(*SITE, kw=60.0)
    plan = make_model_plan(asked, ground)
    assert judge(plan, asked, ground).objections == []
    loadings = {
        trial.candidate.element_id: trial.evaluation.path_loading_pct
        for trial in (
            Trials(ground, asked).try_at(c) for c in Trials(ground, asked).admissible("lv")
        )
        if trial.passes
    }
    nearest, farther = _ids(plan)[0][1], "trafo:1"
    assert loadings[nearest] > 90.0
    assert 75.0 < loadings[farther] < 79.0
    plan["options"].sort(key=lambda option: loadings[_ids({"options": [option]})[0][1]])
    assert _ids(plan)[0][1] == farther
    _rank(plan)
    said = judge(plan, asked, ground).objections
    assert any("comes before" in one for one in said)


@pytest.mark.parametrize(
    ("name", "value", "objection"),
    [("margin_step", 0, "margin_step"), ("cost", 250_000.0, "what is reinforced later is priced")],
)
def test_a_heavily_loaded_option_has_neither_a_lower_step_nor_a_price(
    name, value, objection, ground
):
    asked = ask(*SITE, kw=60.0)
    plan = make_model_plan(asked, ground)
    node = plan["options"][1]
    assert _ids(plan)[1:] == [("lv_public", "bus:8"), ("lv_public", "bus:9")]
    assert "reinforce_later" in {work["code"] for work in node["works"]}
    if name == "cost":
        node["cost"]["p50"] += value
    else:
        node["order_keys"][name] = value
    said = judge(plan, asked, ground).objections
    assert any(objection in one for one in said), said


@pytest.mark.parametrize("name", ["p15", "p50", "p85"])
def test_a_sum_that_is_not_quantity_times_price_is_noticed(name, ground):
    asked = ask(*SITE, kw=60.0)
    plan = make_model_plan(asked, ground)
    plan["options"][0]["cost"][name] += 1.0
    assert any(f"cost {name}" in one for one in judge(plan, asked, ground).objections)


# Limits of closed switches.
def _rated(in_ka: float, *, closed: bool = True):
    def change(net):
        switch = net.switch.index[(net.switch.element == 2) & (net.switch.bus == 3)][0]
        net.switch.loc[switch, ["in_ka", "closed"]] = in_ka, closed

    return change


def test_a_closed_switch_limits_its_line_and_leaves_its_rating():
    trials = Trials(make_ground(_rated(0.04)), ask(1_000.0, 60.0, kva=400.0))
    trial = trials.try_at(trials.find("station_bay", "bus:4"), may_bound=False)
    found = trial.evaluation
    row = list(found.place.line_names).index("line:2")
    amperes = found.flow.line_a[row]
    assert 35.0 < amperes < 90.0
    assert found.flow.line_pct[row] == pytest.approx(100.0 * amperes / 40.0)
    assert found.flow.line_rated_pct[row] == pytest.approx(100.0 * amperes / 300.0)
    assert ("heavy_load", "line:2") in trial.evaluation.blocks


def test_a_switch_at_a_transformer_limits_the_side_it_stands_at():
    def change(net):
        switch = pp.create_switch(net, 3, 0, "t", closed=True)
        net.switch.loc[switch, "in_ka"] = 0.01

    ground = make_ground(change)
    source_tree = ground.grid.source_tree(ground.tree.joint[3])
    amperes = 1_000.0 * source_tree.net.res_trafo.i_hv_ka.at[0]
    assert source_tree.base.trafo_pct[0] == pytest.approx(100.0 * amperes / 10.0)


def test_a_plan_that_passes_over_a_switch_is_objected_to(ground):
    asked = ask(1_000.0, 60.0, kva=400.0)
    plan = make_model_plan(asked, ground)
    assert judge(plan, asked, make_ground(_rated(0.4))).objections == []
    said = judge(plan, asked, make_ground(_rated(0.04))).objections
    assert any("offered although" in one for one in said)


# Refusals.
def test_a_refusal_must_block_where_it_says(shop, plan_of_shop, ground):
    trials = Trials(ground, shop)
    trial = trials.try_at(trials.find("transformer_lv", "trafo:0"), may_bound=False)
    access = {"kind": "transformer_lv", "element_id": "trafo:0"}

    def objections(code: str, element_id: str, off: float = 0.0) -> list[str]:
        plan = copy.deepcopy(plan_of_shop)
        finding = trial.evaluation.findings[code]
        value = float(finding.value[finding.row_of(element_id)]) + off
        reason = {"code": code, "element_id": element_id, "value": value, "limit": 100.0}
        plan["rejected"] = [{"access_point": access, "reasons": [reason]}]
        return judge(plan, shop, ground).objections

    assert objections("thermal_transformer", "trafo:0") == []
    assert objections("thermal_transformer", "trafo:0", off=0.03)
    assert objections("thermal_line", "line:2")
