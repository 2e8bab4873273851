"""Grids drawn by hand: what a test does not say is an ordinary cable, transformer, load."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from grid_models.grid import TABLES, Grid, GridMetadata

Row = dict[str, Any]

CABLE = {
    "length_m": 1000.0,
    "r_ohm_per_km": 0.125,
    "x_ohm_per_km": 0.1,
    "c_nf_per_km": 300.0,
    "ampacity_a": 300.0,
}
COIL = {"vk_pct": 4.0, "vkr_pct": 1.0, "pfe_w": 400.0, "i0_pct": 0.5}


def grid_of(nodes: Mapping[str, float | Row], **tables: Mapping[str, Row]) -> Grid:
    """Return a grid of named rows; a node may be given by its nominal voltage in kV alone."""
    rows = {
        name: node if isinstance(node, dict) else {"vn_kv": node} for name, node in nodes.items()
    }
    frames = {
        table: pd.DataFrame([_defaults(table) | row for row in named.values()], index=list(named))
        for table, named in ({"nodes": rows} | tables).items()
    }
    return Grid.build(GridMetadata(name="drawn", source="tests"), **frames)


def line(from_node: str, to_node: str, length_m: float = 1000.0, **values: Any) -> Row:
    ends = {"from_node": from_node, "to_node": to_node, "length_m": length_m}
    return CABLE | ends | values


def wire(from_node: str, to_node: str, ohm: float, **values: Any) -> Row:
    """Return a line that is a resistance and nothing else."""
    pure = {"r_ohm_per_km": ohm, "x_ohm_per_km": 0.0, "c_nf_per_km": 0.0}
    return line(from_node, to_node, 1000.0, **(pure | values))


def coil(
    hv_node: str, lv_node: str, sn_kva: float, hv_kv: float, lv_kv: float, **values: Any
) -> Row:
    ends = {"hv_node": hv_node, "lv_node": lv_node, "sn_kva": sn_kva}
    return COIL | ends | {"vn_hv_kv": hv_kv, "vn_lv_kv": lv_kv} | values


def load(node: str, p_kw: float, q_kvar: float = 0.0, **values: Any) -> Row:
    return {"node": node, "p_kw": p_kw, "q_kvar": q_kvar} | values


def source(node: str, **values: Any) -> Row:
    return {"node": node} | values


def opened(node: str, element_id: str, element_kind: str = "line") -> Row:
    return {
        "node": node, "element_id": element_id, "element_kind": element_kind, "is_closed": False
    }  # fmt: skip


def bridge(node: str, other: str, **values: Any) -> Row:
    return {"node": node, "element_id": other, "element_kind": "node"} | values


def _defaults(table: str) -> Row:
    return {name: column.default for name, column in TABLES[table].items()}
