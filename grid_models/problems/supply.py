"""Supply: what no source reaches, and what is not a tree."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from grid_models.grid import Grid
from grid_models.problems.finding import Finding, by_id, found

__all__ = ["components", "find_branches", "find_supply_problems"]


def find_supply_problems(grid: Grid) -> Iterator[Finding]:
    """Find missing sources, unsupplied nodes, closed loops and sources in parallel.

    Open switches and what is out of service carry nothing; parallel branches between two nodes
    are one branch and no loop.
    """
    nodes = by_id(grid.nodes)
    branches = find_branches(grid, nodes)
    island = components(branches, len(nodes))
    sources = grid.sources[grid.sources["is_in_service"]]
    position = nodes.index.get_indexer(pd.Index(sources["node"]))
    is_live = nodes["is_in_service"].to_numpy()
    is_connected = (position >= 0) & is_live[position] if len(nodes) else position >= 0
    if not is_connected.any():
        yield Finding("no_source", "sources")
        return
    sources, source_island = sources[is_connected], island[position[is_connected]]
    is_supplied = np.isin(island, source_island)
    yield from found("node_unsupplied", "nodes", nodes, is_live & ~is_supplied)
    is_parallel = pd.Series(source_island).duplicated(keep=False)
    yield from found("not_radial", "sources", sources, is_parallel)
    yield from _find_loops(branches[is_supplied[branches["a"]]], len(nodes))


def find_branches(grid: Grid, nodes: pd.DataFrame) -> pd.DataFrame:
    """Return what conducts: table, id, end positions a and b, and whether it only joins."""
    switches, lines, transformers = grid.switches, grid.lines, grid.transformers
    is_open = ~switches["is_closed"]
    couplers = switches[~is_open & switches["element_kind"].eq("node")]
    parts = [_part("switches", couplers, "node", "element_id", True)]
    joins = lines["length_m"].eq(0) | (lines["r_ohm_per_km"].eq(0) & lines["x_ohm_per_km"].eq(0))
    for table, rows, kind, from_column, to_column, is_join in (
        ("lines", lines, "line", "from_node", "to_node", joins.to_numpy()),
        ("transformers", transformers, "transformer", "hv_node", "lv_node", False),
    ):
        opened = switches["element_id"][is_open & switches["element_kind"].eq(kind)]
        conducts = rows["is_in_service"].to_numpy() & ~rows.index.isin(opened)
        parts.append(_part(table, rows, from_column, to_column, is_join)[conducts])
    branches = pd.concat(parts, ignore_index=True)
    # The extra place at the end answers for unknown nodes, whose position is -1.
    is_live = np.append(nodes["is_in_service"].to_numpy(), False)
    for end in ("a", "b"):
        branches[end] = nodes.index.get_indexer(pd.Index(branches[end]))
        branches = branches[is_live[branches[end]]]
    return branches


def _part(
    table: str,
    rows: pd.DataFrame,
    from_column: str,
    to_column: str,
    is_join: bool | NDArray[np.bool_],
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "table": table,
            "id": rows.index,
            "a": rows[from_column].to_numpy(),
            "b": rows[to_column].to_numpy(),
            "is_join": is_join,
        }
    )


def components(branches: pd.DataFrame, count: int) -> NDArray[np.int32]:
    """Return the number of the part that each of `count` nodes lies in, joined by some branches."""
    ends = branches["a"].to_numpy(dtype=np.int64), branches["b"].to_numpy(dtype=np.int64)
    graph = coo_array((np.ones(len(branches), dtype=np.int8), ends), shape=(count, count))
    labels: NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return labels


def _find_loops(branches: pd.DataFrame, count: int) -> Iterator[Finding]:
    is_join = branches["is_join"].to_numpy(dtype=bool)
    merged = components(branches[is_join], count)
    rest = branches[~is_join]
    ends = np.sort(merged[rest[["a", "b"]].to_numpy(dtype=np.int64)], axis=1)
    rest = rest.assign(low=ends[:, 0], high=ends[:, 1])[ends[:, 0] != ends[:, 1]]
    pairs = rest[["low", "high"]].drop_duplicates()
    tree_pairs = len(np.unique(pairs)) - _count_parts(pairs, count)
    if len(pairs) == tree_pairs:
        return
    graph: nx.Graph[int] = nx.Graph()
    graph.add_edges_from(pairs.to_numpy())
    chains = nx.chain_decomposition(graph)  # together, every edge that lies on a loop
    looped = {frozenset(edge) for chain in chains for edge in chain}
    in_loop = [frozenset(pair) in looped for pair in rest[["low", "high"]].to_numpy()]
    for table, rows in rest[in_loop].groupby("table"):
        yield Finding("not_radial", str(table), rows["id"])


def _count_parts(pairs: pd.DataFrame, count: int) -> int:
    labels = components(pairs.rename(columns={"low": "a", "high": "b"}), count)
    return len(np.unique(labels[np.unique(pairs)]))
