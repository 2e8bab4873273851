"""What holds for every radial grid, tried on grids that hypothesis draws."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grid_models.capacity import Access, hosting_capacity
from grid_models.compiled import CompiledGrid, Tree, compile_grid
from grid_models.exact.fold import fold_tree
from grid_models.grid import Grid
from grid_models.limits import Relaxation, find_bounds, find_limits
from grid_models.solvers.radial import Connection, TreeState, solve_connections, solve_tree
from grid_models.solvers.reference import solve_reference
from grid_models.solvers.solve import solve
from tests.grid_models.grids import grid_of, line, load, source

LEGAL_V = {10.0: (9300.0, 10700.0)}
STRICT = Relaxation(loading_points=0.0, voltage_share=0.0)
Z_BASE = 100.0
ordinary = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
few = settings(ordinary, max_examples=8)


def number(low: float, high: float) -> st.SearchStrategy[float]:
    """Draw one of a thousand steps: no one needs to know of a load of 1e-300 kW."""
    return st.integers(0, 1000).map(lambda step: low + (high - low) * step / 1000.0)


SHARES = st.sampled_from(
    [
        {},
        {"const_z_p_pct": 100.0, "const_z_q_pct": 100.0},
        {"const_i_p_pct": 60.0, "const_i_q_pct": 30.0, "const_z_p_pct": 20.0},
    ]
)


@st.composite
def trees(draw: st.DrawFn, *, constant_power: bool = False, charging: bool = True) -> Grid:
    """Draw a tree of lines at 10 kV: N0 is the source, every other node hangs at an earlier one.

    The loads, up to 3 MW in all, leave it far from collapse.
    """
    count = draw(st.integers(2, 12))
    lines, loads = {}, {}
    for k in range(1, count):
        ends = [f"N{draw(st.integers(0, k - 1))}", f"N{k}"]
        if draw(st.booleans()):
            ends.reverse()
        lines[f"L{k}"] = line(
            *ends,
            draw(number(50.0, 3000.0)),
            r_ohm_per_km=draw(number(0.05, 0.6)),
            x_ohm_per_km=draw(number(0.05, 0.4)),
            c_nf_per_km=draw(number(0.0, 400.0)) if charging else 0.0,
            parallel=draw(st.integers(1, 2)),
        )
        for part in range(draw(st.integers(0, 2))):
            shares = {} if constant_power else draw(SHARES)
            p_kw = draw(number(0.0, 3000.0 / (2 * count)))
            q_kvar = draw(number(0.0, 1000.0 / (2 * count)))
            loads[f"P{k}.{part}"] = load(f"N{k}", p_kw, q_kvar, **shares)
    return grid_of(
        {f"N{k}": 10.0 for k in range(count)},
        lines=lines,
        loads=loads,
        sources={"grid": source("N0", v_pu=draw(number(0.97, 1.05)))},
    )


def compiled_tree(grid: Grid) -> tuple[CompiledGrid, Tree, TreeState]:
    compiled = compile_grid(grid)
    (tree,) = compiled.trees
    state = solve_tree(tree)
    assert state.converged
    return compiled, tree, state


def connection_at(row: int, share: float | None, p: float = 0.0, q: float = 0.0) -> Connection:
    return Connection(row=row, share=share, r=0.004, x=0.002, g=0.0, b=0.0, rating=5.0, p=p, q=q)


def mismatch(grid: Grid, v: Any) -> np.ndarray:
    """Current that is left over at every node, from the tables alone; pu of 1 MVA and 10 kV."""
    position = {name: k for k, name in enumerate(grid.nodes.index)}
    admittance = np.zeros((len(v), len(v)), complex)
    for row in grid.lines.itertuples():
        f, t = position[row.from_node], position[row.to_node]
        km = row.length_m / 1000.0
        z = complex(row.r_ohm_per_km, row.x_ohm_per_km) * km / row.parallel / Z_BASE
        shunt = 1j * math.pi * 50.0 * row.c_nf_per_km * 1e-9 * km * row.parallel * Z_BASE
        admittance[[f, t], [f, t]] += 1.0 / z + shunt
        admittance[[f, t], [t, f]] -= 1.0 / z
    taken = np.zeros(len(v), complex)
    for row in grid.loads.itertuples():
        k = position[row.node]
        u = abs(v[k])
        p, q = (
            power * (1.0 - z - i + z * u**2 + i * u) / 1000.0
            for power, z, i in (
                (row.p_kw, row.const_z_p_pct / 100.0, row.const_i_p_pct / 100.0),
                (row.q_kvar, row.const_z_q_pct / 100.0, row.const_i_q_pct / 100.0),
            )
        )
        taken[k] += np.conj(complex(p, q) / v[k])
    return np.abs(admittance @ v + taken)


@ordinary
@given(trees())
def test_at_every_node_but_the_source_the_currents_add_up_to_nothing(grid):
    compiled, tree, state = compiled_tree(grid)
    v = state.v[compiled.row_of_bus[compiled.network.bus_of_node]]
    left_over = mismatch(grid, v)
    assert left_over[1:].max() < 1e-7
    assert abs(v[0]) == tree.v_source


@few
@given(trees())
def test_pandapower_finds_the_same(grid):
    # pandapower mixes the shares of several loads at one node
    one_each = grid.with_tables(loads=grid.loads[~grid.loads["node"].duplicated()])
    found, expected = solve(compile_grid(one_each)), solve_reference(one_each)
    assert not expected.failures
    np.testing.assert_allclose(found.nodes["v_pu"], expected.nodes["v_pu"], rtol=0, atol=1e-8)
    for end in ("i_from_a", "i_to_a", "loading_pct"):
        np.testing.assert_allclose(found.lines[end], expected.lines[end], rtol=0, atol=1e-4)


@ordinary
@given(trees(constant_power=True, charging=False), st.data())
def test_more_load_never_lowers_a_loading_on_its_way(grid, data):
    _, tree, state = compiled_tree(grid)
    row = data.draw(st.integers(1, len(tree) - 1))
    p, q = data.draw(number(0.01, 1.0)), data.draw(number(0.0, 0.4))
    lanes = solve_connections(
        tree, state, [connection_at(row, None, part * p, part * q) for part in (0.0, 0.5, 1.0)]
    )
    assert (np.diff(lanes.loading_pct[tree.path(row)], axis=1) >= -1e-9).all()


@ordinary
@given(trees(constant_power=True, charging=False), st.data())
def test_more_load_never_raises_a_voltage(grid, data):
    _, tree, state = compiled_tree(grid)
    row = data.draw(st.integers(1, len(tree) - 1))
    p, q = data.draw(number(0.0, 1.0)), data.draw(number(0.0, 0.4))
    lanes = solve_connections(tree, state, [connection_at(row, None, p, q)])
    assert (lanes.v_pu[:, 0] <= state.v_pu + 1e-9).all()


@ordinary
@given(trees(), st.data())
def test_a_connection_without_load_and_charging_changes_nothing(grid, data):
    _, tree, state = compiled_tree(grid)
    row = data.draw(st.integers(1, len(tree) - 1))
    share = data.draw(st.none() | number(0.01, 0.99))
    charging = bool(tree.b_child[row])
    lanes = solve_connections(tree, state, [connection_at(row, share)])
    if share is None or not charging:
        np.testing.assert_allclose(lanes.v_pu[:, 0], state.v_pu, rtol=0, atol=1e-9)
        np.testing.assert_allclose(lanes.loading_pct[:, 0], state.loading_pct, rtol=0, atol=1e-6)
    assert lanes.v_load_pu[0] == lanes.v_split_pu[0]
    assert lanes.loading_new_pct[0] == 0.0


@ordinary
@given(trees(), st.data())
def test_a_split_line_is_as_two_lines_with_a_node_between(grid, data):
    compiled, tree, state = compiled_tree(grid)
    number_of_line = data.draw(st.integers(0, len(grid.lines) - 1))
    share_from = data.draw(number(0.01, 0.99))
    p, q = data.draw(number(0.0, 1.0)), data.draw(number(0.0, 0.4))
    row = int(compiled.row_of_branch[compiled.branch_of_element[0, number_of_line]])
    share = share_from if tree.from_is_parent[row] else 1.0 - share_from
    lanes = solve_connections(tree, state, [replace(connection_at(row, share, p, q), r=0, x=0)])

    lines = {name: values.to_dict() for name, values in grid.lines.iterrows()}
    whole = lines.pop(grid.lines.index[number_of_line])
    length_m = whole["length_m"]
    lines["first"] = whole | {"to_node": "M", "length_m": share_from * length_m}
    lines["second"] = whole | {"from_node": "M", "length_m": (1.0 - share_from) * length_m}
    cut = grid_of(
        {name: 10.0 for name in [*grid.nodes.index, "M"]},
        lines=lines,
        loads={name: values.to_dict() for name, values in grid.loads.iterrows()}
        | {"new": load("M", 1000.0 * p, 1000.0 * q)},
        sources={name: values.to_dict() for name, values in grid.sources.iterrows()},
    )
    expected = solve(compile_grid(cut))
    v_pu = lanes.v_pu[compiled.row_of_bus[compiled.network.bus_of_node], 0]
    np.testing.assert_allclose(v_pu, expected.nodes["v_pu"][:-1], rtol=0, atol=1e-9)
    assert math.isclose(lanes.v_split_pu[0], expected.nodes.at["M", "v_pu"], abs_tol=1e-9)
    parts = expected.lines.loc[["first", "second"], "loading_pct"].to_numpy()
    if not tree.from_is_parent[row]:
        parts = parts[::-1]
    np.testing.assert_allclose(lanes.loading_parts_pct[:, 0], parts, rtol=0, atol=1e-6)


@ordinary
@given(trees(), st.randoms(use_true_random=False))
def test_the_order_of_the_tables_does_not_matter(grid, random):
    def shuffled(name: str) -> Any:
        rows = grid.tables()[name]
        return rows.loc[random.sample(list(rows.index), len(rows))]

    other = grid.with_tables(**{name: shuffled(name) for name in ("nodes", "lines", "loads")})
    found, expected = solve(compile_grid(other)), solve(compile_grid(grid))
    np.testing.assert_allclose(
        found.nodes["v_pu"].reindex(grid.nodes.index), expected.nodes["v_pu"], rtol=0, atol=1e-10
    )
    np.testing.assert_allclose(
        found.lines["loading_pct"].reindex(grid.lines.index), expected.lines["loading_pct"],
        rtol=0, atol=1e-7,
    )  # fmt: skip


@ordinary
@given(trees())
def test_a_grid_compiled_twice_is_the_same(grid):
    first, second = (compile_grid(grid).trees[0] for _ in range(2))
    for field in fields(Tree):
        np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))


@ordinary
@given(trees(), st.data())
def test_the_hosting_capacity_breaks_nothing_and_a_little_more_breaks_something(grid, data):
    compiled, tree, state = compiled_tree(grid)
    limits = find_limits(compiled.network, tree, LEGAL_V)
    row = data.draw(st.integers(1, len(tree) - 1))
    share = data.draw(st.none() | number(0.01, 0.99))
    power_factor = data.draw(number(0.7, 1.0))
    bounds = find_bounds(state, limits, STRICT)
    (found,) = hosting_capacity(
        fold_tree(tree, state, bounds), state, limits, bounds, [Access(row=row, share=share)],
        power_factor=power_factor,
    )  # fmt: skip

    def keeps(kva: float) -> bool:
        """Whether nothing breaks that was not broken before, or breaks more."""
        s = kva / 1000.0
        at = Connection(
            row=row, share=share, r=0.0, x=0.0, g=0.0, b=0.0, rating=np.inf,
            p=s * power_factor, q=s * math.sqrt(1.0 - power_factor**2),
        )  # fmt: skip
        lanes = solve_connections(tree, state, [at])
        hot = lanes.loading_pct[:, 0] > np.maximum(100.0, state.loading_pct) + 1e-9
        low = np.minimum(limits.v_low_pu, state.v_pu) - 1e-12
        fallen = (lanes.v_pu[:, 0] < low) | (lanes.v_split_pu[0] < low[row])
        return bool(lanes.converged[0]) and not (hot | fallen).any()

    assert math.isfinite(found.kva)
    if found.code == "already_violated":
        path = tree.path(row)
        is_low = state.v_pu[path] < limits.v_low_pu[path]
        assert (is_low | (state.loading_pct[path] > 100.0)).any()
        return
    assert found.kva == 0.0 or keeps(found.kva)
    assert not keeps(1.0001 * found.kva + 1e-3)
