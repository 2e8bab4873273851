from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from grid_models.compiled import CompiledGrid, Tree, compile_grid
from grid_models.grid import Grid
from tests.grid_models.grids import bridge, coil, grid_of, line, load, opened, source


def forked_grid() -> Grid:
    """Return a grid that forks twice; `L3` is listed against the flow, `M` is two circuits.

    ::

        S --T-- A --L1-- B --M1,M2-- C --L3-- D
        110/10  |        '--L4-- E - - (open at F)
                '--L2-- F
    """
    return grid_of(
        {"S": 110.0} | dict.fromkeys("FEDCBA", 10.0),
        transformers={"T": coil("S", "A", 20_000.0, 110.0, 10.5)},
        lines={
            "L1": line("A", "B"),
            "L2": line("A", "F"),
            "L3": line("D", "C"),
            "L4": line("B", "E"),
            "L5": line("E", "F"),
            "M1": line("B", "C", 500.0),
            "M2": line("B", "C", 500.0),
        },
        switches={"open": opened("F", "L5")},
        loads={"P": load("D", 300.0, 100.0), "Q": load("E", 200.0)},
        sources={"grid": source("S", v_pu=1.02, angle_degree=5.0)},
    )


@pytest.fixture(scope="module")
def forked() -> CompiledGrid:
    return compile_grid(forked_grid())


def names(compiled: CompiledGrid, tree: Tree) -> list[str]:
    nodes = compiled.network.node_of_bus[tree.bus]
    return [compiled.grid.nodes.index[node] if node >= 0 else "free" for node in nodes]


def column(compiled: CompiledGrid, values: np.ndarray) -> dict[str, float]:
    return dict(zip(names(compiled, compiled.trees[0]), values.tolist(), strict=True))


def test_every_parent_comes_before_its_children(forked):
    (tree,) = forked.trees
    assert tree.parent[0] == -1
    assert (tree.parent[1:] < np.arange(1, len(tree))).all()


def test_each_row_hangs_at_the_node_the_drawing_says(forked):
    (tree,) = forked.trees
    found = names(forked, tree)
    parents = {name: found[k] for name, k in zip(found[1:], tree.parent[1:], strict=True)}
    expected = {"A": "S", "B": "A", "C": "B", "D": "C", "E": "B", "F": "A", "free": "E"}
    assert parents == expected


def test_a_subtree_is_one_slice_that_ends_before_the_next(forked):
    (tree,) = forked.trees
    found = names(forked, tree)
    below = {name: {*found[k : tree.end[k]]} for k, name in enumerate(found)}
    assert below["S"] == {*found}
    assert below["B"] == {"B", "C", "D", "E", "free"}
    assert below["C"] == {"C", "D"}
    assert below["F"] == {"F"}


def test_depth_counts_branches_from_the_source(forked):
    expected = {"S": 0, "A": 1, "B": 2, "C": 3, "D": 4, "E": 3, "free": 4, "F": 2}
    assert column(forked, forked.trees[0].depth) == expected


def test_a_path_runs_from_the_row_up_to_the_source(forked):
    (tree,) = forked.trees
    found = names(forked, tree)
    assert [found[k] for k in tree.path(found.index("D"))] == ["D", "C", "B", "A", "S"]


def test_equal_lines_in_parallel_are_one_row_of_two_circuits(forked):
    (tree,) = forked.trees
    circuits = column(forked, tree.circuits)
    assert circuits.pop("C") == 2
    assert set(circuits.values()) == {1}


def test_two_circuits_have_half_the_impedance_twice_the_charging_and_rating(forked):
    (tree,) = forked.trees
    row = names(forked, tree).index("C")
    assert tree.r[row] == pytest.approx(0.125 * 0.5 / 2 / 100.0)
    assert tree.b_child[row] == pytest.approx(2 * np.pi * 50 * 300e-9 * 0.5 * 100.0)
    assert tree.rating_parent[row] == pytest.approx(0.6 * np.sqrt(3) * 10.0)


def test_both_of_two_parallel_lines_are_found_in_their_row(forked):
    row = names(forked, forked.trees[0]).index("C")
    branches = [
        forked.branch_of_element[0, forked.grid.lines.index.get_loc(m)] for m in ("M1", "M2")
    ]
    assert forked.row_of_branch[branches].tolist() == [row, row]


def test_parallel_lines_of_unequal_rating_carry_what_the_weaker_one_may():
    grid = forked_grid()
    lines = grid.lines.copy()
    lines.at["M2", "ampacity_a"] = 250.0
    (tree,) = (compiled := compile_grid(grid.with_tables(lines=lines))).trees
    row = names(compiled, tree).index("C")
    assert tree.rating_child[row] == pytest.approx(2 * 0.25 * np.sqrt(3) * 10.0)


def test_a_line_listed_against_the_flow_is_known_to_be(forked):
    from_is_parent = column(forked, forked.trees[0].from_is_parent)
    assert [name for name, forward in from_is_parent.items() if not forward] == ["D"]


def test_the_ratio_is_at_the_side_of_the_high_voltage(forked):
    (tree,) = forked.trees
    row = names(forked, tree).index("A")
    assert tree.ratio_parent[row] == pytest.approx((110.0 / 10.5) / 11.0)
    assert tree.ratio_child[row] == 1.0


def test_a_transformer_fed_from_its_low_side_has_its_ratio_at_the_child():
    grid = grid_of(
        {"low": 0.4, "high": 10.0},
        transformers={"T": coil("high", "low", 400.0, 10.5, 0.4)},
        sources={"grid": source("low")},
    )
    (tree,) = compile_grid(grid).trees
    assert tree.ratio_parent[1] == 1.0
    assert tree.ratio_child[1] == pytest.approx(1.05)


def test_loads_lie_in_the_rows_of_their_nodes(forked):
    p = column(forked, forked.trees[0].p)
    assert (p.pop("D"), p.pop("E")) == (0.3, 0.2)
    assert not any(p.values())


def test_the_source_holds_its_voltage_and_angle_at_row_0(forked):
    (tree,) = forked.trees
    assert (tree.tree_id, tree.v_source, tree.angle_source_degree) == ("grid", 1.02, 5.0)


def test_every_bus_and_branch_knows_its_row(forked):
    (tree,) = forked.trees
    assert forked.row_of_bus[tree.bus].tolist() == list(range(len(tree)))
    assert forked.row_of_branch[tree.branch[1:]].tolist() == list(range(1, len(tree)))
    assert set(forked.tree_of_bus.tolist()) == {0}


def test_a_grid_compiled_twice_is_the_same():
    first, second = (compile_grid(forked_grid()).trees[0] for _ in range(2))
    for field in fields(Tree):
        np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))


def test_nodes_are_found_by_id(forked):
    assert forked.node_position["F"] == 1


# --- several trees ---------------------------------------------------------------------------


def two_transformers(**tables: object) -> Grid:
    """Two main transformers at one 110 kV source, and a line beside them."""
    return grid_of(
        {"S": 110.0, "X": 110.0, "A": 10.0, "B": 10.0, "C": 10.0},
        transformers={
            "T1": coil("S", "A", 20_000.0, 110.0, 10.5),
            "T2": coil("S", "B", 20_000.0, 110.0, 10.5),
        },
        lines={"L": line("B", "C"), "H": line("S", "X")},
        sources={"grid": source("S")},
        **tables,
    )


def test_main_transformers_at_one_source_are_trees_of_their_own():
    compiled = compile_grid(two_transformers())
    assert {tree.tree_id: names(compiled, tree) for tree in compiled.trees} == {
        "T1": ["S", "A"],
        "T2": ["S", "B", "C"],
        "grid": ["S", "X"],
    }


def test_equal_main_transformers_at_one_busbar_are_one_tree():
    grid = two_transformers(switches={"coupler": bridge("A", "B")})
    compiled = compile_grid(grid)
    assert not compiled.meshes
    (tree,) = (tree for tree in compiled.trees if "C" in names(compiled, tree))
    assert tree.circuits[tree.depth == 1].tolist() == [1, 2]
    assert tree.tree_id == "grid"


def test_each_source_has_its_tree():
    grid = grid_of(
        dict.fromkeys("ABCD", 10.0),
        lines={"L": line("A", "B"), "M": line("D", "C")},
        sources={"first": source("A"), "second": source("D")},
    )
    compiled = compile_grid(grid)
    assert {tree.tree_id: names(compiled, tree) for tree in compiled.trees} == {
        "first": ["A", "B"],
        "second": ["D", "C"],
    }


def test_what_no_source_feeds_is_in_no_tree():
    grid = grid_of(
        dict.fromkeys("ABCD", 10.0),
        lines={"L": line("A", "B"), "M": line("C", "D")},
        sources={"grid": source("A")},
    )
    compiled = compile_grid(grid)
    assert compiled.tree_of_bus.tolist() == [0, 0, -1, -1]
    assert compiled.row_of_branch.tolist() == [1, -1]


def test_a_grid_without_source_has_no_tree():
    compiled = compile_grid(grid_of({"A": 10.0, "B": 10.0}, lines={"L": line("A", "B")}))
    assert (compiled.trees, compiled.meshes) == ((), ())


def test_a_source_alone_is_a_tree_of_one_row():
    (tree,) = compile_grid(grid_of({"A": 10.0}, sources={"grid": source("A")})).trees
    assert len(tree) == 1


# --- what is no tree -------------------------------------------------------------------------

TRIANGLE = {"L": line("A", "B"), "M": line("B", "C"), "N": line("C", "A")}


@pytest.mark.parametrize(
    ("lines", "sources", "reason"),
    [
        (TRIANGLE, {"grid": source("A")}, "it has 1 closed ring(s)"),
        (
            {"L": line("A", "B"), "M": line("B", "C")},
            {"one": source("A"), "two": source("C")},
            "several external grids feed it: one, two",
        ),
        (
            {"L": line("A", "B"), "M": line("B", "C")},
            {"one": source("A"), "two": source("A")},
            "several external grids feed it: one, two",
        ),
        (
            {"L": line("A", "B"), "M": line("B", "C"), "N": line("B", "C", 999.0)},
            {"grid": source("A")},
            "it has unequal branches in parallel",
        ),
    ],
    ids=["ring", "two sources", "two sources at one node", "unequal parallel lines"],
)
def test_what_is_no_tree_is_a_mesh_with_the_reason(lines, sources, reason):
    compiled = compile_grid(grid_of(dict.fromkeys("ABC", 10.0), lines=lines, sources=sources))
    (mesh,) = compiled.meshes
    assert not compiled.trees
    assert mesh.reason == reason
    assert mesh.tree_id == next(iter(sources))
    assert mesh.bus.tolist() == [0, 1, 2]
    assert mesh.branch.tolist() == list(range(len(lines)))


def test_a_ring_with_an_open_point_is_a_tree():
    grid = grid_of(
        dict.fromkeys("ABC", 10.0),
        lines=TRIANGLE,
        switches={"open": opened("B", "M")},
        sources={"grid": source("A")},
    )
    compiled = compile_grid(grid)
    assert not compiled.meshes
    assert sorted(names(compiled, compiled.trees[0])) == ["A", "B", "C", "free"]
