"""Completeness: facts that are not wrong but not known."""

from __future__ import annotations

from collections.abc import Iterator

from grid_models.grid import Grid
from grid_models.problems.finding import Finding, found

__all__ = ["find_gaps"]


def find_gaps(grid: Grid) -> Iterator[Finding]:
    """Find unknown owners and layings, missing layers and missing dates."""
    for table in ("nodes", "lines", "transformers", "bays"):
        rows = grid.tables()[table]
        is_unknown = rows["ownership"].eq("unknown")
        if table == "nodes":  # the inner one of a three-winding transformer is nobody's
            is_unknown &= rows["kind"].ne("star")
        yield from found("ownership_unknown", table, rows, is_unknown)
    yield from found("laying_unknown", "lines", grid.lines, grid.lines["laying"].eq("unknown"))
    is_unknown = grid.sources["short_circuit_mva"].isna()
    yield from found("short_circuit_unknown", "sources", grid.sources, is_unknown)
    if grid.bays.empty:
        yield Finding("bays_unknown", "bays")
    if not grid.metadata.has_restricted_areas:
        yield Finding("restricted_areas_unknown", "restricted_areas")
    if grid.metadata.load_date is None:
        yield Finding("load_date_unknown", "loads")
    if grid.metadata.topology_date is None:
        yield Finding("topology_date_unknown", "switches")
