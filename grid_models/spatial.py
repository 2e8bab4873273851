"""SpatialIndex: what lies within a distance of a site, in metres of the grid's projected plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from grid_models.crs import Plane, are_on_earth
from grid_models.grid import Grid

__all__ = [
    "NearLines", "NearNodes", "ProjectedGrid", "Spatial", "SpatialIndex", "are_courses",
    "build_spatial_index", "find_hull", "is_of_levels", "project_grid", "rank_lines", "rank_nodes",
]  # fmt: skip

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class NearNodes:
    """Nodes near a site: rows of the nodes table and straight distances, nearest first."""

    rows: Ints
    distance_m: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class NearLines:
    """Lines near a site, nearest first.

    Parameters
    ----------
    rows
        Rows of the lines table.
    distance_m
        Straight distance to the nearest point of the line's course.
    along_m, course_m
        How far that point lies from the line's from-end, and how long the course is.
    lon, lat
        That point.
    """

    rows: Ints
    distance_m: Floats
    along_m: Floats
    course_m: Floats
    lon: Floats
    lat: Floats


class Spatial(Protocol):
    """What finds nodes and lines by place: in memory (`SpatialIndex`) or in a stored grid."""

    @property
    def node_rows(self) -> Ints:
        """Rows of the nodes that have a place."""
        ...

    def near_nodes(self, lon: float, lat: float, distance_m: float) -> NearNodes:
        """Nodes within a straight distance of a place."""
        ...

    def near_lines(self, lon: float, lat: float, distance_m: float) -> NearLines:
        """Lines whose course comes within a straight distance of a place."""
        ...

    def place_on_line(
        self, row: int, along_m: float, lon: float, lat: float
    ) -> tuple[float, float, float]:
        """Distance from a place to a point of a line's course, and the point's lon and lat."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectedGrid:
    """A grid's nodes and lines in the plane: NaN and None where there is no place.

    Parameters
    ----------
    x_m, y_m
        By row of the nodes table.
    courses
        By row of the lines table.
    """

    plane: Plane
    x_m: Floats
    y_m: Floats
    courses: npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpatialIndex:
    """Nodes and courses of lines of one grid, found by distance; what has no place is left out."""

    plane: Plane
    node_rows: Ints
    node_points: npt.NDArray[np.object_]
    nodes: shapely.STRtree
    line_rows: Ints
    courses: npt.NDArray[np.object_]
    lines: shapely.STRtree

    @property
    def hull(self) -> shapely.Geometry:
        """Convex hull of the nodes in the plane."""
        return shapely.MultiPoint(shapely.get_coordinates(self.node_points)).convex_hull

    def point(self, lon: float, lat: float) -> shapely.Point:
        """Return a place as a point of the plane."""
        x, y = self.plane.to_metres(np.array([lon]), np.array([lat]))
        return shapely.Point(float(x[0]), float(y[0]))

    def near_nodes(self, lon: float, lat: float, distance_m: float) -> NearNodes:
        """Nodes within a straight distance of a place."""
        site = self.point(lon, lat)
        hits = self.nodes.query(site, predicate="dwithin", distance=distance_m)
        return rank_nodes(self.node_rows[hits], self.node_points[hits], site)

    def near_lines(self, lon: float, lat: float, distance_m: float) -> NearLines:
        """Lines whose course comes within a straight distance of a place."""
        site = self.point(lon, lat)
        hits = self.lines.query(site, predicate="dwithin", distance=distance_m)
        return rank_lines(self.plane, self.line_rows[hits], self.courses[hits], site)

    def place_on_line(
        self, row: int, along_m: float, lon: float, lat: float
    ) -> tuple[float, float, float]:
        """Distance from a place to a point of a line's course, and the point's lon and lat."""
        course = self.courses[int(np.searchsorted(self.line_rows, row))]
        at = shapely.line_interpolate_point(course, along_m)
        found = self.plane.to_degrees(np.array([at.x]), np.array([at.y]))
        return (
            float(shapely.distance(at, self.point(lon, lat))),
            float(found[0][0]),
            float(found[1][0]),
        )


def rank_nodes(rows: Ints, points: npt.NDArray[np.object_], site: shapely.Point) -> NearNodes:
    """Order nodes found near a site by distance, then row."""
    distance = shapely.distance(points, site)
    order = np.lexsort((rows, distance))
    return NearNodes(rows=rows[order], distance_m=distance[order])


def rank_lines(
    plane: Plane, rows: Ints, courses: npt.NDArray[np.object_], site: shapely.Point
) -> NearLines:
    """Order lines found near a site by distance, then row, and find their nearest points."""
    distance = shapely.distance(courses, site)
    order = np.lexsort((rows, distance))
    courses = courses[order]
    along = shapely.line_locate_point(courses, site)
    places = shapely.line_interpolate_point(courses, along)
    lon_lat = plane.to_degrees(shapely.get_x(places), shapely.get_y(places))
    return NearLines(
        rows=rows[order],
        distance_m=distance[order],
        along_m=along,
        course_m=shapely.length(courses),
        lon=lon_lat[0],
        lat=lon_lat[1],
    )


def is_of_levels(kv: Floats, levels_kv: Sequence[float] | None) -> npt.NDArray[np.bool_]:
    """Say which nominal voltages are among some levels; None: all are."""
    if levels_kv is None:
        return np.ones(len(kv), dtype=bool)
    # level by level: an array of all pairs would be as large as the city
    wanted = np.zeros(len(kv), dtype=bool)
    for level_kv in levels_kv:
        wanted |= np.isclose(kv, level_kv, rtol=1e-6)
    return wanted


def project_grid(grid: Grid) -> ProjectedGrid:
    """Project a grid's nodes and the courses of its lines into its plane."""
    plane = Plane(grid.metadata.projected_epsg)
    lon, lat = grid.nodes["lon"].to_numpy(), grid.nodes["lat"].to_numpy()
    placed = np.flatnonzero(are_on_earth(lon, lat))
    x, y = np.full(len(lon), np.nan), np.full(len(lon), np.nan)
    x[placed], y[placed] = plane.to_metres(lon[placed], lat[placed])
    # A place on the other side of the earth is none in this plane.
    beyond = ~(np.isfinite(x) & np.isfinite(y))
    x[beyond], y[beyond] = np.nan, np.nan
    return ProjectedGrid(plane=plane, x_m=x, y_m=y, courses=_courses(grid, plane, x, y))


def find_hull(grid: Grid) -> shapely.Geometry | None:
    """Return the convex hull of nodes and courses in the plane; None if nothing has a place."""
    plane = Plane(grid.metadata.projected_epsg)
    courses = grid.lines["geometry"].to_numpy(dtype=object)
    points = np.vstack([grid.nodes[["lon", "lat"]].to_numpy(), shapely.get_coordinates(courses)])
    points = points[are_on_earth(points[:, 0], points[:, 1])]
    on_plane = np.column_stack(plane.to_metres(points[:, 0], points[:, 1]))
    on_plane = on_plane[np.isfinite(on_plane).all(axis=1)]
    if not len(on_plane):
        return None
    # One line through all of them has the same hull; a million points would be as many objects.
    return shapely.LineString(np.vstack([on_plane, on_plane[:1]])).convex_hull


def build_spatial_index(grid: Grid, levels_kv: Sequence[float] | None = None) -> SpatialIndex:
    """Project a grid's nodes and lines and index them.

    Parameters
    ----------
    levels_kv
        Nominal voltages of the nodes, and of the lines' from-ends, to index; None: all.
    """
    projected = project_grid(grid)
    x, y, courses = projected.x_m, projected.y_m, projected.courses
    wanted = is_of_levels(grid.nodes["vn_kv"].to_numpy(), levels_kv)
    node_rows = np.flatnonzero(np.isfinite(x))
    start = grid.nodes.index.get_indexer(pd.Index(grid.lines["from_node"]))
    line_wanted = (start >= 0) & wanted[np.maximum(start, 0)]
    line_rows = np.flatnonzero(~shapely.is_missing(courses) & line_wanted)
    node_rows = node_rows[wanted[node_rows]]
    points = np.asarray(shapely.points(x[node_rows], y[node_rows]), dtype=object)
    return SpatialIndex(
        plane=projected.plane,
        node_rows=node_rows,
        node_points=points,
        nodes=shapely.STRtree(points),
        line_rows=line_rows,
        courses=courses[line_rows],
        lines=shapely.STRtree(courses[line_rows]),
    )


def _courses(grid: Grid, plane: Plane, x: Floats, y: Floats) -> npt.NDArray[np.object_]:
    """Course of each line in the plane; None where it has none and an end has no place."""
    drawn = grid.lines["geometry"].to_numpy()
    position = pd.Series(np.arange(len(x)), index=grid.nodes.index)
    ends = [
        position.reindex(grid.lines[name]).fillna(-1).to_numpy(np.int64)
        for name in ("from_node", "to_node")
    ]
    known = (ends[0] >= 0) & (ends[1] >= 0)
    x_ends, y_ends = (np.stack([c[ends[0]], c[ends[1]]], axis=1) for c in (x, y))
    placed = known & np.isfinite(x_ends).all(axis=1)
    courses = np.full(len(drawn), None, dtype=object)
    is_given = are_courses(drawn)
    straight, given = np.flatnonzero(placed & ~is_given), np.flatnonzero(is_given)
    courses[straight] = shapely.linestrings(np.stack([x_ends, y_ends], axis=2)[straight])
    if len(given):
        courses[given] = shapely.transform(
            drawn[given], lambda c: np.column_stack(plane.to_metres(c[:, 0], c[:, 1]))
        )
    beyond = ~np.isfinite(shapely.bounds(courses)).all(axis=1)
    courses[beyond] = None
    return courses


def are_courses(drawn: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Say which geometries are lines on earth; `find_problems` names the others."""
    is_line = shapely.get_type_id(drawn) == shapely.GeometryType.LINESTRING
    points, owner = shapely.get_coordinates(drawn, return_index=True)
    is_line[owner[~are_on_earth(points[:, 0], points[:, 1])]] = False
    # NaN > 0 is False: what has no length is no course
    return np.asarray(is_line & (shapely.length(drawn) > 0.0), dtype=np.bool_)
