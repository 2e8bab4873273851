"""Options of several sources in a town between two substations (see `town`)."""

from __future__ import annotations

import pytest

from grid_models.errors import InputError
from planner.plan import plan_to_json
from planner.second_opinion import SecondOpinion
from planner.verification import verify_plan
from tests.cases.drawing import CABLE_70
from tests.planner.example import asked, catalogue, example_rules, rule_book, unexamined
from tests.planner.routing.drawn import draw_streets, line
from tests.planner.station import answer
from tests.planner.town import SITE, several, town

PF = 0.95


def heads(option):
    """Outgoing lines of an option's sources, the main one first."""
    return [source.feeder_id for source in option.sources]


def sentence(plan):
    """Return the first reason in English."""
    return plan.answer.reasons[0].en


# what is offered ---------------------------------------------------------------------------------


def test_two_sources_are_offered_as_what_the_trace_proves():
    # routes: 1.3 x 141 m to line:1's unit, 1.3 x 224 m to line:2's, 1.3 x 412 m to line:3's
    offered = {frozenset(heads(option)): option.kind for option in several().options}
    assert offered == {
        frozenset(["line:1", "line:2"]): "dual_circuit",
        frozenset(["line:1", "line:3"]): "dual_source",
        frozenset(["line:2", "line:3"]): "dual_source",
    }


def test_the_shortest_lines_together_come_first():
    lengths = [sum(s.route.length_m for s in option.sources) for option in several().options]
    assert lengths[0] == pytest.approx(1.3 * (20_000**0.5 + 50_000**0.5))
    assert lengths == sorted(lengths)


def test_the_nearer_point_is_the_main_source():
    first = several().options[0]
    assert [(source.role, source.feeder_id) for source in first.sources] == [
        ("main", "line:1"), ("standby", "line:2"),
    ]  # fmt: skip


def test_reliability_puts_the_better_grade_first():
    assert [option.kind for option in several(order="reliability").options] == [
        "dual_source", "dual_source", "dual_circuit",
    ]  # fmt: skip


def test_a_first_class_customer_is_offered_no_dual_circuit():
    plan = several(importance="first")
    assert {option.kind for option in plan.options} == {"dual_source"}
    (refused,) = [r for r in plan.rejected if r.reasons[0].code == "source_independence"]
    assert (refused.kind, refused.access_point.element_id) == ("dual_circuit", "bus:4")
    assert "the same busbar section (bus:2)" in refused.reasons[0].en


def test_an_area_that_does_not_block_offers_the_dual_circuit_at_the_desk():
    effects = {"path": "desk", "feeder": "desk", "tree": "show"}
    plan = several(importance="first", rules=rule_book(source_independence={"effects": effects}))
    assert plan.options[0].kind == "dual_circuit"
    assert "source_independence" in answer(plan)[1]


def test_a_second_class_customer_may_have_either():
    assert several(importance="second").options[0].kind == "dual_circuit"


def test_an_industry_of_first_class_counts_whatever_class_is_asked():
    # 0610: coal mining
    plan = several(importance="ordinary", industry="0610")
    assert {option.kind for option in plan.options} == {"dual_source"}


def test_three_sources_are_several_where_two_of_them_are_a_dual_source():
    (option,) = several(sources=3, importance="special").options
    assert (option.kind, sorted(heads(option))) == ("multi_source", ["line:1", "line:2", "line:3"])
    grades = [pair.grade for pair in option.independence.pairs]
    assert sorted(grades) == ["dual_circuit", "dual_source", "dual_source"]


def test_several_sources_stay_with_the_desk_for_32_days():
    plan = several()
    # a route of 184 m and one of 291 m
    assert answer(plan) == (
        "back_office", ["more_than_one_source", "route_unconfirmed", "route_unconfirmed"],
    )  # fmt: skip
    assert plan.options[0].schedule.limit_days == 32


# what each source carries ------------------------------------------------------------------------


def states_of(option):
    return [(s.code, s.carried_by, s.out, round(s.p_kw, 6)) for s in option.states]


def test_without_an_important_part_each_source_carries_everything_alone():
    assert states_of(several().options[0]) == [
        ("normal", 0, (1,), 800.0 * PF), ("main_out", 1, (0,), 800.0 * PF),
    ]  # fmt: skip


def test_the_standby_carries_the_important_part_alone():
    option = several(important_kw=300.0).options[0]
    assert states_of(option) == [("normal", 0, (1,), 760.0), ("main_out", 1, (0,), 300.0)]
    # 300 kW / 0.95 / 0.8 = 394.7 kVA: the next standard transformer
    assert [state.holds_kva for state in option.states] == [800.0, 400.0]


def test_an_important_part_beyond_the_load_is_the_load():
    assert states_of(several(important_kw=790.0).options[0])[1][3] == 760.0


def test_with_one_source_out_the_grid_is_as_if_the_other_were_the_only_one():
    alone = {o.sources[0].feeder_id: o.power_flow for o in several(sources=1).options}
    for option in several().options:
        for state in option.states:
            assert state.power_flow == alone[heads(option)[state.carried_by]]


def test_a_feeder_too_weak_for_everything_backs_the_important_part():
    # 70 mm2 carries 165 A at 80 %: 2,286 kVA, of which 949 are in use; 1,600 do not fit, 500 do
    grid = town(b_cable=CABLE_70)
    whole = several(grid, kva=1600.0, importance="first")
    assert whole.options == ()
    part = several(grid, kva=1600.0, importance="first", important_kw=475.0)
    assert [(o.kind, heads(o)[1]) for o in part.options] == [("dual_source", "line:3")] * 2


def test_the_ties_of_both_feeders_are_looked_at():
    option = several().options[0]
    found = [c.element_id for s in option.states for c in s.checks if c.code == "n_minus_1"]
    assert found == ["line:1", "line:2"]


def test_the_checks_of_the_option_are_the_worst_of_its_sources():
    option = several().options[0]
    for check in option.checks:
        own = [c.margin_pct for s in option.states for c in s.checks if c.code == check.code]
        assert check.margin_pct == min(own)


# what is built -----------------------------------------------------------------------------------


def works_of(plan):
    return [work.code for work in plan.options[0].works]


def test_both_lines_are_built_compensation_once_and_the_sources_are_interlocked():
    assert works_of(several()) == [
        "bay_use", "mv_line_new", "customer_transformer", "compensation", "metering",
        "bay_use", "mv_line_new", "metering", "interlock",
    ]  # fmt: skip


@pytest.mark.parametrize("power", [{"kva": 800.0}, {"kva": 250.0}, {"kw": 300.0, "kva": None}])
def test_the_bill_holds_a_meter_for_every_metering_point(power):
    option = several(importance="second", important_kw=50.0, **power).options[0]
    billed = [item.quantity for item in option.cost.items if item.work == "metering"]
    assert sum(billed) == len(option.customer_side.metering_points) == 2
    assert {f"metering_{p.mode}" for p in option.customer_side.metering_points} == {
        item.code for item in option.cost.items if item.work == "metering"
    }


def test_an_important_customer_needs_a_source_of_120_percent_of_the_security_load():
    plan = several(importance="first", important_kw=300.0)
    work = plan.options[0].works[-1]
    # 1.2 x 300 kW / 0.95
    assert (work.code, work.unit) == ("emergency_source", "kVA")
    assert work.quantity == pytest.approx(378.947, abs=1e-3)
    assert plan.options[0].customer_side.emergency_source_kva == pytest.approx(work.quantity)


def test_the_cost_is_that_of_all_works():
    option = several().options[0]
    assert sum(option.cost.by_payer.values()) == pytest.approx(option.cost.p50)
    [interlock] = [item for item in option.cost.items if item.work == "interlock"]
    # one set, as the price list that comes along has it
    assert (interlock.quantity, interlock.unit_p50) == (1.0, 20_000.0)
    priced = [item.quantity * item.unit_p50 for item in option.cost.items]
    assert option.cost.p50 == pytest.approx(sum(priced))


# what cannot be had ------------------------------------------------------------------------------


def test_one_feeder_is_not_offered_twice():
    plan = several(town(has_b=False, has_u2=False))
    assert answer(plan)[0] == "no_option"
    assert sentence(plan) == (
        "2 sources are asked for, but the feasible access points are on 1 feeder(s) only (line:1), "
        "and only different feeders back each other; ask for one source, or wait for another feeder"
    )


def test_one_substation_gives_a_first_class_customer_nothing_and_says_what_was_tried():
    plan = several(town(has_b=False), importance="first")
    assert answer(plan)[0] == "no_option"
    assert sentence(plan) == (
        "2 feasible access points on 2 feeder(s) and 1 combinations were looked at: "
        "no 2 sources reach dual source; the best is dual circuit"
    )


def test_three_sources_of_one_substation_do_not_exist():
    plan = several(town(has_b=False), sources=3)
    assert (answer(plan)[0], plan.answer.reasons[0].code) == ("no_option", "source_independence")
    assert "on 2 feeder(s) only (line:1, line:2)" in sentence(plan)


def test_a_special_customer_who_asks_for_two_is_told_to_ask_for_three():
    plan = several(importance="special")
    assert sentence(plan) == (
        "class special requires several sources and only 2 sources are asked for; ask for 3"
    )


def test_sources_in_service_together_are_not_computed():
    with pytest.raises(InputError, match="source_operation is 'both_in_service'"):
        several(rules=rule_book(source_operation={"value": "both_in_service"}))


# along streets -----------------------------------------------------------------------------------

# One street passes all units, another leads from it to the site: its last 100 m serve both lines.
STREETS = draw_streets(
    line("street", (900, 300), (900, 0)),
    line("street", (900, 0), (1_400, 0)),
    line("street", (1_000, 0), (1_000, 100)),
)


def test_new_lines_that_take_one_street_to_the_site_share_its_trench():
    option = next(
        o for o in several(streets=STREETS).options if set(heads(o)) == {"line:1", "line:3"}
    )
    shared = option.independence.pairs[0].shared
    assert option.kind == "dual_circuit"
    assert [(part.kind, part.element_ids) for part in shared] == [
        ("trench", ("new:line:1", "new:line:2"))
    ]


def test_verification_follows_the_new_lines_along_the_street():
    plan = plan_to_json(several(streets=STREETS))
    found = verify_plan(plan, unexamined(town()), rule_book(), catalogue(), streets=STREETS)
    assert found == ()


# bounds ------------------------------------------------------------------------------------------


def test_no_more_options_of_a_grade_than_the_rules_say():
    plan = several(rules=rule_book(dual_options={"value": 1}))
    assert [option.kind for option in plan.options] == ["dual_circuit", "dual_source"]


def test_no_more_combinations_are_looked_at_than_the_rules_say():
    plan = several(rules=rule_book(dual_pairs={"value": 1}))
    assert [heads(option) for option in plan.options] == [["line:1", "line:2"]]


# confirmed ---------------------------------------------------------------------------------------


def test_verification_confirms_each_state_and_grade():
    plan = plan_to_json(several(sources=3, important_kw=300.0))
    assert len(plan["options"]) == 1
    assert verify_plan(plan, unexamined(town()), rule_book(), catalogue()) == ()


def test_pandapower_contradicts_a_load_a_loading_and_a_grade_that_are_not_so():
    facts = {"kva": 800.0, "sources": 2, "important_kw": 300.0}
    option = plan_to_json(several(**facts))["options"][0]
    option["states"][1]["p_kw"] += 1.0
    option["states"][1]["power_flow"]["max_line_loading_pct"] += 1.0
    option["kind"] = option["independence"]["pairs"][0]["grade"] = "dual_source"
    opinion = SecondOpinion(
        grid=town(), application=asked(*SITE, **facts), rules=example_rules(), commitments=()
    )
    assert [finding.place for finding in opinion.findings(option)] == [
        "states[1].p_kw",
        "states[1].power_flow.max_line_loading_pct",
        "independence.pairs[0].grade",
        "kind",
    ]
