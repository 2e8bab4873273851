"""Main transformers at a glance: two of 20 MVA, each with its busbar, and the coupler between.

::

    H --one-- A /coupler/ B --two-- H      110 kV above, 10 kV below
"""

from __future__ import annotations

from datetime import date

import pytest

from grid_models.compiled import compile_grid
from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.solvers.solve import solve
from planner.feeders import MainTransformerRow, list_feeders, list_main_transformers
from planner.rules import load_rule_book
from tests.grid_models.grids import bridge, coil, grid_of, line, load, source

RULES = load_rule_book("demo").on(date(2026, 8, 1))


def station(at_a_kw: float, at_b_kw: float, *, couplers: int = 1, parallel: int = 1) -> Grid:
    """Return the station with a short feeder and a load on each busbar."""
    switches = {f"coupler:{k}": bridge("A", "B", is_closed=False) for k in range(1, couplers + 1)}
    return grid_of(
        {"H": 110.0, "A": 10.0, "B": 10.0, "C": 10.0, "D": 10.0},
        transformers={
            "one": coil("H", "A", 20_000.0, 110.0, 10.5, parallel=parallel),
            "two": coil("H", "B", 20_000.0, 110.0, 10.5),
        },
        lines={
            "to C": line("A", "C", 10.0, ampacity_a=3_000.0),
            "to D": line("B", "D", 10.0, ampacity_a=3_000.0),
        },
        loads={"at C": load("C", at_a_kw), "at D": load("D", at_b_kw)},
        sources={"grid": source("H")},
        switches=switches,
    )


def test_the_rule_of_thumb_leaves_k_times_the_limit_less_the_peak():
    # a radial feeder: 3,000 A at 10 kV are 51,962 kVA, 8,000 kW flow at about 10.4 kV
    rows = list_feeders(GridModel.of(station(8_000.0, 1_000.0)), RULES)
    found = next(row for row in rows if row.feeder_id == "to C")
    amperes = solve(compile_grid(station(8_000.0, 1_000.0))).lines.loc["to C", "i_from_a"]
    assert found.pattern == "radial"
    assert found.open_by_k_kva == pytest.approx(
        3**0.5 * 10.0 * (found.k * 3_000.0 - amperes), rel=1e-6
    )


def row_of(grid: Grid, name: str = "one") -> MainTransformerRow:
    rows = list_main_transformers(GridModel.of(grid), RULES)
    return next(row for row in rows if row.transformer_id == name)


def test_the_other_transformer_takes_the_busbar_over_by_the_coupler():
    found = row_of(station(8_000.0, 8_000.0))
    assert found.is_n_minus_1
    assert found.coupler_ids == ("coupler:1",)
    assert found.load_kva == found.transferable_kva == pytest.approx(8_000.0)


def test_the_loading_is_that_of_the_switched_grid():
    grid = station(8_000.0, 8_000.0)
    lost = grid.transformers.copy()
    lost.loc["one", "is_in_service"] = False
    closed = grid.switches.assign(is_closed=True)
    switched = solve(compile_grid(grid.with_tables(transformers=lost, switches=closed)))
    assert row_of(grid).worst_loading_pct == pytest.approx(
        switched.transformers.loc["two", "loading_pct"], abs=1e-6
    )


def test_what_does_not_fit_beside_the_others_own_load_is_not_transferable():
    # 20 MVA less 12 MVA of its own, less what the short circuit voltage costs
    found = row_of(station(12_000.0, 12_000.0))
    assert not found.is_n_minus_1
    assert 7_000.0 < found.transferable_kva < 8_500.0
    assert found.worst_loading_pct > 100.0


def test_without_a_coupler_nothing_takes_over():
    found = row_of(station(8_000.0, 8_000.0, couplers=0))
    assert (found.is_n_minus_1, found.transferable_kva, found.coupler_ids) == (False, 0.0, ())
    assert found.worst_loading_pct == float("inf")


def test_of_two_equal_units_in_parallel_the_other_one_carries_on():
    found = row_of(station(12_000.0, 1_000.0, couplers=0, parallel=2))
    assert found.is_n_minus_1
    assert found.load_kva == found.transferable_kva == pytest.approx(12_000.0)
    assert not row_of(station(24_000.0, 1_000.0, couplers=0, parallel=2)).is_n_minus_1


def test_every_main_transformer_is_listed_once_by_id():
    rows = list_main_transformers(GridModel.of(station(1_000.0, 1_000.0)), RULES)
    assert [row.transformer_id for row in rows] == ["one", "two"]
