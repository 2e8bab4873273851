from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grid_models.capacity import Access
from grid_models.compiled import CompiledGrid, Tree, compile_grid
from grid_models.demand import (
    LoadCases,
    make_load_cases,
    search_worst_cases,
    tree_at,
    worst_cases,
)
from grid_models.limits import find_limits
from grid_models.solvers.radial import solve_tree
from tests.grid_models.capacities import BY_RULE, LEGAL_V, hosting_of
from tests.grid_models.demand.streets import (
    HOME,
    NOON,
    ROOF,
    SHOP,
    compiled_street,
    curves_of,
    flat,
    shaped,
)
from tests.grid_models.demand.test_trees import ZIP_LOADS
from tests.grid_models.grids import grid_of, load, source, wire

PRECISION = 2e-5
HOURS = (0, 20, 40, 60)
Floats = np.ndarray


def asked(compiled: CompiledGrid) -> tuple[Callable[[Tree, str], Floats], Callable]:
    """Return the hosting capacity of every node of the one tree, and what breaks a limit."""
    limits = find_limits(compiled.network, compiled.trees[0], LEGAL_V)
    accesses = [Access(row=row, share=None) for row in range(1, len(compiled.trees[0]))]

    def capacity(tree: Tree, _: str) -> Floats:
        found = hosting_of(tree, limits, accesses, BY_RULE, 0.95)
        return np.array([hosting.kva for hosting in found])

    def breaks(tree: Tree, _: str) -> bool:
        state = solve_tree(tree)
        hot = (state.loading_pct * limits.factor > 100.0).any()
        return not state.converged or bool(hot or (state.v_pu < limits.v_low_pu).any())

    return capacity, breaks


def one_by_one(compiled: CompiledGrid, cases: LoadCases) -> Floats:
    capacity, _ = asked(compiled)
    return np.array(
        [
            capacity(tree_at(compiled, 0, cases, k), case.season)
            for k, case in enumerate(cases.cases)
        ]
    )


def assert_search_is_exact(compiled: CompiledGrid, cases: LoadCases) -> None:
    every = one_by_one(compiled, cases).min(axis=0)
    capacity, breaks = asked(compiled)
    kept = worst_cases(compiled, 0, cases, breaks=breaks).kept
    assert one_by_one(compiled, cases.take(kept)).min(axis=0) == pytest.approx(every, rel=PRECISION)
    found = search_worst_cases(compiled, 0, cases, capacity, breaks=breaks)
    assert found.capacity == pytest.approx(every, rel=PRECISION)
    for point, case in enumerate(found.case):
        at = capacity(tree_at(compiled, 0, cases, int(case)), "all")[point]
        assert at == pytest.approx(every[point], rel=PRECISION)


# ---- by property, on random trees and random days of a few hours ----


@st.composite
def days(draw: st.DrawFn) -> tuple[CompiledGrid, LoadCases]:
    """Return a random tree of three classes, one of them giving, and four hours of a day."""
    size = draw(st.integers(3, 7))
    share = st.floats(0.0, 1.0)
    parents = [draw(st.integers(0, k - 1)) for k in range(1, size)]
    scale = draw(st.sampled_from([0.1, 1.0, 3.0]))
    loads = {
        f"load:{k}": load(
            f"N{k}", 1000.0 * scale * draw(share), 300.0 * scale * draw(share), curve_id=curve
        )
        for k in range(1, size)
        for curve in [draw(st.sampled_from([HOME, SHOP]))]
    }
    gives = 1000.0 * scale * draw(share)
    roof = {"node": f"N{size - 1}", "p_kw": gives, "kind": ROOF, "curve_id": ROOF}
    ohms = [draw(st.floats(0.05, 1.0)) for _ in parents]
    grid = grid_of(
        {f"N{k}": 10.0 for k in range(size)},
        lines={
            f"L{k}": wire(f"N{parent}", f"N{k}", ohm, x_ohm_per_km=ohm / 2, ampacity_a=250.0)
            for k, (parent, ohm) in enumerate(zip(parents, ohms, strict=True), start=1)
        },
        sources={"grid": source("N0")},
        loads=loads,
        generators={"roof:1": roof},
    )
    curves = [
        shaped(name, {hour: draw(share) for hour in HOURS}, rest=0.0) for name in (HOME, SHOP, ROOF)
    ]
    compiled = compile_grid(grid.with_tables(curves=curves_of(*curves)))
    cases = make_load_cases(compiled)
    return compiled, cases.take(HOURS)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(days())
def test_no_hour_left_out_is_the_worst_of_any_node(day):
    assert_search_is_exact(*day)


# ---- against a made-up capacity: what is left of 10 in each branch, and its flow is its sum ----


def flows(tree: Tree) -> Floats:
    """Return what flows down into every row but the source, without losses."""
    below = tree.p.copy()
    for row in range(len(tree) - 1, 0, -1):
        below[tree.parent[row]] += below[row]
    return below[1:]


def left_of_10(tree: Tree, _: str) -> Floats:
    return 10.0 - np.abs(flows(tree))


factors = st.lists(st.integers(0, 10), min_size=12, max_size=12)


@settings(max_examples=30, deadline=None)
@given(factors, factors, factors)
def test_the_search_finds_the_least_of_every_branch_and_its_hour(home, shop, roof):
    hours = range(30, 42)
    day = [
        shaped(name, dict(zip(hours, np.array(own) / 5.0, strict=True)), rest=0.0)
        for name, own in ((HOME, home), (SHOP, shop), (ROOF, roof))
    ]
    loads = {"home:1": load("C", 1000.0, curve_id=HOME), "shop:1": load("B", 1500.0, curve_id=SHOP)}
    sun = {"roof:1": {"node": "C", "p_kw": 1200.0, "kind": ROOF, "curve_id": ROOF}}
    compiled = compiled_street(day, loads=loads, generators=sun)
    cases = make_load_cases(compiled)
    every = np.array([left_of_10(tree_at(compiled, 0, cases, k), "") for k in range(96)])
    found = search_worst_cases(compiled, 0, cases, left_of_10)
    assert found.capacity == pytest.approx(every.min(axis=0), abs=1e-12)
    at_case = [every[case, point] for point, case in enumerate(found.case)]
    assert at_case == pytest.approx(every.min(axis=0), abs=1e-12)


def test_an_envelope_that_breaks_a_limit_rules_nothing_out():
    """No hour takes more than 2.5 in all, but 10:00 and 10:15 together would.

    What is broken is given room again, as a limit broken before is; the hour of most home, 10:00,
    which leaves the least at C, must not be ruled out by that.
    """
    home = shaped(HOME, {40: 1.0, 41: 0.3, 42: 0.8, 43: 0.2}, rest=0.0)
    shop = shaped(SHOP, {40: 0.1, 41: 1.4, 42: 0.3, 43: 1.5}, rest=0.0)
    loads = {"home:1": load("C", 1000.0, curve_id=HOME), "shop:1": load("B", 1500.0, curve_id=SHOP)}
    compiled = compiled_street([home, shop], loads=loads, generators={})
    cases = make_load_cases(compiled)

    def breaks(tree: Tree, _: str) -> bool:
        return bool((flows(tree) > 2.5).any())

    def relaxed(tree: Tree, season: str) -> Floats:
        return left_of_10(tree, season) + (100.0 if breaks(tree, season) else 0.0)

    found = search_worst_cases(compiled, 0, cases, relaxed, breaks=breaks)
    assert found.capacity == pytest.approx([10.0 - 2.45, 10.0 - 1.0])


# ---- by hand ----


def test_hours_that_one_envelope_rules_out_are_not_computed_one_by_one():
    """Six hours in which C takes a little more than at noon; B takes far less in each of them."""
    loads = {"home:1": load("B", 3000.0, curve_id=HOME), "shop:1": load("C", 100.0, curve_id=SHOP)}
    home = shaped(HOME, {NOON: 1.0} | {20 + k: 0.2 + 0.02 * k for k in range(6)})
    shop = shaped(SHOP, {NOON: 0.3} | {20 + k: 0.5 - 0.02 * k for k in range(6)})
    compiled = compiled_street([home, shop], loads=loads, generators={})
    cases = make_load_cases(compiled)
    assert len(worst_cases(compiled, 0, cases).kept) == 7
    capacity, breaks = asked(compiled)
    found = search_worst_cases(compiled, 0, cases, capacity, breaks=breaks)
    # noon, and the hour that stood beside it when its group was halved
    assert [cases.cases[k].name for k in found.computed] == ["all 06:15", "all 12:00"]
    assert found.evaluations < 7
    assert found.capacity == pytest.approx(one_by_one(compiled, cases).min(axis=0), rel=PRECISION)


def test_every_point_has_its_own_worst_hour():
    """Both limits of 100 A are near: at B the whole street's hour counts, at C the home's."""
    loads = {
        "home:1": load("C", 1200.0, curve_id=HOME),
        "shop:1": load("B", 3000.0, curve_id=SHOP),
    }
    compiled = compiled_street(
        [shaped(HOME, {20: 1.0, NOON: 0.5}), shaped(SHOP, {20: 0.1, NOON: 1.0})],
        loads=loads,
        generators={},
    )
    cases = make_load_cases(compiled)
    capacity, breaks = asked(compiled)
    found = search_worst_cases(compiled, 0, cases, capacity, breaks=breaks)
    assert found.case.tolist() == one_by_one(compiled, cases).argmin(axis=0).tolist()


def test_loads_that_follow_the_voltage_are_computed_hour_by_hour():
    compiled = compiled_street([flat(HOME, 0.5), flat(SHOP, 0.5)], loads=ZIP_LOADS)
    capacity, _ = asked(compiled)
    cases = make_load_cases(compiled)
    found = search_worst_cases(compiled, 0, cases, capacity)
    assert found.computed.tolist() == list(range(96))
    assert found.evaluations == 96


def test_toward_export_every_hour_is_computed():
    compiled = compiled_street([flat(HOME, 0.5), shaped(ROOF, {NOON: 1.0})])
    cases = make_load_cases(compiled, toward="export")
    capacity, _ = asked(compiled)
    assert search_worst_cases(compiled, 0, cases, capacity).evaluations == 96
