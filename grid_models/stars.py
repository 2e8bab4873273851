"""Stars: the inner nodes of three-winding transformers, which nobody can be connected to.

A three-winding transformer is read as three two-winding legs that meet at a node of kind ``star``
(`readers.three_winding`). It is there for the power flow alone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.grid import Grid
from grid_models.model import GridModel

__all__ = ["STAR", "count_elements", "is_star_node", "without_stars"]

STAR = "star"


def without_stars(nodes: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a nodes table that are places of the network."""
    return nodes[nodes["kind"] != STAR]


def is_star_node(model: GridModel, node_id: str) -> bool:
    """Say whether an id is that of a star; not so of an id the grid does not know."""
    row = model.node_rows.get(node_id)
    return row is not None and bool(model.value("nodes", "kind", row) == STAR)


def count_elements(grid: Grid) -> dict[str, int]:
    """Count the rows of every table as people count them: no stars, each of their units once."""
    counts = {name: len(rows) for name, rows in grid.tables().items()}
    stars = grid.nodes.index[grid.nodes["kind"] == STAR]
    ends = grid.transformers[["hv_node", "lv_node"]].to_numpy()
    at_star: npt.NDArray[np.bool_] = np.isin(ends, stars)
    legs, units = int(at_star.any(axis=1).sum()), len(np.unique(ends[at_star].astype(str)))
    counts["nodes"] -= len(stars)
    counts["transformers"] += units - legs
    return counts
