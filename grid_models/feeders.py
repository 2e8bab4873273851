"""What a feeder is beyond its power flow: its first section, and who owns the way to a point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from numba import njit

from grid_models.compiled import Tree
from grid_models.grid import Grid
from grid_models.network import LINE, TRANSFORMER, Network
from grid_models.topology import LOW_VOLTAGE_KV, TreeTopology

__all__ = [
    "PRIVATE", "PUBLIC", "UNKNOWN", "WayOwners", "find_first_sections", "find_switchable",
    "trace_owners",
]  # fmt: skip

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

PUBLIC, UNKNOWN, PRIVATE = 0, 1, 2
_RANK = {"public": PUBLIC, "unknown": UNKNOWN, "private": PRIVATE}
_SWITCHGEAR = ("switchgear", "cabinet", "busbar")
_JOINS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOwners:
    """Who owns the way from each row of a tree to its busbar.

    Parameters
    ----------
    owner
        PUBLIC, UNKNOWN or PRIVATE: the worst on the way.
    row
        Row below the line or transformer that makes it so, nearest to the busbar; -1 if public.
    """

    owner: Ints
    row: Ints


def trace_owners(network: Network, tree: Tree, topology: TreeTopology) -> WayOwners:
    """Find who owns the lines and transformers between the busbar and each row, its own included.

    A feeder that serves one node only, and that a private one, is that customer's own.
    """
    kind = np.r_[-1, network.branches.kind[tree.branch[1:]]]
    element = network.branches.element[tree.branch]
    own = np.zeros(len(tree), np.int64)
    for wanted, table in ((LINE, network.grid.lines), (TRANSFORMER, network.grid.transformers)):
        rows = np.flatnonzero(kind == wanted)
        own[rows] = _ranks(table["ownership"].iloc[element[rows]])
    # What lies above the busbar is the utility's.
    own[topology.feeder_head < 0] = PUBLIC
    for head in _dedicated(network, tree, topology):
        own[head] = PRIVATE
    owner, row = _worst_above(tree.parent, own)
    return WayOwners(owner=owner, row=row)


def _ranks(ownership: pd.Series[str]) -> Ints:
    return np.asarray(ownership.map(_RANK).fillna(UNKNOWN), dtype=np.int64)


def _dedicated(network: Network, tree: Tree, topology: TreeTopology) -> Ints:
    """Heads below which one node alone takes power, and that a private one."""
    takes = (tree.p != 0.0) | (tree.q != 0.0) | (tree.p_current != 0.0) | (tree.g != 0.0)
    rows = np.flatnonzero(takes & (topology.feeder_head >= 0))
    heads, first, count = np.unique(
        topology.feeder_head[rows], return_index=True, return_counts=True
    )
    alone = rows[first[count == 1]]
    node = network.node_of_bus[tree.bus[alone]]
    is_private = _ranks(network.grid.nodes["ownership"].iloc[node]) == PRIVATE
    return np.asarray(heads[count == 1][is_private & (node >= 0)])


@njit(cache=True)
def _worst_above(parent: Ints, own: Ints) -> tuple[Ints, Ints]:
    owner, row = own.copy(), np.where(own > 0, np.arange(len(own)), -1)
    for k in range(1, len(parent)):
        m = parent[k]
        if owner[m] >= owner[k] and row[m] >= 0:
            owner[k], row[k] = owner[m], row[m]
    return owner, row


def find_first_sections(grid: Grid, is_busbar: Bools) -> Bools:
    """By row of the lines table: whether a line lies between a busbar and the first switchgear.

    A plain joint of two lines neither of which is overhead is passed through.

    Parameters
    ----------
    is_busbar
        By row of the nodes table.
    """
    index = grid.nodes.index
    ends = np.stack([index.get_indexer(pd.Index(grid.lines[c])) for c in ("from_node", "to_node")])
    alive = grid.lines["is_in_service"].to_numpy() & (ends >= 0).all(axis=0)
    is_joint = _plain_joints(grid, ends[:, alive])
    is_overhead = (grid.lines["laying"] == "overhead").to_numpy()
    lines_at: dict[int, list[int]] = {}
    for joined in np.flatnonzero(alive & is_joint[ends].any(axis=0)).tolist():
        for node in ends[:, joined].tolist():
            lines_at.setdefault(node, []).append(joined)
    found = alive & is_busbar[ends].any(axis=0)
    ahead = [
        (int(line), int(node))
        for line in np.flatnonzero(found)
        for node in ends[:, line]
        if not is_busbar[node]
    ]
    while ahead:
        line, node = ahead.pop()
        if not is_joint[node] or is_overhead[line]:
            continue
        for following in lines_at.get(node, ()):
            if not found[following] and not is_overhead[following]:
                found[following] = True
                ahead += [(following, int(end)) for end in ends[:, following] if end != node]
    return found


def _plain_joints(grid: Grid, ends: Ints) -> Bools:
    """Nodes at which two line ends meet and nothing else."""
    index = grid.nodes.index
    count = np.bincount(ends.ravel(), minlength=len(index))
    others = [
        table[column]
        for table, columns in (
            (grid.loads, ("node",)), (grid.generators, ("node",)), (grid.shunts, ("node",)),
            (grid.sources, ("node",)), (grid.bays, ("node",)),
            (grid.transformers, ("hv_node", "lv_node")), (grid.switches, ("node", "element_id")),
        )
        for column in columns
    ]  # fmt: skip
    is_other = index.isin(pd.concat(others)) | grid.nodes["kind"].isin(_SWITCHGEAR).to_numpy()
    return np.asarray((count == _JOINS) & ~is_other)


def find_switchable(network: Network, line_ends: Ints) -> Bools:
    """By branch: whether it is a 10(20) kV line with a switch at one of its ends.

    Parameters
    ----------
    line_ends
        Rows of the nodes table at the two ends of each line; shape (2, lines).
    """
    branches, grid = network.branches, network.grid
    switches = grid.switches
    closed = switches["element_id"][(switches["element_kind"] == "line") & switches["is_closed"]]
    is_gear = pd.Series(grid.column("nodes", "kind")).isin(_SWITCHGEAR).to_numpy()
    at_gear = is_gear[np.maximum(line_ends, 0)] & (line_ends >= 0)
    own: Bools = np.logical_or(*at_gear)
    switched = grid.rows_of("lines", closed)
    own[switched[switched >= 0]] = True
    is_line = (branches.kind == LINE) & (network.base_kv[branches.f] > LOW_VOLTAGE_KV)
    found = np.zeros(len(branches.kind), dtype=bool)
    found[is_line] = own[branches.element[is_line]]
    return found
