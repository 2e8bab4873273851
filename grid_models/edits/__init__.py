"""Edits: what a plan does to a grid, as values that can be applied and taken back.

::

    before   node:a ------------------- line:12 ------------------- node:b

    after    node:a --- line:12#1 --- new:node:2 --- line:12#2 --- node:b
                                          |
                                      new:line:1
                                          |
                                      new:node:1   new:load:1

An edit loses nothing: `revert` after `apply` gives the same grid, to the last bit of its version.
The parts of a split line add up to it, and a transformer that was replaced stays in its table, out
of service, as ``trafo:3#replaced``, and its limits with it.
"""

from __future__ import annotations

from grid_models.edits.edit import (
    CUSTOMER_NODE,
    NEW_LINE,
    NEW_LOAD,
    SPLIT_NODE,
    AddedLoad,
    AddLoads,
    ConnectCustomer,
    Edit,
    ReplaceTransformer,
)
from grid_models.edits.making import apply, revert

__all__ = [
    "CUSTOMER_NODE",
    "NEW_LINE",
    "NEW_LOAD",
    "SPLIT_NODE",
    "AddLoads",
    "AddedLoad",
    "ConnectCustomer",
    "Edit",
    "ReplaceTransformer",
    "apply",
    "revert",
]
