from __future__ import annotations

from typing import Any

import pytest

from grid_models.edits import (
    AddGenerators,
    AddLine,
    AddLoads,
    AddTransformer,
    ReplaceConductor,
    ReplaceTransformer,
    SetService,
    SetSwitches,
)
from planner.rules import load_rule_book
from planner.scenarios import Scenario, read_scenario
from planner.scenarios.fields import ACTIONS, STEP_FIELDS
from planner.scenarios.scenario import ConnectApplication, GrowLoads, SetPowers
from planner.site import grid_area
from tests.planner.scenario_grids import DAY, catalogue, model, refused

CABLE, MORE = "YJV22-8.7/15-3x240", "YJV22-8.7/15-3x400"
LINE = {"from": "a2", "to": "b2", "length_m": 900, "type": CABLE}
FEEDER = {"busbar": "b1", "to": "a2", "length_m": 900, "type": CABLE}
SITE = {"at": [120.1585, 30.2801], "kw": 60, "special_load": "none"}


def read(document: Any) -> Scenario:
    return read_scenario(
        document,
        model=model(),
        area=grid_area(model().grid),
        catalogue=catalogue(),
        rule_book=load_rule_book,
        today=DAY,
    )


def step(**fields: Any) -> Scenario:
    return read({"steps": [fields]})


def only(**fields: Any) -> Any:
    (action,) = step(**fields).steps[0].actions
    return action


def sentences(*steps: Any, **facts: Any) -> list[str]:
    return refused(lambda: read({"steps": list(steps), **facts}))


# ---------------------------------------------------------------------- what is read


def test_a_load_without_reactive_power_has_the_power_factor() -> None:
    (load,) = only(add_load={"node": "home", "p_kw": 95, "power_factor": 0.95}).loads
    # 95 tan(acos 0.95) = 31.2
    assert (load.load_id, load.node_id, load.p_kw) == ("step:1:load:1", "home", 95.0)
    assert load.q_kvar == pytest.approx(31.22, abs=0.01)


def test_several_loads_are_one_edit() -> None:
    action = only(add_load=[{"node": "home", "p_kw": 1}, {"node": "a2", "p_kw": 2, "id": "neu"}])
    assert isinstance(action, AddLoads)
    assert [load.load_id for load in action.loads] == ["step:1:load:1", "neu"]


def test_the_power_factor_of_a_scenario_is_the_rules_unless_stated() -> None:
    assert step(add_load={"node": "home", "p_kw": 1}).power_factor == 0.95
    stated = read({"power_factor": 0.9, "steps": [{"add_load": {"node": "home", "p_kw": 90}}]})
    # 90 tan(acos 0.9) = 43.6
    action = stated.steps[0].actions[0]
    assert isinstance(action, AddLoads)
    assert action.loads[0].q_kvar == pytest.approx(43.6, abs=0.1)


def test_a_line_is_built_with_a_conductor_of_the_catalogue() -> None:
    action = only(add_line={**LINE, "open_at": "b2"})
    assert isinstance(action, AddLine)
    row = catalogue().conductors.loc[CABLE]
    assert action.r_ohm_per_km == row["r_ohm_per_km"]
    assert (action.laying, action.parallel, action.ownership) == ("cable", 1, "public")
    (switch,) = action.switches
    assert (switch.node_id, switch.is_closed) == ("b2", False)


def test_a_feeder_has_a_breaker_at_its_busbar() -> None:
    action = only(add_feeder=FEEDER)
    (switch,) = action.switches
    assert (switch.node_id, switch.kind, switch.is_closed) == ("b1", "circuit_breaker", True)


def test_a_line_with_a_place_ends_at_a_new_node() -> None:
    action = only(add_line={**LINE, "to": "neu", "at": [120.16, 30.285]})
    assert (action.to_node, action.new_node.lon, action.new_node.lat) == ("neu", 120.16, 30.285)


def test_a_new_transformer_has_the_phase_shift_of_its_vector_group() -> None:
    action = only(add_transformer={"hv_node": "b2", "type": "S13-400/10"})
    assert isinstance(action, AddTransformer)
    assert (action.vector_group, action.shift_degree) == ("Dyn11", 330.0)
    assert action.new_node is not None
    assert (action.new_node.lon, action.new_node.lat) == (120.158, 30.29)


def test_a_later_step_may_name_what_an_earlier_one_brings() -> None:
    scenario = read(
        {
            "steps": [
                {"add_line": {**LINE, "to": "neu", "at": [120.16, 30.285], "id": "spur"}},
                {"add_transformer": {"hv_node": "neu", "lv_node": "tafel", "type": "S13-400/10"}},
                {"add_load": {"node": "tafel", "p_kw": 80, "id": "l1", "category": "school"}},
                {"grow_loads": {"percent": 5, "category": "school"}},
                {"set_load": {"load": "l1", "p_kw": 90, "q_kvar": 0}},
                {"replace_conductor": {"line": "spur", "type": MORE}},
                {"application": SITE},
                {"add_load": {"node": "step:7:node:1", "p_kw": 1}},
                {"replace_conductor": {"line": "lb#1", "type": MORE}},
            ]
        }
    )
    assert [kind for one in scenario.steps for kind in one.kinds][-1] == "replace_conductor"


def test_every_kind_of_action_is_read_as_what_it_is() -> None:
    kinds: dict[str, tuple[Any, type]] = {
        "add_load": ({"node": "a2", "p_kw": 1}, AddLoads),
        "set_load": ({"load": "a", "p_kw": 1, "q_kvar": 0}, SetPowers),
        "grow_loads": ({"percent": -5}, GrowLoads),
        "add_generator": ({"node": "a2", "p_kw": 1}, AddGenerators),
        "application": (SITE, ConnectApplication),
        "switch": ({"open": ["s:a", "s:b"]}, SetSwitches),
        "out_of_service": ({"elements": "lb"}, SetService),
        "in_service": ({"elements": "lb"}, SetService),
        "replace_conductor": ({"line": "lb", "type": MORE}, ReplaceConductor),
        "replace_transformer": ({"transformer": "Tlv", "type": "S13-630/10"}, ReplaceTransformer),
        "add_line": (LINE, AddLine),
        "add_feeder": (FEEDER, AddLine),
        "add_transformer": ({"hv_node": "a2", "type": "S13-400/10"}, AddTransformer),
    }
    assert {*kinds, "set_generator"} == set(ACTIONS)
    for kind, (fields, expected) in kinds.items():
        assert isinstance(only(**{kind: fields}), expected), kind


def test_a_main_transformer_is_replaced_by_its_values() -> None:
    values = {"sn_kva": 16_000, "vk_pct": 10.5, "vkr_pct": 0.4, "pfe_w": 15_000, "i0_pct": 0.2}
    action = only(replace_transformer={"transformer": "Ta", **values})
    assert action == ReplaceTransformer(element_id="Ta", **values)


def test_several_actions_of_a_step_keep_their_order() -> None:
    one = step(add_feeder=FEEDER, switch={"open": "s:a"}).steps[0]
    assert one.kinds == ("add_feeder", "switch")
    assert [type(action) for action in one.actions] == [AddLine, SetSwitches]
    assert one.name == "新建馈线、开关操作"


def test_every_action_has_a_name() -> None:
    assert set(ACTIONS) <= set(STEP_FIELDS)


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("action", "fields", "sentence"),
    [
        ("add_load", {"node": "a9", "p_kw": 1}, 'node is "a9"; give the id of a node of the grid'),
        ("add_load", {"node": "la", "p_kw": 1}, "of a node of the grid (la is a line)"),
        ("add_load", {"node": "a2"}, "p_kw is missing; give 0 or a number above it"),
        ("add_load", {"node": "a2", "p_kw": -5}, 'p_kw is "-5"; give 0 or a number above it'),
        ("add_load", {"node": "a2", "p_kw": "viel"}, 'p_kw is "viel"; give 0 or'),
        ("add_load", {"node": 7, "p_kw": 1}, 'node is "7"; give a text on one line'),
        ("add_load", {"node": "a2", "p_kw": 1, "kw": 1}, "kw is not a known field; did you mean"),
        ("add_load", {"node": "a2", "p_kw": 1, "id": "b"}, 'id is "b"; give an id that is not'),
        ("add_load", {"node": "a2", "p_kw": 1, "q_kvar": 1, "power_factor": 1}, "give only one"),
        ("add_generator", {"node": "a2", "p_kw": -5, "kind": "PV"}, 'p_kw is "-5"'),
        ("set_load", {"load": "a", "p_kw": 1}, "q_kvar is missing; give a number"),
        ("set_generator", {"generator": "a", "p_kw": 1, "q_kvar": 1}, "(a is a load)"),
        ("grow_loads", {"percent": -100}, 'percent is "-100"; give a number above -100'),
        ("grow_loads", {"percent": 1, "category": "mine"}, "agricultural, commercial, industrial"),
        ("switch", {}, "close and open are both missing; name at least one switch"),
        ("switch", {"close": []}, 'close is "[]"; give an id or a list of ids'),
        ("switch", {"close": ["s:tie", "s:tie"]}, 'close is "s:tie"; give each id once'),
        ("switch", {"close": "s:tia"}, "a switch of the grid; did you mean s:tie"),
        ("out_of_service", {"elements": "s:a"}, "a line or transformer or load or generator"),
        ("replace_conductor", {"line": "la", "type": "X"}, 'type is "X"; give a 10 kV conductor'),
        ("replace_conductor", {"line": "lv", "type": CABLE}, "give a 0.4 kV conductor type"),
        ("replace_conductor", {"line": "la", "type": CABLE, "parallel": 0}, "of at least 1"),
        ("replace_transformer", {"transformer": "Ta", "type": "S13-400/10"}, "catalogue has none"),
        ("replace_transformer", {"transformer": "Tlv", "sn_kva": 9}, "vk_pct is missing"),
        ("add_line", {**LINE, "to": "home"}, 'to is "home"; give a node of 10 kV'),
        ("add_line", {**LINE, "to": "a2"}, 'to is "a2"; give a node other than the start'),
        ("add_line", {**LINE, "length_m": 0}, 'length_m is "0"; give a number above 0'),
        ("add_line", {**LINE, "open_at": "b1"}, "give an end of the line, a2 or b2"),
        ("add_feeder", {**FEEDER, "busbar": "b2"}, 'busbar is "b2"; give a substation busbar'),
        ("add_transformer", {"hv_node": "home", "type": "S13-400/10"}, "catalogue has none"),
        ("add_transformer", {"hv_node": "a2", "lv_node": "b2", "type": "S13-400/10"}, "0.4 kV or"),
        ("application", {"at": [120.1585, 30.2801]}, "kw and kva are both missing"),
        ("application", {**SITE, "rank": 0}, 'rank is "0"; give a whole number of at least 1'),
        ("application", {**SITE, "area": "demo"}, "area is not a known field"),
        ("application", {**SITE, "at": [120.1585, 39]}, "outside grid"),
        ("add_load", 5, "add_load should be a mapping with the fields id, node"),
        ("add_load", [], "add_load is an empty list"),
    ],
)
def test_a_bad_step_is_one_sentence_that_says_what_would_be_right(
    action: str, fields: Any, sentence: str
) -> None:
    (found,) = sentences({"name": "坏", action: fields})[:1]
    assert found.startswith('step 1 "坏": ')
    assert sentence in found


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ([], 'should be a mapping with steps, not "[]"'),
        ({}, "steps should be a list of 1 to 1000 steps"),
        ({"steps": []}, "steps should be a list of 1 to 1000 steps"),
        ({"steps": [{}] * 1001}, "steps should be a list of 1 to 1000 steps"),
        ({"steps": [5]}, "step 1: has no action; give a mapping with one of add_load"),
        ({"steps": [{"name": "leer"}]}, 'step 1 "leer": has no action'),
        ({"steps": [{"add_lod": {}}]}, "add_lod is not a known field; did you mean add_load"),
    ],
)
def test_what_is_no_scenario_is_refused(document: Any, sentence: str) -> None:
    assert sentence in refused(lambda: read(document))[0]


@pytest.mark.parametrize(
    ("fact", "value", "sentence"),
    [
        ("grid", "elsewhere", 'grid is "elsewhere"; give drawn or '),
        ("area", "atlantis", "atlantis"),
        ("on_date", "2026-02-30", 'on_date is "2026-02-30"'),
        ("power_factor", 1.2, 'power_factor is "1.2"'),
        ("nodes", ["a2", "zz"], 'nodes is "zz"; give the id of a node'),
        ("schema", "supply-plan/scenario/9", "schema is"),
        ("stepz", 1, "stepz is not a known field; did you mean steps"),
    ],
)
def test_a_wrong_fact_of_the_scenario_is_named(fact: str, value: Any, sentence: str) -> None:
    (found,) = sentences({"switch": {"open": "s:b"}}, **{fact: value})
    assert sentence in found


def test_a_flag_is_true_or_false_and_nothing_like_it() -> None:
    (found,) = sentences({"switch": {"open": "s:b"}, "allow_ring": "yes"})
    assert 'allow_ring is "yes"; give true or false' in found


def test_two_applications_in_one_step_are_refused() -> None:
    (found,) = sentences({"application": [SITE, SITE]})
    assert "application can stand once in a step; write another step" in found


def test_every_problem_of_every_step_is_named_at_once() -> None:
    found = sentences(
        {"add_load": {"node": "a9", "p_kw": -1}},
        {"replace_conductor": {"line": "la", "type": "X"}},
        {"application": {"kw": -5}},
        power_factor=7,
    )
    assert [sentence.partition(":")[0] for sentence in found] == [
        'power_factor is "7"; give a number above 0 and at most 1',
        'step 1 "新增负荷"', 'step 1 "新增负荷"', 'step 2 "更换导线"',
        'step 3 "用电申请"', 'step 3 "用电申请"',
    ]  # fmt: skip
