"""Places: where rows of a grid's tables hang in its source trees, many at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from grid_models.model import GridModel
from grid_models.network import LINE

__all__ = ["Places", "places_of_lines", "places_of_nodes"]

Ints = npt.NDArray[np.int64]
Places = tuple[Ints, Ints]
"""Tree and row of each; -1 and 0 where it lies in none."""


def places_of_lines(model: GridModel, rows: Ints) -> Places:
    """Return the rows below some lines, their ends that are farther from the source."""
    compiled = model.compiled
    return _places(model.branch_of[LINE][rows], compiled.tree_of_branch, compiled.row_of_branch)


def places_of_nodes(model: GridModel, rows: Ints) -> Places:
    """Return the places of some nodes; a row below 0 is no node."""
    bus = model.network.bus_of_node
    known = rows >= 0
    found = np.full(len(rows), -1, dtype=np.int64)
    found[known] = bus[rows[known]]
    return _places(found, model.compiled.tree_of_bus, model.compiled.row_of_bus)


def _places(number: Ints, tree_of: Ints, row_of: Ints) -> Places:
    tree, row = np.full(len(number), -1, np.int64), np.zeros(len(number), np.int64)
    known = np.flatnonzero(number >= 0)
    in_tree = known[tree_of[number[known]] >= 0]
    tree[in_tree], row[in_tree] = tree_of[number[in_tree]], row_of[number[in_tree]]
    return tree, row
