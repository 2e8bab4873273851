"""CompiledGrid: a grid as flat preorder arrays, one contiguous slice a source tree.

Owns the forest: which part of the network is a tree (solved by `solvers.radial`), which is not
(solved by `solvers.pgm`), which lacks a value (`gaps`), and where each node and element of the
grid's tables lies in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, depth_first_order

from grid_models.edges import Edges, merge_parallel
from grid_models.gaps import Gap, find_unusable, name_gap
from grid_models.grid import Grid
from grid_models.holders import find_holders
from grid_models.network import TRANSFORMER, Network, build_network

__all__ = ["CompiledGrid", "Mesh", "Tree", "compile_grid", "extent"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Above this an HV/MV transformer's high side is upstream of distribution (35 kV and more).
HIGH_VOLTAGE_KV = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """One source tree in preorder: row 0 is the source, every parent comes before its children.

    Row k stands for a bus and for the branch that joins it to its parent. All values are per unit
    on 1 MVA. ``ratio_parent`` and ``ratio_child`` are the ideal ratios at either end of a branch.

    Parameters
    ----------
    tree_id
        Id of the external grid, or of the HV/MV transformer where several share one.
    bus, branch, circuits
        Network bus and branch of each row (branch -1 at the root), number of parallel branches.
    parent, end, depth
        Row of the parent (-1 at the root), first row after the subtree, distance from the root.
    r, x, g_parent, b_parent, g_child, b_child
        Pi branch to the parent, all circuits together.
    from_is_parent
        True where the element's from (or high-voltage) side is towards the source.
    rating_parent, rating_child
        Rated current at either end, all circuits; inf if unknown.
    p, q, p_current, q_current, g, b
        Loads and shunts of the bus.
    v_source
        Voltage at row 0.
    """

    tree_id: str
    bus: Ints
    branch: Ints
    circuits: Ints
    parent: Ints
    end: Ints
    depth: Ints
    r: Floats
    x: Floats
    g_parent: Floats
    b_parent: Floats
    g_child: Floats
    b_child: Floats
    ratio_parent: Floats
    ratio_child: Floats
    from_is_parent: npt.NDArray[np.bool_]
    rating_parent: Floats
    rating_child: Floats
    p: Floats
    q: Floats
    p_current: Floats
    q_current: Floats
    g: Floats
    b: Floats
    v_source: float
    angle_source_degree: float

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.parent)

    def path(self, row: int) -> Ints:
        """Rows from `row` up to the source, both included."""
        rows = [row]
        while (row := int(self.parent[row])) >= 0:
            rows.append(row)
        return np.array(rows, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mesh:
    """A supplied part of the network that is not a tree.

    Parameters
    ----------
    tree_id
        Id of its first external grid.
    bus, branch
        Network buses and branches it consists of.
    reason
        Why it is not a tree, in one sentence.
    """

    tree_id: str
    bus: Ints
    branch: Ints
    reason: str


@dataclass(frozen=True, kw_only=True)
class CompiledGrid:
    """A grid ready for solving.

    Parameters
    ----------
    meshes, gaps
        Supplied parts that are no trees: closed rings, and trees with a value missing.
    tree_of_bus, row_of_bus
        Tree and row of each bus; -1 where it is in no tree (see `meshes`, `gaps`) or not supplied.
    tree_of_branch, row_of_branch
        The same for each branch; several equal circuits share one row.
    """

    network: Network
    trees: tuple[Tree, ...]
    meshes: tuple[Mesh, ...]
    gaps: tuple[Gap, ...]
    tree_of_bus: Ints
    row_of_bus: Ints
    tree_of_branch: Ints
    row_of_branch: Ints

    @property
    def grid(self) -> Grid:
        """The grid it was made from."""
        return self.network.grid

    @cached_property
    def node_position(self) -> dict[str, int]:
        """Row of each node id in the nodes table."""
        return {name: k for k, name in enumerate(self.grid.nodes.index)}

    @cached_property
    def branch_of_element(self) -> dict[tuple[int, int], int]:
        """Network branch of (kind, row in its table)."""
        branches = self.network.branches
        return {
            (int(kind), int(element)): k
            for k, (kind, element) in enumerate(zip(branches.kind, branches.element, strict=True))
        }


def compile_grid(grid: Grid) -> CompiledGrid:
    """Build the network of a grid and lay its trees out in preorder."""
    network = build_network(grid)
    edges = merge_parallel(network)
    n_bus = len(network.base_kv)
    link = coo_array((np.ones(len(edges.f)), (edges.f, edges.t)), shape=(n_bus, n_bus))
    component = np.asarray(connected_components(link, directed=False)[1], dtype=np.int64)
    roots, meshes = _sort_components(network, edges, component)
    order, parent, edge_of_row = _forest(edges, roots, n_bus)

    odd_bus, odd_branch = find_unusable(network)
    odd_edge = np.bincount(edges.of_branch[odd_branch], minlength=len(edges.f)) > 0
    trees: list[Tree] = []
    gaps: list[Gap] = []
    tree_of_bus, row_of_bus = np.full(n_bus, -1, np.int64), np.full(n_bus, -1, np.int64)
    tree_of_edge = np.full(len(edges.f), -1, np.int64)
    row_of_edge = np.full(len(edges.f), -1, np.int64)
    starts = np.flatnonzero(parent < 0)
    for start, stop in pairwise([*starts.tolist(), len(order)]):
        for tree_id, part in _arms(network, edges, order, parent, edge_of_row, start, stop):
            used = edge_of_row[part[1:]]
            if odd_bus[order[part]].any() or odd_edge[used].any():
                branch = np.flatnonzero(np.isin(edges.of_branch, used))
                gaps.append(name_gap(network, tree_id, order[part], branch, odd_branch))
                continue
            tree = _lay_out(network, edges, tree_id, part, order, parent, edge_of_row)
            tree_of_edge[used], row_of_edge[used] = len(trees), np.arange(1, len(part))
            tree_of_bus[order[part]], row_of_bus[order[part]] = len(trees), np.arange(len(part))
            trees.append(tree)
    return CompiledGrid(
        network=network,
        trees=tuple(trees),
        meshes=meshes,
        gaps=tuple(gaps),
        tree_of_bus=tree_of_bus,
        row_of_bus=row_of_bus,
        tree_of_branch=tree_of_edge[edges.of_branch],
        row_of_branch=row_of_edge[edges.of_branch],
    )


def _sort_components(
    network: Network, edges: Edges, component: Ints
) -> tuple[Ints, tuple[Mesh, ...]]:
    """Tell the roots of the trees from the parts that are no tree; unsupplied parts are neither."""
    count = int(component.max(initial=-1)) + 1
    buses = np.bincount(component, minlength=count)
    links = np.bincount(component[edges.f], minlength=count)
    unequal = np.bincount(component[edges.f], weights=~edges.is_equal, minlength=count)
    label = component[network.source_bus]
    held = find_holders(network).bus
    roots, meshes = [], []
    for number in dict.fromkeys(label.tolist()):
        sources = np.flatnonzero(label == number)
        ids = [str(network.grid.sources.index[network.source_row[k]]) for k in sources]
        rings = int(links[number] - buses[number] + 1)
        if len(sources) > 1:
            reason = f"several external grids feed it: {', '.join(ids)}"
        elif number in component[held]:
            own = network.node_of_bus[held[component[held] == number]]
            reason = f"generators hold the voltage at {', '.join(network.grid.nodes.index[own])}"
        elif unequal[number]:
            reason = "it has unequal branches in parallel"
        elif rings:
            reason = f"it has {rings} closed ring(s)"
        else:
            roots.append(int(network.source_bus[sources[0]]))
            continue
        branches = network.branches
        meshes.append(
            Mesh(
                tree_id=ids[0],
                bus=np.flatnonzero(component == number),
                branch=np.flatnonzero(component[branches.f] == number),
                reason=reason,
            )
        )
    return np.array(roots, dtype=np.int64), tuple(meshes)


def _forest(edges: Edges, roots: Ints, n_bus: int) -> tuple[Ints, Ints, Ints]:
    """Preorder of all buses below the roots: (bus, parent's place, edge to the parent) of each."""
    top = np.full(len(roots), n_bus)
    f, t = np.r_[edges.f, top], np.r_[edges.t, roots]
    link = csr_array((np.ones(2 * len(f)), (np.r_[f, t], np.r_[t, f])), shape=(n_bus + 1,) * 2)
    visited, predecessor = depth_first_order(link, n_bus)
    order = visited[1:].astype(np.int64)
    above = predecessor[order].astype(np.int64)
    place = np.full(n_bus + 1, -1, np.int64)
    place[order] = np.arange(len(order))
    key = np.minimum(edges.f, edges.t) * n_bus + np.maximum(edges.f, edges.t)
    wanted = np.minimum(order, above) * n_bus + np.maximum(order, above)
    sorted_key = np.argsort(key)
    found = np.searchsorted(key, wanted, sorter=sorted_key)
    edge = np.where(above < n_bus, np.append(sorted_key, -1)[np.minimum(found, len(key))], -1)
    return order, place[above], edge.astype(np.int64)


def _arms(
    network: Network,
    edges: Edges,
    order: Ints,
    parent: Ints,
    edge_of_row: Ints,
    start: int,
    stop: int,
) -> list[tuple[str, Ints]]:
    """Cut a tree into the parts that share nothing but an ideal source: (id, places).

    The voltage at the source is fixed, so what hangs at it by different HV/MV transformers is
    independent. Everything else at the source stays one tree, named after the external grid.
    """
    source = int(np.flatnonzero(network.source_bus == order[start])[0])
    source_id = str(network.grid.sources.index[network.source_row[source]])
    whole = np.arange(start, stop)
    heads = whole[parent[whole] == start]
    branch = edges.first[edge_of_row[heads]]
    is_main = (network.branches.kind[branch] == TRANSFORMER) & (
        network.base_kv[order[start]] > HIGH_VOLTAGE_KV
    )
    if is_main.sum() <= 1:
        return [(source_id, whole)]
    arms = []
    rest = [np.array([start])]
    for head, end, main, first in zip(
        heads, np.append(heads[1:], stop), is_main, branch, strict=True
    ):
        if main:
            element = network.branches.element[first]
            transformer_id = str(network.grid.transformers.index[element])
            arms.append((transformer_id, np.r_[start, np.arange(head, end)]))
        else:
            rest.append(np.arange(head, end))
    return arms + ([(source_id, np.concatenate(rest))] if len(rest) > 1 else [])


def _lay_out(
    network: Network,
    edges: Edges,
    tree_id: str,
    part: Ints,
    order: Ints,
    parent_place: Ints,
    edge_of_row: Ints,
) -> Tree:
    branches = network.branches
    bus = order[part]
    row = np.full(part[-1] + 1, -1, np.int64)
    row[part] = np.arange(len(part))
    parent = np.r_[-1, row[parent_place[part[1:]]]].astype(np.int64)
    edge = edge_of_row[part]
    branch = np.r_[-1, edges.first[edge[1:]]].astype(np.int64)
    circuits = np.r_[1, edges.circuits[edge[1:]]].astype(np.int64)
    from_is_parent = np.r_[True, branches.f[branch[1:]] == bus[parent[1:]]]

    def take(values: Floats, row: Ints, root: float) -> Floats:
        return np.concatenate([[root], values[row[1:]]])

    def ends(from_end: Floats, to_end: Floats, row: Ints, root: float) -> list[Floats]:
        """Sum the circuits' values and sort the two ends by parent and child."""
        a, b = (take(values, row, root) * circuits for values in (from_end, to_end))
        return [np.where(from_is_parent, a, b), np.where(from_is_parent, b, a)]

    ratio = take(branches.ratio, branch, 1.0)
    g_parent, g_child = ends(branches.g_from, branches.g_to, branch, 0.0)
    b_parent, b_child = ends(branches.b_from, branches.b_to, branch, 0.0)
    rating_parent, rating_child = ends(edges.rating_from, edges.rating_to, edge, np.inf)
    end, depth = extent(parent)
    source = int(np.flatnonzero(network.source_bus == bus[0])[0])
    return Tree(
        tree_id=tree_id,
        bus=bus,
        branch=branch,
        circuits=circuits,
        parent=parent,
        end=end,
        depth=depth,
        r=take(branches.r, branch, 0.0) / circuits,
        x=take(branches.x, branch, 0.0) / circuits,
        g_parent=g_parent,
        b_parent=b_parent,
        g_child=g_child,
        b_child=b_child,
        ratio_parent=np.where(from_is_parent, ratio, 1.0),
        ratio_child=np.where(from_is_parent, 1.0, ratio),
        from_is_parent=from_is_parent,
        rating_parent=rating_parent,
        rating_child=rating_child,
        p=network.p[bus],
        q=network.q[bus],
        p_current=network.p_current[bus],
        q_current=network.q_current[bus],
        g=network.g[bus],
        b=network.b[bus],
        v_source=float(network.source_v[source]),
        angle_source_degree=float(network.source_angle_degree[source]),
    )


@njit(cache=True)
def extent(parent: Ints) -> tuple[Ints, Ints]:
    """First row after each subtree, and depth of each row."""
    n = len(parent)
    end, depth = np.arange(1, n + 1), np.zeros(n, np.int64)
    for k in range(1, n):
        depth[k] = depth[parent[k]] + 1
    for k in range(n - 1, 0, -1):
        end[parent[k]] = max(end[parent[k]], end[k])
    return end, depth
