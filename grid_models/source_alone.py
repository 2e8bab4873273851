"""Source alone: what a load right at an external grid touches, where the rest is trees of its own.

Below an external grid several HV/MV transformers each have a tree, for the voltage at the source
is fixed (`compiled`). Its own node belongs to all of them alike: a load there changes none.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

from grid_models.compiled import Tree
from grid_models.limits import TreeLimits
from grid_models.network import Network
from grid_models.topology import TreeTopology

__all__ = ["first_row", "is_shared_source"]

Rows = TypeVar("Rows", Tree, TreeLimits, TreeTopology)


def first_row(rows: Rows) -> Rows:
    """Return row 0, the source, of what has a value for each row of a tree."""
    first: dict[str, Any] = {
        field.name: value[:1]
        for field in fields(rows)
        if isinstance(value := getattr(rows, field.name), np.ndarray)
    }
    if isinstance(rows, Tree):
        first["end"] = np.ones(1, np.int64)
    return replace(rows, **first)


def is_shared_source(network: Network, tree: Tree, row: int) -> bool:
    """Say whether a row is a source that several trees begin at."""
    return row == 0 and tree.tree_id not in network.grid.sources.index
