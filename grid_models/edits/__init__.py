"""Edits: what a plan does to a grid, as values that can be applied and taken back.

::

    before   node:a ------------------- line:12 ------------------- node:b

    after    node:a --- line:12#1 --- new:node:2 --- line:12#2 --- node:b
                                          |
                                      new:line:1
                                          |
                                      new:node:1   new:load:1

An edit loses nothing: `revert` after `apply` gives the same grid, to the last bit of its version.
The parts of a split line add up to it. A transformer or conductor that was replaced stays in its
table, out of service, as ``trafo:3#replaced``, and its limits with it. A change of powers carries
both powers, and a switch can only be closed if it is open.
"""

from __future__ import annotations

from grid_models.edits.alteration import (
    ChangePowers,
    Power,
    PowerChange,
    ReplaceConductor,
    SetService,
    SetSwitches,
    grow_loads,
    set_powers,
)
from grid_models.edits.construction import (
    AddedGenerator,
    AddGenerators,
    AddLine,
    AddTransformer,
    NewNode,
    NewSwitch,
)
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
    added_ids,
    parts_of,
    used_ids,
)
from grid_models.edits.making import apply, apply_conductors, revert

__all__ = [
    "CUSTOMER_NODE",
    "NEW_LINE",
    "NEW_LOAD",
    "SPLIT_NODE",
    "AddGenerators",
    "AddLine",
    "AddLoads",
    "AddTransformer",
    "AddedGenerator",
    "AddedLoad",
    "ChangePowers",
    "ConnectCustomer",
    "Edit",
    "NewNode",
    "NewSwitch",
    "Power",
    "PowerChange",
    "ReplaceConductor",
    "ReplaceTransformer",
    "SetService",
    "SetSwitches",
    "added_ids",
    "apply",
    "apply_conductors",
    "grow_loads",
    "parts_of",
    "revert",
    "set_powers",
    "used_ids",
]
