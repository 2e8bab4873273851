"""Promises: what others were promised, put into a part of the grid as loads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import sqrt

from grid_models.edits import AddedLoad, AddLoads, apply
from grid_models.grid import Grid
from planner.application import Commitment

__all__ = ["held_in", "with_promises"]


def with_promises(grid: Grid, commitments: Sequence[Commitment], day: date) -> Grid:
    """Return a part of the grid with what is promised to others in it; itself if nothing is."""
    loads = tuple(
        AddedLoad(
            load_id=f"promise:{c.commitment_id}",
            node_id=c.node_id,
            p_kw=c.s_kva * c.demand_factor * c.power_factor,
            q_kvar=c.s_kva * c.demand_factor * sqrt(1.0 - c.power_factor**2),
        )
        for c in held_in(frozenset(grid.nodes.index), commitments, day)
    )
    return apply(AddLoads(loads=loads), grid) if loads else grid


def held_in(
    nodes: frozenset[str], commitments: Sequence[Commitment], day: date
) -> list[Commitment]:
    """Return the commitments at some nodes that were not expired on a day."""
    return [
        c
        for c in commitments
        if c.node_id in nodes and (c.expires_on is None or c.expires_on >= day)
    ]
