"""Voltages and currents by phase, against pandapower's three-phase flow of the whole grid."""

from __future__ import annotations

import numpy as np
import pytest

from grid_models.grid import Grid
from grid_models.solvers.reference_by_phase import PhaseFlow, solve_reference_by_phase
from tests.grid_models.unbalanced.areas import european, small_grid, solved

EXACT_PU = 1e-6


def truth_of(grid: Grid) -> PhaseFlow:
    found = solve_reference_by_phase(grid)
    assert found is not None
    return found


def worst_pu(grid: Grid) -> float:
    volts, _ = solved(grid)
    kv = grid.nodes["vn_kv"].loc[volts.index].to_numpy()
    difference = volts - truth_of(grid).volts.loc[volts.index]
    return float((difference.abs().to_numpy().max(axis=1) / (1000.0 * kv / np.sqrt(3.0))).max())


@pytest.mark.parametrize("grid", [small_grid(), european()], ids=["small", "european"])
def test_voltages_by_phase_are_those_of_pandapower(grid: Grid) -> None:
    assert worst_pu(grid) < EXACT_PU


def test_currents_by_phase_are_those_of_pandapower() -> None:
    grid = small_grid()
    _, loading = solved(grid)
    rated = grid.lines["ampacity_a"].to_dict() | {"T": 200.0 / (np.sqrt(3.0) * 0.4)}
    current = loading.mul([rated[name] / 100.0 for name in loading.index], axis=0)
    difference = current - truth_of(grid).current_a.loc[current.index]
    assert difference.abs().to_numpy().max() < 1e-3
