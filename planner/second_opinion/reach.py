"""Reach: what a new load touches, told by ids: its way to the source, its feeder, its source tree.

The search works on arrays in preorder; this is a second reading of the same words, for those who
check it: networkx on the tables as they are.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import networkx as nx

from grid_models.compiled import HIGH_VOLTAGE_KV
from grid_models.grid import Grid
from grid_models.topology import graph
from planner.plan import Scope

__all__ = ["Reach", "find_reach", "live_ends"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where a node lies.

    Parameters
    ----------
    branches, parallel
        Lines and transformers from the node up to its source; of several side by side the first in
        `branches`, all of them in `parallel`.
    source_id
        External grid that feeds it.
    path, feeder, tree
        Nodes on that way (with all that are one point with them), below the outgoing line at the
        substation busbar, and in the source tree.
    """

    branches: tuple[str, ...]
    parallel: frozenset[str]
    source_id: str
    path: frozenset[str]
    feeder: frozenset[str]
    tree: frozenset[str]

    def scope_of_node(self, node_id: str) -> Scope | None:
        """Say where a node lies; None outside the tree."""
        if node_id in self.path:
            return "path"
        if node_id in self.feeder:
            return "feeder"
        return "tree" if node_id in self.tree else None

    def scope_of_branch(self, branch_id: str, ends: Collection[str]) -> Scope | None:
        """Say where a line or transformer with these live ends lies; None outside the tree."""
        if branch_id in self.parallel:
            return "path"
        if not self.feeder.isdisjoint(ends):
            return "feeder"
        return "tree" if ends and self.tree.issuperset(ends) else None


def find_reach(grid: Grid, node_id: str) -> Reach | None:
    """Find the way of a node to its source, its feeder and its tree; None if it is not supplied.

    Parameters
    ----------
    grid
        Of which at least the node's part is a tree.
    """
    members, merged = _merge_points(grid)
    point = {name: at for at, names in members.items() for name in names}
    kv = grid.nodes["vn_kv"]
    sources = grid.sources["node"][grid.sources["is_in_service"]]
    fed_by = [
        (str(name), point[node])
        for name, node in sources.items()
        if node in point and nx.has_path(merged, point[node_id], point[node])
    ]
    if not fed_by:
        return None
    source_id, source = fed_by[0]
    way = nx.shortest_path(merged, point[node_id], source)
    steps = [
        {key: kind for key, kind in _edges(merged, lower, upper) if kind != "switch"}
        for lower, upper in pairwise(way)
    ]
    busbar = source if kv[source] <= HIGH_VOLTAGE_KV else None
    for (lower, upper), step in zip(pairwise(way), steps, strict=True):
        is_main = "transformer" in step.values() and kv[lower] <= HIGH_VOLTAGE_KV < kv[upper]
        busbar = lower if is_main and busbar in (None, source) else busbar
    feeder = set() if busbar in (None, way[0]) else _part(merged, way[0], without=busbar)

    def nodes(points: Collection[str]) -> frozenset[str]:
        return frozenset(name for at in points for name in members[at])

    return Reach(
        branches=tuple(next(iter(step)) for step in steps if step),
        parallel=frozenset(key for step in steps for key in step),
        source_id=source_id,
        path=nodes(way),
        feeder=nodes(feeder),
        tree=nodes(_tree(merged, way[0], source, is_high=bool(kv[source] > HIGH_VOLTAGE_KV))),
    )


def live_ends(grid: Grid) -> dict[str, tuple[str, ...]]:
    """Nodes to which each line and transformer in service is joined, open ends left out."""
    opened = grid.switches[~grid.switches["is_closed"]]
    cut = set(zip(opened["element_id"], opened["node"], strict=True))
    dead = set(grid.nodes.index[~grid.nodes["is_in_service"]])
    return {
        str(name): tuple(end for end in ends if (name, end) not in cut and end not in dead)
        for table, columns in (
            (grid.lines, ["from_node", "to_node"]),
            (grid.transformers, ["hv_node", "lv_node"]),
        )
        for name, *ends in table[table["is_in_service"]][columns].itertuples()
    }


def _merge_points(grid: Grid) -> tuple[dict[str, set[str]], Any]:
    """Nodes that are one point electrically, by the first of them, and the branches between."""
    whole = graph(grid)
    whole.remove_nodes_from(list(grid.nodes.index[~grid.nodes["is_in_service"]]))
    bridges = _bridges(grid)
    edges: list[Any] = list(whole.edges(keys=True, data="kind"))
    short: Any = nx.Graph((a, b) for a, b, key, _ in edges if key in bridges)
    members = {name: {name} for name in whole if name not in short}
    members |= {min(names): names for names in nx.connected_components(short)}
    point = {name: at for at, names in members.items() for name in names}
    order = {
        name: k
        for k, name in enumerate(
            [*grid.lines.index, *grid.transformers.index, *grid.switches.index]
        )
    }
    merged: Any = nx.MultiGraph()
    merged.add_nodes_from(members)
    for a, b, key, kind in sorted(edges, key=lambda edge: order[edge[2]]):
        if key not in bridges and point[a] != point[b]:
            merged.add_edge(point[a], point[b], key=key, kind=kind)
    return members, merged


def _bridges(grid: Grid) -> frozenset[str]:
    """Ids of what holds its two ends at one voltage: switches and lines without impedance."""
    lines, switches = grid.lines, grid.switches
    ohm = (lines["r_ohm_per_km"].abs() + lines["x_ohm_per_km"].abs()) * lines["length_m"]
    return frozenset([*lines.index[ohm == 0.0], *switches.index[switches["z_ohm"] == 0.0]])


def _edges(merged: Any, a: str, b: str) -> list[tuple[str, str]]:
    return [(key, data["kind"]) for key, data in merged[a][b].items()]


def _part(merged: Any, point: str, *, without: str) -> set[str]:
    """Points that still hang together with one when another is taken out."""
    rest = nx.restricted_view(merged, [without], [])
    return set(nx.node_connected_component(rest, point))


def _tree(merged: Any, point: str, source: str, *, is_high: bool) -> set[str]:
    """Points of the source tree: an arm behind an HV/MV transformer of its own, if several are."""
    rest = nx.restricted_view(merged, [source], [])
    arms = [set(arm) for arm in nx.connected_components(rest) if not arm.isdisjoint(merged[source])]
    main = [
        arm
        for arm in arms
        if is_high
        and any(
            kind == "transformer"
            for to in arm & set(merged[source])
            for _, kind in _edges(merged, source, to)
        )
    ]
    own = next((arm for arm in main if point in arm), None)
    if len(main) <= 1:
        return {source}.union(*arms)
    return {source} | own if own else {source}.union(*(arm for arm in arms if arm not in main))
