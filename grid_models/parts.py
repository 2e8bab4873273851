"""Parts: the part of a grid that an edit touches, cut out as a grid of its own.

A source tree, a meshed part and a dead part each are an *area*. Areas do not influence each other
(the voltage at a source is fixed), so what is cut along them gives the same numbers as the whole.

::

      S ----#---- A ---- A ---:- - B        A: own nodes of the cut
      '-----#---- f                f        f: fringe, the far end of what begins at an own node

Everything with an end at an own node comes along. At a fringe node only the node itself does: it
takes no load and feeds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from grid_models.compiled import CompiledGrid
from grid_models.grid import Grid

__all__ = ["Areas", "cut_out", "find_areas", "joined_parts"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_AT_A_NODE = ("loads", "generators", "shunts", "sources", "bays")
_OF_NO_NODE = ("streets", "restricted_areas")


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    """Which area each node belongs to.

    Parameters
    ----------
    of_node
        Number of the area by row of the nodes table; -1 where the node is out of service.
    root_rows
        Rows of the nodes at a source and the areas it feeds: several main transformers at one
        source share its nodes.
    """

    of_node: Ints
    root_rows: tuple[tuple[Ints, frozenset[int]], ...]

    def of(self, rows: Iterable[int]) -> frozenset[int]:
        """Return the areas that some rows of the nodes table belong to."""
        wanted = np.fromiter(rows, dtype=np.int64)
        found = {int(area) for area in self.of_node[wanted] if area >= 0}
        for own, areas in self.root_rows:
            if np.isin(own, wanted).any():
                found |= areas
        return frozenset(found)

    def rows_of(self, areas: Iterable[int]) -> Bools:
        """Return which rows of the nodes table some areas consist of, their sources included."""
        wanted = frozenset(areas)
        own = np.isin(self.of_node, list(wanted))
        for rows, fed in self.root_rows:
            if fed & wanted:
                own[rows] = True
        return np.asarray(own)


def find_areas(compiled: CompiledGrid) -> Areas:
    """Number the areas of a grid: its trees first, as they are numbered there."""
    network = compiled.network
    n_bus = len(network.base_kv)
    branches = network.branches
    link = coo_array((np.ones(len(branches.f)), (branches.f, branches.t)), shape=(n_bus, n_bus))
    component = np.asarray(connected_components(link, directed=False)[1], dtype=np.int64)
    label = compiled.tree_of_bus.copy()
    for number, mesh in enumerate(compiled.meshes, start=len(compiled.trees)):
        label[mesh.bus] = number
    dead = label < 0
    label[dead] = len(compiled.trees) + len(compiled.meshes) + component[dead]
    bus = network.bus_of_node
    fed: dict[int, set[int]] = {}
    for number, tree in enumerate(compiled.trees):
        fed.setdefault(int(tree.bus[0]), set()).add(number)
    return Areas(
        of_node=np.where(bus >= 0, label[bus], -1) if n_bus else bus,
        root_rows=tuple((np.flatnonzero(bus == root), frozenset(own)) for root, own in fed.items()),
    )


def cut_out(grid: Grid, own: Bools) -> Grid:
    """Return the part of a grid with some own nodes.

    Parameters
    ----------
    own
        By row of the nodes table; whole areas. Streets and restricted areas stay as they are.
    """
    names = grid.nodes.index[own]
    lines = _between(grid.lines, ("from_node", "to_node"), names)
    transformers = _between(grid.transformers, ("hv_node", "lv_node"), names)
    switches = grid.switches
    bridges = switches["element_kind"].eq("node")
    at_node = bridges & (switches["node"].isin(names) | switches["element_id"].isin(names))
    elements = lines.index.union(transformers.index)
    switches = switches[at_node | (~bridges & switches["element_id"].isin(elements))]
    ends = np.concatenate(
        [
            lines[["from_node", "to_node"]].to_numpy().ravel(),
            transformers[["hv_node", "lv_node"]].to_numpy().ravel(),
            switches["node"].to_numpy(),
            switches["element_id"][switches["element_kind"].eq("node")].to_numpy(),
        ]
    )
    tables = grid.tables()
    return grid.with_tables(
        nodes=grid.nodes[own | grid.nodes.index.isin(ends)],
        lines=lines,
        transformers=transformers,
        switches=switches,
        limits=grid.limits[grid.limits["element_id"].isin(elements)],
        **{name: tables[name][tables[name]["node"].isin(names)] for name in _AT_A_NODE},
    )


def joined_parts(parts: Sequence[Grid]) -> Grid:
    """Return several parts of one grid as one; what lies in two of them is there once."""
    first, *others = parts
    if not others:
        return first
    return first.with_tables(
        **{
            name: _once(pd.concat([part.tables()[name] for part in parts]))
            for name in first.tables()
            if name not in _OF_NO_NODE
        }
    )


def _between(rows: pd.DataFrame, ends: tuple[str, str], names: pd.Index[str]) -> pd.DataFrame:
    return rows[rows[ends[0]].isin(names) | rows[ends[1]].isin(names)]


def _once(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[~rows.index.duplicated()]
