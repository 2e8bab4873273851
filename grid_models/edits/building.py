"""Building: what construction edits do to a grid's tables."""

from __future__ import annotations

from typing import Any

from grid_models.edits.construction import AddGenerators, AddLine, AddTransformer, NewNode
from grid_models.edits.edit import AddLoads, added_ids
from grid_models.edits.rows import exchanged
from grid_models.grid import Grid

__all__ = ["add_generators", "add_line", "add_transformer", "without_added"]


def add_line(edit: AddLine, grid: Grid) -> Grid:
    """Return the grid with a new line, its switches and the node it may bring."""
    names = (
        "name", "from_node", "to_node", "length_m", "parallel", "r_ohm_per_km", "x_ohm_per_km",
        "c_nf_per_km", "ampacity_a", "conductor_type", "laying", "ownership",
    )  # fmt: skip
    line = {name: getattr(edit, name) for name in names}
    switches = {
        switch.switch_id: {
            "node": switch.node_id, "element_id": edit.line_id, "element_kind": "line",
            "kind": switch.kind, "is_closed": switch.is_closed,
        }
        for switch in edit.switches
    }  # fmt: skip
    kv = float(grid.nodes["vn_kv"].loc[edit.from_node])
    tables = {"lines": exchanged("lines", grid.lines, {edit.line_id: line})}
    if switches:
        tables["switches"] = exchanged("switches", grid.switches, switches)
    return _with_node(edit.new_node, kv, edit.ownership, grid.with_tables(**tables))


def add_transformer(edit: AddTransformer, grid: Grid) -> Grid:
    """Return the grid with a new transformer and the node it may bring."""
    names = (
        "name", "hv_node", "lv_node", "sn_kva", "vn_hv_kv", "vn_lv_kv", "vk_pct", "vkr_pct",
        "pfe_w", "i0_pct", "shift_degree", "vector_group", "ownership",
    )  # fmt: skip
    row = {name: getattr(edit, name) for name in names}
    made = grid.with_rows(
        transformers=exchanged("transformers", grid.transformers, {edit.transformer_id: row})
    )
    return _with_node(edit.new_node, edit.vn_lv_kv, edit.ownership, made)


def add_generators(edit: AddGenerators, grid: Grid) -> Grid:
    """Return the grid with more generators."""
    rows: dict[str, dict[str, Any]] = {
        generator.generator_id: {
            "node": generator.node_id, "p_kw": generator.p_kw, "q_kvar": generator.q_kvar,
            "kind": generator.kind,
        }
        for generator in edit.generators
    }  # fmt: skip
    return grid.with_tables(generators=exchanged("generators", grid.generators, rows))


def without_added(edit: AddLoads | AddGenerators | AddLine | AddTransformer, grid: Grid) -> Grid:
    """Return the grid without the rows an edit added."""
    tables = grid.tables()
    return grid.with_tables(
        **{
            table: tables[table].drop(index=list(names))
            for table, names in added_ids(edit).items()
            if names
        }
    )


def _with_node(new: NewNode | None, vn_kv: float, ownership: str, grid: Grid) -> Grid:
    if new is None:
        return grid
    node = {
        "vn_kv": vn_kv, "lon": new.lon, "lat": new.lat, "kind": new.kind, "ownership": ownership,
    }  # fmt: skip
    return grid.with_rows(nodes=exchanged("nodes", grid.nodes, {new.node_id: node}))
