"""StoredPlaces: what lies near a site, from the coordinates of a stored grid.

A search compares the site with the nodes and the boxes of the lines in the squares around it: they
are sorted by square on first use, which takes a tenth of a second for a million where an index of a
million shapes takes seconds. Only what the boxes let through becomes a shape, and distances are
those of the shapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from grid_models.crs import Plane
from grid_models.grid import Grid
from grid_models.spatial import (
    NearLines,
    NearNodes,
    find_hull,
    is_of_levels,
    project_grid,
    rank_lines,
    rank_nodes,
)
from grid_models.stored.cells import Cells
from grid_models.stored.packing import Arrays

__all__ = ["StoredPlaces", "pack_places"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def pack_places(grid: Grid) -> dict[str, npt.NDArray[Any]]:
    """Return where nodes and lines lie in the plane, as arrays by name."""
    hull = find_hull(grid)
    projected = project_grid(grid)
    courses = projected.courses
    points, owner = shapely.get_coordinates(courses, return_index=True)
    count = np.bincount(owner, minlength=len(courses))
    return {
        "places.hull": np.frombuffer(shapely.to_wkb(hull) if hull else b"", dtype=np.uint8),
        "places.x_m": projected.x_m,
        "places.y_m": projected.y_m,
        "places.points_m": points,
        "places.start": np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        # west, south, east, north of every line; NaN where it has no place
        "places.box_m": shapely.bounds(courses).reshape(-1, 4).T,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPlaces:
    """Nodes and lines of some levels by distance; finds what a `SpatialIndex` finds.

    Parameters
    ----------
    node_rows, line_rows
        Rows of the nodes and lines it looks among, ascending.
    x_m, y_m, box_m
        Places of all nodes; west, south, east and north of all lines' boxes: as they lie in the
        files, whose pages processes share.
    points_m, start
        Points of all courses, and the first of every line's.
    node_cells, line_cells
        Both by square.
    """

    plane: Plane
    node_rows: Ints
    x_m: Floats
    y_m: Floats
    line_rows: Ints
    box_m: Floats
    points_m: Floats
    start: Ints
    node_cells: Cells
    line_cells: Cells

    @classmethod
    def of(
        cls,
        arrays: Arrays,
        plane: Plane,
        kv: Floats,
        line_start: Ints,
        levels_kv: Sequence[float] | None = None,
    ) -> StoredPlaces:
        """Return what lies at some levels.

        Parameters
        ----------
        kv
            Nominal voltage by row of the nodes table.
        line_start
            Row of every line's from-node, -1 where there is none.
        levels_kv
            Nominal voltages of the nodes, and of the lines' from-ends; None: all.
        """
        x, y, box = (arrays[f"places.{name}"] for name in ("x_m", "y_m", "box_m"))
        wanted = is_of_levels(kv, levels_kv)
        node_rows = np.flatnonzero(wanted & ~np.isnan(x) & ~np.isnan(y))
        is_line = (line_start >= 0) & wanted[np.maximum(line_start, 0)] & np.isfinite(box[0])
        line_rows = np.flatnonzero(is_line)
        own_x, own_y = x[node_rows], y[node_rows]
        return cls(
            plane=plane,
            node_rows=node_rows,
            x_m=x,
            y_m=y,
            line_rows=line_rows,
            box_m=box,
            node_cells=Cells.of(np.stack([own_x, own_y, own_x, own_y])),
            line_cells=Cells.of(box[:, line_rows]),
            points_m=arrays["places.points_m"],
            start=arrays["places.start"],
        )

    def near_nodes(self, lon: float, lat: float, distance_m: float) -> NearNodes:
        """Nodes within a straight distance of a place."""
        site = self._point(lon, lat)
        rows = self.node_rows[self.node_cells.near(site.x, site.y, distance_m)]
        away = np.maximum(np.abs(self.x_m[rows] - site.x), np.abs(self.y_m[rows] - site.y))
        rows = rows[away <= distance_m]
        points = np.asarray(shapely.points(self.x_m[rows], self.y_m[rows]), dtype=object)
        near = shapely.dwithin(points, site, distance_m)
        return rank_nodes(rows[near], points[near], site)

    def near_lines(self, lon: float, lat: float, distance_m: float) -> NearLines:
        """Lines whose course comes within a straight distance of a place."""
        site = self._point(lon, lat)
        rows = self.line_rows[self.line_cells.near(site.x, site.y, distance_m)]
        west, south, east, north = self.box_m[:, rows]
        rows = rows[
            (west <= site.x + distance_m)
            & (east >= site.x - distance_m)
            & (south <= site.y + distance_m)
            & (north >= site.y - distance_m)
        ]
        courses = self._courses(rows)
        near = shapely.dwithin(courses, site, distance_m)
        return rank_lines(self.plane, rows[near], courses[near], site)

    def place_on_line(
        self, row: int, along_m: float, lon: float, lat: float
    ) -> tuple[float, float, float]:
        """Distance from a place to a point of a line's course, and the point's lon and lat."""
        (course,) = self._courses(np.array([row]))
        at = shapely.line_interpolate_point(course, along_m)
        found = self.plane.to_degrees(np.array([at.x]), np.array([at.y]))
        distance_m = float(shapely.distance(at, self._point(lon, lat)))
        return distance_m, float(found[0][0]), float(found[1][0])

    def _courses(self, rows: Ints) -> npt.NDArray[np.object_]:
        first, count = self.start[rows], self.start[rows + 1] - self.start[rows]
        owner = np.repeat(np.arange(len(rows)), count)
        place = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
        points = self.points_m[np.repeat(first, count) + place]
        return np.asarray(shapely.linestrings(points, indices=owner), dtype=object)

    def _point(self, lon: float, lat: float) -> shapely.Point:
        x, y = self.plane.to_metres(np.array([lon]), np.array([lat]))
        return shapely.Point(float(x[0]), float(y[0]))
