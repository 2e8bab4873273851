from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grid_models.compiled import Tree, compile_grid
from grid_models.grid import Grid
from grid_models.limits import TreeLimits, find_limits
from grid_models.solvers.radial import solve_tree
from tests.grid_models.grids import bridge, coil, grid_of, line, load, source

LEGAL_V = {0.4: (353.4, 406.6), 10.0: (9300.0, 10700.0)}
ROOT_3 = np.sqrt(3.0)


def limited_grid(lines: dict[str, Any] | None = None, **limits: tuple[str, float]) -> Grid:
    """Return a chain with entries of element and amperes; other lines between B and C if given.

    ::

        S --T-- A --K(switch, 0.1 ohm)-- B --L-- C --U-- D
        110 kV      10 kV                                0.4 kV
    """
    return grid_of(
        {"S": 110.0, "A": 10.0, "B": 10.0, "C": 10.0, "D": 0.4},
        transformers={
            "T": coil("S", "A", 20_000.0, 110.0, 10.5, derating=0.9),
            "U": coil("C", "D", 400.0, 10.0, 0.4),
        },
        lines=lines or {"L": line("B", "C", ampacity_a=300.0)},
        switches={"K": bridge("A", "B", z_ohm=0.1)},
        loads={"P": load("D", 200.0, 50.0)},
        sources={"grid": source("S")},
        limits={
            name: {"element_id": element, "limit_a": limit_a, "source": name}
            for name, (element, limit_a) in limits.items()
        },
    )


def solved(grid: Grid) -> tuple[Tree, TreeLimits, dict[str, float]]:
    """Tree, limits, and loading of each row in percent of its limit by the node below it."""
    compiled = compile_grid(grid)
    (tree,) = compiled.trees
    limits = find_limits(compiled.network, tree, LEGAL_V)
    loading = solve_tree(tree).loading_pct * limits.factor
    return tree, limits, dict(zip("SABCD", loading.tolist(), strict=True))


def by_node(values: Any) -> dict[str, Any]:
    """Values of the chain's rows by the node below."""
    return dict(zip("SABCD", values.tolist(), strict=True))


def test_without_entries_a_line_may_carry_its_rated_current_at_nominal_voltage():
    _, limits, _ = solved(limited_grid())
    assert by_node(limits.limit_kva)["C"] == pytest.approx(300.0 * ROOT_3 * 10.0)
    assert by_node(limits.factor)["C"] == 1.0


def test_without_entries_a_transformer_may_carry_its_rated_power():
    _, limits, _ = solved(limited_grid())
    assert by_node(limits.limit_kva)["A"] == pytest.approx(0.9 * 20_000.0)
    assert by_node(limits.limit_kva)["D"] == pytest.approx(400.0)


def test_the_least_entry_of_any_source_and_season_is_the_limit():
    _, limits, _ = solved(limited_grid(relay=("L", 240.0), ct=("L", 200.0), switch=("L", 630.0)))
    assert by_node(limits.limit_kva)["C"] == pytest.approx(200.0 * ROOT_3 * 10.0)
    assert by_node(limits.factor)["C"] == pytest.approx(1.5)


def test_an_entry_above_the_rated_current_changes_nothing():
    _, limits, _ = solved(limited_grid(switch=("L", 630.0)))
    assert by_node(limits.factor)["C"] == 1.0
    assert by_node(limits.limit_kva)["C"] == pytest.approx(300.0 * ROOT_3 * 10.0)


def test_an_entry_limits_only_its_own_element():
    _, limits, _ = solved(limited_grid(ct=("L", 100.0)))
    factor = by_node(limits.factor)
    assert factor.pop("C") == pytest.approx(3.0)
    assert set(factor.values()) == {1.0}


def test_a_transformers_entry_is_a_current_of_its_high_side():
    # 20 MVA at 110 kV are 104.97 A, 0.9 of them may flow
    rated_a = 0.9 * 20_000.0 / (ROOT_3 * 110.0)
    _, limits, _ = solved(limited_grid(relay=("T", rated_a / 1.25)))
    assert by_node(limits.factor)["A"] == pytest.approx(1.25)
    assert by_node(limits.limit_kva)["A"] == pytest.approx(0.9 * 20_000.0 / 1.25)


def test_loading_of_a_limited_transformer_is_its_high_side_current_over_the_limit():
    grid = limited_grid(relay=("T", 20.0))
    tree, _, loading = solved(grid)
    state = solve_tree(tree)
    # at the source: 1 MVA are 1000 / (sqrt 3 x 110) A
    inner = state.j[1] + complex(tree.g_parent[1], tree.b_parent[1]) / tree.ratio_parent[1]
    amperes = abs(inner) / tree.ratio_parent[1] * 1000.0 / (ROOT_3 * 110.0)
    assert loading["A"] == pytest.approx(100.0 * amperes / 20.0)


def test_a_line_of_unknown_ampacity_is_loaded_in_percent_of_its_entry():
    unknown, known = (
        solved(limited_grid({"L": line("B", "C", ampacity_a=ampacity_a)}, relay=("L", 50.0)))
        for ampacity_a in (np.nan, 300.0)
    )
    assert unknown[2]["C"] == pytest.approx(known[2]["C"])
    assert unknown[2]["C"] > 20.0
    assert by_node(unknown[1].limit_kva)["C"] == pytest.approx(50.0 * ROOT_3 * 10.0)
    assert by_node(unknown[1].is_known)["C"]


def test_a_line_of_which_nothing_is_known_is_marked_and_never_loaded():
    _, limits, loading = solved(limited_grid({"L": line("B", "C", ampacity_a=np.nan)}))
    assert by_node(limits.is_known) == {"S": True, "A": True, "B": True, "C": False, "D": True}
    assert by_node(limits.limit_kva)["C"] == np.inf
    assert loading["C"] == 0.0


@pytest.mark.parametrize("limited", ["L1", "L2"])
def test_of_two_equal_lines_in_parallel_the_limit_of_one_limits_both(limited):
    lines = {name: line("B", "C", ampacity_a=300.0) for name in ("L1", "L2")}
    _, limits, _ = solved(limited_grid(lines, ct=(limited, 200.0)))
    assert by_node(limits.limit_kva)["C"] == pytest.approx(2 * 200.0 * ROOT_3 * 10.0)
    assert by_node(limits.factor)["C"] == pytest.approx(1.5)


def test_an_entry_of_a_line_counts_for_all_its_circuits_together():
    double = {"L": line("B", "C", ampacity_a=300.0, parallel=2)}
    _, limits, _ = solved(limited_grid(double, ct=("L", 400.0)))
    assert by_node(limits.limit_kva)["C"] == pytest.approx(400.0 * ROOT_3 * 10.0)


def test_entries_of_unknown_elements_and_without_value_are_passed_over():
    _, limits, _ = solved(limited_grid(gone=("line:99", 1.0), blank=("L", np.nan)))
    assert set(limits.factor.tolist()) == {1.0}


def test_rows_know_what_kind_of_element_is_above_them():
    _, limits, _ = solved(limited_grid())
    assert "".join(name for name, yes in by_node(limits.is_line).items() if yes) == "C"
    assert "".join(name for name, yes in by_node(limits.is_transformer).items() if yes) == "AD"


def test_legal_volts_become_per_unit_of_the_nodes_own_nominal_voltage():
    _, limits, _ = solved(limited_grid())
    assert by_node(limits.v_low_pu) == pytest.approx(
        {"S": 0.0, "A": 0.93, "B": 0.93, "C": 0.93, "D": 0.8835}
    )
    assert by_node(limits.v_high_pu) == pytest.approx(
        {"S": np.inf, "A": 1.07, "B": 1.07, "C": 1.07, "D": 1.0165}
    )
    assert by_node(limits.kv) == {"S": 110.0, "A": 10.0, "B": 10.0, "C": 10.0, "D": 0.4}
