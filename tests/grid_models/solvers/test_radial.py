from __future__ import annotations

import copy
import math
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandapower as pp
import pytest

from grid_models.compiled import CompiledGrid, Tree, compile_grid
from grid_models.network import LINE, TRANSFORMER
from grid_models.solvers.radial import (
    BranchSwap,
    Connection,
    Lanes,
    TreeState,
    add_power,
    solve_connections,
    solve_tree,
)
from grid_models.solvers.solve import solve
from tests.grid_models.grids import grid_of, line, load, source, wire
from tests.grid_models.readers.nets import add_line, read, small_net

VOLTAGE_PU = 1e-9
LOADING_POINTS = 1e-6
# The new line and the new load of every connection below, as pandapower has them.
NEW_LINE = {
    "length_km": 0.7, "r_ohm_per_km": 0.16, "x_ohm_per_km": 0.11, "c_nf_per_km": 320.0,
    "g_us_per_km": 90.0, "max_i_ka": 0.28,
}  # fmt: skip
NEW_LOAD = {"p_mw": 0.9, "q_mvar": 0.35}
NEW_LV_LINE = NEW_LINE | {"length_km": 0.05}
NEW_LV_LOAD = {"p_mw": 0.04, "q_mvar": 0.015}


def branched_net() -> Any:
    """Return the small net with a branch: `line:3` is listed against the flow.

    ::

        ... bus:3 ---line:3 (2 circuits)--- bus:7 ===line:4, line:5=== bus:8
                                            shunt:0                     load:2 (follows the voltage)
    """
    net = small_net()
    wire = {
        "r_ohm_per_km": 0.2, "x_ohm_per_km": 0.3, "c_nf_per_km": 200.0, "g_us_per_km": 60.0,
        "max_i_ka": 0.25,
    }  # fmt: skip
    bus, far = (int(pp.create_bus(net, vn_kv=10.0)) for _ in range(2))
    add_line(net, bus, 3, length_km=2.3, parallel=2, **wire)
    for _ in range(2):
        add_line(net, bus, far, length_km=1.4, **wire)
    pp.create_shunt(net, bus, q_mvar=-0.3)
    pp.create_load(net, far, p_mw=1.5, q_mvar=0.6, const_z_p_percent=30.0, const_i_q_percent=40.0)
    return net


@dataclass(frozen=True)
class Base:
    """The branched net and everything made from it."""

    net: Any
    compiled: CompiledGrid
    tree: Tree
    state: TreeState

    def row_of_bus(self, bus: int) -> int:
        return int(self.compiled.row_of_bus[self.compiled.network.bus_of_node[bus]])

    def row_of(self, kind: int, element: int) -> int:
        return int(self.compiled.row_of_branch[self.compiled.branch_of_element[kind, element]])


@cache
def base() -> Base:
    net = branched_net()
    compiled = compile_grid(read(net))
    (tree,) = compiled.trees
    return Base(net, compiled, tree, solve_tree(tree))


def connection(kv: float, row: int, share: float | None, **changes: Any) -> Connection:
    """Return the new line and load in per unit."""
    new, demand = (NEW_LINE, NEW_LOAD) if kv > 1 else (NEW_LV_LINE, NEW_LV_LOAD)
    z_base = kv**2
    values = {
        "row": row,
        "share": share,
        "r": new["r_ohm_per_km"] * new["length_km"] / z_base,
        "x": new["x_ohm_per_km"] * new["length_km"] / z_base,
        "g": 0.5 * new["g_us_per_km"] * 1e-6 * new["length_km"] * z_base,
        "b": math.pi * 50.0 * new["c_nf_per_km"] * 1e-9 * new["length_km"] * z_base,
        "rating": new["max_i_ka"] * math.sqrt(3.0) * kv,
        "p": demand["p_mw"],
        "q": demand["q_mvar"],
    }
    return Connection(**(values | changes))


def join(net: Any, bus: int) -> tuple[int, int]:
    """Build the new line and load into a pandapower net; their line and bus."""
    kv = net.bus.at[bus, "vn_kv"]
    new, demand = (NEW_LINE, NEW_LOAD) if kv > 1 else (NEW_LV_LINE, NEW_LV_LOAD)
    customer = int(pp.create_bus(net, vn_kv=kv))
    pp.create_load(net, customer, **demand)
    return add_line(net, bus, customer, **new), customer


def split(net: Any, lines: list[int], share_from: float) -> tuple[int, list[int]]:
    """Cut lines, all circuits, at one new bus; the bus and the parts towards the to end."""
    middle = int(pp.create_bus(net, vn_kv=10.0))
    rest = []
    for number in lines:
        row = net.line.loc[number]
        values = {
            name: row[name]
            for name in ("r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km", "g_us_per_km", "max_i_ka")
        }
        second = (1.0 - share_from) * row.length_km
        end = int(row.to_bus)
        rest.append(
            add_line(net, middle, end, length_km=second, parallel=int(row.parallel), **values)
        )
        net.line.loc[number, ["to_bus", "length_km"]] = [middle, share_from * row.length_km]
    return middle, rest


def assert_same(lanes: Lanes, lane: int, net: Any, *, split_lines: tuple[int, ...] = ()) -> None:
    """Compare one lane with a rebuilt and solved net in all that both know."""
    compiled, tree = base().compiled, base().tree
    assert lanes.converged[lane]
    at_node = lanes.v_pu[base().compiled.row_of_bus[compiled.network.bus_of_node], lane]
    buses = len(compiled.network.bus_of_node)
    expected = net.res_bus["vm_pu"].to_numpy()[:buses]
    np.testing.assert_allclose(at_node, expected, rtol=0, atol=VOLTAGE_PU)
    for kind, results in ((LINE, net.res_line), (TRANSFORMER, net.res_trafo)):
        rows = {
            element: compiled.row_of_branch[branch]
            for (its_kind, element), branch in compiled.branch_of_element.items()
            if its_kind == kind and not (kind == LINE and element in split_lines)
        }
        found = [lanes.loading_pct[row, lane] for row in rows.values()]
        wanted = results["loading_percent"].loc[list(rows)].to_numpy()
        np.testing.assert_allclose(found, wanted, rtol=0, atol=LOADING_POINTS)
    assert len(tree) == len(lanes.v_pu)


def run(net: Any) -> None:
    pp.runpp(net, tolerance_mva=1e-11)


def test_the_net_before_is_solved_as_in_pandapower():
    net = base().net
    run(net)
    lanes = solve_connections(
        base().tree, base().state, [connection(10.0, 1, None, p=0, q=0, g=0, b=0, r=0, x=0)]
    )
    assert_same(lanes, 0, net)


# --- at a node -------------------------------------------------------------------------------


@pytest.mark.parametrize("bus", [1, 3, 4, 5, 6, 7, 8])
def test_a_load_at_a_node_is_solved_as_in_the_rebuilt_net(bus):
    net = copy.deepcopy(base().net)
    new_line, customer = join(net, bus)
    run(net)
    at = connection(net.bus.at[bus, "vn_kv"], base().row_of_bus(bus), None)
    lanes = solve_connections(base().tree, base().state, [at])
    assert_same(lanes, 0, net)
    for found, expected in (
        (lanes.v_split_pu, net.res_bus.vm_pu[bus]),
        (lanes.v_load_pu, net.res_bus.vm_pu[customer]),
    ):
        assert found[0] == pytest.approx(expected, abs=VOLTAGE_PU)
    expected = net.res_line.loading_percent[new_line]
    assert lanes.loading_new_pct[0] == pytest.approx(expected, abs=LOADING_POINTS)
    assert np.isnan(lanes.loading_parts_pct).all()


# --- in mid-line -----------------------------------------------------------------------------

SPLITS = {
    "a line listed with the flow": ([0], True),
    "an overhead line": ([1], True),
    "a line listed against the flow, of two circuits": ([3], False),
    "two lines in parallel": ([4, 5], True),
}


@pytest.mark.parametrize("share", [0.02, 0.5, 0.83])
@pytest.mark.parametrize(("lines", "with_flow"), SPLITS.values(), ids=list(SPLITS))
def test_a_load_in_mid_line_is_solved_as_in_the_rebuilt_net(lines, with_flow, share):
    net = copy.deepcopy(base().net)
    middle, rest = split(net, lines, share if with_flow else 1.0 - share)
    new_line, customer = join(net, middle)
    run(net)
    row = base().row_of(LINE, lines[0])
    lanes = solve_connections(base().tree, base().state, [connection(10.0, row, share)])
    assert_same(lanes, 0, net, split_lines=(*lines,))
    for found, expected in (
        (lanes.v_split_pu, net.res_bus.vm_pu[middle]),
        (lanes.v_load_pu, net.res_bus.vm_pu[customer]),
    ):
        assert found[0] == pytest.approx(expected, abs=VOLTAGE_PU)
    near, far = (lines[0], rest[0]) if with_flow else (rest[0], lines[0])
    parts = net.res_line.loading_percent.loc[[near, far]].to_numpy()
    np.testing.assert_allclose(lanes.loading_parts_pct[:, 0], parts, rtol=0, atol=LOADING_POINTS)
    assert lanes.loading_pct[row, 0] == pytest.approx(parts.max(), abs=LOADING_POINTS)
    new = net.res_line.loading_percent[new_line]
    assert lanes.loading_new_pct[0] == pytest.approx(new, abs=LOADING_POINTS)


# --- with a branch replaced ------------------------------------------------------------------


def swapped(net: Any, kind: int, element: int) -> BranchSwap:
    """Branch of a changed net as the replacement in the tree before the change."""
    changed = compile_grid(read(net))
    (tree,) = changed.trees
    row = int(changed.row_of_branch[changed.branch_of_element[kind, element]])
    assert row == base().row_of(kind, element)
    names = (
        "r",
        "x",
        "g_parent",
        "b_parent",
        "g_child",
        "b_child",
        "rating_parent",
        "rating_child",
    )
    return BranchSwap(row=row, **{name: float(getattr(tree, name)[row]) for name in names})


def with_larger_transformer(net: Any) -> tuple[int, int]:
    net.trafo.loc[1, ["sn_mva", "vk_percent", "vkr_percent", "pfe_kw"]] = [0.8, 4.5, 0.9, 0.9]
    return TRANSFORMER, 1


def with_thicker_conductor(net: Any) -> tuple[int, int]:
    changed = {"r_ohm_per_km": 0.08, "x_ohm_per_km": 0.2, "c_nf_per_km": 350.0, "max_i_ka": 0.5}
    net.line.loc[3, list(changed)] = list(changed.values())
    return LINE, 3


@pytest.mark.parametrize("change", [with_larger_transformer, with_thicker_conductor])
@pytest.mark.parametrize(("bus", "split_line"), [(6, None), (8, None), (None, 0)])
def test_a_branch_is_replaced_as_in_the_rebuilt_net(change, bus, split_line):
    net = copy.deepcopy(base().net)
    swap = swapped(net, *change(net))
    if bus is None:
        middle, _ = split(net, [split_line], 0.4)
        join(net, middle)
        at = connection(10.0, base().row_of(LINE, split_line), 0.4, swap=swap)
    else:
        join(net, bus)
        at = connection(net.bus.at[bus, "vn_kv"], base().row_of_bus(bus), None, swap=swap)
    run(net)
    lanes = solve_connections(base().tree, base().state, [at])
    assert_same(lanes, 0, net, split_lines=() if split_line is None else (split_line,))


# --- lanes -----------------------------------------------------------------------------------


def mixed_connections() -> list[Connection]:
    """More than one block of lanes, each at another place, some with a replaced branch."""
    rows = [base().row_of_bus(bus) for bus in (1, 3, 4, 7, 8)]
    at_nodes = [connection(10.0, row, None, p=0.1 + 0.2 * k) for k, row in enumerate(rows)]
    split_rows = [base().row_of(LINE, number) for number in (0, 1, 3, 4)]
    in_lines = [
        connection(10.0, row, share, q=share) for row in split_rows for share in (0.25, 0.75)
    ]
    net = copy.deepcopy(base().net)
    swap = swapped(net, *with_thicker_conductor(net))
    return [*at_nodes, *in_lines, replace(at_nodes[-1], swap=swap), replace(in_lines[0], swap=swap)]


def test_lanes_do_not_influence_each_other():
    tree, state, many = base().tree, base().state, mixed_connections()
    together = solve_connections(tree, state, many)
    for lane, alone in enumerate(solve_connections(tree, state, [one]) for one in many):
        for name in ("v_pu", "loading_pct", "loading_parts_pct", "v_split_pu", "loading_new_pct"):
            found, expected = getattr(together, name)[..., lane], getattr(alone, name)[..., 0]
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8)


def test_a_lane_without_solution_leaves_the_others_as_they_are():
    tree, state, many = base().tree, base().state, mixed_connections()[:3]
    hopeless = replace(many[0], p=5000.0)
    lanes = solve_connections(tree, state, [many[0], hopeless, *many[1:]])
    assert lanes.converged.tolist() == [True, False, True, True]
    alone = solve_connections(tree, state, many)
    np.testing.assert_allclose(lanes.v_pu[:, [0, 2, 3]], alone.v_pu, rtol=0, atol=1e-10)


def test_lanes_come_in_the_order_asked_for():
    tree, state, many = base().tree, base().state, mixed_connections()
    lanes = solve_connections(tree, state, many)
    backwards = solve_connections(tree, state, many[::-1])
    np.testing.assert_allclose(lanes.v_load_pu, backwards.v_load_pu[::-1], rtol=0, atol=1e-10)


# --- divergence ------------------------------------------------------------------------------

# At the end of 1 ohm from a stiff 10 kV source at most U^2 / 4R = 25 MW arrive.
MOST_MW = 25.0


def stretched(p_mw: float) -> Tree:
    grid = grid_of(
        {"A": 10.0, "B": 10.0},
        lines={"L": wire("A", "B", 1.0)},
        loads={"P": load("B", 1000.0 * p_mw)},
        sources={"grid": source("A")},
    )
    return compile_grid(grid).trees[0]


def test_up_to_the_edge_of_what_physics_allows_there_is_a_solution():
    state = solve_tree(stretched(0.9 * MOST_MW))
    assert state.converged
    # u^2 - u + p r = 0
    assert state.v_pu[1] == pytest.approx((1 + math.sqrt(1 - 0.9)) / 2, abs=1e-9)


@pytest.mark.parametrize("share", [1.01, 1.5, 10.0, 1e4, 1e8])
def test_beyond_it_there_is_none_and_none_is_given(share):
    assert not solve_tree(stretched(share * MOST_MW)).converged


def test_a_connection_beyond_what_physics_allows_is_not_converged():
    tree = stretched(1.0)
    joined = Connection(row=1, share=0.5, r=0.0, x=0.0, g=0.0, b=0.0, rating=np.inf, p=60.0, q=0.0)
    lanes = solve_connections(tree, solve_tree(tree), [joined, replace(joined, p=10.0)])
    assert lanes.converged.tolist() == [False, True]


def test_a_tree_without_solution_is_a_failure_with_a_reason_and_the_others_are_solved():
    grid = grid_of(
        dict.fromkeys("ABCD", 10.0),
        lines={"L": wire("A", "B", 1.0), "M": line("C", "D")},
        loads={"P": load("B", 30_000.0), "Q": load("D", 500.0)},
        sources={"weak": source("A"), "strong": source("C")},
    )
    result = solve(compile_grid(grid))
    assert list(result.failures) == ["weak"]
    assert "weak" in result.failures["weak"]
    assert result.nodes["v_pu"].isna().tolist() == [True, True, False, False]
    assert result.lines["loading_pct"].isna().tolist() == [True, False]


# --- more load -------------------------------------------------------------------------------


def test_power_added_at_rows_is_as_if_it_had_been_there_before():
    net = copy.deepcopy(base().net)
    pp.create_load(net, 7, p_mw=0.4, q_mvar=0.1)
    pp.create_load(net, 7, p_mw=0.2, q_mvar=0.05)
    pp.create_load(net, 3, p_mw=0.3, q_mvar=0.2)
    run(net)
    rows = np.array([base().row_of_bus(bus) for bus in (7, 7, 3)])
    more = add_power(base().tree, rows, np.array([0.4, 0.2, 0.3]), np.array([0.1, 0.05, 0.2]))
    row_of_node = base().compiled.row_of_bus[base().compiled.network.bus_of_node]
    found = solve_tree(more).v_pu[row_of_node]
    np.testing.assert_allclose(found, net.res_bus.vm_pu, rtol=0, atol=VOLTAGE_PU)


def test_adding_power_leaves_the_tree_given_as_it_is():
    before = base().tree.p.copy()
    add_power(base().tree, np.array([1]), np.array([5.0]), np.array([0.0]))
    np.testing.assert_array_equal(base().tree.p, before)


def test_a_tree_of_its_source_alone_is_solved():
    (tree,) = compile_grid(grid_of({"A": 10.0}, sources={"grid": source("A", v_pu=1.03)})).trees
    state = solve_tree(tree)
    assert state.converged
    assert state.v_pu.tolist() == [1.03]


def test_lanes_apart_stop_where_each_stops_alone():
    tree, state, many = base().tree, base().state, mixed_connections()
    # one lane takes many more sweeps than those beside it
    many = [*many[:3], replace(many[0], p=8.0), *many[3:]]
    apart = solve_connections(tree, state, many, is_apart=True)
    for lane, alone in enumerate(solve_connections(tree, state, [one]) for one in many):
        for name in ("v_pu", "loading_pct", "loading_parts_pct", "v_split_pu", "loading_new_pct"):
            found, expected = getattr(apart, name)[..., lane], getattr(alone, name)[..., 0]
            np.testing.assert_allclose(found, expected, rtol=4e-15, atol=0)
