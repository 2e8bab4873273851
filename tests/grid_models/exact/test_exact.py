"""Folding and marching against the full power flow, on drawn and on real grids."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grid_models.capacity import Access, hosting_capacity
from grid_models.compiled import compile_grid
from grid_models.exact.fold import fold_tree
from grid_models.exact.largest import largest_loads
from grid_models.exact.way import ADDED, LINE, PART, TRANSFORMER, VOLTAGE, find_ways
from grid_models.limits import Relaxation, find_bounds, find_export_bounds, find_limits
from grid_models.readers import read_grid
from grid_models.solvers.radial import Connection, solve_connections, solve_tree
from tests.grid_models.capacities import BY_RULE, LEGAL_V
from tests.grid_models.solvers.test_properties import (
    STRICT,
    compiled_tree,
    number,
    ordinary,
    trees,
)

POWER_FACTOR = 0.95
UNIT = complex(POWER_FACTOR, math.sqrt(1.0 - POWER_FACTOR**2))


def folded(compiled, tree, state, relaxation: Relaxation = STRICT):
    limits = find_limits(compiled.network, tree, LEGAL_V)
    bounds = find_bounds(state, limits, relaxation)
    return limits, bounds, fold_tree(tree, state, bounds)


@ordinary
@given(trees(), st.data())
def test_the_largest_load_keeps_every_limit_and_a_ten_thousandth_more_does_not(grid, data):
    compiled, tree, state = compiled_tree(grid)
    limits, bounds, fold = folded(compiled, tree, state)
    row = data.draw(st.integers(1, len(tree) - 1))
    share = data.draw(st.none() | number(0.01, 0.99))
    shares = np.array([np.nan if share is None else share])
    found = largest_loads(fold, np.array([row]), shares, power_factor=POWER_FACTOR)
    if fold.broken[row] >= 0:
        assert found.s_pu[0] == 0.0
        return

    def keeps(s: float) -> bool:
        at = Connection(
            row=row, share=share, r=0.0, x=0.0, g=0.0, b=0.0, rating=np.inf,
            p=s * UNIT.real, q=s * UNIT.imag,
        )  # fmt: skip
        lanes = solve_connections(tree, state, [at])
        hot = lanes.loading_pct[:, 0] * limits.factor > bounds.loading_pct + 1e-9
        fallen = lanes.v_pu[:, 0] < bounds.v_low_pu - 1e-12
        low = lanes.v_split_pu[0] < bounds.v_low_pu[row]
        return bool(lanes.converged[0]) and not (hot | fallen).any() and not low

    s = float(found.s_pu[0])
    assert math.isfinite(s)
    assert s == 0.0 or keeps(s * (1.0 - 1e-4))
    assert not keeps(s * (1.0 + 1e-4) + 1e-6)


@ordinary
@given(trees(), st.data())
def test_a_way_shows_what_the_full_power_flow_shows_on_it(grid, data):
    compiled, tree, state = compiled_tree(grid)
    limits, _, fold = folded(compiled, tree, state)
    row = data.draw(st.integers(1, len(tree) - 1))
    share = data.draw(st.none() | number(0.05, 0.95))
    new = Connection(
        row=row, share=share, r=0.004, x=0.002, g=0.0, b=1e-4, rating=5.0,
        p=data.draw(number(0.0, 3.0)), q=data.draw(number(0.0, 1.0)),
    )  # fmt: skip
    ways = find_ways(fold, limits, limits.v_low_pu, [new])
    lanes = solve_connections(tree, state, [new])
    if not (ways.solved[0] and lanes.converged[0]):
        return
    loading, loading_row = ways.value[LINE, 0], int(ways.row[LINE, 0])
    path = tree.path(int(tree.parent[row]) if share is not None else row)
    on_path = [lanes.loading_pct[k, 0] * limits.factor[k] for k in path[:-1]]
    parts = [] if share is None else [lanes.loading_parts_pct[0, 0] * limits.factor[row]]
    assert loading == pytest.approx(max([*on_path, *parts, lanes.loading_new_pct[0]]), abs=1e-5)
    shown = {ADDED: lanes.loading_new_pct[0], PART: parts[0] if parts else None}
    assert loading == pytest.approx(
        shown.get(loading_row, lanes.loading_pct[loading_row, 0] * limits.factor[loading_row]),
        abs=1e-5,
    )
    volts = [*lanes.v_pu[path[:-1], 0], lanes.v_load_pu[0], lanes.v_split_pu[0]]
    assert ways.value[VOLTAGE, 0] == pytest.approx(min(volts), abs=1e-8)


def test_a_transformer_on_the_way_is_told_from_lines():
    grid = read_grid("pandapower:mv_oberrhein")
    compiled = compile_grid(grid)
    tree = compiled.trees[0]
    state = solve_tree(tree)
    limits, _, fold = folded(compiled, tree, state)
    row = len(tree) - 1
    new = Connection(row=row, share=None, r=0.0, x=0.0, g=0.0, b=0.0, rating=9.0, p=1.0, q=0.3)
    ways = find_ways(fold, limits, limits.v_low_pu, [new])
    at = int(ways.row[TRANSFORMER, 0])
    assert limits.is_transformer[at]
    lanes = solve_connections(tree, state, [new])
    assert ways.value[TRANSFORMER, 0] == pytest.approx(lanes.loading_pct[at, 0], abs=1e-6)


@pytest.mark.parametrize("name", ["pandapower:mv_oberrhein", "pandapower:create_cigre_network_mv"])
def test_every_node_of_a_real_grid_agrees_with_full_power_flows(name):
    """The full search closes its bracket to a hundred-thousandth; marching lies inside it."""
    compiled = compile_grid(read_grid(name))
    for tree in compiled.trees:
        state = solve_tree(tree)
        limits, bounds, fold = folded(compiled, tree, state, BY_RULE)
        rows = np.arange(1, len(tree))
        exact = largest_loads(fold, rows, power_factor=POWER_FACTOR)
        full = hosting_capacity(
            fold, state, limits, bounds, [Access(row=int(k), share=None) for k in rows],
            power_factor=POWER_FACTOR,
        )  # fmt: skip
        kva = np.array([found.kva for found in full])
        known = np.isfinite(kva) & np.isfinite(exact.s_pu)
        assert known.mean() > 0.95
        np.testing.assert_allclose(1000.0 * exact.s_pu[known], kva[known], rtol=2e-5, atol=1e-6)


def test_a_lower_order_shows_how_small_what_is_cut_off_is():
    compiled = compile_grid(read_grid("pandapower:mv_oberrhein"))
    tree = compiled.trees[0]
    state = solve_tree(tree)
    _, bounds, fold = folded(compiled, tree, state, BY_RULE)
    rows = np.arange(1, len(tree))
    third = largest_loads(fold, rows, power_factor=POWER_FACTOR)
    second = largest_loads(
        fold_tree(tree, state, bounds, order=2), rows, power_factor=POWER_FACTOR, near=third
    )
    gap = np.abs(second.s_pu - third.s_pu) / third.s_pu
    assert 0.0 < gap.max() < 1e-3


def test_at_the_source_itself_nothing_binds():
    compiled = compile_grid(read_grid("pandapower:create_cigre_network_mv"))
    tree = compiled.trees[0]
    _, _, fold = folded(compiled, tree, solve_tree(tree))
    assert largest_loads(fold, np.array([0]), power_factor=1.0).s_pu[0] == np.inf


def test_the_largest_generation_keeps_every_limit_and_a_ten_thousandth_more_does_not():
    compiled = compile_grid(read_grid("pandapower:mv_oberrhein"))
    for tree in compiled.trees:
        state = solve_tree(tree)
        limits = find_limits(compiled.network, tree, LEGAL_V)
        bounds = find_export_bounds(state, limits, BY_RULE)
        fold = fold_tree(tree, state, bounds)
        rows = np.arange(1, len(tree))
        found = largest_loads(fold, rows, power_factor=1.0, injects=True)
        usable = rows[np.isfinite(found.s_pu) & (found.s_pu > 0.0)]
        assert len(usable) > 0.9 * len(rows)
        for share, is_right in ((1.0 - 1e-4, True), (1.0 + 1e-4, False)):
            injections = [
                Connection(row=int(k), share=None, r=0.0, x=0.0, g=0.0, b=0.0, rating=np.inf,
                           p=-share * float(found.s_pu[k - 1]), q=0.0)
                for k in usable
            ]  # fmt: skip
            lanes = solve_connections(tree, state, injections)
            hot = lanes.loading_pct * limits.factor[:, None] > 100.0
            high = lanes.v_pu > bounds.v_high_pu[:, None]
            broken = (hot | high).any(axis=0)
            assert (broken != is_right).all()
