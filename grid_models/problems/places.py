"""Places: coordinates and courses that are missing, wrong or contradict each other.

Distances here need no projection: they are good to a percent, and the limits are rough.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from grid_models.grid import Grid
from grid_models.problems.finding import Finding, by_id, found

__all__ = ["find_misplaced"]

_M_PER_DEGREE = 111_320.0
_CHINA_LON = (73.0, 136.0)
_CHINA_LAT = (3.0, 54.0)
_GAUSS_KRUEGER_EPSG = range(4491, 4555)  # every CGCS2000 zone, of 6 and of 3 degrees
_FAR_M = 100_000.0
_END_GAP_M = 50.0
_LENGTH_RATIO = (0.2, 5.0)
_LENGTH_SLACK_M = 50.0  # connectors of a few metres may have any ratio
_KINDS = {
    "lines": [shapely.GeometryType.LINESTRING],
    "streets": [shapely.GeometryType.LINESTRING],
    "restricted_areas": [shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON],
}

Floats = NDArray[np.float64]


def find_misplaced(grid: Grid) -> Iterator[Finding]:
    """Find nodes and courses that cannot be where they are said to be."""
    yield from _find_node_problems(grid)
    for table, kinds in _KINDS.items():
        rows = grid.tables()[table]
        is_given = np.array([shape is not None for shape in rows["geometry"]], dtype=bool)
        shapes = _shapes(rows["geometry"].to_numpy())
        is_right = np.isin(shapely.get_type_id(shapes), kinds) & ~shapely.is_empty(shapes)
        yield from found("geometry_wrong_kind", table, rows, is_given & ~is_right)
        is_degrees = (np.abs(shapely.bounds(shapes)) <= (180, 90, 180, 90)).all(axis=1)
        yield from found("geometry_out_of_range", table, rows, is_right & ~is_degrees)
        if table == "lines":
            yield from _find_course_problems(grid, is_right & is_degrees)


def _find_node_problems(grid: Grid) -> Iterator[Finding]:
    nodes = grid.nodes
    lon, lat = nodes["lon"].to_numpy(), nodes["lat"].to_numpy()
    is_missing = np.isnan(lon) | np.isnan(lat)
    # the inner node of a three-winding transformer stands nowhere
    is_star = nodes["kind"].eq("star").to_numpy()
    yield from found("coordinates_missing", "nodes", nodes, is_missing & ~is_star)
    is_in_china = _is_in_china(lon, lat)
    is_swapped = ~is_in_china & _is_in_china(lat, lon)
    yield from found("coordinates_swapped", "nodes", nodes, is_swapped)
    is_degrees = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)  # noqa: PLR2004
    is_odd = ~is_missing & ~is_degrees & ~is_swapped
    yield from found("coordinates_out_of_range", "nodes", nodes, is_odd)
    if grid.metadata.projected_epsg in _GAUSS_KRUEGER_EPSG:
        is_abroad = is_degrees & ~is_in_china & ~is_swapped
        yield from found("outside_china", "nodes", nodes, is_abroad)
    is_placed = is_degrees & ~is_swapped
    is_shared = nodes[["lon", "lat", "vn_kv"]].duplicated(keep=False) & is_placed
    yield from found("coordinates_shared", "nodes", nodes, is_shared)
    if is_placed.any():
        middle = np.median(lon[is_placed]), np.median(lat[is_placed])
        is_far = is_placed & (_distance_m(lon, lat, *middle) > _FAR_M)
        yield from found("node_far_away", "nodes", nodes, is_far)


def _find_course_problems(grid: Grid, has_course: NDArray[np.bool_]) -> Iterator[Finding]:
    rows = grid.lines[has_course]
    courses = _shapes(rows["geometry"].to_numpy())
    yield from found("geometry_self_crossing", "lines", rows, ~shapely.is_simple(courses))
    places = by_id(grid.nodes)[["lon", "lat"]]
    from_place = places.reindex(rows["from_node"]).to_numpy()
    to_place = places.reindex(rows["to_node"]).to_numpy()
    start, end = (shapely.get_coordinates(shapely.get_point(courses, at)) for at in (0, -1))
    gap_m = np.fmax(_between_m(start, from_place), _between_m(end, to_place))
    turned_gap_m = np.fmax(_between_m(start, to_place), _between_m(end, from_place))
    is_turned = (gap_m > _END_GAP_M) & (turned_gap_m <= _END_GAP_M)
    yield from found("geometry_reversed", "lines", rows, is_turned)
    is_elsewhere = (gap_m > _END_GAP_M) & ~is_turned
    yield from found("geometry_ends_elsewhere", "lines", rows, is_elsewhere)
    course_m, length_m = _length_m(courses), rows["length_m"].to_numpy()
    low, high = _LENGTH_RATIO
    is_unlike = (length_m < low * course_m) | (length_m > high * course_m)
    is_unlike &= (length_m >= 0) & (np.abs(length_m - course_m) > _LENGTH_SLACK_M)
    yield from found("length_unlike_geometry", "lines", rows, is_unlike)


def _is_in_china(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    (west, east), (south, north) = _CHINA_LON, _CHINA_LAT
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def _shapes(values: Any) -> Any:
    # What is no geometry at all is None here and reported as of the wrong kind.
    return np.where(shapely.is_geometry(values), values, None)


def _distance_m(lon: Floats, lat: Floats, to_lon: Any, to_lat: Any) -> Floats:
    east = (to_lon - lon) * np.cos(np.radians((lat + to_lat) / 2))
    return np.asarray(_M_PER_DEGREE * np.hypot(east, to_lat - lat), dtype=np.float64)


def _between_m(places: Floats, others: Floats) -> Floats:
    return _distance_m(places[:, 0], places[:, 1], others[:, 0], others[:, 1])


def _length_m(courses: Any) -> Floats:
    points, owner = shapely.get_coordinates(courses, return_index=True)
    steps_m = _between_m(points[:-1], points[1:])
    is_inside = owner[:-1] == owner[1:]
    total_m = np.bincount(owner[:-1][is_inside], steps_m[is_inside], minlength=len(courses))
    return total_m.astype(np.float64)
