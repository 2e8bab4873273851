"""A map over all 384 quarter hours of SimBench's year agrees with the map over the worst of them.

The gate holds what the worst hours leave against every hour by one power flow a node; `-m
acceptance` computes both maps, for all nodes at 10 kV and for sampled ones with low voltage.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from grid_models.capacity import Access
from grid_models.compiled import CompiledGrid, Tree, compile_grid
from grid_models.demand import (
    LoadCases,
    limit_groups,
    make_load_cases,
    search_worst_cases,
    tree_at,
    worst_cases,
)
from grid_models.exact.fold import fold_tree
from grid_models.exact.largest import largest_loads
from grid_models.limits import find_bounds, find_limits
from grid_models.readers.profiles import with_profiles
from grid_models.solvers.radial import Connection, solve_connections, solve_tree
from tests.conftest import LoadNet
from tests.grid_models.capacities import BY_RULE, LEGAL_V, hosting_of

MV, WITH_LV = "simbench:1-MV-urban--0-sw", "simbench:1-MVLV-urban-all-0-sw"
# Twice the width to which the search brackets a capacity.
PRECISION = 2e-5
SAMPLED = 200
POWER_FACTOR, START_KVA = 0.95, 1000.0
Floats = np.ndarray
Urban = tuple[CompiledGrid, LoadCases]


@pytest.fixture(scope="module")
def urban(load_net: LoadNet) -> Urban:
    """Return the 10 kV grid and its cases."""
    return cases_of(load_net, MV)


def cases_of(load_net: LoadNet, source: str) -> tuple[CompiledGrid, LoadCases]:
    loaded = load_net(source)
    compiled = compile_grid(with_profiles(loaded.grid, loaded.net))
    cases = make_load_cases(compiled)
    assert len(cases) == 384
    return compiled, cases


def asking(
    compiled: CompiledGrid, number: int, rows: Floats
) -> tuple[Callable[[Tree, str], Floats], Callable[[Tree, str], bool]]:
    """Return the hosting capacity of some rows of a tree, and whether a limit is broken."""
    limits = find_limits(compiled.network, compiled.trees[number], LEGAL_V)
    accesses = [Access(row=int(row), share=None) for row in rows]

    def capacity(tree: Tree, _: str) -> Floats:
        found = hosting_of(tree, limits, accesses, BY_RULE, POWER_FACTOR)
        return np.array([hosting.kva for hosting in found])

    def breaks(tree: Tree, _: str) -> bool:
        state = solve_tree(tree)
        hot = (state.loading_pct * limits.factor > 100.0).any()
        return not state.converged or bool(hot or (state.v_pu < limits.v_low_pu).any())

    return capacity, breaks


def by_folding(compiled: CompiledGrid, number: int, rows: Floats) -> Callable[[Tree, str], Floats]:
    """Return the same capacities by folding and marching, which full AC confirms elsewhere."""
    limits = find_limits(compiled.network, compiled.trees[number], LEGAL_V)

    def capacity(tree: Tree, _: str) -> Floats:
        state = solve_tree(tree)
        folded = fold_tree(tree, state, find_bounds(state, limits, BY_RULE))
        return 1000.0 * largest_loads(folded, rows, power_factor=POWER_FACTOR).s_pu

    return capacity


def assert_agreement(
    compiled: CompiledGrid, number: int, cases: LoadCases, rows: Floats, *, folds: bool = False
) -> None:
    """Hold the map over the kept cases, and the search, against the map over all cases."""
    capacity, breaks = asking(compiled, number, rows)
    if folds:
        capacity = by_folding(compiled, number, rows)
    group = limit_groups(compiled.grid)
    kept = worst_cases(compiled, number, cases, limit_group=group, breaks=breaks).kept
    found = search_worst_cases(compiled, number, cases, capacity, limit_group=group, breaks=breaks)
    every = np.array([capacity(tree_at(compiled, number, cases, k), "") for k in range(len(cases))])
    assert np.isfinite(every).all()
    assert every[kept].min(axis=0) == pytest.approx(every.min(axis=0), rel=PRECISION)
    assert found.capacity == pytest.approx(every.min(axis=0), rel=PRECISION)


def test_what_the_worst_hours_leave_every_node_can_take_in_all_384(urban: Urban) -> None:
    """One power flow a node and hour: the least capacity breaks no limit in any of them."""
    compiled, cases = urban
    for number, tree in enumerate(compiled.trees):
        rows = np.arange(1, len(tree))
        capacity, breaks = asking(compiled, number, rows)
        kept = worst_cases(compiled, number, cases, breaks=breaks).kept
        found = search_worst_cases(compiled, number, cases, capacity, breaks=breaks)
        assert found.evaluations < len(kept) < 384 / 4
        limits = find_limits(compiled.network, tree, LEGAL_V)
        s = found.capacity / 1000.0 * (1.0 - PRECISION)
        for k in range(len(cases)):
            at = tree_at(compiled, number, cases, k)
            lanes = solve_connections(
                at, solve_tree(at), [asked(*point) for point in zip(rows, s, strict=True)]
            )
            assert lanes.converged.all()
            assert (lanes.loading_pct * limits.factor[:, None] <= 100.0).all()
            assert (lanes.v_pu >= limits.v_low_pu[:, None]).all()


def asked(row: int, s: float) -> Connection:
    p, q = s * POWER_FACTOR, s * np.sqrt(1.0 - POWER_FACTOR**2)
    return Connection(row=int(row), share=None, r=0, x=0, g=0, b=0, rating=np.inf, p=p, q=q)


def test_one_hour_too_few_is_noticed(urban: Urban) -> None:
    """The binding hour left out, some node is promised more than it can take."""
    compiled, cases = urban
    capacity, breaks = asking(compiled, 0, np.array([20]))
    worst = search_worst_cases(compiled, 0, cases, capacity, breaks=breaks)
    others = [k for k in range(384) if k not in worst.case]
    rest = search_worst_cases(compiled, 0, cases.take(others), capacity, breaks=breaks)
    assert rest.capacity[0] > worst.capacity[0] * (1 + PRECISION)


def test_no_hour_of_a_tree_is_heavier_than_the_envelope_of_all(urban: Urban) -> None:
    """The bound of the search holds: the envelope leaves no node more room than any hour."""
    compiled, cases = urban
    rows = np.arange(1, len(compiled.trees[0]), 12)
    capacity, _ = asking(compiled, 0, rows)
    trees = [tree_at(compiled, 0, cases, k) for k in range(0, 384, 24)]
    envelope = replace(
        trees[0],
        p=np.max([tree.p for tree in trees], axis=0),
        q=np.max([tree.q for tree in trees], axis=0),
    )
    least = np.min([capacity(tree, "") for tree in trees], axis=0)
    assert (capacity(envelope, "") <= least * (1 + PRECISION)).all()


@pytest.mark.acceptance
def test_the_worst_hours_of_every_node_of_the_10_kv_grid(urban: Urban) -> None:
    compiled, cases = urban
    for number, tree in enumerate(compiled.trees):
        assert_agreement(compiled, number, cases, np.arange(1, len(tree)))


@pytest.mark.acceptance
def test_the_worst_hours_of_sampled_nodes_of_the_grid_with_low_voltage(load_net: LoadNet) -> None:
    """384 maps of 200 nodes in trees of 4,000 and 6,000 rows."""
    compiled, cases = cases_of(load_net, WITH_LV)
    sizes = np.array([len(tree) - 1 for tree in compiled.trees])
    chosen = np.random.default_rng(0).choice(sizes.sum(), SAMPLED, replace=False)
    for number, start in enumerate(np.cumsum(sizes) - sizes):
        own = chosen[(chosen >= start) & (chosen < start + sizes[number])]
        assert_agreement(compiled, number, cases, np.sort(own) - start + 1, folds=True)
