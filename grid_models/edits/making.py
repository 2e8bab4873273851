"""Making an edit, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import assert_never

import pandas as pd

from grid_models.edits.alteration import (
    ChangePowers,
    ReplaceConductor,
    SetService,
    SetSwitches,
    opposite,
)
from grid_models.edits.altering import (
    change_powers,
    replace_conductor_back,
    replace_conductors,
    set_service,
    set_switches,
)
from grid_models.edits.building import add_generators, add_line, add_transformer, without_added
from grid_models.edits.construction import AddGenerators, AddLine, AddTransformer
from grid_models.edits.edit import (
    AddLoads,
    ConnectCustomer,
    Edit,
    ReplaceTransformer,
    replaced_id,
    taken_bays,
)
from grid_models.edits.refusals import refuse_apply, refuse_revert
from grid_models.edits.rows import Row, exchanged, renamed, row_of
from grid_models.edits.splitting import joined, split
from grid_models.grid import Grid

__all__ = ["apply", "apply_conductors", "revert"]


def apply(edit: Edit, grid: Grid) -> Grid:
    """Return the grid with an edit made.

    Raises
    ------
    InputError
        If the edit names what the grid does not have, or adds what it has already.
    """
    refuse_apply(edit, grid)
    match edit:
        case ConnectCustomer():
            made = _connect(edit, grid)
        case ReplaceTransformer():
            made = _replace(edit, grid)
        case ReplaceConductor():
            made = replace_conductors([edit], grid)
        case AddLoads():
            made = _add_loads(edit, grid)
        case AddGenerators():
            made = add_generators(edit, grid)
        case AddLine():
            made = add_line(edit, grid)
        case AddTransformer():
            made = add_transformer(edit, grid)
        case ChangePowers() | SetSwitches() | SetService():
            made = _alter(edit, grid)
        case _:
            assert_never(edit)
    return _with_bays(edit, made, is_spare=False)


def apply_conductors(edits: Sequence[ReplaceConductor], grid: Grid) -> Grid:
    """Return the grid with conductors of several lines replaced, as one by one but at once.

    Raises
    ------
    InputError
        If one of them cannot be made, as `apply` raises it.
    """
    for edit in edits:
        refuse_apply(edit, grid)
    return replace_conductors(edits, grid)


def revert(edit: Edit, grid: Grid) -> Grid:
    """Return the grid as it was before an edit was made; other edits made since then stay.

    Raises
    ------
    InputError
        If the edit was not made in this grid.
    """
    refuse_revert(edit, grid)
    match edit:
        case ConnectCustomer():
            before = _disconnect(edit, grid)
        case ReplaceTransformer():
            before = _put_back(edit, grid)
        case ReplaceConductor():
            before = replace_conductor_back(edit, grid)
        case AddLoads() | AddGenerators() | AddLine() | AddTransformer():
            before = without_added(edit, grid)
        case ChangePowers() | SetSwitches() | SetService():
            before = _alter(opposite(edit), grid)
        case _:
            assert_never(edit)
    return _with_bays(edit, before, is_spare=True)


def _connect(edit: ConnectCustomer, grid: Grid) -> Grid:
    access = edit.element_id
    if edit.position is not None:
        access = edit.split_id
        grid = split(edit.element_id, edit.position, access, grid)
    node = {"vn_kv": grid.nodes["vn_kv"].loc[access], "lon": edit.lon, "lat": edit.lat}
    line = {
        "from_node": access, "to_node": edit.node_id, "length_m": edit.length_m,
        "parallel": edit.parallel, "r_ohm_per_km": edit.r_ohm_per_km,
        "x_ohm_per_km": edit.x_ohm_per_km, "c_nf_per_km": edit.c_nf_per_km,
        "ampacity_a": edit.ampacity_a, "conductor_type": edit.conductor_type,
        "laying": edit.laying,
    }  # fmt: skip
    load = _load(edit.node_id, edit.p_kw, edit.q_kvar) | {"category": edit.category}
    return grid.with_tables(
        nodes=exchanged("nodes", grid.nodes, {edit.node_id: node}),
        lines=exchanged("lines", grid.lines, {edit.line_id: line}),
        loads=exchanged("loads", grid.loads, {edit.load_id: load}),
    )


def _disconnect(edit: ConnectCustomer, grid: Grid) -> Grid:
    grid = grid.with_tables(
        nodes=grid.nodes.drop(index=edit.node_id),
        lines=grid.lines.drop(index=edit.line_id),
        loads=grid.loads.drop(index=edit.load_id),
    )
    if edit.position is None:
        return grid
    return joined(edit.element_id, edit.split_id, grid)


def _replace(edit: ReplaceTransformer, grid: Grid) -> Grid:
    name, old = edit.element_id, replaced_id(edit)
    present = row_of(grid.transformers, name)
    new = present | {
        "sn_kva": edit.sn_kva, "vk_pct": edit.vk_pct, "vkr_pct": edit.vkr_pct,
        "pfe_w": edit.pfe_w, "i0_pct": edit.i0_pct, "derating": 1.0, "commissioned_on": pd.NaT,
        "vk0_pct": nan, "vkr0_pct": nan,
    }  # fmt: skip
    both = {name: new, old: present | {"is_in_service": False}}
    return grid.with_rows(
        transformers=exchanged("transformers", grid.transformers, both, instead_of=[name]),
        limits=renamed(grid.limits, {name: old}),
    )


def _put_back(edit: ReplaceTransformer, grid: Grid) -> Grid:
    name, old = edit.element_id, replaced_id(edit)
    is_in_service = grid.transformers["is_in_service"].loc[name]
    back = {name: row_of(grid.transformers, old) | {"is_in_service": is_in_service}}
    return grid.with_tables(
        transformers=exchanged("transformers", grid.transformers, back, instead_of=[name, old]),
        limits=renamed(grid.limits, {old: name}),
    )


def _add_loads(edit: AddLoads, grid: Grid) -> Grid:
    rows = {
        load.load_id: _load(load.node_id, load.p_kw, load.q_kvar) | {"category": load.category}
        for load in edit.loads
    }
    return grid.with_tables(loads=exchanged("loads", grid.loads, rows))


def _load(node_id: str, p_kw: float, q_kvar: float) -> Row:
    return {"node": node_id, "p_kw": p_kw, "q_kvar": q_kvar, "load_basis": "declared"}


def _alter(edit: ChangePowers | SetSwitches | SetService, grid: Grid) -> Grid:
    match edit:
        case ChangePowers():
            return change_powers(edit, grid)
        case SetSwitches():
            return set_switches(edit, grid)
        case SetService():
            return set_service(edit, grid)
        case _:
            assert_never(edit)


def _with_bays(edit: Edit, grid: Grid, *, is_spare: bool) -> Grid:
    taken = taken_bays(edit)
    if not taken:
        return grid
    own = grid.bays.index.isin(taken)
    return grid.with_tables(
        bays=grid.bays.assign(is_spare=grid.bays["is_spare"].mask(own, is_spare))
    )
