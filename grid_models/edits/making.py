"""Making an edit, and taking it back."""

from __future__ import annotations

from typing import assert_never

import pandas as pd

from grid_models.edits.edit import (
    CUSTOMER_NODE,
    NEW_LINE,
    NEW_LOAD,
    SPLIT_NODE,
    AddLoads,
    ConnectCustomer,
    Edit,
    ReplaceTransformer,
    added_ids,
    replaced_id,
    taken_bays,
)
from grid_models.edits.rows import Tables, exchanged, renamed
from grid_models.edits.splitting import joined, split
from grid_models.grid import Grid

__all__ = ["apply", "revert"]


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
            tables = _connect(edit, grid)
        case ReplaceTransformer():
            tables = _replace(edit, grid)
        case AddLoads():
            tables = _add_loads(edit, grid)
        case _:
            assert_never(edit)
    return grid.with_tables(**tables, **_with_bays(edit, grid, is_spare=False))


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
            tables = _disconnect(edit, grid)
        case ReplaceTransformer():
            tables = _put_back(edit, grid)
        case AddLoads():
            tables = {"loads": grid.loads.drop(index=list(added_ids(edit)["loads"]))}
        case _:
            assert_never(edit)
    return grid.with_tables(**tables, **_with_bays(edit, grid, is_spare=True))


def _connect(edit: ConnectCustomer, grid: Grid) -> Tables:
    access = edit.element_id
    if edit.position is not None:
        access = SPLIT_NODE
        grid = grid.with_tables(**split(edit.element_id, edit.position, grid))
    node = {"vn_kv": grid.nodes["vn_kv"].loc[access], "lon": edit.lon, "lat": edit.lat}
    line = {
        "from_node": access, "to_node": CUSTOMER_NODE, "length_m": edit.length_m,
        "parallel": edit.parallel, "r_ohm_per_km": edit.r_ohm_per_km,
        "x_ohm_per_km": edit.x_ohm_per_km, "c_nf_per_km": edit.c_nf_per_km,
        "ampacity_a": edit.ampacity_a, "conductor_type": edit.conductor_type,
        "laying": edit.laying,
    }  # fmt: skip
    return grid.tables() | {
        "nodes": exchanged(grid, "nodes", added={CUSTOMER_NODE: node}),
        "lines": exchanged(grid, "lines", added={NEW_LINE: line}),
        "loads": exchanged(
            grid, "loads", added={NEW_LOAD: _load(CUSTOMER_NODE, edit.p_kw, edit.q_kvar)}
        ),
    }


def _disconnect(edit: ConnectCustomer, grid: Grid) -> Tables:
    grid = grid.with_tables(
        nodes=grid.nodes.drop(index=CUSTOMER_NODE),
        lines=grid.lines.drop(index=NEW_LINE),
        loads=grid.loads.drop(index=NEW_LOAD),
    )
    return grid.tables() | (joined(edit.element_id, grid) if edit.position is not None else {})


def _replace(edit: ReplaceTransformer, grid: Grid) -> Tables:
    name, old = edit.element_id, replaced_id(edit)
    present = row_of(grid.transformers, name)
    new = present | {
        "sn_kva": edit.sn_kva, "vk_pct": edit.vk_pct, "vkr_pct": edit.vkr_pct,
        "pfe_w": edit.pfe_w, "i0_pct": edit.i0_pct, "derating": 1.0, "commissioned_on": pd.NaT,
    }  # fmt: skip
    both = {name: new, old: present | {"is_in_service": False}}
    return {
        "transformers": exchanged(grid, "transformers", gone=[name], added=both),
        "limits": renamed(grid.limits, name, old),
    }


def _put_back(edit: ReplaceTransformer, grid: Grid) -> Tables:
    name, old = edit.element_id, replaced_id(edit)
    is_in_service = grid.transformers["is_in_service"].loc[name]
    present = row_of(grid.transformers, old) | {"is_in_service": is_in_service}
    return {
        "transformers": exchanged(grid, "transformers", gone=[name, old], added={name: present}),
        "limits": renamed(grid.limits, old, name),
    }


def _add_loads(edit: AddLoads, grid: Grid) -> Tables:
    rows = {load.load_id: _load(load.node_id, load.p_kw, load.q_kvar) for load in edit.loads}
    return {"loads": exchanged(grid, "loads", added=rows)}


def _load(node_id: str, p_kw: float, q_kvar: float) -> Row:
    return {"node": node_id, "p_kw": p_kw, "q_kvar": q_kvar, "load_basis": "declared"}


def _with_bays(edit: Edit, grid: Grid, *, is_spare: bool) -> Tables:
    own = grid.bays.index.isin(taken_bays(edit))
    return {"bays": grid.bays.assign(is_spare=grid.bays["is_spare"].mask(own, is_spare))}
