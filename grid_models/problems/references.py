"""References: ids that are used twice, or that name something that is not there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from grid_models.grid import Grid
from grid_models.problems.finding import Finding, by_id, found

__all__ = ["find_broken_references"]

# Columns that name a node; a switch may name a second one in element_id.
_NODE_COLUMNS = {
    "lines": ("from_node", "to_node"),
    "transformers": ("hv_node", "lv_node"),
    "switches": ("node",),
    "loads": ("node",),
    "generators": ("node",),
    "shunts": ("node",),
    "sources": ("node",),
    "bays": ("node",),
}
# Tables whose elements are named without saying which table is meant.
_NAMED_TABLES = ("nodes", "lines", "transformers")


def find_broken_references(grid: Grid) -> Iterator[Finding]:
    """Find ids that are empty, not unique, dangling, or that join what cannot be joined."""
    yield from _find_id_problems(grid)
    for table, columns in _NODE_COLUMNS.items():
        rows = grid.tables()[table]
        is_known = rows[list(columns)].isin(grid.nodes.index).all(axis=1)
        yield from found("node_unknown", table, rows, ~is_known)
    lines, switches = grid.lines, grid.switches
    yield from _find_end_problems(grid, "lines", lines, "from_node", "to_node")
    transformers = grid.transformers
    is_short = transformers["hv_node"].eq(transformers["lv_node"])
    yield from found("ends_equal", "transformers", transformers, is_short)
    couplers = switches[switches["element_kind"].eq("node")]
    yield from _find_end_problems(grid, "switches", couplers, "node", "element_id")
    yield from _find_switch_problems(grid)
    is_known = grid.limits["element_id"].isin(
        lines.index.union(transformers.index).union(switches.index)
    )
    yield from found("limit_element_unknown", "limits", grid.limits, ~is_known)


def _find_id_problems(grid: Grid) -> Iterator[Finding]:
    for table, rows in grid.tables().items():
        yield from found("id_empty", table, rows, rows.index == "")
        yield from found("id_duplicate", table, rows, rows.index.duplicated(keep=False))
    for table in _NAMED_TABLES:
        rows = grid.tables()[table]
        others = [grid.tables()[other].index for other in _NAMED_TABLES if other != table]
        is_shared = rows.index.isin(np.concatenate(others))
        yield from found("id_in_two_tables", table, rows, is_shared)


def _find_end_problems(
    grid: Grid, table: str, rows: pd.DataFrame, from_column: str, to_column: str
) -> Iterator[Finding]:
    yield from found("ends_equal", table, rows, rows[from_column].eq(rows[to_column]))
    vn_kv = by_id(grid.nodes)["vn_kv"]
    from_kv = vn_kv.reindex(rows[from_column]).to_numpy()
    to_kv = vn_kv.reindex(rows[to_column]).to_numpy()
    # An unknown node has no voltage, and NaN differs from nothing here.
    differs = np.abs(from_kv - to_kv) > 1e-6 * np.abs(from_kv)
    yield from found("ends_differ_in_kv", table, rows, differs)


def _find_switch_problems(grid: Grid) -> Iterator[Finding]:
    switches = grid.switches
    is_known = pd.Series(False, index=range(len(switches)))
    is_at_end = is_known.copy()
    node, element_id = switches["node"].to_numpy(), switches["element_id"].to_numpy()
    for kind, rows, ends in (
        ("node", grid.nodes, ()),
        ("line", grid.lines, ("from_node", "to_node")),
        ("transformer", grid.transformers, ("hv_node", "lv_node")),
    ):
        is_kind = switches["element_kind"].eq(kind).to_numpy()
        is_known |= is_kind & pd.Index(element_id).isin(rows.index)
        is_at_end |= is_kind & (not ends)
        for end in ends:
            is_at_end |= is_kind & (by_id(rows)[end].reindex(element_id).to_numpy() == node)
    yield from found("switch_element_unknown", "switches", switches, ~is_known)
    yield from found("switch_not_at_element", "switches", switches, is_known & ~is_at_end)
