"""StoredModel: a `GridModel` whose facts are slices of arrays worked out when it was written.

It answers as the model of the same grid in memory does. A question about one source tree touches
the slices of that tree, and of the tables the columns it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import shapely

from grid_models.crs import Plane
from grid_models.demand import LoadCases
from grid_models.feeders import WayOwners
from grid_models.grid import TABLES
from grid_models.limits import TreeLimits, with_legal_voltages
from grid_models.model import GridModel, LegalVolts
from grid_models.network import LINE, TRANSFORMER
from grid_models.solvers.radial import TreeState
from grid_models.spatial import Spatial
from grid_models.stored.ids import StoredIds, StoredNames
from grid_models.stored.memory import give_back
from grid_models.stored.packing import Arrays, cut
from grid_models.stored.places import StoredPlaces
from grid_models.stored.tables import StoredTables
from grid_models.topology import TreeTopology

__all__ = ["StoredModel"]

T = TypeVar("T")
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class StoredModel(GridModel):
    """A grid ready for questions, read from its folder where a question needs it.

    Parameters
    ----------
    arrays
        What `pack` and its fellows worked out, by name.
    tables
        The grid's tables.
    """

    arrays: Arrays
    tables: StoredTables

    def column(self, table: str, name: str) -> npt.NDArray[Any]:
        """Return a column of a table as an array; ``id`` is the index."""
        return self.tables.column(table, name)

    def value(self, table: str, name: str, row: int) -> Any:
        """Return one value of a column, as `column` does, without the others."""
        return self.tables.value(table, name, row)

    def texts(self, table: str, name: str, rows: Ints) -> list[str]:
        """Return the texts of a column in some rows, without the others."""
        return self.tables.texts(table, name, rows)

    def row_of(self, table: str, element_id: str) -> int:
        """Return the row of an id in its table; -1 where there is none."""
        return self.ids[table].get(element_id, -1)

    @cached_property
    def ids(self) -> Mapping[str, StoredIds]:
        """Rows by id, by table."""
        return {table: StoredIds(self.arrays, self.tables, table) for table in TABLES}

    @cached_property
    def spatial(self) -> Spatial:
        """Nodes and lines by place."""
        return self._places(None)

    def spatial_at(self, levels_kv: tuple[float, ...]) -> Spatial:
        """Nodes and lines of some nominal voltages by place."""
        if levels_kv not in self._spatial:
            self._spatial[levels_kv] = self._places(levels_kv)
        return self._spatial[levels_kv]

    def _places(self, levels_kv: tuple[float, ...] | None) -> StoredPlaces:
        plane = Plane(self.grid.metadata.projected_epsg)
        kv = self.column("nodes", "vn_kv")
        places = StoredPlaces.of(self.arrays, plane, kv, self.line_ends[0], levels_kv)
        give_back()
        return places

    @cached_property
    def load_cases(self) -> LoadCases:
        """Every load case its curves tell apart, toward more load."""
        cases = super().load_cases
        give_back()
        return cases

    @cached_property
    def export_cases(self) -> LoadCases:
        """The same cases toward more generation."""
        cases = super().export_cases
        give_back()
        return cases

    @cached_property
    def hull(self) -> shapely.Geometry | None:
        """Convex hull of nodes and lines in the plane; None if nothing has a place."""
        wkb = self.arrays["places.hull"].tobytes()
        return shapely.from_wkb(wkb) if wkb else None

    @cached_property
    def open_points(self) -> Bools:
        """By bus: whether the normal switching state ends there."""
        return self.arrays["model.open_points"]

    @cached_property
    def node_rows(self) -> Mapping[str, int]:
        """Row of each node id in the nodes table."""
        return self.ids["nodes"]

    def topology(self, number: int) -> TreeTopology:
        """Return busbars, feeders and trunk of a tree."""
        if number not in self._topologies:
            self._topologies[number] = self._cut(TreeTopology, "topology", number)
        return self._topologies[number]

    def state(self, number: int) -> TreeState:
        """Return the present AC solution of a tree."""
        if number not in self._states:
            self._states[number] = self._cut(TreeState, "state", number)
        return self._states[number]

    def limits(self, number: int, legal_v: LegalVolts, season: str | None = None) -> TreeLimits:
        """Return the limits of a tree; those of any season are stored, others are worked out."""
        if season is not None and self._has_seasons:
            return super().limits(number, legal_v, season)
        key = (number, None, *((kv, *volts) for kv, volts in sorted(legal_v.items())))
        if key not in self._limits:
            stored = self._cut(TreeLimits, "limits", number)
            self._limits[key] = with_legal_voltages(stored, legal_v)
        return self._limits[key]

    @cached_property
    def _has_seasons(self) -> bool:
        """Whether some limit holds in one season only."""
        return bool((self.column("limits", "season") != "all").any())

    def owners(self, number: int) -> WayOwners:
        """Return who owns the way from each row of a tree to its busbar."""
        if number not in self._owners:
            self._owners[number] = self._cut(WayOwners, "owners", number)
        return self._owners[number]

    def _cut(self, kind: type[T], prefix: str, number: int) -> T:
        first, last = self.arrays["tree.start"][number : number + 2].tolist()
        return cut(kind, prefix, self.arrays, number, slice(first, last))

    @cached_property
    def is_first_section(self) -> Bools:
        """By row of the lines table: whether a line lies before its feeder's first switchgear."""
        return self.arrays["model.is_first_section"]

    @cached_property
    def line_ends(self) -> Ints:
        """Rows of the nodes table at the from and to end of each line; shape (2, lines)."""
        return self.arrays["model.line_ends"]

    @cached_property
    def transformer_ends(self) -> Ints:
        """Rows of the nodes table at the high and low side of each transformer; (2, count)."""
        return self.arrays["model.transformer_ends"]

    @cached_property
    def busbar_nodes(self) -> Bools:
        """By row of the nodes table: whether the node is part of a substation busbar."""
        return self.arrays["model.busbar_nodes"]

    @cached_property
    def has_open_end(self) -> Bools:
        """By row of the lines table: whether a switch is open at either end."""
        return self.arrays["model.has_open_end"]

    @cached_property
    def branch_of(self) -> dict[int, Ints]:
        """By LINE and TRANSFORMER: branch of each row of the table, -1 where there is none."""
        return {
            LINE: self.arrays["model.branch_of_line"],
            TRANSFORMER: self.arrays["model.branch_of_transformer"],
        }

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Name of each element people speak of, by id."""
        return StoredNames(self.ids, self.tables)

    def upstream(self, number: int, row: int) -> tuple[str, ...]:
        """Return the lines and transformers from a row up, the external grid last."""
        tree, branches, network = self.tree(number), self.network.branches, self.network
        tables = {LINE: "lines", TRANSFORMER: "transformers"}
        found = []
        for k in tree.path(row)[:-1]:
            branch = tree.branch[k]
            table = tables.get(int(branches.kind[branch]))
            if table:
                found.append(str(self.value(table, "id", int(branches.element[branch]))))
        source = int(np.flatnonzero(network.source_bus == tree.bus[0])[0])
        return (*found, str(self.value("sources", "id", int(network.source_row[source]))))
