"""Parts: the parts of a grid that an edit touches, each cut out as a grid of its own.

A source tree, whole or lacking a value, and a meshed part each are an *area*, and so is everything
that nothing feeds. Areas
do not influence each other (the voltage at a source is fixed), so a part gives the same numbers as
the whole.

::

      S ----#---- A ---- A ---:- - B        A: own nodes of the part
      '-----#---- f                f        f: fringe, the far end of what begins at an own node

Everything with an end at an own node comes along. At a fringe node only the node itself does: it
takes no load and feeds nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.compiled import CompiledGrid
from grid_models.grid import Grid

__all__ = ["UNFED", "Areas", "GridPart", "cut_out", "find_areas", "joined_parts"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

UNFED = -1
"""The area of everything that no source feeds."""

_FRINGE = -2
_AT_A_NODE = ("loads", "generators", "shunts", "sources", "bays")
_OF_NO_NODE = ("streets", "restricted_areas")
_ENDS = {"lines": ("from_node", "to_node"), "transformers": ("hv_node", "lv_node")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    """Which area each node belongs to.

    Parameters
    ----------
    of_node
        Number of the area by row of the nodes table.
    roots
        Rows of the nodes at a source, and the areas it feeds: several main transformers at one
        source share its nodes.
    """

    of_node: Ints
    roots: tuple[tuple[Ints, frozenset[int]], ...]

    def of(self, rows: Iterable[int]) -> frozenset[int]:
        """Return the areas that some rows of the nodes table belong to."""
        wanted = np.fromiter(rows, dtype=np.int64)
        found = {int(area) for area in self.of_node[wanted]}
        for own, areas in self.roots:
            if np.isin(own, wanted).any():
                found |= areas
        return frozenset(found)

    def rows_of(self, areas: Collection[int]) -> Bools:
        """Return which rows of the nodes table some areas consist of, their sources included."""
        own = np.isin(self.of_node, list(areas))
        for rows, fed in self.roots:
            if not fed.isdisjoint(areas):
                own[rows] = True
        return np.asarray(own)


@dataclass(frozen=True, slots=True, kw_only=True)
class GridPart:
    """One area as a grid of its own, with the ids of its own nodes; the rest of them is fringe."""

    area: int
    grid: Grid
    own: frozenset[str]


def find_areas(compiled: CompiledGrid) -> Areas:
    """Return the areas of a grid: its trees as they are numbered there, its meshes, its gaps."""
    network = compiled.network
    label = compiled.tree_of_bus.copy()
    for number, mesh in enumerate(compiled.meshes, start=len(compiled.trees)):
        label[mesh.bus] = number
    first_gap = len(compiled.trees) + len(compiled.meshes)
    for number, gap in enumerate(compiled.gaps, start=first_gap):
        # The source may feed trees that lack nothing.
        label[gap.bus[compiled.tree_of_bus[gap.bus] < 0]] = number
    bus = network.bus_of_node
    fed: dict[int, set[int]] = {}
    for number, tree in enumerate(compiled.trees):
        fed.setdefault(int(tree.bus[0]), set()).add(number)
    for number, gap in enumerate(compiled.gaps, start=first_gap):
        fed.setdefault(int(gap.bus[0]), set()).add(number)
    return Areas(
        of_node=np.where(bus >= 0, label[bus], UNFED) if len(label) else np.full_like(bus, UNFED),
        roots=tuple((np.flatnonzero(bus == root), frozenset(own)) for root, own in fed.items()),
    )


def cut_out(grid: Grid, areas: Areas, wanted: Collection[int]) -> list[GridPart]:
    """Return some areas of a grid, each as a part of its own; one without nodes is left out.

    Streets and restricted areas stay as they are.
    """
    own = areas.rows_of(wanted)
    if not own.any():
        return []
    cut, kept = _with_ends(grid, own)
    if len(wanted) == 1:
        names = frozenset(str(name) for name in grid.nodes.index[own])
        return [GridPart(area=next(iter(wanted)), grid=cut, own=names)]
    place = np.cumsum(kept) - 1
    label = np.where(own, areas.of_node, _FRINGE)[kept]
    roots = [(place[rows], fed.intersection(wanted)) for rows, fed in areas.roots
             if not fed.isdisjoint(wanted)]  # fmt: skip
    return _apart(cut, label, roots, sorted(wanted))


def joined_parts(parts: Sequence[Grid]) -> Grid:
    """Return several parts of one grid as one; what lies in two of them is there once."""
    first, *others = parts
    if not others:
        return first
    tables = [part.tables() for part in parts]
    return _with(
        first,
        {
            name: _once(pd.concat([table[name] for table in tables]))
            for name in tables[0]
            if name not in _OF_NO_NODE
        },
    )


def _with_ends(grid: Grid, own: Bools) -> tuple[Grid, Bools]:
    """Everything with an end at an own node, and which rows of the nodes table come along."""
    names = grid.nodes.index[own]
    cut = {}
    for table, (first, last) in _ENDS.items():
        rows = grid.tables()[table]
        cut[table] = rows[rows[first].isin(names) | rows[last].isin(names)]
    elements = cut["lines"].index.union(cut["transformers"].index)
    switches = grid.switches
    bridges = switches["element_kind"].eq("node")
    at_node = bridges & (switches["node"].isin(names) | switches["element_id"].isin(names))
    switches = switches[at_node | (~bridges & switches["element_id"].isin(elements))]
    ends = [cut[table][list(columns)].to_numpy().ravel() for table, columns in _ENDS.items()]
    ends += [switches["node"].to_numpy()]
    ends += [switches["element_id"][switches["element_kind"].eq("node")].to_numpy()]
    kept = own | grid.nodes.index.isin(np.concatenate(ends))
    cut |= {"switches": switches, "nodes": grid.nodes[kept]}
    cut["limits"] = grid.limits[grid.limits["element_id"].isin(elements)]
    for table in _AT_A_NODE:
        rows = grid.tables()[table]
        cut[table] = rows[rows["node"].isin(names)]
    return _with(grid, cut), np.asarray(kept)


def _apart(
    grid: Grid, label: Ints, roots: Sequence[tuple[Ints, frozenset[int]]], wanted: Sequence[int]
) -> list[GridPart]:
    """Sort the rows of every table by area; a line between two areas goes to both."""
    own = _pairs([np.arange(len(label))], label, roots)
    ends = _ends(grid)
    belongs = {table: _pairs(list(at), label, roots) for table, at in ends.items()}
    of_element = pd.concat(
        pd.DataFrame(
            {"element_id": grid.tables()[table].index[pairs["row"]], "area": pairs["area"]}
        )
        for table, pairs in belongs.items()
        if table in _ENDS
    )
    for table in ("limits", "switches"):
        named = grid.tables()[table][["element_id"]].reset_index(drop=True).rename_axis("row")
        pairs = named.reset_index().merge(of_element, on="element_id")[["row", "area"]]
        # a bridge between nodes names no element, and has its two ends
        belongs[table] = pd.concat([pairs, belongs[table]]) if table in belongs else pairs
    rows_of = {table: _grouped(pairs) for table, pairs in belongs.items()}
    nodes_of = _grouped(own)
    parts = []
    for area in wanted:
        nodes = nodes_of.get(area)
        if nodes is None:
            continue
        picked = {table: rows.get(area, np.zeros(0, np.int64)) for table, rows in rows_of.items()}
        far = [end[picked[table]] for table, at in ends.items() for end in at]
        everywhere = np.unique(np.concatenate([nodes, *far]))
        tables = {table: grid.tables()[table].iloc[rows] for table, rows in picked.items()}
        tables["nodes"] = grid.nodes.iloc[everywhere[everywhere >= 0]]
        names = frozenset(str(name) for name in grid.nodes.index[nodes])
        parts.append(GridPart(area=area, grid=_with(grid, tables), own=names))
    return parts


def _ends(grid: Grid) -> dict[str, tuple[Ints, ...]]:
    """Rows of the nodes table at the ends of each row of a table; -1 where it has none."""
    index = grid.nodes.index
    columns: dict[str, tuple[str, ...]] = {**_ENDS, "switches": ("node", "element_id")}
    columns |= {table: ("node",) for table in _AT_A_NODE}
    ends = {
        table: tuple(
            np.asarray(index.get_indexer(pd.Index(grid.tables()[table][column])), dtype=np.int64)
            for column in names
        )
        for table, names in columns.items()
    }
    # A switch in a line or transformer goes where that goes.
    bridges = grid.switches["element_kind"].eq("node").to_numpy()
    ends["switches"] = tuple(np.where(bridges, end, -1) for end in ends["switches"])
    return ends


def _pairs(
    ends: Sequence[Ints], label: Ints, roots: Sequence[tuple[Ints, frozenset[int]]]
) -> pd.DataFrame:
    """Pairs of a row and an area that it has an end in."""
    found = []
    for end in ends:
        rows = np.flatnonzero(end >= 0)
        found.append(np.stack([rows, label[end[rows]]]))
        for at, fed in roots:
            shared = np.flatnonzero(np.isin(end, at))
            found += [np.stack([shared, np.full(len(shared), area)]) for area in sorted(fed)]
    row, area = np.concatenate(found, axis=1)
    pairs = pd.DataFrame({"row": row, "area": area})
    return pairs[pairs["area"] != _FRINGE].drop_duplicates()


def _grouped(pairs: pd.DataFrame) -> dict[int, Ints]:
    """Rows of each area, in their order."""
    rows = pairs.drop_duplicates().sort_values(["area", "row"])
    areas, starts = np.unique(rows["area"].to_numpy(), return_index=True)
    split = np.split(rows["row"].to_numpy(), starts[1:]) if len(areas) else []
    return {int(area): own for area, own in zip(areas, split, strict=True)}


def _with(grid: Grid, tables: dict[str, pd.DataFrame]) -> Grid:
    """Return a grid with rows of its own tables: they need no completing."""
    return Grid(metadata=grid.metadata, **(grid.tables() | tables))


def _once(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[~rows.index.duplicated()]
