"""GridModel: a grid with everything about it that is worth working out once.

Compiled arrays, topology, spatial index and the solved present state are made on first use and
kept; none of them depends on an application.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from grid_models import feeders
from grid_models.bays import find_spare_bays
from grid_models.changers import Changer, find_changers
from grid_models.compiled import CompiledGrid, Tree, compile_grid
from grid_models.demand import LoadCases, make_load_cases
from grid_models.gaps import Gap
from grid_models.grid import Grid, Problem
from grid_models.limits import NamedLimits, TreeLimits, find_limits, find_named_limits
from grid_models.natural import natural_key
from grid_models.network import LINE, TRANSFORMER, Network
from grid_models.place import IN_GAP, MESHED, Place
from grid_models.schema import find_problems
from grid_models.short_circuits import ShortCircuitBasis, find_known_currents_ka
from grid_models.solvers.radial import TreeState, solve_tree
from grid_models.spatial import Spatial, build_spatial_index, find_hull
from grid_models.ties import Tie, place_ties
from grid_models.topology import TreeTopology, find_open_points, trace_tree, upstream

__all__ = ["MESHED", "NAMED_TABLES", "GridModel", "Place"]

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
LegalVolts = Mapping[float, tuple[float, float]]

# Tables whose elements sentences name; an id in two of them has the name of the later one.
NAMED_TABLES = ("nodes", "lines", "transformers", "switches", "bays", "restricted_areas")


@dataclass(frozen=True, kw_only=True)
class GridModel:
    """A grid ready for questions.

    Parameters
    ----------
    compiled
        Its trees and meshes.
    version
        Version of the grid.
    problems
        Everything `find_problems` says about it.
    """

    compiled: CompiledGrid
    version: str
    problems: tuple[Problem, ...]
    _limits: dict[tuple[object, ...], TreeLimits] = field(default_factory=dict, repr=False)
    _states: dict[int, TreeState] = field(default_factory=dict, repr=False)
    _topologies: dict[int, TreeTopology] = field(default_factory=dict, repr=False)
    _owners: dict[int, feeders.WayOwners] = field(default_factory=dict, repr=False)
    _currents_ka: dict[tuple[int, Hashable], Floats] = field(default_factory=dict, repr=False)
    _spatial: dict[tuple[float, ...], Spatial] = field(default_factory=dict, repr=False)
    _columns: dict[tuple[str, str], npt.NDArray[Any]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, grid: Grid) -> GridModel:
        """Compile a grid."""
        return cls(compiled=compile_grid(grid), version=grid.version, problems=find_problems(grid))

    @property
    def grid(self) -> Grid:
        """The grid it was made from."""
        return self.compiled.network.grid

    @property
    def network(self) -> Network:
        """The merged network in per unit."""
        return self.compiled.network

    def column(self, table: str, name: str) -> npt.NDArray[Any]:
        """Return a column of a table as an array; ``id`` is the index."""
        key = (table, name)
        if key not in self._columns:
            rows = getattr(self.grid, table)
            self._columns[key] = (rows.index if name == "id" else rows[name]).to_numpy()
        return self._columns[key]

    def value(self, table: str, name: str, row: int) -> Any:
        """Return one value of a column, as `column` does; of a stored grid without the others."""
        return self.column(table, name)[row]

    def texts(self, table: str, name: str, rows: Ints) -> list[str]:
        """Return the texts of a column in some rows."""
        return list(self.column(table, name)[rows])

    def row_of(self, table: str, element_id: str) -> int:
        """Return the row of an id in its table; -1 where there is none."""
        return int(getattr(self.grid, table).index.get_indexer_for([element_id])[0])

    def tree(self, number: int) -> Tree:
        """Return a source tree by number."""
        return self.compiled.trees[number]

    @cached_property
    def spatial(self) -> Spatial:
        """Nodes and lines by place."""
        return build_spatial_index(self.grid)

    def spatial_at(self, levels_kv: tuple[float, ...]) -> Spatial:
        """Nodes and lines of some nominal voltages by place."""
        if levels_kv not in self._spatial:
            self._spatial[levels_kv] = build_spatial_index(self.grid, levels_kv)
        return self._spatial[levels_kv]

    @cached_property
    def hull(self) -> shapely.Geometry | None:
        """Convex hull of nodes and lines in the plane; None if nothing has a place."""
        return find_hull(self.grid)

    @cached_property
    def open_points(self) -> Bools:
        """By bus: whether the normal switching state ends there."""
        return find_open_points(self.network)

    @cached_property
    def is_switchable(self) -> Bools:
        """By branch of the network: whether it is a 10(20) kV line that can be switched."""
        return feeders.find_switchable(self.network, self.line_ends)

    @cached_property
    def tie_places(self) -> dict[int, tuple[tuple[Tie, Place, Place], ...]]:
        """By tree: each 10(20) kV tie that ends in it, by id, with its own end and the other."""
        return place_ties(self.compiled)

    @cached_property
    def load_cases(self) -> LoadCases:
        """Every load case its curves tell apart, toward more load."""
        return make_load_cases(self.compiled)

    @cached_property
    def export_cases(self) -> LoadCases:
        """The same cases toward more generation."""
        return make_load_cases(self.compiled, toward="export")

    @cached_property
    def node_rows(self) -> Mapping[str, int]:
        """Row of each node id in the nodes table."""
        return {name: k for k, name in enumerate(self.grid.nodes.index)}

    def topology(self, number: int) -> TreeTopology:
        """Return busbars, feeders and trunk of a tree."""
        if number not in self._topologies:
            self._topologies[number] = trace_tree(self.network, self.tree(number), self.open_points)
        return self._topologies[number]

    def state(self, number: int) -> TreeState:
        """Return the present AC solution of a tree, every tap where the file says."""
        if number not in self._states:
            self._states[number] = solve_tree(self.tree(number))
        return self._states[number]

    @cached_property
    def changers(self) -> Mapping[int, tuple[Changer, ...]]:
        """By tree: tap changers that hold a voltage; none where every tap stands."""
        return find_changers(self.compiled)

    def limits(self, number: int, legal_v: LegalVolts, season: str | None = None) -> TreeLimits:
        """Return the limits of a tree under some legal voltages (see `limits.find_limits`).

        Parameters
        ----------
        season
            Whose limits count; None: the least of any.
        """
        key = (number, season, *((kv, *volts) for kv, volts in sorted(legal_v.items())))
        if key not in self._limits:
            named = self._limits_by_tree[number].of(season)
            self._limits[key] = find_limits(self.network, self.tree(number), legal_v, named)
        return self._limits[key]

    @cached_property
    def named_limits(self) -> NamedLimits:
        """Limits of the network that the data name, by branch."""
        return find_named_limits(self.network)

    @cached_property
    def _limits_by_tree(self) -> list[NamedLimits]:
        return self.named_limits.by_tree(self.compiled)

    def owners(self, number: int) -> feeders.WayOwners:
        """Return who owns the way from each row of a tree to its busbar."""
        if number not in self._owners:
            tree, topology = self.tree(number), self.topology(number)
            self._owners[number] = feeders.trace_owners(self.network, tree, topology)
        return self._owners[number]

    def short_circuit_currents_ka(self, number: int, basis: ShortCircuitBasis) -> Floats:
        """Return the greatest short-circuit current of each row of a tree, kA; NaN: not known."""
        if (key := (number, basis)) not in self._currents_ka:
            self._currents_ka[key] = find_known_currents_ka(self.compiled, number, basis)
        return self._currents_ka[key]

    @cached_property
    def is_first_section(self) -> Bools:
        """By row of the lines table: whether a line lies before its feeder's first switchgear."""
        return feeders.find_first_sections(self.grid, self.busbar_nodes)

    @cached_property
    def _outside_trees(self) -> dict[int, Place]:
        """Places of the buses that are supplied, but by no tree that can be solved."""
        meshed = {int(bus): MESHED for mesh in self.compiled.meshes for bus in mesh.bus}
        gaps = enumerate(self.compiled.gaps)
        return meshed | {int(bus): Place(tree=IN_GAP, row=k) for k, gap in gaps for bus in gap.bus}

    def gap(self, place: Place) -> Gap | None:
        """Return what is missing from the part a place lies in; None if nothing is."""
        return self.compiled.gaps[place.row] if place.tree == IN_GAP else None

    def place_of_node(self, node_row: int) -> Place | None:
        """Return where a node lies; None if it is not supplied.

        Outside every tree it is `MESHED`, or a place of which `gap` says what is missing there.
        """
        bus = int(self.network.bus_of_node[node_row])
        if bus < 0 or self.compiled.tree_of_bus[bus] < 0:
            return self._outside_trees.get(bus)
        tree, row = self.compiled.tree_of_bus[bus], self.compiled.row_of_bus[bus]
        return Place(tree=int(tree), row=int(row))

    @cached_property
    def line_ends(self) -> Ints:
        """Rows of the nodes table at the from and to end of each line; shape (2, lines)."""
        return self._ends("lines", "from_node", "to_node")

    @cached_property
    def transformer_ends(self) -> Ints:
        """Rows of the nodes table at the high and low side of each transformer; (2, count)."""
        return self._ends("transformers", "hv_node", "lv_node")

    def _ends(self, table: str, *names: str) -> Ints:
        index = self.grid.nodes.index
        ends = [index.get_indexer(pd.Index(self.column(table, name))) for name in names]
        return np.stack(ends).astype(np.int64)

    @cached_property
    def busbar_nodes(self) -> Bools:
        """By row of the nodes table: whether the node is part of a substation busbar."""
        is_busbar = np.zeros(len(self.network.base_kv), dtype=bool)
        for number, tree in enumerate(self.compiled.trees):
            rows = np.unique(self.topology(number).busbar)
            is_busbar[tree.bus[rows[rows >= 0]]] = True
        bus = self.network.bus_of_node
        return (bus >= 0) & is_busbar[np.maximum(bus, 0)]

    @cached_property
    def is_board(self) -> Bools:
        """By bus: whether the low side of a transformer stands there."""
        board = self.transformer_ends[1]
        bus = self.network.bus_of_node[board[board >= 0]]
        return np.isin(np.arange(len(self.network.base_kv)), bus[bus >= 0])

    @cached_property
    def transformers_at(self) -> dict[int, list[int]]:
        """Rows of the transformers that feed their low side, by the node at which they stand.

        That is the low-side node, or the high-side one where the other has no coordinates.
        """
        lon, found = self.column("nodes", "lon"), dict[int, list[int]]()
        for k, (hv, lv) in enumerate(self.transformer_ends.T.tolist()):
            if lv < 0:
                continue
            feeds = self.place_of_transformer(k)
            # A transformer that does not feed its board (open switch) is no way to it.
            if feeds is not None and feeds == self.place_of_node(lv):
                found.setdefault(hv if np.isnan(lon[lv]) else lv, []).append(k)
        return found

    @cached_property
    def spare_bays(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """Spare bays by node, as (id, owner), public ones first; empty where all are in use."""
        return find_spare_bays(self.grid)

    def node_of_bay(self, bay_id: str) -> str | None:
        """Return the node a bay belongs to; None if there is no such bay."""
        row = self.row_of("bays", bay_id)
        return str(self.value("bays", "node", row)) if row >= 0 else None

    @cached_property
    def has_open_end(self) -> Bools:
        """By row of the lines table: whether a switch is open at either end."""
        switches = self.grid.switches
        is_opened = (switches["element_kind"] == "line") & ~switches["is_closed"]
        return np.asarray(self.grid.lines.index.isin(switches["element_id"][is_opened]))

    @cached_property
    def branch_of(self) -> dict[int, Ints]:
        """By LINE and TRANSFORMER: branch of each row of the table, -1 where there is none."""
        branches, result = self.network.branches, {}
        for kind, table in ((LINE, self.grid.lines), (TRANSFORMER, self.grid.transformers)):
            own = np.flatnonzero(branches.kind == kind)
            result[kind] = np.full(len(table), -1, np.int64)
            result[kind][branches.element[own]] = own
        return result

    def place_of_line(self, line_row: int) -> Place | None:
        """Return the row below a line; None if it is not supplied, else as `place_of_node`."""
        return self._place_of_branch(int(self.branch_of[LINE][line_row]))

    def place_of_transformer(self, transformer_row: int) -> Place | None:
        """Return the row below a transformer, as `place_of_line`."""
        return self._place_of_branch(int(self.branch_of[TRANSFORMER][transformer_row]))

    def _place_of_branch(self, branch: int) -> Place | None:
        if branch < 0:
            return None
        if self.compiled.tree_of_branch[branch] < 0:
            ends = int(self.network.branches.f[branch]), int(self.network.branches.t[branch])
            # A source may belong to several parts, the other end does not.
            return self._outside_trees.get(ends[ends[0] in self.network.source_bus])
        tree, row = self.compiled.tree_of_branch[branch], self.compiled.row_of_branch[branch]
        return Place(tree=int(tree), row=int(row))

    def node_id(self, number: int, row: int) -> str:
        """Return the id of a row's node; empty for the free end of an open line."""
        node = self.network.node_of_bus[self.tree(number).bus[row]]
        return "" if node < 0 else str(self.value("nodes", "id", int(node)))

    def branch_id(self, number: int, row: int) -> str:
        """Return the id of the line, transformer or switch above a row; empty at the source."""
        branch = self.tree(number).branch[row]
        if branch < 0:
            return ""
        branches = self.network.branches
        tables = {LINE: "lines", TRANSFORMER: "transformers"}
        table = tables.get(int(branches.kind[branch]), "switches")
        return str(self.value(table, "id", int(branches.element[branch])))

    @cached_property
    def _nodes_by_tree(self) -> list[Ints]:
        bus = self.network.bus_of_node
        tree = np.where(bus >= 0, self.compiled.tree_of_bus[np.maximum(bus, 0)], -1)
        order = np.argsort(tree, kind="stable")
        starts = np.searchsorted(tree[order], np.arange(len(self.compiled.trees) + 1))
        return [order[a:b] for a, b in pairwise(starts.tolist())]

    def node_rows_of_tree(self, number: int) -> Ints:
        """Return the rows of the nodes table that a tree supplies, merged ones included."""
        return self._nodes_by_tree[number]

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Name of each element people speak of, by id."""
        pairs = (
            zip(self.column(table, "id"), self.column(table, "name"), strict=True)
            for table in NAMED_TABLES
        )
        return {str(element_id): str(name) for each in pairs for element_id, name in each}

    def label(self, element_id: str) -> str:
        """Return an element's name with its id, for sentences; a split line's parts keep theirs."""
        name = self.names.get(element_id.partition("#")[0], "")
        return f"{name} ({element_id})" if name and name != element_id else element_id

    def upstream(self, number: int, row: int) -> tuple[str, ...]:
        """Return the lines and transformers from a row up, the external grid last."""
        return upstream(self.network, self.tree(number), row)

    @cached_property
    def _nodes_by_bus(self) -> tuple[Ints, Ints]:
        order = np.argsort(self.network.bus_of_node, kind="stable")
        return self.network.bus_of_node[order], order

    def _nodes_of_bus(self, bus: int) -> list[int]:
        buses, order = self._nodes_by_bus
        return list(order[slice(*buses.searchsorted([bus, bus + 1]))])

    def busbar_id(self, number: int, row: int) -> str:
        """Return the least id among the nodes that form a busbar."""
        rows = self._nodes_of_bus(int(self.tree(number).bus[row]))
        return min((str(self.value("nodes", "id", node)) for node in rows), key=natural_key)

    def substation_of(self, number: int, row: int) -> str | None:
        """Return the substation the nodes of a row stand in, as the file names it; None if not."""
        rows = self._nodes_of_bus(int(self.tree(number).bus[row]))
        stations = (str(self.value("nodes", "substation_id", node)) for node in rows)
        return next(filter(None, stations), None)

    def is_public_feeder(self, number: int, head: int) -> bool:
        """Say whether a feeder is known to be public: neither a customer's own nor unknown."""
        return head < 0 or bool(self.owners(number).owner[head] == feeders.PUBLIC)
