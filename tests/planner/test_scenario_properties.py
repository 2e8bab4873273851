"""What the touched parts give, step by step, is what the whole grid gives."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grid_models.compiled import compile_grid
from grid_models.edits import apply, grow_loads, set_powers
from grid_models.errors import InputError
from grid_models.grid import Grid
from grid_models.solvers.solve import solve
from planner.rules import load_rule_book
from planner.scenarios import Scenario, WhatIf, read_scenario, run_scenario
from planner.scenarios.resolving import matching_loads
from planner.scenarios.scenario import ConnectApplication, GrowLoads, SetPowers
from planner.site import grid_area
from tests.planner.scenario_grids import DAY, catalogue, model

CABLE = "YJV22-8.7/15-3x240"
NODES, KW = st.sampled_from(["a1", "a2", "b1", "b2", "home"]), st.integers(0, 400)
BUSES = st.sampled_from(["a1", "a2", "b1", "b2", "c1"])
SWITCHES = st.sampled_from(["s:tie", "s:a", "s:b"])
ELEMENTS = st.sampled_from(["la", "lb", "tie", "lv", "Ta", "Tb", "Tlv", "a", "h"])
ACTIONS = st.one_of(
    st.builds(lambda node, kw: {"add_load": {"node": node, "p_kw": kw}}, NODES, KW),
    st.builds(lambda kw: {"set_load": {"load": "h", "p_kw": kw, "q_kvar": 10}}, KW),
    st.builds(lambda kw: {"add_generator": {"node": "home", "p_kw": kw}}, KW),
    st.builds(lambda percent: {"grow_loads": {"percent": percent}}, st.integers(-50, 20)),
    st.builds(lambda name: {"switch": {"open": name}}, SWITCHES),
    st.builds(lambda name: {"switch": {"close": name}}, SWITCHES),
    st.builds(lambda name: {"out_of_service": {"elements": name}}, ELEMENTS),
    st.builds(lambda name: {"in_service": {"elements": name}}, ELEMENTS),
    st.builds(
        lambda start, end: {"add_line": {"from": start, "to": end, "length_m": 700, "type": CABLE}},
        BUSES,
        BUSES,
    ),
    st.just({"replace_conductor": {"line": "la", "type": CABLE}}),
    st.just({"replace_transformer": {"transformer": "Tlv", "type": "S13-630/10"}}),
    st.just({"add_transformer": {"hv_node": "b2", "type": "S13-400/10"}}),
)
ALLOWED = {"allow_ring": True, "allow_unsupplied": True}
# The line to c2 cannot carry its load; on the whole grid that would be no solution at all.
CALM = {"set_load": {"load": "c", "p_kw": 10, "q_kvar": 0}}


def read(steps: list[dict[str, Any]]) -> Scenario:
    return read_scenario(
        {"nodes": "a1", "steps": [{**step, **ALLOWED} for step in [CALM, *steps]]},
        model=model(),
        area=grid_area(model().grid),
        catalogue=catalogue(),
        rule_book=load_rule_book,
        today=DAY,
    )


def made_on_the_whole(scenario: Scenario) -> Grid:
    """Return the whole grid with every step made in its tables."""
    grid = model().grid
    for step in scenario.steps:
        for action in step.actions:
            match action:
                case GrowLoads(percent=percent):
                    names = matching_loads(grid.loads, action).index
                    grid = apply(grow_loads(grid, names, 1 + percent / 100), grid)
                case SetPowers(table=table, powers=powers):
                    stated = {name: (p, q) for name, p, q in powers}
                    grid = apply(set_powers(grid, table, stated), grid)
                case ConnectApplication():
                    raise AssertionError
                case edit:
                    grid = apply(edit, grid)
    return grid


def carried_out(steps: list[dict[str, Any]]) -> tuple[WhatIf, Grid] | None:
    """Return the result and the whole grid; None where both say that a step cannot be made."""
    try:
        scenario = read(steps)
    except InputError:
        return None  # such as a line from a node to itself
    try:
        whole = made_on_the_whole(scenario)
    except InputError as error:
        with pytest.raises(InputError) as caught:
            run_scenario(scenario, model(), load_rule_book("demo"), catalogue())
        expected = [problem.en for problem in error.problems]
        found = [problem.en for problem in caught.value.problems]
        assert [sentence.partition(": ")[2] for sentence in found] == expected
        return None
    return run_scenario(scenario, model(), load_rule_book("demo"), catalogue()), whole


# Meshed parts are solved by power-grid-model, to about 1e-8 pu.
@settings(max_examples=15, deadline=None)
@given(steps=st.lists(ACTIONS, min_size=1, max_size=5))
def test_the_parts_give_what_the_whole_gives(steps: list[dict[str, Any]]) -> None:
    done = carried_out(steps)
    if done is None:
        return
    result, whole = done
    flow = solve(compile_grid(whole))
    for node in result.nodes:
        v_pu = flow.nodes["v_pu"][node.node_id]
        after = None if node.after_v is None else node.after_v / node.kv / 1000
        assert after == (None if v_pu != v_pu else pytest.approx(v_pu, abs=1e-7))  # noqa: PLR0124
    for branch in result.branches:
        table = flow.lines if branch.kind == "line" else flow.transformers
        pct = table["loading_pct"].get(branch.element_id, float("nan"))
        assert branch.after_pct == (None if pct != pct else pytest.approx(pct, abs=1e-5))  # noqa: PLR0124


@settings(max_examples=6, deadline=None)
@given(steps=st.lists(ACTIONS, min_size=1, max_size=4))
def test_what_no_step_touches_is_as_before(steps: list[dict[str, Any]]) -> None:
    done = carried_out(steps)
    if done is None:
        return
    result, whole = done
    before, after = solve(compile_grid(model().grid)), solve(compile_grid(whole))
    touched = {node.node_id for node in result.nodes}
    for name, v_pu in before.nodes["v_pu"].items():
        if name not in touched:
            assert after.nodes["v_pu"][name] == pytest.approx(v_pu, abs=1e-7, nan_ok=True)
