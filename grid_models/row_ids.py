"""Ids by row of a tree, or of some branches and buses, all at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from grid_models.model import GridModel
from grid_models.network import LINE, TRANSFORMER

__all__ = ["branch_ids", "ids_of_branches", "ids_of_buses", "node_ids"]

Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]


def branch_ids(model: GridModel, number: int) -> Texts:
    """Return the id of the branch above every row of a tree; empty at the source and at -1."""
    below = ids_of_branches(model, model.tree(number).branch[1:])
    return np.concatenate([np.array([""], dtype=object), below])


def node_ids(model: GridModel, number: int) -> Texts:
    """Return the id of every row's node; empty for the free end of an open line and at -1."""
    return ids_of_buses(model, model.tree(number).bus)


def ids_of_branches(model: GridModel, branch: Ints) -> Texts:
    """Return the ids of some branches of the network, and an empty one at -1."""
    kind, element = model.network.branches.kind[branch], model.network.branches.element[branch]
    ids = np.full(len(branch) + 1, "", dtype=object)
    is_line, is_coil = kind == LINE, kind == TRANSFORMER
    for own, table in (
        (is_line, "lines"), (is_coil, "transformers"), (~(is_line | is_coil), "switches"),
    ):  # fmt: skip
        rows = np.flatnonzero(own)
        ids[rows] = model.column(table, "id")[element[rows]]
    return ids


def ids_of_buses(model: GridModel, bus: Ints) -> Texts:
    """Return the ids of some buses' nodes, empty for the free end of an open line, and at -1."""
    node = model.network.node_of_bus[bus]
    ids = np.full(len(node) + 1, "", dtype=object)
    named = np.flatnonzero(node >= 0)
    ids[named] = model.column("nodes", "id")[node[named]]
    return ids
