"""Altering: what alteration edits do to a grid's tables, and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from grid_models.edits.alteration import (
    ChangePowers,
    Power,
    ReplaceConductor,
    SetService,
    SetSwitches,
)
from grid_models.edits.edit import replaced_id
from grid_models.edits.rows import Row, exchanged, exchanged_each, renamed, row_of
from grid_models.grid import Grid

__all__ = [
    "change_powers",
    "replace_conductor_back",
    "replace_conductors",
    "set_service",
    "set_switches",
]

# Whose limits these are stands as long as the conductor does.
_OF_THE_CONDUCTOR = "conductor"


def change_powers(edit: ChangePowers, grid: Grid) -> Grid:
    """Return the grid with other powers."""
    rows = grid.tables()[edit.table]
    places = rows.index.get_indexer(pd.Index([change.element_id for change in edit.changes]))
    powers = [change.after for change in edit.changes]
    values = np.array(powers, dtype=np.float64).reshape(-1, len(Power._fields))
    changed = {}
    for column, new in zip(Power._fields, values.T, strict=True):
        changed[column] = rows[column].to_numpy().copy()
        changed[column][places] = new
    return grid.with_tables(**{edit.table: rows.assign(**changed)})


def set_switches(edit: SetSwitches, grid: Grid) -> Grid:
    """Return the grid with some switches in their other position."""
    switches = grid.switches
    is_closed = switches["is_closed"].mask(switches.index.isin(edit.closed), other=True)
    is_closed = is_closed.mask(switches.index.isin(edit.opened), other=False)
    return grid.with_rows(switches=switches.assign(is_closed=is_closed))


def set_service(edit: SetService, grid: Grid) -> Grid:
    """Return the grid with some elements in or out of service."""
    rows = grid.tables()[edit.table]
    own = rows.index.isin(edit.element_ids)
    service = rows["is_in_service"].mask(own, other=edit.is_in_service)
    return grid.with_tables(**{edit.table: rows.assign(is_in_service=service)})


def replace_conductors(edits: Sequence[ReplaceConductor], grid: Grid) -> Grid:
    """Return the grid with other conductors; the present ones stay, out of service."""
    lines = {edit.element_id: _both_conductors(edit, grid.lines) for edit in edits}
    old = {edit.element_id: replaced_id(edit) for edit in edits}
    limits = grid.limits
    named = limits["element_id"]
    own = named.isin(list(old)) & limits["source"].eq(_OF_THE_CONDUCTOR)
    return grid.with_rows(
        lines=exchanged_each("lines", grid.lines, lines),
        limits=limits.assign(element_id=named.mask(own, named.map(old))),
    )


def _both_conductors(edit: ReplaceConductor, lines: pd.DataFrame) -> dict[str, Row]:
    """Rows of the new conductor and of the one it takes the place of."""
    present = row_of(lines, edit.element_id)
    new = present | {
        "r_ohm_per_km": edit.r_ohm_per_km, "x_ohm_per_km": edit.x_ohm_per_km,
        "c_nf_per_km": edit.c_nf_per_km, "g_us_per_km": 0.0, "parallel": edit.parallel,
        "ampacity_a": edit.ampacity_a, "derating": 1.0, "conductor_type": edit.conductor_type,
        "laying": edit.laying, "commissioned_on": pd.NaT,
        "r0_ohm_per_km": np.nan, "x0_ohm_per_km": np.nan, "c0_nf_per_km": np.nan,
    }  # fmt: skip
    return {edit.element_id: new, replaced_id(edit): present | {"is_in_service": False}}


def replace_conductor_back(edit: ReplaceConductor, grid: Grid) -> Grid:
    """Return the grid with the conductor that was there before."""
    name, old = edit.element_id, replaced_id(edit)
    is_in_service = grid.lines["is_in_service"].loc[name]
    back = {name: row_of(grid.lines, old) | {"is_in_service": is_in_service}}
    return grid.with_tables(
        lines=exchanged("lines", grid.lines, back, instead_of=[name, old]),
        limits=renamed(grid.limits, {old: name}),
    )
