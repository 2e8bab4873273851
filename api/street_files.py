"""Street files: GeoJSON, GeoPackage, OpenStreetMap or a stored grid, read as `Streets`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from api.geojson import read_features
from api.street_rows import read_street_row
from grid_models.crs import CGCS2000_EPSG
from grid_models.errors import InputError, InputProblem
from grid_models.stored.opening import open_model
from planner.routing import BARRIER_KINDS, Streets

__all__ = ["read_streets"]

_GEOJSON = (".geojson", ".json")
# Layers of OGR's view of an OpenStreetMap file; relations are of no use here.
_OSM_LAYERS = ("lines", "multilinestrings", "multipolygons")
_OSM = (".osm", ".pbf")
_LINES = ("LineString", "MultiLineString")
_AREAS = ("Polygon", "MultiPolygon")
_MOST_PROBLEMS = 20
_DEGREES = (180.0, 90.0)

Feature = tuple[str, Mapping[str, Any], shapely.Geometry]


def read_streets(path: Path) -> Streets:
    """Return the streets of a file, in CGCS2000.

    Parameters
    ----------
    path
        GeoJSON (degrees), GeoPackage (the system it states, CGCS2000 if none; all layers),
        OpenStreetMap (.osm, .pbf), or the folder of a stored grid, whose own streets are taken.

    Raises
    ------
    InputError
        If it cannot be read, or with the features that cannot be used.
    """
    if path.is_dir():
        return Streets.of(open_model(path).grid.streets)
    if path.suffix.lower() in _GEOJSON:
        features = read_features(path, ("LineString", "Polygon"))
    else:
        features = _ogr_features(path)
    rows: list[dict[str, Any]] = []
    problems: list[InputProblem] = []
    for where, properties, geometry in features:
        is_area = isinstance(geometry, shapely.Polygon)
        row, form = read_street_row(properties, is_area=is_area, where=where)
        problems += form.problems
        if row is None:
            continue
        if is_area and row["kind"] not in (*BARRIER_KINDS, "river"):
            problems.append(_no_line(where, row["kind"]))
        rows.append(row | {"geometry": geometry})
    if problems:
        raise InputError(problems[:_MOST_PROBLEMS])
    if not rows:
        raise _refusal(
            path,
            "中没有道路、管道或障碍，应有线图层（kind 或 OSM 的 highway 等标签）",
            "holds no street, duct or barrier; give a layer of lines with a kind, or OSM tags",
        )
    return Streets.of(pd.DataFrame(rows))


def _ogr_features(path: Path) -> Iterator[Feature]:
    """Yield place, properties and geometry of every line and polygon of a file, in parts."""
    import pyogrio  # noqa: PLC0415 - takes seconds
    from pyogrio import raw  # noqa: PLC0415
    from pyogrio.errors import DataLayerError, DataSourceError  # noqa: PLC0415

    if not path.is_file():
        raise _refusal(path, "不存在或无法读取", "does not exist or cannot be read")
    try:
        layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
        if path.suffix.lower() in _OSM:
            layers = [name for name in layers if name in _OSM_LAYERS]
        for layer in layers:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # of rings that do not close
                meta, _, wkb, columns = raw.read(path, layer=layer, force_2d=True)
            names = [str(name) for name in meta["fields"]]
            # maps hold shapes of too few points: they bar nothing
            shapes = _in_degrees(path, shapely.from_wkb(wkb, on_invalid="ignore"), meta["crs"])
            values = zip(*columns, strict=True) if columns else ((),) * len(shapes)
            for number, (shape, row) in enumerate(zip(shapes, values, strict=True)):
                properties = dict(zip(names, (_plain(value) for value in row), strict=True))
                yield from _parts(f"{path.name}:{layer}[{number}]", properties, shape)
    except (DataSourceError, DataLayerError) as error:
        raise _refusal(
            path,
            "不是可读的 GeoJSON、GeoPackage 或 OpenStreetMap 文件",
            "is no GeoJSON, GeoPackage or OpenStreetMap file that can be read",
        ) from error


def _parts(where: str, properties: Mapping[str, Any], shape: Any) -> Iterator[Feature]:
    if shape is None or shape.is_empty or shape.geom_type not in (*_LINES, *_AREAS):
        return
    for part in shapely.get_parts(shape):
        yield where, properties, part


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _in_degrees(path: Path, shapes: Any, crs: str | None) -> Any:
    if crs is None:
        moved = shapes
    else:
        try:
            system = CRS.from_user_input(crs)
            move = Transformer.from_crs(system, CGCS2000_EPSG, always_xy=True)
        except CRSError as error:
            raise _refusal(
                path,
                f"的坐标系 {crs} 未知，应为有效的 EPSG 代码",
                f"states the coordinate system {crs}, which is unknown; give a valid EPSG code",
            ) from error
        moved = shapely.transform(
            shapes, lambda points: np.column_stack(move.transform(points[:, 0], points[:, 1]))
        )
    if not (np.abs(shapely.get_coordinates(moved)) <= _DEGREES).all():  # NaN is not
        raise _refusal(
            path,
            "没有坐标系说明，坐标又不是经纬度；请写明坐标系",
            "states no coordinate system and its coordinates are no degrees; state the system",
        )
    return moved


def _no_line(where: str, kind: str) -> InputProblem:
    return InputProblem(
        field=where,
        zh=f"{where} 为面，kind 却为“{kind}”；道路与管道应为线",
        en=f'{where} is a polygon of kind "{kind}"; streets and ducts must be lines',
    )


def _refusal(path: Path, zh: str, en: str) -> InputError:
    return InputError(
        [InputProblem(field=path.name, zh=f"文件 {path} {zh}", en=f"file {path} {en}")]
    )
