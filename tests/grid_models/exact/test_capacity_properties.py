"""What more load, a bigger conductor and another order do to a capacity; and where that ends.

For loads of constant power that draw reactive power, in a tree that holds every limit at present.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from grid_models.capacity import Access
from grid_models.compiled import Tree, compile_grid
from grid_models.exact.fold import fold_tree
from grid_models.exact.largest import largest_loads
from grid_models.grid import Grid
from grid_models.limits import find_bounds, find_limits
from grid_models.solvers.radial import add_power, solve_tree
from tests.grid_models.capacities import BY_RULE, LEGAL_V, fed_by_1_ohm, hosting_of
from tests.grid_models.grids import load, wire
from tests.grid_models.solvers.test_properties import number, trees

POWER_FACTOR = 0.95
# To which both engines settle a capacity.
SETTLED = 3e-5
ordinary = settings(
    max_examples=40, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip


def the_tree(grid: Grid) -> tuple[Grid, Tree]:
    """Return a drawn grid's tree; one that breaks a limit at present is not meant."""
    compiled = compile_grid(grid)
    (tree,) = compiled.trees
    limits = find_limits(compiled.network, tree, LEGAL_V)
    state = solve_tree(tree)
    assume(state.converged)
    assume(not find_bounds(state, limits, BY_RULE).is_broken.any())
    assume((state.v_pu <= limits.v_high_pu).all())
    return grid, tree


def exact(grid: Grid, tree: Tree | None = None) -> np.ndarray:
    """Capacity of every node in kVA by folding and marching, by the order of the nodes table."""
    compiled = compile_grid(grid)
    tree = tree or compiled.trees[0]
    limits, state = find_limits(compiled.network, tree, LEGAL_V), solve_tree(tree)
    folded = fold_tree(tree, state, find_bounds(state, limits, BY_RULE))
    row = compiled.row_of_bus[compiled.network.bus_of_node][1:]
    return 1000.0 * largest_loads(folded, row, power_factor=POWER_FACTOR).s_pu


lagging_loads = trees(constant_power=True, charging=False)


@ordinary
@given(lagging_loads, st.data())
def test_more_load_never_raises_a_capacity(grid, data):
    grid, tree = the_tree(grid)
    row = np.array([data.draw(st.integers(1, len(tree) - 1))])
    p, q = (np.array([data.draw(number(0.0, most))]) for most in (0.5, 0.2))
    more = add_power(tree, row, p, q)
    limits = find_limits(compile_grid(grid).network, tree, LEGAL_V)
    heavier = solve_tree(more)
    assume(heavier.converged and not find_bounds(heavier, limits, BY_RULE).is_broken.any())
    assert (exact(grid, more) <= exact(grid) * (1.0 + SETTLED)).all()


@ordinary
@given(lagging_loads, st.data())
def test_a_bigger_conductor_never_lowers_a_capacity(grid, data):
    grid, _ = the_tree(grid)
    name = data.draw(st.sampled_from(list(grid.lines.index)))
    lines, smaller = grid.lines.copy(), data.draw(number(0.2, 1.0))
    lines.loc[name, ["r_ohm_per_km", "x_ohm_per_km"]] *= smaller
    lines.loc[name, "ampacity_a"] /= smaller
    assert (exact(grid.with_tables(lines=lines)) >= exact(grid) * (1.0 - SETTLED)).all()


@ordinary
@given(lagging_loads)
def test_folding_and_full_power_flows_agree_at_every_node(grid):
    grid, tree = the_tree(grid)
    compiled = compile_grid(grid)
    limits = find_limits(compiled.network, tree, LEGAL_V)
    row = compiled.row_of_bus[compiled.network.bus_of_node][1:]
    accesses = [Access(row=int(k), share=None) for k in row]
    full = [found.kva for found in hosting_of(tree, limits, accesses, BY_RULE, POWER_FACTOR)]
    np.testing.assert_allclose(exact(grid), full, rtol=SETTLED)


@ordinary
@given(lagging_loads, st.data())
def test_the_order_of_promises_does_not_matter(grid, data):
    grid, tree = the_tree(grid)
    rows = data.draw(st.lists(st.integers(1, len(tree) - 1), min_size=2, max_size=6))
    kw = data.draw(st.lists(number(0.0, 200.0), min_size=len(rows), max_size=len(rows)))
    order = data.draw(st.permutations(range(len(rows))))
    row, p = np.array(rows), np.array(kw) / 1000.0
    first = add_power(tree, row, p, 0.3 * p)
    other = add_power(tree, row[order], p[order], 0.3 * p[order])
    np.testing.assert_allclose(exact(grid, first), exact(grid, other), rtol=SETTLED)


# ---- where it ends: each counter-example with its sign ----
# Loads that follow the voltage, and limits broken before: tests/grid_models/demand/test_worst.py.


def capacity_of_b(ampacity_a: float, **tables: Any) -> float:
    """Capacity in kVA of B, behind 1 ohm that carries so much."""
    return float(exact(fed_by_1_ohm(ampacity_a=ampacity_a, **tables))[0])


def test_more_load_raises_a_capacity_where_generation_fills_the_line():
    """3 MW of sun at B send 173 A up a line for 150 A: broken on the way, so nothing can be taken.

    A load of 1 MW takes the flow back to 115 A; then there is room until the flow turns round.
    """
    sun = {"sun": {"node": "B", "p_kw": 3_000.0, "kind": "PV"}}
    homes = {"home": load("B", 1_000.0)}
    assert capacity_of_b(150.0, generators=sun) == 0.0
    assert capacity_of_b(150.0, generators=sun, loads=homes) > 3_000.0


def test_more_load_raises_a_capacity_where_it_gives_reactive_power():
    """A load of 1 MVA leading lifts B, behind 1 + j2 ohm, by 0.2 kV: its voltage binds later."""
    reactance = {"L": wire("A", "B", 1.0, x_ohm_per_km=2.0, ampacity_a=1e4)}
    leading = {"capacitors": load("B", 0.0, -1_000.0)}
    alone = capacity_of_b(1e4, lines=reactance)
    assert capacity_of_b(1e4, lines=reactance, loads=leading) > 1.1 * alone
