"""Topology of the source trees: busbars, feeders, boards, trunk and branch, ways to the source.

All answers come as arrays over the rows of a `compiled.Tree`, so that a question about one node is
an array look-up. `graph` gives the whole grid as a networkx graph for reasoning at leisure.

::

    110 kV source -- main transformer -- busbar --+-- feeder head -- ... -- board -- LV lines
                                                  +-- feeder head -- ... / open point
"""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np
import numpy.typing as npt
from numba import njit

from grid_models.compiled import HIGH_VOLTAGE_KV, Tree
from grid_models.grid import Grid
from grid_models.network import LINE, TRANSFORMER, Network

__all__ = ["LOW_VOLTAGE_KV", "TreeTopology", "find_open_points", "graph", "trace_tree", "upstream"]

# Below this a node is low voltage.
LOW_VOLTAGE_KV = 1.0

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeTopology:
    """Where each row of a tree stands; -1 where there is none.

    Parameters
    ----------
    main_transformer
        Row below the HV/MV transformer that feeds it.
    busbar
        Row of its substation busbar (the source's own row if the source is at 20 kV or below).
    feeder_head
        Row below the branch that leaves the busbar towards it.
    board
        Row of its low-voltage board: the low side of the distribution transformer that feeds it.
    is_trunk
        Whether it lies on the trunk of its feeder, for low voltage of its outgoing line.
    length_m
        Length of line from the busbar, for low voltage from the board.
    """

    main_transformer: Ints
    busbar: Ints
    feeder_head: Ints
    board: Ints
    is_trunk: Bools
    length_m: Floats


def trace_tree(network: Network, tree: Tree, open_points: Bools) -> TreeTopology:
    """Find busbar, feeder, board and trunk of every row.

    Parameters
    ----------
    open_points
        By bus: whether an open switch or the free end of a line lies there (`find_open_points`).
    """
    kv = network.base_kv[tree.bus]
    kind = np.r_[-1, network.branches.kind[tree.branch[1:]]]
    is_transformer = kind == TRANSFORMER
    kv_above = kv[np.maximum(tree.parent, 0)]
    is_main = is_transformer & (kv_above > HIGH_VOLTAGE_KV) & (kv <= HIGH_VOLTAGE_KV)
    is_board = is_transformer & (kv_above > LOW_VOLTAGE_KV) & (kv <= LOW_VOLTAGE_KV)
    lengths = network.grid.lines["length_m"].to_numpy()
    element = network.branches.element[tree.branch]
    metres = np.zeros(len(tree))
    is_line = kind == LINE
    metres[is_line] = lengths[element[is_line]]
    source_is_busbar = bool(kv[0] <= HIGH_VOLTAGE_KV)
    main, busbar, head, board, length = _trace(
        tree.parent, is_main, is_board, metres, source_is_busbar
    )
    outgoing = np.where(board >= 0, _below(tree.parent, board), head)
    ids = network.grid.nodes.index.to_numpy()
    node = network.node_of_bus[tree.bus]
    names = np.where(node >= 0, ids[np.maximum(node, 0)], "")
    is_open = open_points[tree.bus]
    return TreeTopology(
        main_transformer=main,
        busbar=busbar,
        feeder_head=head,
        board=board,
        is_trunk=_find_trunk(tree, outgoing, kv, is_open, length, names),
        length_m=length,
    )


def find_open_points(network: Network) -> Bools:
    """Buses at which the normal switching state ends: open switches and free ends of lines."""
    grid = network.grid
    is_open = np.zeros(len(network.base_kv), dtype=bool)
    switches = grid.switches[~grid.switches["is_closed"]]
    between_nodes = switches["element_kind"] == "node"
    alive = grid.lines["is_in_service"]
    at_line = (switches["element_kind"] == "line") & switches["element_id"].map(alive).eq(
        other=True
    )
    touched = np.r_[
        switches["node"][between_nodes | at_line], switches["element_id"][between_nodes]
    ]
    nodes = grid.nodes.index.get_indexer(touched)
    buses = network.bus_of_node[nodes[nodes >= 0]]
    is_open[buses[buses >= 0]] = True
    free = network.node_of_bus < 0
    line_ends = np.r_[network.branches.f, network.branches.t][
        np.tile(network.branches.kind == LINE, 2)
    ]
    is_open[line_ends[free[line_ends]]] = True
    return is_open


def upstream(network: Network, tree: Tree, row: int) -> tuple[str, ...]:
    """Ids of the lines and transformers from a row up to the source, the external grid last."""
    ids = {LINE: network.grid.lines.index, TRANSFORMER: network.grid.transformers.index}
    found = []
    for k in tree.path(row)[:-1]:
        branch = tree.branch[k]
        kind = int(network.branches.kind[branch])
        if kind in ids:
            found.append(str(ids[kind][network.branches.element[branch]]))
    source = int(np.flatnonzero(network.source_bus == tree.bus[0])[0])
    return (*found, str(network.grid.sources.index[network.source_row[source]]))


def graph(grid: Grid, *, only_closed: bool = True) -> nx.MultiGraph[str]:
    """Return the grid as a networkx multigraph: nodes by id; lines, coils, switches as edges.

    Parameters
    ----------
    only_closed
        Leave out what is out of service or opened by a switch; False: the grid as built.
    """
    result: nx.MultiGraph[str] = nx.MultiGraph()
    result.add_nodes_from(grid.nodes.index)
    opened = set(grid.switches["element_id"][~grid.switches["is_closed"]])
    for table, a, b, kind in (
        (grid.lines, "from_node", "to_node", "line"),
        (grid.transformers, "hv_node", "lv_node", "transformer"),
    ):
        for name, first, second, alive in zip(
            table.index, table[a], table[b], table["is_in_service"], strict=True
        ):
            if not only_closed or (alive and name not in opened):
                result.add_edge(first, second, key=name, kind=kind)
    bridges = grid.switches[grid.switches["element_kind"] == "node"]
    for name, first, second, closed in zip(
        bridges.index, bridges["node"], bridges["element_id"], bridges["is_closed"], strict=True
    ):
        if closed or not only_closed:
            result.add_edge(first, second, key=name, kind="switch")
    return result


@njit(cache=True)
def _trace(
    parent: Ints, is_main: Bools, is_board: Bools, metres: Floats, source_is_busbar: bool
) -> tuple[Ints, Ints, Ints, Ints, Floats]:
    n = len(parent)
    main, busbar = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    head, board = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    length = np.zeros(n)
    if source_is_busbar:
        busbar[0] = 0
    for k in range(1, n):
        m = parent[k]
        main[k], busbar[k], board[k] = main[m], busbar[m], board[m]
        length[k] = length[m] + metres[k]
        if is_main[k]:
            main[k], busbar[k], length[k] = k, k, 0.0
            continue
        if busbar[k] >= 0:
            head[k] = k if m == busbar[k] else head[m]
        if is_board[k]:
            board[k], length[k] = k, 0.0
    return main, busbar, head, board, length


@njit(cache=True)
def _below(parent: Ints, top: Ints) -> Ints:
    """Row just below `top` on the way to each row; the row itself where it is its own top."""
    result = np.empty(len(parent), np.int64)
    for k in range(len(parent)):
        m = parent[k]
        result[k] = k if top[k] < 0 or k == top[k] or m == top[k] else result[m]
    return result


def _find_trunk(
    tree: Tree,
    outgoing: Ints,
    kv: Floats,
    is_open: Bools,
    length: Floats,
    names: npt.NDArray[np.str_],
) -> Bools:
    """Rows on the way from an outgoing line's head to its open points, else to its far end."""
    trunk = outgoing < 0
    heads = np.unique(outgoing[outgoing >= 0])
    for head in heads:
        rows = np.arange(head, tree.end[head])
        rows = rows[(outgoing[rows] == head) & (kv[rows] == kv[head])]
        ends = rows[is_open[rows]]
        if not len(ends):
            far = rows[length[rows] >= length[rows].max()]
            ends = far[np.argsort(names[far], kind="stable")[:1]]
        for end in ends:
            k = int(end)
            while k >= head and not trunk[k]:
                trunk[k] = True
                k = int(tree.parent[k])
    return np.asarray(trunk)
