"""PartModel: a changed part of a grid, whose places are found by the index of the whole grid.

To index the places of a part again takes longer than to compile it, and no measure moves what is
there: only the nodes it brings are indexed anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.spatial import NearLines, NearNodes, Spatial, build_spatial_index

__all__ = ["PartModel"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class PartModel(GridModel):
    """A part of a grid after edits that move no node and no line, and bring no line in service.

    Parameters
    ----------
    whole
        The grid as it stands.
    added
        Ids of the nodes that it does not have.
    """

    whole: GridModel
    added: tuple[str, ...] = ()

    @cached_property
    def spatial(self) -> Spatial:
        """Nodes and lines by place."""
        return self._places(self.whole.spatial)

    def spatial_at(self, levels_kv: tuple[float, ...]) -> Spatial:
        """Nodes and lines of some nominal voltages by place."""
        if levels_kv not in self._spatial:
            self._spatial[levels_kv] = self._places(self.whole.spatial_at(levels_kv), levels_kv)
        return self._spatial[levels_kv]

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Name of each element people speak of, by id; what is new in the part has none."""
        return self.whole.names

    def _places(self, present: Spatial, levels_kv: Sequence[float] | None = None) -> Spatial:
        if not self.added:
            return _Places(part=self.grid, whole=self.whole, present=present)
        new = self.grid.rows_of("nodes", list(self.added))
        tables = self.grid.tables()
        tables |= {"nodes": tables["nodes"].iloc[new], "lines": tables["lines"].iloc[:0]}
        added = build_spatial_index(Grid(metadata=self.grid.metadata, **tables), levels_kv)
        return _Places(part=self.grid, whole=self.whole, present=present, added=added, new=new)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """The places of a part: those of the whole grid that it has, by its own rows, and new ones.

    Parameters
    ----------
    present
        Index of the whole grid.
    added, new
        Index of the nodes that the whole grid does not have, and their rows in the part.
    """

    part: Grid
    whole: GridModel
    present: Spatial
    added: Spatial | None = None
    new: Ints | None = None

    @property
    def node_rows(self) -> Ints:
        """Rows of the nodes that have a place."""
        rows = self._here("nodes", self.present.node_rows)
        rows = rows[rows >= 0]
        if self.added is not None and self.new is not None:
            rows = np.concatenate([rows, self.new[self.added.node_rows]])
        return np.sort(rows)

    def near_nodes(self, lon: float, lat: float, distance_m: float) -> NearNodes:
        """Nodes within a straight distance of a place."""
        near = self.present.near_nodes(lon, lat, distance_m)
        rows, distance = self._here("nodes", near.rows), near.distance_m
        if self.added is not None and self.new is not None:
            more = self.added.near_nodes(lon, lat, distance_m)
            rows = np.concatenate([rows, self.new[more.rows]])
            distance = np.concatenate([distance, more.distance_m])
        order = _nearest_first(rows, distance)
        return NearNodes(rows=rows[order], distance_m=distance[order])

    def near_lines(self, lon: float, lat: float, distance_m: float) -> NearLines:
        """Lines whose course comes within a straight distance of a place."""
        near = self.present.near_lines(lon, lat, distance_m)
        rows = self._here("lines", near.rows)
        order = _nearest_first(rows, near.distance_m)
        return NearLines(
            rows=rows[order], distance_m=near.distance_m[order], along_m=near.along_m[order],
            course_m=near.course_m[order], lon=near.lon[order], lat=near.lat[order],
        )  # fmt: skip

    def place_on_line(
        self, row: int, along_m: float, lon: float, lat: float
    ) -> tuple[float, float, float]:
        """Distance from a place to a point of a line's course, and the point's lon and lat."""
        there = self.whole.row_of("lines", str(self.part.lines.index[row]))
        return self.present.place_on_line(there, along_m, lon, lat)

    def _here(self, table: str, rows: Ints) -> Ints:
        """Rows in the part of some rows of the whole grid; -1 where it does not have them."""
        return self.part.rows_of(table, self.whole.texts(table, "id", rows))


def _nearest_first(rows: Ints, distance_m: npt.NDArray[np.float64]) -> Ints:
    """Order of the rows that are there, by distance, then row."""
    order = np.lexsort((rows, distance_m))
    return order[rows[order] >= 0]
