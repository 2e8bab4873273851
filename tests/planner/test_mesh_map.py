"""The capacity map where the grid is no tree: rings, several infeeds, and trees beside them."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.readers import read_grid
from grid_models.storage import write_grid
from grid_models.stored.opening import open_model
from planner.application import Commitment
from planner.capacity import CapacityQuestion, map_capacities, map_node, map_part
from planner.capacity_hours import Hours
from planner.rules import load_rule_book
from tests.grid_models.demand.streets import curves_of, shaped
from tests.grid_models.grids import grid_of, line, load, source
from tests.grid_models.meshed.referee import Referee

RULES = load_rule_book("demo").on(date(2026, 8, 1))
PF = 0.95
EVENING, NOON = 74, 48


def ringed(**tables: Any) -> Grid:
    """S - A - B - S, a tree behind a source of its own, and a node that nothing feeds."""
    rows = {"home": load("A", 2000.0, 400.0, curve_id=tables.pop("home", "")),
            "shop": load("B", 2000.0, 400.0, curve_id=tables.pop("shop", ""))}  # fmt: skip
    return grid_of(
        dict.fromkeys(("S", "A", "B", "T", "U", "dark"), 10.0),
        lines={
            "SA": line("S", "A"), "AB": line("A", "B"), "BS": line("B", "S", 3000.0),
            "TU": line("T", "U"),
        },
        loads=rows | tables.pop("loads", {}),
        sources={"ring": source("S"), "tree": source("T")},
        **tables,
    )  # fmt: skip


def mapped(grid: Grid, *, hours: Hours | None = None, promised_kva: float = 0.0) -> pd.DataFrame:
    promise = Commitment(commitment_id="P", node_id="B", s_kva=promised_kva, power_factor=PF)
    question = CapacityQuestion(
        power_factor=PF, hours=hours, commitments=(promise,) if promised_kva else ()
    )
    return map_capacities(GridModel.of(grid), RULES, question).set_index("node_id")


def test_rings_and_trees_and_what_nothing_feeds_stand_in_one_map():
    table = mapped(ringed())
    assert table["quality"].to_dict() == {
        "S": "full_ac", "A": "full_ac", "B": "full_ac", "T": "exact", "U": "exact",
        "dark": "unknown",
    }  # fmt: skip
    assert table["source_tree_id"].tolist() == ["ring", "ring", "ring", "tree", "tree", ""]


def test_each_number_of_a_ring_names_what_binds():
    row = mapped(ringed()).loc["A"]
    assert row["hosting_capacity_kva"] > row["open_capacity_kva"] > 0.0
    assert row["export_capacity_kva"] > row["hosting_capacity_kva"]
    assert (row["hosting_binding_id"], row["hosting_binding_code"]) == ("SA", "thermal_line")
    assert (row["export_binding_id"], row["export_binding_code"]) == ("SA", "thermal_line")
    assert row["open_binding_id"] == "SA"


def test_a_promise_in_a_ring_leaves_less_to_all_of_it():
    before, after = mapped(ringed()), mapped(ringed(), promised_kva=500.0)
    for node in "AB":
        assert after.at[node, "hosting_capacity_kva"] < before.at[node, "hosting_capacity_kva"]
        taken = after.at[node, "open_capacity_kva"] - after.at[node, "free_after_promises_kva"]
        assert taken == pytest.approx(500.0)
    assert after.at["A", "open_capacity_kva"] == before.at["A", "open_capacity_kva"]


def test_a_promise_is_taken_off_what_fits_beside_it():
    """A load of the same power factor, at the same node."""
    before, after = mapped(ringed()), mapped(ringed(), promised_kva=500.0)
    taken = before.at["B", "hosting_capacity_kva"] - after.at["B", "hosting_capacity_kva"]
    assert taken == pytest.approx(500.0, rel=1e-3)


def test_over_hours_the_least_of_each_hour_is_found_with_its_hour():
    curves = curves_of(shaped("resident", {EVENING: 1.0}), shaped("commercial", {NOON: 1.0}))
    grid = ringed(home="resident", shop="commercial").with_tables(curves=curves)
    least = mapped(grid, hours=Hours())
    each = {k: mapped(grid, hours=Hours(quarter_hour=k)) for k in (0, NOON, EVENING)}
    for node in "AB":
        hour = min(each, key=lambda k: each[k].at[node, "hosting_capacity_kva"])
        expected = each[hour].loc[node]
        assert least.at[node, "hosting_hour"] == expected["hosting_hour"]
        found = least.at[node, "hosting_capacity_kva"]
        assert found == pytest.approx(expected["hosting_capacity_kva"], rel=2e-5)
        assert least.at[node, "open_capacity_kva"] == min(
            table.at[node, "open_capacity_kva"] for table in each.values()
        )
        exports = [table.at[node, "export_capacity_kva"] for table in each.values()]
        assert least.at[node, "export_capacity_kva"] == pytest.approx(min(exports), rel=2e-5)


def test_a_ring_without_a_solution_is_unknown_and_the_rest_answers():
    table = mapped(ringed(loads={"giant": load("A", 5e6)}))
    assert table.loc[["S", "A", "B"], "quality"].tolist() == ["unknown"] * 3
    assert math.isnan(table.at["A", "hosting_capacity_kva"])
    assert table.at["U", "quality"] == "exact"


def test_a_value_missing_in_a_ring_leaves_it_unknown():
    grid = ringed()
    table = mapped(grid.with_tables(lines=grid.lines.assign(x_ohm_per_km=[np.nan, 0.1, 0.1, 0.1])))
    assert table.at["A", "quality"] == "unknown"
    assert table.at["U", "quality"] == "exact"


def test_one_node_alone_has_the_numbers_of_the_map():
    model = GridModel.of(ringed())
    question = CapacityQuestion(power_factor=PF)
    whole = map_capacities(model, RULES, question)
    for row in range(5):
        alone = map_node(model, row, RULES, question)
        assert alone is not None
        pd.testing.assert_frame_equal(
            alone.reset_index(drop=True), whole.iloc[[row], 4:].reset_index(drop=True)
        )
    assert map_node(model, 5, RULES, question) is None


def test_a_stored_grid_has_the_same_map(tmp_path):
    grid, question = ringed(), CapacityQuestion(power_factor=PF)
    write_grid(grid, tmp_path / "ring")
    stored = map_capacities(open_model(tmp_path / "ring"), RULES, question)
    expected = map_capacities(GridModel.of(grid), RULES, question)
    pd.testing.assert_frame_equal(stored, expected, check_exact=True)


def test_both_kinds_of_node_beside_a_full_transformer_are_as_pandapower_says():
    """lv_schutterwald: behind one transformer at 102 % nothing fits, beside it something."""
    grid = read_grid("pandapower:lv_schutterwald")
    model, question = GridModel.of(grid), CapacityQuestion(power_factor=PF)
    full = model.place_of_transformer(grid.transformers.index.get_loc("trafo:3")).tree
    part = pd.concat(map_part(model, k, RULES, question) for k in (full, full + 1))
    referee = Referee(grid)
    is_behind = part["hosting_binding_code"] == "already_violated"
    behind, beside = part.index[is_behind], part[~is_behind]
    assert set(part.loc[behind, "hosting_binding_id"]) == {"trafo:3"}
    for row in behind[:: len(behind) // 3]:
        assert not referee.fits(grid.nodes.index[row], 20.0 + 0.0j)
    fits = beside[np.isfinite(beside["hosting_capacity_kva"])]
    for row, kva in fits["hosting_capacity_kva"].iloc[:: len(fits) // 3].items():
        unit = complex(PF, math.sqrt(1.0 - PF**2))
        assert referee.fits(grid.nodes.index[row], 0.9999 * kva * unit)
        assert not referee.fits(grid.nodes.index[row], 1.0001 * kva * unit)
