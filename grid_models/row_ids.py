"""Ids by row of a tree, all at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from grid_models.model import GridModel
from grid_models.network import LINE, TRANSFORMER

__all__ = ["branch_ids", "node_ids"]


def branch_ids(model: GridModel, number: int) -> npt.NDArray[np.object_]:
    """Return the id of the branch above every row of a tree; empty at the source and at -1."""
    branch = model.tree(number).branch[1:]
    kind, element = model.network.branches.kind[branch], model.network.branches.element[branch]
    ids = np.full(len(branch) + 2, "", dtype=object)
    is_line, is_coil = kind == LINE, kind == TRANSFORMER
    for own, table in (
        (is_line, "lines"), (is_coil, "transformers"), (~(is_line | is_coil), "switches"),
    ):  # fmt: skip
        rows = np.flatnonzero(own)
        ids[1 + rows] = model.column(table, "id")[element[rows]]
    return ids


def node_ids(model: GridModel, number: int) -> npt.NDArray[np.object_]:
    """Return the id of every row's node; empty for the free end of an open line and at -1."""
    node = model.network.node_of_bus[model.tree(number).bus]
    ids = np.full(len(node) + 1, "", dtype=object)
    named = np.flatnonzero(node >= 0)
    ids[named] = model.column("nodes", "id")[node[named]]
    return ids
