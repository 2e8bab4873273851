from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grid_models.compiled import compile_grid
from grid_models.grid import Grid
from grid_models.model import MESHED, GridModel
from grid_models.solvers.solve import solve
from tests.grid_models.grids import coil, grid_of, line, load, source


def arms(**changed: Any) -> Grid:
    """Two main transformers at one source: S --#1-- A ---L--- B, S --#2-- C ---M--- D."""
    tables: dict[str, Any] = {
        "lines": {"L": line("A", "B"), "M": line("C", "D")},
        "transformers": {
            "T1": coil("S", "A", 25_000.0, 110.0, 10.5),
            "T2": coil("S", "C", 25_000.0, 110.0, 10.5),
        },
        "loads": {"load:1": load("B", 100.0), "load:2": load("D", 100.0)},
        "sources": {"grid": source("S")},
    }
    grid = grid_of({"S": 110.0} | dict.fromkeys("ABCD", 10.0), **tables)
    for name, (element, value) in changed.items():
        table = next(t for t, rows in grid.tables().items() if element in rows.index)
        rows = grid.tables()[table].copy()
        rows.loc[element, name] = value
        grid = grid.with_tables(**{table: rows})
    return grid


@pytest.mark.parametrize(
    ("element", "column", "value"),
    [
        ("L", "length_m", np.nan),
        ("L", "r_ohm_per_km", np.inf),
        ("L", "x_ohm_per_km", np.nan),
        ("L", "c_nf_per_km", np.nan),
        ("L", "parallel", 0),
        ("T1", "sn_kva", 0.0),
        ("T1", "vk_pct", np.nan),
        ("T1", "vn_lv_kv", 0.0),
        ("T1", "shift_degree", np.nan),
        ("B", "vn_kv", 0.0),
        ("B", "vn_kv", np.nan),
        ("load:1", "p_kw", np.nan),
        ("load:1", "scaling", np.inf),
    ],
)
def test_a_tree_that_lacks_a_value_is_a_gap_that_names_it(element, column, value):
    compiled = compile_grid(arms(**{column: (element, value)}))
    (gap,) = compiled.gaps
    assert (gap.element_id, gap.column) == (element, column)
    assert not compiled.meshes


def test_a_transformer_without_any_impedance_lacks_its_short_circuit_voltage():
    (gap,) = compile_grid(arms(vk_pct=("T1", 0.0), vkr_pct=("T1", 0.0))).gaps
    assert (gap.table, gap.element_id, gap.column) == ("transformers", "T1", "vk_pct")


def test_the_other_arm_of_the_source_still_answers():
    compiled = compile_grid(arms(length_m=("L", np.nan)))
    assert [tree.tree_id for tree in compiled.trees] == ["T2"]
    result = solve(compiled)
    assert result.failures == {
        "T1": "the source tree of T1 cannot be solved: lines L length_m missing or unusable"
    }
    assert result.nodes["v_pu"].notna().to_dict() == {
        "S": True, "A": False, "B": False, "C": True, "D": True
    }  # fmt: skip


def test_a_source_without_a_voltage_leaves_a_gap_in_every_arm():
    gaps = compile_grid(arms(v_pu=("grid", np.nan))).gaps
    assert [(gap.tree_id, gap.element_id, gap.column) for gap in gaps] == [
        ("T1", "grid", "v_pu"), ("T2", "grid", "v_pu")
    ]  # fmt: skip


def test_what_is_no_number_together_is_a_gap_without_a_column():
    (gap,) = compile_grid(arms(length_m=("L", 1e300), r_ohm_per_km=("L", 1e300))).gaps
    assert (gap.element_id, gap.column) == ("L", "")


@pytest.mark.parametrize("odd", ["M", "N"])
def test_parallel_lines_of_which_one_lacks_a_value_are_no_mesh(odd):
    lines = {"M": line("A", "B"), "N": line("A", "B")}
    lines[odd]["r_ohm_per_km"] = np.nan
    grid = grid_of({"A": 10.0, "B": 10.0}, lines=lines, sources={"grid": source("A")})
    compiled = compile_grid(grid)
    assert (compiled.trees, compiled.meshes) == ((), ())
    (gap,) = compiled.gaps
    assert (gap.element_id, gap.column) == (odd, "r_ohm_per_km")


def test_a_closed_ring_is_a_mesh_and_no_gap():
    ring = {"L": line("A", "B"), "M": line("B", "C"), "N": line("C", "A")}
    model = GridModel.of(
        grid_of(dict.fromkeys("ABC", 10.0), lines=ring, sources={"grid": source("A")})
    )
    assert not model.compiled.gaps
    assert model.place_of_line(1) == model.place_of_node(1) == MESHED
    assert model.gap(MESHED) is None


def test_the_places_of_a_gap_know_what_is_missing():
    model = GridModel.of(arms(length_m=("L", np.nan)))
    for place in (model.place_of_node(2), model.place_of_line(0), model.place_of_transformer(0)):
        assert place is not None
        assert not place.is_in_tree
        gap = model.gap(place)
        assert gap is not None
        assert gap.column == "length_m"
    for place in (model.place_of_node(4), model.place_of_line(1), model.place_of_transformer(1)):
        assert place is not None
        assert place.is_in_tree
        assert model.gap(place) is None


def test_a_line_of_derating_zero_has_no_rating():
    compiled = compile_grid(arms(derating=("L", 0.0)))
    assert not compiled.gaps
    rating = compiled.network.branches.rating_from[compiled.network.branches.kind == 0]
    assert np.isinf(rating).tolist() == [True, False]
