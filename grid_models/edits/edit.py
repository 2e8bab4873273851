"""Edit: the closed list of what may be done to a grid, and which ids each of them touches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from grid_models.edits.alteration import ChangePowers, ReplaceConductor, SetService, SetSwitches
from grid_models.edits.construction import AddGenerators, AddLine, AddTransformer

__all__ = [
    "CUSTOMER_NODE",
    "NEW_LINE",
    "NEW_LOAD",
    "SPLIT_NODE",
    "AddLoads",
    "AddedLoad",
    "ConnectCustomer",
    "Edit",
    "Ids",
    "ReplaceTransformer",
    "added_ids",
    "parts_of",
    "replaced_id",
    "taken_bays",
    "used_ids",
]

CUSTOMER_NODE, SPLIT_NODE = "new:node:1", "new:node:2"
NEW_LINE, NEW_LOAD = "new:line:1", "new:load:1"

Ids: TypeAlias = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectCustomer:
    """A new line with a new load at its end.

    Parameters
    ----------
    element_id
        Node it starts from, or line it is joined to.
    position
        Share of that line's length from its from_node at which it is split, between 0 and 1; None
        at a node.
    lon, lat
        Place of the customer in CGCS2000, degrees.
    length_m
        Electrical length of the new line; 0 puts the load at the access point itself.
    r_ohm_per_km, x_ohm_per_km, c_nf_per_km, ampacity_a
        Of one of its `parallel` circuits.
    p_kw, q_kvar
        Load, constant power.
    bay_id
        Spare bay it takes; empty: none.
    line_id, node_id, load_id, split_id
        Ids of what it adds: the line, the node at its end, the load, the node a line is split at.
    category
        Of the load, as in the loads table.
    """

    element_id: str
    position: float | None
    lon: float
    lat: float
    length_m: float
    parallel: int
    r_ohm_per_km: float
    x_ohm_per_km: float
    c_nf_per_km: float
    ampacity_a: float
    conductor_type: str
    laying: str
    p_kw: float
    q_kvar: float
    bay_id: str = ""
    line_id: str = NEW_LINE
    node_id: str = CUSTOMER_NODE
    load_id: str = NEW_LOAD
    split_id: str = SPLIT_NODE
    category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceTransformer:
    """Another transformer in the place of the present one, on its voltages and taps.

    Parameters
    ----------
    sn_kva, vk_pct, vkr_pct, pfe_w, i0_pct
        Of the new one, as in the transformers table. It may be used in full, and the limits stated
        for the present one do not hold for it.
    """

    element_id: str
    sn_kva: float
    vk_pct: float
    vkr_pct: float
    pfe_w: float
    i0_pct: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedLoad:
    """A load of constant power that is to be counted with.

    Parameters
    ----------
    load_id
        Id it gets in the loads table.
    bay_id
        Spare bay it takes; empty: none.
    category
        As in the loads table.
    """

    load_id: str
    node_id: str
    p_kw: float
    q_kvar: float
    bay_id: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddLoads:
    """Loads to be counted with: promised and not energised yet, or assumed."""

    loads: tuple[AddedLoad, ...]


Edit: TypeAlias = (
    ConnectCustomer
    | ReplaceTransformer
    | ReplaceConductor
    | AddLoads
    | AddGenerators
    | AddLine
    | AddTransformer
    | ChangePowers
    | SetSwitches
    | SetService
)


def used_ids(edit: Edit) -> Ids:
    """Return the ids by table that an edit needs to find."""
    match edit:
        case ConnectCustomer():
            table = "nodes" if edit.position is None else "lines"
            return {table: [edit.element_id], "bays": taken_bays(edit)}
        case ReplaceTransformer():
            return {"transformers": [edit.element_id]}
        case ReplaceConductor():
            return {"lines": [edit.element_id]}
        case AddLoads():
            return {"nodes": [load.node_id for load in edit.loads], "bays": taken_bays(edit)}
        case AddGenerators():
            return {"nodes": [generator.node_id for generator in edit.generators]}
        case AddLine():
            ends = [edit.from_node, *([] if edit.new_node else [edit.to_node])]
            return {"nodes": ends}
        case AddTransformer():
            ends = [edit.hv_node, *([] if edit.new_node else [edit.lv_node])]
            return {"nodes": ends}
        case ChangePowers():
            return {edit.table: [change.element_id for change in edit.changes]}
        case SetSwitches():
            return {"switches": [*edit.closed, *edit.opened]}
        case SetService():
            return {edit.table: edit.element_ids}
        case _:
            assert_never(edit)


def added_ids(edit: Edit) -> Ids:
    """Return the ids by table that an edit brings."""
    match edit:
        case ConnectCustomer(position=None):
            return {"nodes": [edit.node_id], "lines": [edit.line_id], "loads": [edit.load_id]}
        case ConnectCustomer():
            return {
                "nodes": [edit.node_id, edit.split_id],
                "lines": [edit.line_id, *parts_of(edit.element_id)],
                "loads": [edit.load_id],
            }
        case ReplaceTransformer():
            return {"transformers": [replaced_id(edit)]}
        case ReplaceConductor():
            return {"lines": [replaced_id(edit)]}
        case AddLoads():
            return {"loads": [load.load_id for load in edit.loads]}
        case AddGenerators():
            return {"generators": [generator.generator_id for generator in edit.generators]}
        case AddLine():
            return {
                "nodes": [edit.new_node.node_id] if edit.new_node else [],
                "lines": [edit.line_id],
                "switches": [switch.switch_id for switch in edit.switches],
            }
        case AddTransformer():
            return {
                "nodes": [edit.new_node.node_id] if edit.new_node else [],
                "transformers": [edit.transformer_id],
            }
        case ChangePowers() | SetSwitches() | SetService():
            return {}
        case _:
            assert_never(edit)


def taken_bays(edit: Edit) -> list[str]:
    """Return the bays an edit takes."""
    match edit:
        case ConnectCustomer():
            taken = [edit.bay_id]
        case AddLoads():
            taken = [load.bay_id for load in edit.loads]
        case (
            ReplaceTransformer()
            | ReplaceConductor()
            | AddGenerators()
            | AddLine()
            | AddTransformer()
            | ChangePowers()
            | SetSwitches()
            | SetService()
        ):
            taken = []
        case _:
            assert_never(edit)
    return [bay for bay in taken if bay]


def parts_of(line_id: str) -> tuple[str, str]:
    """Return the ids of the two parts of a split line: from its from_node, and the rest."""
    return f"{line_id}#1", f"{line_id}#2"


def replaced_id(edit: ReplaceTransformer | ReplaceConductor) -> str:
    """Return the id under which what was replaced stays in its table."""
    return f"{edit.element_id}#replaced"
