from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from grid_models.compiled import compile_grid
from grid_models.grid import Grid
from grid_models.parts import UNFED, cut_out, find_areas, joined_parts
from grid_models.solvers.solve import solve
from grid_models.synthesize import synthesize_grid
from tests.grid_models.grids import bridge, coil, grid_of, line, load, opened, source

# Two arms, a and b, below one source; c below another; d is dead, e out of service:
#
#   S ==Ta== a1 --la-- a2 --tie1:- b2 --lb-- b1 ==Tb== S       R --lc-- c1 --tie2:- d1 -- d2   e
#
NODES = {
    "S": 110.0, "a1": 10.0, "a2": 10.0, "b1": 10.0, "b2": 10.0, "R": 10.0, "c1": 10.0,
    "d1": 10.0, "d2": 10.0, "e": {"vn_kv": 10.0, "is_in_service": False},
}  # fmt: skip


def two_sources() -> Grid:
    return grid_of(
        NODES,
        transformers={
            "Ta": coil("S", "a1", 10_000.0, 110.0, 10.5),
            "Tb": coil("S", "b1", 10_000.0, 110.0, 10.5),
        },
        lines={
            "la": line("a1", "a2"),
            "lb": line("b1", "b2"),
            "tie1": line("a2", "b2", 300.0),
            "lc": line("R", "c1"),
            "tie2": line("c1", "d1"),
            "ld": line("d1", "d2"),
        },
        switches={
            "tie1:open": opened("b2", "tie1"),
            "tie2:open": opened("d1", "tie2"),
            "b:bridge": bridge("b2", "c1", is_closed=False),
        },
        loads={
            "a": load("a2", 800.0, 200.0), "b": load("b2", 500.0, 100.0),
            "c": load("c1", 300.0), "d": load("d2", 50.0),
        },
        sources={"src": source("S"), "other": source("R")},
        limits={
            "l:tie1": {"element_id": "tie1", "limit_a": 100.0},
            "l:lc": {"element_id": "lc", "limit_a": 90.0},
        },
    )  # fmt: skip


def areas_by_name(grid: Grid) -> dict[str, frozenset[int]]:
    areas = find_areas(compile_grid(grid))
    return {name: areas.of([k]) for k, name in enumerate(grid.nodes.index)}


def part_with(grid: Grid, node: str) -> Grid:
    areas = find_areas(compile_grid(grid))
    wanted = areas.of([list(grid.nodes.index).index(node)])
    return joined_parts([part.grid for part in cut_out(grid, areas, wanted)])


def test_arms_below_one_source_are_areas_that_share_its_node() -> None:
    areas = areas_by_name(two_sources())
    assert areas["a1"] == areas["a2"] != areas["b1"] == areas["b2"]
    assert areas["S"] == areas["a1"] | areas["b1"]


def test_what_nothing_feeds_is_one_area() -> None:
    areas = areas_by_name(two_sources())
    assert areas["d1"] == areas["d2"] == areas["e"] == {UNFED}


def test_a_part_has_its_nodes_and_the_far_ends_of_what_begins_there() -> None:
    part = part_with(two_sources(), "a2")
    assert sorted(part.nodes.index) == ["S", "a1", "a2", "b1", "b2"]
    assert sorted(part.lines.index) == ["la", "tie1"]
    assert sorted(part.transformers.index) == ["Ta", "Tb"]


def test_only_own_nodes_bring_loads_and_sources() -> None:
    part = part_with(two_sources(), "a2")
    assert list(part.loads.index) == ["a"]
    assert list(part.sources.index) == ["src"]


def test_switches_and_limits_come_with_what_they_belong_to() -> None:
    parts = {node: part_with(two_sources(), node) for node in ("a2", "b2", "c1")}
    assert {node: list(part.switches.index) for node, part in parts.items()} == {
        "a2": ["tie1:open"],
        "b2": ["tie1:open", "b:bridge"],
        "c1": ["tie2:open", "b:bridge"],
    }
    assert list(parts["a2"].limits.index) == ["l:tie1"]
    assert list(parts["c1"].limits.index) == ["l:lc"]


def test_a_source_tree_keeps_its_id_when_it_is_cut_out() -> None:
    trees = compile_grid(part_with(two_sources(), "a2")).trees
    assert "Ta" in [tree.tree_id for tree in trees]


def test_areas_cut_out_together_are_those_cut_out_alone() -> None:
    grid = two_sources()
    areas = find_areas(compile_grid(grid))
    every = sorted({int(area) for area in areas.of_node})
    together = {part.area: part for part in cut_out(grid, areas, every)}
    assert sorted(together) == every
    for area in every:
        (alone,) = cut_out(grid, areas, [area])
        assert alone.own == together[area].own
        for table, rows in alone.grid.tables().items():
            pd.testing.assert_frame_equal(rows, together[area].grid.tables()[table])


def test_parts_put_together_again_have_every_row_once() -> None:
    grid = two_sources()
    areas = find_areas(compile_grid(grid))
    every = sorted({int(area) for area in areas.of_node})
    whole = joined_parts([part.grid for part in cut_out(grid, areas, every)])
    for table, rows in grid.tables().items():
        pd.testing.assert_frame_equal(whole.tables()[table].loc[rows.index], rows)
        assert len(whole.tables()[table]) == len(rows)


@pytest.mark.parametrize("grid", [two_sources(), synthesize_grid(nodes=800, seed=3)])
def test_every_part_has_the_voltages_of_the_whole(grid: Grid) -> None:
    compiled = compile_grid(grid)
    areas = find_areas(compiled)
    whole = solve(compiled).nodes["v_pu"]
    parts = cut_out(grid, areas, sorted({int(area) for area in areas.of_node}))
    assert frozenset[str]().union(*(part.own for part in parts)) == set(grid.nodes.index)
    for part in parts:
        alone = solve(compile_grid(part.grid)).nodes["v_pu"]
        names = sorted(part.own)
        np.testing.assert_allclose(alone.loc[names], whole.loc[names], rtol=0, atol=1e-10)


def test_a_tree_that_lacks_a_value_is_an_area_that_shares_its_source() -> None:
    grid = two_sources()
    lines = grid.lines.copy()
    lines.loc["la", "length_m"] = np.nan
    grid = grid.with_tables(lines=lines)
    areas = areas_by_name(grid)
    assert areas["a1"] == areas["a2"] != areas["b1"]
    assert areas["S"] == areas["a1"] | areas["b1"]
    assert UNFED not in areas["a2"]
    assert [gap.element_id for gap in compile_grid(part_with(grid, "a2")).gaps] == ["la"]
