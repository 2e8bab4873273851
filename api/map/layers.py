"""Layers: what of a grid a map shows, from which scale on, and what it says of each element."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from api.map.mercator import are_on_map, to_mercator
from api.map.shapes import Shapes
from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.spatial import are_courses
from grid_models.topology import LOW_VOLTAGE_KV

__all__ = ["Layer", "Look", "build_areas", "build_layers"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Look = Mapping[str, str | float | bool]

# From which scale on a voltage is drawn: farther out its lines would cover the map.
_LOW_VOLTAGE_ZOOM, _ABOVE_IT_ZOOM = 15, 13
_ZOOM_OF_KV = ((10.0, 11), (35.0, 0))
_POLE_ZOOM, _LINE_NAME_ZOOM, _STATION_NAME_ZOOM = 16, 14, 13
_STATIONS, _POLES = ("busbar", "switchgear", "cabinet"), ("pole",)
# Nominal voltages this near are one.
_SLACK = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Elements of one kind, those that are seen from farthest first.

    Parameters
    ----------
    table
        Of the grid; an element's row in it is its id on the map.
    row, least_zoom
        By shape: that row, and from which scale on it is drawn, ascending.
    look, looks
        Which of the looks a shape has; a look is what is said of it at every scale.
    named_from
        From which scale on its id and name are said as well.
    are_points
        Shapes are points, else courses.
    """

    name: str
    table: str
    shapes: Shapes
    row: Ints
    least_zoom: Ints
    look: Ints
    looks: tuple[Look, ...]
    named_from: int
    are_points: bool

    def meeting(self, box: tuple[float, float, float, float], zoom: int) -> Ints:
        """Return the shapes of a scale whose boxes meet a box."""
        return self.shapes.meeting(box, int(np.searchsorted(self.least_zoom, zoom, side="right")))


def build_layers(model: GridModel) -> tuple[Layer, ...]:
    """Return all layers of a grid but its areas; what has no place is left out."""
    grid = model.grid
    nodes = _Nodes.of(grid)
    return (
        _lines(model, nodes),
        _stations(grid, nodes, "stations", _STATIONS, 0),
        _transformers(model, nodes),
        _stations(grid, nodes, "poles", _POLES, _POLE_ZOOM),
    )


def build_areas(grid: Grid) -> tuple[tuple[shapely.Geometry, ...], tuple[Look, ...]]:
    """Return the restricted areas in the plane, and what is said of them."""
    areas, looks = [], []
    names, reasons, drawn = (
        grid.column("restricted_areas", name) for name in ("name", "reason", "geometry")
    )
    for name, reason, area in zip(names, reasons, drawn, strict=True):
        points = shapely.get_coordinates(area)
        is_area = area is not None and area.geom_type in ("Polygon", "MultiPolygon")
        # by row: what cannot be drawn keeps its place
        is_area = is_area and bool(are_on_map(points[:, 0], points[:, 1]).all())
        areas.append(shapely.make_valid(_project(area)) if is_area else shapely.Polygon())
        looks.append(_say({"name": str(name), "reason": str(reason)}))
    return tuple(areas), tuple(looks)


def _project(shape: shapely.Geometry) -> shapely.Geometry:
    flat = shapely.force_2d(shape)
    return shapely.transform(flat, lambda c: np.column_stack(to_mercator(c[:, 0], c[:, 1])))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Nodes:
    """Places and voltages of the nodes; NaN where unknown, and where the map does not reach."""

    lon: Floats
    lat: Floats
    kv: Floats

    @classmethod
    def of(cls, grid: Grid) -> _Nodes:
        lon, lat = grid.column("nodes", "lon").copy(), grid.column("nodes", "lat").copy()
        lost = ~are_on_map(lon, lat)
        lon[lost], lat[lost] = np.nan, np.nan
        return cls(lon=lon, lat=lat, kv=grid.column("nodes", "vn_kv"))

    def at(self, values: Floats, rows: Ints) -> Floats:
        """Return values of some nodes; NaN where there is none (-1)."""
        if not len(values):
            return np.full(len(rows), np.nan)
        return np.where(rows >= 0, values[np.maximum(rows, 0)], np.nan)


def _lines(model: GridModel, nodes: _Nodes) -> Layer:
    grid, ends = model.grid, np.asarray(model.line_ends)
    lon, lat, kv = (
        np.stack([nodes.at(values, end) for end in ends], axis=1)
        for values in (nodes.lon, nodes.lat, nodes.kv)
    )
    courses = _courses(grid.column("lines", "geometry"), lon, lat)
    kv_of = np.where(np.isfinite(kv[:, 0]), kv[:, 0], kv[:, 1])
    said = {
        "kv": kv_of,
        "laying": grid.column("lines", "laying"),
        "ownership": grid.column("lines", "ownership"),
        **_standing(grid, "lines"),
    }
    row = np.flatnonzero(~shapely.is_missing(courses))
    row, least_zoom = _sorted(row, _least_zoom(kv_of[row]))
    points, owner = shapely.get_coordinates(courses[row], return_index=True)
    start = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(row)))])
    look, looks = _looks(said, row)
    return Layer(
        name="lines", table="lines", row=row, least_zoom=least_zoom, look=look, looks=looks,
        shapes=Shapes.of(np.column_stack(to_mercator(*points.T)), start.astype(np.int64)),
        named_from=_LINE_NAME_ZOOM, are_points=False,
    )  # fmt: skip


def _courses(drawn: npt.NDArray[np.object_], lon: Floats, lat: Floats) -> npt.NDArray[np.object_]:
    """Return the course of each line in degrees: as drawn, else straight; None: no place."""
    courses = np.full(len(drawn), None, dtype=object)
    given = np.flatnonzero(are_courses(drawn))
    points, owner = shapely.get_coordinates(drawn[given], return_index=True)
    beyond = owner[~are_on_map(points[:, 0], points[:, 1])]
    courses[given] = drawn[given]
    courses[given[beyond]] = None
    placed = np.isfinite(lon).all(axis=1) & np.isfinite(lat).all(axis=1)
    straight = np.flatnonzero(placed & shapely.is_missing(courses))
    courses[straight] = shapely.linestrings(np.stack([lon, lat], axis=2)[straight])
    return courses


def _stations(
    grid: Grid, nodes: _Nodes, name: str, kinds: tuple[str, ...], least_zoom: int
) -> Layer:
    kind = grid.column("nodes", "kind")
    row = np.flatnonzero(np.isin(kind.astype(str), kinds))
    said = {"kind": kind, "kv": nodes.kv, **_standing(grid, "nodes")}
    zoom = np.maximum(_least_zoom(nodes.kv[row]), least_zoom)
    return _points(name, "nodes", (row, nodes.lon[row], nodes.lat[row], zoom), said,
                   named_from=_STATION_NAME_ZOOM)  # fmt: skip


def _transformers(model: GridModel, nodes: _Nodes) -> Layer:
    """Distribution transformers, at their board or, where that has no place, at the high side."""
    grid, (hv, lv) = model.grid, np.asarray(model.transformer_ends)
    row = np.flatnonzero(nodes.at(nodes.kv, lv) <= LOW_VOLTAGE_KV)
    stands = np.where(np.isfinite(nodes.at(nodes.lon, lv)), lv, hv)[row]
    said = {"sn_kva": grid.column("transformers", "sn_kva"), **_standing(grid, "transformers"),
            "ownership": grid.column("transformers", "ownership")}  # fmt: skip
    placed = (row, nodes.at(nodes.lon, stands), nodes.at(nodes.lat, stands),
              _least_zoom(nodes.at(nodes.kv, hv)[row]))  # fmt: skip
    return _points("transformers", "transformers", placed, said, named_from=_LINE_NAME_ZOOM)


def _points(
    name: str,
    table: str,
    placed: tuple[Ints, Floats, Floats, Ints],
    said: Mapping[str, npt.NDArray[Any]],
    *,
    named_from: int,
) -> Layer:
    row, lon, lat, zoom = placed
    known = np.isfinite(lon)
    row, least_zoom, lon, lat = _sorted(row[known], zoom[known], lon[known], lat[known])
    look, looks = _looks(said, row)
    return Layer(
        name=name, table=table, row=row, least_zoom=least_zoom, look=look, looks=looks,
        shapes=Shapes.of(np.column_stack(to_mercator(lon, lat)), np.arange(len(row) + 1)),
        named_from=named_from, are_points=True,
    )  # fmt: skip


def _standing(grid: Grid, table: str) -> dict[str, npt.NDArray[Any]]:
    """Say what carries nothing now, and what nothing new may be connected to."""
    return {
        "out": ~grid.column(table, "is_in_service"),
        "removal": ~np.isnat(grid.column(table, "removal_planned_on")),
    }


def _least_zoom(kv: Floats) -> Ints:
    """Return from which scale on a voltage is drawn; an unknown one as low voltage."""
    zoom = np.full(len(kv), _LOW_VOLTAGE_ZOOM)
    zoom[kv > LOW_VOLTAGE_KV] = _ABOVE_IT_ZOOM
    for least_kv, least_zoom in _ZOOM_OF_KV:
        zoom[kv >= least_kv * (1.0 - _SLACK)] = least_zoom
    return zoom


def _sorted(row: Ints, zoom: Ints, *others: Floats) -> tuple[Any, ...]:
    order = np.argsort(zoom, kind="stable")
    return tuple(values[order] for values in (row, zoom, *others))


def _looks(said: Mapping[str, npt.NDArray[Any]], row: Ints) -> tuple[Ints, tuple[Look, ...]]:
    """Return which of all different looks each row has, and the looks."""
    code = np.zeros(len(row), dtype=np.int64)
    for values in said.values():
        own, different = pd.factorize(values[row], use_na_sentinel=False)
        code = code * len(different) + own
    _, first, look = np.unique(code, return_index=True, return_inverse=True)
    looks = [{name: values[row[k]] for name, values in said.items()} for k in first.tolist()]
    return look.astype(np.int64), tuple(_say(each) for each in looks)


def _say(values: Mapping[str, Any]) -> Look:
    """Leave out what is unknown, empty or not so."""
    plain = {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in values.items()
    }
    return {
        name: value
        for name, value in plain.items()
        if value not in ("", False) and not (isinstance(value, float) and np.isnan(value))
    }
