"""Bays: room in switchgear for a new customer."""

from __future__ import annotations

from grid_models.grid import Grid

__all__ = ["find_spare_bays"]

# What the file calls neither stands between them: unknown.
_ORDER = {"public": 0, "private": 2}
_UNKNOWN = 1


def find_spare_bays(grid: Grid) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return spare bays by node, as (id, owner), public ones first; empty where all are in use."""
    bays = grid.bays
    found: dict[str, list[tuple[str, str]]] = {}
    for bay_id, node, is_spare, owner in zip(
        bays.index, bays["node"], bays["is_spare"], bays["ownership"], strict=True
    ):
        spare = found.setdefault(node, [])
        if is_spare:
            spare.append((str(bay_id), str(owner)))
    return {
        node: tuple(sorted(spare, key=lambda bay: (_ORDER.get(bay[1], _UNKNOWN), bay[0])))
        for node, spare in found.items()
    }
