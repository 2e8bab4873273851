"""A sample of all kinds on the demonstration's district, small enough for the gate."""

from __future__ import annotations

import copy

import pytest
from kinds_run import DISTRICT, KindsCase, answer, prepare, verified
from referee_district import renamed
from referee_kinds import judge_any

SAMPLE = KindsCase(grid=DISTRICT, scale=1.0, count=32, seed=7)
# one of each kind that differs in what is solved, some along the streets
NUMBERS = (1, 2, 3, 4, 5, 6, 9, 12, 13, 14, 16, 19, 23)
VERIFIED = (3, 6, 12, 19)  # pandapower takes seconds an option


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    return prepare(SAMPLE, tmp_path_factory.mktemp("kinds"))


@pytest.fixture(scope="module")
def plans(prepared):
    return {number: answer(prepared, prepared.asked[number]) for number in NUMBERS}


def judged(prepared, plan, number):
    asked = prepared.asked[number]
    return judge_any(
        renamed(plan), asked, prepared.ground, is_district=True, ground_at=prepared.ground_at
    )


@pytest.mark.parametrize("number", NUMBERS)
def test_pandapower_confirms_every_option(prepared, plans, number):
    assert judged(prepared, plans[number], number).objections == []


@pytest.mark.parametrize("number", VERIFIED)
def test_a_plan_is_verified(prepared, plans, number):
    assert verified(prepared, prepared.asked[number], plans[number]) == []


def test_what_is_refused_is_tried_by_the_referee(prepared, plans):
    assert judged(prepared, plans[19], 19).refusal_confirmed


def test_a_limited_supply_that_leaves_out_less_than_it_must_is_noticed(prepared, plans):
    plan = copy.deepcopy(plans[19])
    partial = plan["options"][-1]["partial"]
    for day in partial["envelope"]:
        day["allowed_kw"] = [partial["wish_kw"]] * 24
        day["left_out_kwh"] = 0.0
    partial["load_kw"] = partial["wish_kw"]
    said = judged(prepared, plan, 19).objections
    assert any("allowed at summer" in objection for objection in said)


def test_a_refusal_of_what_passes_is_noticed(prepared, plans):
    plan = {**copy.deepcopy(plans[16]), "options": []}
    (objection,) = judged(prepared, plan, 16).objections
    assert "passes" in objection


def test_sources_called_more_apart_than_they_are_are_noticed(prepared, plans):
    plan = copy.deepcopy(plans[2])
    for pair in plan["options"][0]["independence"]["pairs"]:
        pair["grade"] = "dual_source"
    said = judged(prepared, plan, 2).objections
    assert any("are called dual_source, but" in objection for objection in said)


def test_a_standby_that_carries_less_than_the_important_load_is_noticed(prepared, plans):
    plan = copy.deepcopy(plans[6])
    plan["options"][0]["states"][1]["p_kw"] *= 0.9
    said = judged(prepared, plan, 6).objections
    assert [objection for objection in said if "source 1: p_kw" in objection]


def test_a_voltage_that_is_not_so_is_noticed_at_a_standby(prepared, plans):
    plan = copy.deepcopy(plans[6])
    plan["options"][0]["states"][1]["power_flow"]["v_customer_pu"] += 0.001
    assert any("v_customer_pu" in said for said in judged(prepared, plan, 6).objections)


def test_a_loading_that_is_not_so_is_noticed_at_an_existing_supply(prepared, plans):
    plan = copy.deepcopy(plans[12])
    plan["options"][0]["power_flow"]["max_transformer_loading_pct"] += 1.0
    assert any("max_transformer" in said for said in judged(prepared, plan, 12).objections)


def test_a_voltage_that_is_not_so_is_noticed_at_a_dedicated_line(prepared, plans):
    plan = copy.deepcopy(plans[3])
    assert plan["options"][0]["kind"] == "hv_dedicated"
    plan["options"][0]["power_flow"]["v_customer_pu"] += 0.001
    assert any("v_customer_pu" in said for said in judged(prepared, plan, 3).objections)


def test_a_station_that_was_left_out_is_noticed(prepared, plans):
    plan = {**copy.deepcopy(plans[3]), "options": []}
    assert any(
        "neither offered nor refused" in said for said in judged(prepared, plan, 3).objections
    )
