"""What the tables of a grid say about it as a whole."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from grid_models.crs import projected_epsg_for
from grid_models.grid import Grid

__all__ = ["mean_position", "summarise", "weakest_load_basis"]

# A grid's loads are only as good as the worst of them.
_WEAKEST_FIRST = ("snapshot", "declared", "measured_peak")


def mean_position(nodes: pd.DataFrame) -> tuple[float, float] | None:
    """Return mean longitude and latitude, None if no node has coordinates."""
    known = nodes[["lon", "lat"]].dropna()
    if known.empty:
        return None
    return float(known["lon"].mean()), float(known["lat"].mean())


def weakest_load_basis(loads: pd.DataFrame) -> str:
    """Return the weakest basis of the loads: unknown, snapshot, declared or measured_peak."""
    stated = set(loads["load_basis"])
    if not stated <= set(_WEAKEST_FIRST):
        return "unknown"
    return next((basis for basis in _WEAKEST_FIRST if basis in stated), "unknown")


def summarise(grid: Grid) -> Grid:
    """Return the grid with its plane and its load basis in the metadata."""
    metadata = replace(grid.metadata, load_basis=weakest_load_basis(grid.loads))
    if position := mean_position(grid.nodes):
        metadata = replace(metadata, projected_epsg=projected_epsg_for(*position))
    return replace(grid, metadata=metadata)
