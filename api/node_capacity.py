"""NodeCapacity: what some nodes of a grid can still take, everything promised counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from api.ledger.errors import AstrayPromisesError
from api.translate import json_ready
from grid_models.errors import SupplyPlanError
from grid_models.model import GridModel
from planner.application import Commitment
from planner.capacity import CapacityQuestion, map_node, map_part
from planner.form import shown
from planner.rules import Rules

__all__ = ["UnknownNodeError", "list_capacities", "nodes_near", "refuse_astray"]

# A place farther from every node is not looked for: a projection has no good answer there.
_FARTHEST_DEGREES = 1.0


class UnknownNodeError(SupplyPlanError):
    """A grid has no such node."""

    def __init__(self, node_id: str) -> None:
        super().__init__(
            f'the grid has no node "{shown(node_id)}" / 电网中没有节点“{shown(node_id)}”'
        )


def nodes_near(model: GridModel, lon: float, lat: float, radius_m: float) -> list[int]:
    """Return the rows of the nodes within a distance of a place, ascending."""
    for name, value in (("lon", lon), ("lat", lat)):
        column = model.column("nodes", name)
        known = column[np.isfinite(column)]
        if not len(known) or not (
            known.min() - _FARTHEST_DEGREES <= value <= known.max() + _FARTHEST_DEGREES
        ):
            return []
    return sorted(model.spatial.near_nodes(lon, lat, radius_m).rows.tolist())


def refuse_astray(model: GridModel, promised: Sequence[Commitment]) -> None:
    """Make sure every promise can be counted.

    Raises
    ------
    AstrayPromisesError
        If one stands at a node this version of the grid lacks: no figure would be sure.
    """
    if astray := sorted({c.node_id for c in promised if c.node_id not in model.node_rows}):
        raise AstrayPromisesError(astray)


def list_capacities(
    model: GridModel, rows: Sequence[int], rules: Rules, question: CapacityQuestion
) -> Iterator[dict[str, Any]]:
    """Yield the columns of the capacity map for some nodes, as `planner.capacity` finds them.

    Each tree is mapped once, however many of its nodes are asked for. A number is None where it is
    not known, the text "inf" where nothing binds.
    """
    parts: dict[int, pd.DataFrame] = {}
    for row in rows:
        place = model.place_of_node(row)
        found: pd.DataFrame | None
        if place is not None and place.is_in_tree:
            if place.tree not in parts:
                parts[place.tree] = map_part(model, place.tree, rules, question)
            found = parts[place.tree].loc[[row]]
        else:
            found = map_node(model, row, rules, question)
        yield _facts(model, row, found)


def _facts(model: GridModel, row: int, found: pd.DataFrame | None) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "node_id": model.value("nodes", "id", row),
        "lon": model.value("nodes", "lon", row),
        "lat": model.value("nodes", "lat", row),
        "kv": model.value("nodes", "vn_kv", row),
    }
    if found is not None:
        facts |= {str(name): found[name].iloc[0] for name in found.columns}
    return {name: _plain(value) for name, value in facts.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, float | np.floating):
        number = float(value)
        return None if np.isnan(number) else json_ready(number)
    return value
