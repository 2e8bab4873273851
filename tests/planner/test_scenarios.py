from __future__ import annotations

from typing import Any

import pytest

from grid_models.edits import SetSwitches, apply, set_powers
from grid_models.model import GridModel
from grid_models.solvers.reference import solve_reference
from planner.scenarios import WhatIf
from planner.scenarios.result import BranchChange, CapacityChange, NodeChange, Violation
from tests.grid_models.samples import tiny_grid
from tests.planner.scenario_grids import model, refused, two_arms, what_if

HEAVY = {"name": "重载", "add_load": {"node": "a2", "p_kw": 5_000, "q_kvar": 1_000}}
TRANSFER = {"name": "转供", "switch": {"close": "s:tie", "open": "s:b"}}


def violation(result: WhatIf, element: str) -> Violation:
    (found,) = [v for v in result.violations if v.element_id == element]
    return found


def branch(result: WhatIf, element: str) -> BranchChange:
    (found,) = [b for b in result.branches if b.element_id == element]
    return found


def node(result: WhatIf, name: str) -> NodeChange:
    (found,) = [n for n in result.nodes if n.node_id == name]
    return found


def capacity(result: WhatIf, name: str) -> CapacityChange:
    (found,) = [c for c in result.capacities if c.node_id == name]
    return found


# ---------------------------------------------------------------------- what is solved


def test_only_the_source_tree_a_step_touches_is_solved_again() -> None:
    result = what_if(HEAVY, {"add_load": {"node": "b2", "p_kw": 10}}, TRANSFER, HEAVY)
    assert [step.solved_trees for step in result.steps] == [
        ("Ta",), ("Tb",), ("Ta", "Tb"), ("Ta",),
    ]  # fmt: skip


def test_a_tree_no_step_touches_is_never_looked_at() -> None:
    # Tc cannot carry its load: had it been solved, it would be listed as without a solution
    result = what_if(HEAVY)
    assert result.touched_trees == ("Ta",)
    assert [v.code for v in result.violations] == ["thermal_line"]
    assert not any(name.startswith("c") for name in (n.node_id for n in result.nodes))


def test_nothing_of_the_base_grid_itself_is_solved() -> None:
    class NeverSolved(GridModel):
        def state(self, number: int) -> Any:
            raise AssertionError(f"tree {number} of the base grid was solved")

    base = model()
    on = NeverSolved(compiled=base.compiled, version=base.version, problems=base.problems)
    assert what_if(HEAVY, TRANSFER, on=on) == what_if(HEAVY, TRANSFER)


def test_a_tree_without_a_solution_is_named_and_the_rest_answers() -> None:
    result = what_if(HEAVY, {"add_load": {"node": "c2", "p_kw": 1}})
    hopeless = violation(result, "other")
    assert (hopeless.code, hopeless.status) == ("no_solution", "remaining")
    assert node(result, "a2").after_v is not None
    assert node(result, "c2").after_v is None


def test_the_end_is_what_pandapower_finds_on_the_whole_grid() -> None:
    steps: list[dict[str, Any]] = [
        {"set_load": {"load": "a", "p_kw": 1_500, "q_kvar": 500}},
        TRANSFER,
    ]
    # the hopeless tree has nothing to do with it, and pandapower solves all or nothing
    grid = apply(set_powers(two_arms(), "loads", {"c": (10.0, 0.0)}), two_arms())
    result = what_if(*steps, on=GridModel.of(grid))
    edited = apply(set_powers(grid, "loads", {"a": (1_500.0, 500.0)}), grid)
    edited = apply(SetSwitches(closed=("s:tie",), opened=("s:b",)), edited)
    v_pu = solve_reference(edited).nodes["v_pu"]
    loading = solve_reference(edited).lines["loading_pct"]
    for name in ("a1", "a2", "home", "b1", "b2"):
        after = node(result, name).after_v
        assert after == pytest.approx(v_pu[name] * node(result, name).kv * 1000, rel=1e-7)
    for name in ("la", "tie", "lv"):
        assert branch(result, name).after_pct == pytest.approx(loading[name], rel=1e-6)
    # disconnected at b1, so it is live from its far end
    assert branch(result, "lb").after_pct == pytest.approx(loading["lb"], rel=1e-6)


def test_the_base_grid_is_left_as_it_was() -> None:
    version = model().grid.version
    what_if(HEAVY, TRANSFER)
    assert model().grid.version == version


def test_the_same_scenario_gives_the_same_result() -> None:
    assert what_if(HEAVY, TRANSFER) == what_if(HEAVY, TRANSFER)
    assert what_if(HEAVY).what_if_id != what_if(TRANSFER).what_if_id


# ---------------------------------------------------------------------- violations


def test_a_new_overload_names_the_step_that_causes_it() -> None:
    # 6.1 MW and 1.33 Mvar are 372 A at 9.7 kV and more than 300 A allow
    result = what_if({"add_load": {"node": "b2", "p_kw": 1}}, HEAVY)
    overload = violation(result, "la")
    assert (overload.code, overload.status) == ("thermal_line", "new")
    assert (overload.step, overload.step_name) == (2, "重载")
    assert overload.before is not None
    assert overload.after is not None
    assert overload.before < 30
    assert 100 < overload.after < 130
    assert (overload.limit, overload.unit) == (100.0, "%")
    assert [step.new_violations for step in result.steps] == [0, 1]


def test_an_overload_that_a_later_step_mends_is_passing() -> None:
    mended = {"replace_conductor": {"line": "la", "type": "YJV22-8.7/15-3x400", "parallel": 2}}
    result = what_if(HEAVY, mended)
    overload = violation(result, "la")
    assert (overload.status, overload.step, overload.until_step) == ("passing", 1, 2)
    assert [step.vanished_violations for step in result.steps] == [0, 1]
    assert result.after.violations == 0


def test_what_is_broken_before_and_no_longer_is_vanished() -> None:
    grid = two_arms()
    grid = apply(set_powers(grid, "loads", {"h": (500.0, 100.0)}), grid)
    larger = {"name": "增容", "replace_transformer": {"transformer": "Tlv", "type": "S13-800/10"}}
    result = what_if(larger, on=GridModel.of(grid))
    assert violation(result, "Tlv").status == "vanished"
    assert violation(result, "Tlv").step == 1
    # the line behind it was overloaded as well and still is
    assert violation(result, "lv").status == "remaining"
    assert violation(result, "lv").step is None


def test_a_low_voltage_is_held_against_the_legal_volts() -> None:
    result = what_if({"add_load": {"node": "home", "p_kw": 600, "q_kvar": 300}})
    low = violation(result, "home")
    assert (low.code, low.limit, low.unit) == ("voltage_low", 353.4, "V")
    assert low.after is not None
    assert low.after < 353.4


def test_what_is_touched_late_counts_as_it_stood_from_the_start() -> None:
    grid = two_arms()
    grid = apply(set_powers(grid, "loads", {"b": (6_000.0, 0.0)}), grid)
    result = what_if(HEAVY, {"add_load": {"node": "b2", "p_kw": 1}}, on=GridModel.of(grid))
    assert violation(result, "lb").status == "remaining"
    assert [step.new_violations for step in result.steps] == [1, 0]


def test_the_parts_of_a_line_that_a_customer_splits_are_compared_with_the_whole() -> None:
    grid = tiny_grid()
    site = {"at": [120.160, 30.2802], "kva": 300, "special_load": "none"}
    on = GridModel.of(grid.with_tables(sources=grid.sources.assign(v_pu=0.98)))
    heavy = {"name": "重载", "add_load": {"node": "bus:4", "p_kw": 9_000}}
    result = what_if({"application": site}, heavy, on=on)
    (taken,) = result.steps[0].plans
    assert taken.access_point_id == "line:2"
    parts = [branch(result, name) for name in ("line:2#1", "line:2#2")]
    assert [part.origin_id for part in parts] == ["line:2", "line:2"]
    # 316 kVA are 18 A of 459 A
    assert [part.before_pct for part in parts] == pytest.approx([5.6, 5.6], abs=0.5)
    broken = [violation(result, part.element_id) for part in parts]
    assert [(v.status, v.step, v.before) for v in broken] == [
        ("new", 2, part.before_pct) for part in parts
    ]
    assert "line:2" not in [b.element_id for b in result.branches]


# ---------------------------------------------------------------------- rings and cut-offs


def test_a_step_that_closes_a_ring_is_refused() -> None:
    (sentence,) = refused(lambda: what_if({"name": "合环", "switch": {"close": "s:tie"}}))
    assert sentence.startswith('step 1 "合环": closes a ring below the source src; open a point')


def test_a_step_that_feeds_one_part_from_two_sources_is_refused() -> None:
    tie = {"add_line": {"from": "b2", "to": "c1", "length_m": 900, "type": "YJV22-8.7/15-3x240"}}
    (sentence,) = refused(lambda: what_if(tie))
    assert "makes the sources src, other feed one part together" in sentence


def test_a_ring_that_is_meant_is_solved_as_one() -> None:
    ring = {"switch": {"close": "s:tie"}, "allow_ring": True}
    result = what_if(ring)
    assert branch(result, "tie").change == "kept"  # it was live from a2 before
    assert branch(result, "tie").after_pct is not None
    assert branch(result, "tie").after_pct > 1
    assert capacity(result, "b1").quality_after == "unknown"
    assert capacity(result, "b1").hosting_after_kva is None


def test_a_ring_may_be_opened_again_elsewhere() -> None:
    result = what_if(
        {"switch": {"close": "s:tie"}, "allow_ring": True}, {"switch": {"open": "s:b"}}
    )
    assert result.steps[1].solved_trees == ("Ta", "Tb")
    assert capacity(result, "a1").quality_after == "full_ac"


def test_a_step_that_cuts_loads_off_is_refused() -> None:
    (sentence,) = refused(lambda: what_if({"switch": {"open": "s:a"}}))
    assert "leaves 2 loads of 1,100 kW without supply (a, h)" in sentence


def test_loads_that_are_cut_off_on_purpose_are_listed_with_the_step() -> None:
    result = what_if(HEAVY, {"switch": {"open": "s:b"}, "allow_unsupplied": True})
    dark = violation(result, "b")
    assert (dark.code, dark.status, dark.after, dark.unit) == ("unsupplied", "new", 2_000.0, "kW")
    assert dark.step == 2
    assert (result.before.unsupplied_kw, result.after.unsupplied_kw) == (0.0, 2_000.0)
    assert node(result, "b2").change == "switched_off"


def test_loads_that_were_cut_off_may_be_fed_again() -> None:
    result = what_if(
        {"switch": {"open": "s:b"}, "allow_unsupplied": True}, {"switch": {"close": "s:tie"}}
    )
    assert violation(result, "b").status == "passing"
    assert result.after.unsupplied_kw == 0.0
    assert branch(result, "la").after_pct > branch(result, "la").before_pct  # type: ignore[operator]


def test_a_line_that_is_fed_from_its_other_end_is_live_though_it_is_open_at_this_one() -> None:
    tie = {"add_line": {"from": "a2", "to": "b2", "length_m": 700, "type": "YJV22-8.7/15-3x240"}}
    result = what_if({"switch": {"open": "s:a"}, "allow_unsupplied": True}, tie)
    # la is open at a1, whose transformer another part answers for, and charged from a2
    assert branch(result, "la").after_pct == pytest.approx(0.15, abs=0.05)
    assert branch(result, "la").change == "kept"


def test_every_ring_and_every_cut_off_is_named_at_once() -> None:
    sentences = refused(
        lambda: what_if({"switch": {"close": "s:tie"}}, {"out_of_service": {"elements": "lv"}})
    )
    assert [sentence.split(":")[0] for sentence in sentences] == [
        'step 1 "开关操作"', 'step 2 "停运"',
    ]  # fmt: skip


def test_a_step_that_cannot_be_made_is_the_last_one_judged() -> None:
    sentences = refused(lambda: what_if({"switch": {"close": "s:a"}}, {"switch": {"open": "s:b"}}))
    assert sentences == ['step 1 "开关操作": switch s:a is closed already']


# ---------------------------------------------------------------------- capacity


def test_capacity_is_compared_at_boards_and_busbars_of_the_touched_trees() -> None:
    result = what_if(HEAVY)
    assert [c.node_id for c in result.capacities] == ["a1", "board"]


def test_a_load_takes_as_much_open_capacity_as_it_loads_the_way() -> None:
    result = what_if({"add_load": {"node": "home", "p_kw": 100, "q_kvar": 0}}, nodes="board")
    board = capacity(result, "board")
    assert board.open_binding_before_id == board.open_binding_after_id == "Tlv"
    # |100+j30| is 104.4 kVA and |200+j30| is 202.2; losses and the low voltage add to both
    assert board.open_change_kva == pytest.approx(-(202.2 - 104.4), rel=0.1)
    assert board.hosting_change_kva is not None
    assert board.hosting_change_kva < -90
    assert board.quality_after == "full_ac"


def test_a_node_asked_for_that_no_step_touches_is_shown_unchanged() -> None:
    result = what_if(HEAVY, nodes=["b2", "board"])
    assert capacity(result, "b2").open_change_kva == 0.0
    assert capacity(result, "b2").hosting_change_kva == 0.0
    assert result.touched_trees == ("Ta",)


def test_a_new_node_has_a_capacity_after_and_none_before() -> None:
    board = {"add_transformer": {"hv_node": "b2", "lv_node": "neu", "type": "S13-400/10"}}
    result = what_if(board, nodes="neu")
    assert capacity(result, "neu").open_before_kva is None
    assert capacity(result, "neu").open_change_kva is None
    assert capacity(result, "neu").open_after_kva == pytest.approx(0.8 * 400, rel=0.05)


def test_a_tree_without_boards_is_compared_at_its_loads() -> None:
    result = what_if({"add_load": {"node": "b2", "p_kw": 5}})
    assert [c.node_id for c in result.capacities] == ["b1", "b2"]


# ---------------------------------------------------------------------- kinds of steps


def test_growth_reaches_loads_of_the_category_alone_and_those_steps_added() -> None:
    result = what_if(
        {"add_load": {"node": "b2", "p_kw": 100, "category": "industrial"}},
        {"grow_loads": {"percent": 10, "category": "industrial"}},
    )
    # loads of both arms but c: 3,100 kW before; 1,100 kW of industry grow by a tenth
    assert result.before.load_kw == 3_100.0
    assert result.after.load_kw == pytest.approx(3_200.0 + 110.0)


def test_a_new_feeder_takes_over_a_part() -> None:
    feeder = {
        "name": "新馈线",
        "add_feeder": {"busbar": "b1", "to": "a2", "length_m": 1_500, "type": "YJV22-8.7/15-3x240"},
        "switch": {"open": "s:a"},
    }
    result = what_if(feeder)
    new = branch(result, "step:1:line:1")
    assert (new.change, new.from_node, new.to_node) == ("added", "b1", "a2")
    assert result.steps[0].solved_trees == ("Ta", "Tb")
    # S, a1 and the open feeder are left of Ta; the load of a2 is on Tb now
    assert branch(result, "Ta").after_pct < 1 < branch(result, "Tb").before_pct  # type: ignore[operator]
    assert branch(result, "la").change == "kept"  # live from its far end, as it was


def test_generation_and_storage_are_counted_as_given() -> None:
    result = what_if(
        {"add_generator": [{"node": "home", "p_kw": 50, "kind": "PV"},
                           {"node": "home", "p_kw": -20, "kind": "storage"}]},
    )  # fmt: skip
    assert result.after.generation_kw == 30.0
    assert branch(result, "Tlv").after_pct < branch(result, "Tlv").before_pct  # type: ignore[operator]


def test_elements_go_out_of_service_and_come_back() -> None:
    result = what_if(
        {"out_of_service": {"elements": ["lv", "h"]}},
        {"in_service": {"elements": ["h", "lv"]}},
    )
    assert result.before == result.after
    assert branch(result, "lv").change == "kept"


def test_a_second_customer_connects_to_what_the_first_left() -> None:
    site = {"at": [120.1585, 30.2801], "kw": 60, "special_load": "none"}
    result = what_if({"application": site}, {"application": site})
    plans = [step.plans[0] for step in result.steps]
    assert [plan.kind for plan in plans] == ["lv_public", "lv_public"]
    assert plans[0].plan_id != plans[1].plan_id
    assert branch(result, "step:2:line:1").change == "added"
    assert result.after.load_kw == pytest.approx(result.before.load_kw + 120)


def test_an_application_without_an_option_is_refused_with_its_reasons() -> None:
    far = {"at": [120.1585, 30.2801], "kva": 30_000, "special_load": "none"}
    (sentence,) = refused(lambda: what_if({"application": far}))
    assert "no option fits the application, so it cannot be connected: " in sentence


def test_a_rank_the_plan_does_not_have_is_refused() -> None:
    site = {"at": [120.1585, 30.2801], "kw": 60, "special_load": "none", "rank": 99}
    (sentence,) = refused(lambda: what_if({"application": site}))
    assert "options and rank is 99; give 1 to " in sentence


def test_a_scenario_may_begin_with_what_nothing_feeds() -> None:
    grid = two_arms()
    grid = grid.with_tables(switches=grid.switches.assign(is_closed=[False, True, False]))
    result = what_if({"switch": {"close": "s:b"}}, on=GridModel.of(grid))
    assert violation(result, "b").status == "vanished"
    assert node(result, "b2").change == "switched_on"
    assert (result.before.unsupplied_kw, result.after.unsupplied_kw) == (2_000.0, 0.0)
