"""Coordinates of a pandapower net: where its buses stand and its lines run, if that is known.

pandapower does not say what its coordinates are: degrees, metres or a drawing. They are taken as
longitude and latitude only if they could be; metres are read when their system is named.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from grid_models.crs import Plane
from grid_models.grid import Problem
from grid_models.readers.columns import Bools, Floats, Net, Texts, floats, ids, list_problem

__all__ = ["Geodata", "read_geodata"]

_METRES_PER_DEGREE = 111_320.0
_GREATEST_LON, _GREATEST_LAT = 180.0, 90.0
# A distribution grid spans no more; the distance between the ends of its lines adds up to no more
# than this many times their length (2.8 in the SimBench grids, over 100 in drawings).
_GREATEST_SPAN_DEGREES, _GREATEST_STRETCH = 10.0, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Geodata:
    """Positions in CGCS2000 degrees.

    Parameters
    ----------
    lon, lat
        Of each bus, in the order of its table; NaN where unknown.
    courses
        LineString of each line from its from-bus to its to-bus; None where unknown.
    problems
        What could not be read.
    """

    lon: Floats
    lat: Floats
    courses: Texts
    problems: tuple[Problem, ...]


def read_geodata(net: Net, crs: int | None = None) -> Geodata:
    """Read the positions of buses and lines.

    Parameters
    ----------
    net
        pandapower net, with `geo` columns or the older tables `bus_geodata` and `line_geodata`.
    crs
        EPSG code of the coordinates; None: longitude and latitude, or nothing.

    Raises
    ------
    InputError
        If `crs` names no coordinate system.
    """
    x, y = _bus_positions(net)
    courses, is_unreadable = _line_courses(net)
    given = ~np.isnan(x)
    # (0, 0) lies in the ocean: it stands for a position nobody knew
    nowhere = (x == 0.0) & (y == 0.0)
    x[nowhere], y[nowhere] = np.nan, np.nan
    if crs is not None:
        x, y = Plane(crs).to_degrees(x, y)
        courses = _to_degrees(courses, Plane(crs))
    unplaced = ~_are_degrees(net, x, y)
    x[unplaced], y[unplaced] = np.nan, np.nan
    misplaced = _leave_the_globe(courses)
    if given.any() and unplaced.all():
        misplaced = shapely.is_geometry(courses)
    problems = _refusals(net, given & unplaced, misplaced)
    courses = _without(courses, misplaced)
    problems += list_problem(
        "course_unreadable",
        "warning",
        "lines",
        ids("line", net["line"].index[is_unreadable]),
        zh="{n} 条线路的走向无法读取，按两端节点间的直线处理；应为 GeoJSON LineString",
        en="the course of {n} lines cannot be read and is taken as straight between their ends; "
        "a GeoJSON LineString is expected",
    )
    courses = _from_first_end(courses, *_ends(net, x, y))
    return Geodata(lon=x, lat=y, courses=courses, problems=tuple(problems))


def _bus_positions(net: Net) -> tuple[Floats, Floats]:
    if "geo" in net["bus"]:
        points = _from_geojson(net["bus"]["geo"])
        points = _without(points, shapely.is_empty(points))
        x, y = shapely.get_x(points), shapely.get_y(points)
    elif "bus_geodata" in net:
        rows = net["bus_geodata"].reindex(net["bus"].index)
        x, y = floats(rows, "x"), floats(rows, "y")
    else:
        return np.full(len(net["bus"]), np.nan), np.full(len(net["bus"]), np.nan)
    known = np.isfinite(x) & np.isfinite(y)
    return np.where(known, x, np.nan), np.where(known, y, np.nan)


def _line_courses(net: Net) -> tuple[Texts, Bools]:
    """Return the course of each line, and whether there is one that cannot be read."""
    if "geo" in net["line"]:
        given = net["line"]["geo"]
    elif "line_geodata" in net and len(net["line_geodata"]):
        given = net["line_geodata"]["coords"].reindex(net["line"].index)
        given = given.map(lambda c: {"type": "LineString", "coordinates": c}, na_action="ignore")
    else:
        return np.full(len(net["line"]), None, dtype=object), np.zeros(len(net["line"]), dtype=bool)
    courses = shapely.force_2d(_from_geojson(given))
    is_line = shapely.get_type_id(courses) == shapely.GeometryType.LINESTRING
    # NaN > 0 is False: a missing geometry has length NaN
    no_course = ~(is_line & (shapely.length(courses) > 0.0))
    is_stated = given.notna().to_numpy() & (given != "").to_numpy()
    return _without(courses, no_course), is_stated & no_course


def _without(courses: Texts, dropped: Bools) -> Texts:
    kept = courses.copy()
    kept[dropped] = None
    return kept


def _to_degrees(courses: Texts, plane: Plane) -> Texts:
    def transformed(xy: Floats) -> Floats:
        return np.column_stack(plane.to_degrees(xy[:, 0], xy[:, 1]))

    return np.asarray(shapely.transform(courses, transformed), dtype=object)


def _from_geojson(values: pd.Series[Any]) -> Texts:
    documents = [
        json.dumps(value) if isinstance(value, dict) else value if isinstance(value, str) else None
        for value in values
    ]
    return np.asarray(shapely.from_geojson(documents, on_invalid="ignore"), dtype=object)


def _are_degrees(net: Net, x: Floats, y: Floats) -> Bools:
    """Say which buses have coordinates that can be longitude and latitude."""
    valid = (np.abs(x) <= _GREATEST_LON) & (np.abs(y) <= _GREATEST_LAT)
    if valid.sum() <= np.count_nonzero(~np.isnan(x)) / 2:
        return np.zeros(len(x), dtype=bool)
    if max(np.ptp(x[valid]), np.ptp(y[valid])) > _GREATEST_SPAN_DEGREES:
        return np.zeros(len(x), dtype=bool)
    from_x, from_y, to_x, to_y = _ends(net, np.where(valid, x, np.nan), np.where(valid, y, np.nan))
    east = (to_x - from_x) * np.cos(np.radians((from_y + to_y) / 2))
    straight_m = _METRES_PER_DEGREE * np.hypot(east, to_y - from_y)
    length_m = floats(net["line"], "length_km") * 1000.0
    known = ~np.isnan(straight_m) & ~np.isnan(length_m)
    if straight_m[known].sum() > _GREATEST_STRETCH * length_m[known].sum():
        return np.zeros(len(x), dtype=bool)
    return valid


def _leave_the_globe(courses: Texts) -> Bools:
    west, south, east, north = shapely.bounds(courses).T
    beyond = (west < -_GREATEST_LON) | (east > _GREATEST_LON)
    beyond |= (south < -_GREATEST_LAT) | (north > _GREATEST_LAT)
    return np.asarray(beyond, dtype=bool)


def _refusals(net: Net, buses: Bools, lines: Bools) -> list[Problem]:
    problems: list[Problem] = []
    for table, elements, zh, en in (
        ("nodes", ids("bus", net["bus"].index[buses]), "个节点", "nodes"),
        ("lines", ids("line", net["line"].index[lines]), "条线路", "lines"),
    ):
        problems += list_problem(
            "coordinates_not_degrees",
            "warning",
            table,
            elements,
            zh=f"{{n}} {zh}的坐标不是经纬度（示意图坐标，或未注明坐标系的米制坐标），已留空；"
            "请用 --crs EPSG:代码 注明坐标系",
            en=f"the coordinates of {{n}} {en} are no longitude and latitude (a drawing, or metres "
            "of an unnamed system) and were left out; name their system with --crs EPSG:code",
        )
    return problems


def _ends(net: Net, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    start = net["bus"].index.get_indexer(net["line"]["from_bus"])
    end = net["bus"].index.get_indexer(net["line"]["to_bus"])
    start_known, end_known = start >= 0, end >= 0
    return (
        np.where(start_known, x[start], np.nan),
        np.where(start_known, y[start], np.nan),
        np.where(end_known, x[end], np.nan),
        np.where(end_known, y[end], np.nan),
    )


def _from_first_end(
    courses: Texts, from_x: Floats, from_y: Floats, to_x: Floats, to_y: Floats
) -> Texts:
    """Turn the courses round that are drawn from the to-bus to the from-bus."""
    first, last = shapely.get_point(courses, 0), shapely.get_point(courses, -1)
    first_x, first_y = shapely.get_x(first), shapely.get_y(first)
    last_x, last_y = shapely.get_x(last), shapely.get_y(last)
    as_drawn = np.hypot(first_x - from_x, first_y - from_y)
    as_drawn += np.hypot(last_x - to_x, last_y - to_y)
    reversed_ = np.hypot(last_x - from_x, last_y - from_y)
    reversed_ += np.hypot(first_x - to_x, first_y - to_y)
    return np.where(reversed_ < as_drawn, shapely.reverse(courses), courses)
