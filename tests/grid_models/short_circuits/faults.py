"""What the tests of short circuits share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from grid_models.compiled import CompiledGrid, Mesh, compile_grid
from grid_models.grid import Grid
from grid_models.short_circuits import ShortCircuitBasis, ShortCircuits, find_short_circuits

BASIS = ShortCircuitBasis(
    c_max=1.1, c_max_lv=1.1, c_min=1.0, c_min_lv=0.9, end_temperature_degree=80.0,
    converter_factor=0.0,
)  # fmt: skip
KNOWN = {
    "short_circuit_mva": 2000.0,
    "short_circuit_r_x": 0.1,
    "short_circuit_min_mva": 1000.0,
    "short_circuit_min_r_x": 0.2,
}


def short_circuits(grid: Grid, **rules: float) -> ShortCircuits:
    return find_short_circuits(compile_grid(grid), replace(BASIS, **rules))


def max_ka(grid: Grid, node: str, **rules: float) -> float:
    return float(short_circuits(grid, **rules).max_ka[grid.nodes.index.get_loc(node)])


def min_ka(grid: Grid, node: str, **rules: float) -> float:
    return float(short_circuits(grid, **rules).min_ka[grid.nodes.index.get_loc(node)])


def all_as_mesh(compiled: CompiledGrid) -> CompiledGrid:
    """Return the same grid with its trees laid together as one part that is no tree."""
    trees = compiled.trees
    mesh = Mesh(
        tree_id="all",
        bus=np.unique(np.concatenate([tree.bus for tree in trees])),
        branch=np.flatnonzero(compiled.tree_of_branch >= 0),
        reason="",
    )
    outside: dict[str, Any] = {"trees": (), "tree_of_bus": np.full_like(compiled.tree_of_bus, -1)}
    return replace(compiled, meshes=(*compiled.meshes, mesh), **outside)
