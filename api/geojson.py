"""GeoJSON layers that a grid may lack: streets and restricted areas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import shapely
from shapely.geometry import shape

from api.files import read_json
from api.request import Gathered
from grid_models.errors import InputError, InputProblem
from grid_models.grid import Grid
from planner.form import Form

__all__ = ["add_layers"]

_STREET_KINDS = ("trunk", "street", "lane", "river", "railway", "expressway")
_STREET_FIELDS = {"name": "名称", "kind": "种类"}
_AREA_FIELDS = {"name": "名称", "reason": "原因"}
_WEST_SOUTH, _EAST_NORTH = (-180.0, -90.0), (180.0, 90.0)


def add_layers(grid: Grid, *, streets: Path | None, restricted: Path | None) -> Grid:
    """Return the grid with the streets and restricted areas of two GeoJSON files added.

    Parameters
    ----------
    grid
        Grid whose own streets and areas stay.
    streets
        LineStrings with the properties ``name`` and ``kind`` (street unless given).
    restricted
        Polygons with the properties ``name`` and ``reason``; that the file is given means that the
        restricted areas are known.

    Raises
    ------
    InputError
        With every feature that cannot be used.
    """
    gathered = Gathered()
    if streets is not None:
        rows = gathered.attempt(lambda: _read_streets(streets))
        if rows is not None:
            grid = grid.with_tables(streets=pd.concat([grid.streets, rows]))
    if restricted is not None:
        rows = gathered.attempt(lambda: _read_areas(restricted))
        if rows is not None:
            grid = grid.with_tables(restricted_areas=pd.concat([grid.restricted_areas, rows]))
            grid = replace(grid, metadata=replace(grid.metadata, has_restricted_areas=True))
    return gathered.settle(grid)


def _read_streets(path: Path) -> pd.DataFrame:
    rows: dict[str, dict[str, Any]] = {}
    forms = []
    for where, properties, geometry in _features(path, "LineString"):
        form = Form(_known(properties, _STREET_FIELDS), _STREET_FIELDS, where=where)
        rows[f"street:{where}"] = {
            "name": form.text("name") or "",
            "kind": form.one_of("kind", _STREET_KINDS) or "street",
            "geometry": geometry,
        }
        forms.append(form)
    return _table(rows, forms)


def _read_areas(path: Path) -> pd.DataFrame:
    rows: dict[str, dict[str, Any]] = {}
    forms = []
    for where, properties, geometry in _features(path, "Polygon"):
        form = Form(_known(properties, _AREA_FIELDS), _AREA_FIELDS, where=where)
        rows[f"restricted:{where}"] = {
            "name": form.text("name") or "",
            "reason": form.text("reason") or "",
            "geometry": geometry,
        }
        forms.append(form)
    return _table(rows, forms)


def _known(properties: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    """Return the properties we read: maps carry many others."""
    return {name: properties.get(name) for name in fields}


def _table(rows: Mapping[str, Mapping[str, Any]], forms: list[Form]) -> pd.DataFrame:
    problems = [problem for form in forms for problem in form.problems]
    if problems:
        raise InputError(problems)
    return pd.DataFrame(list(rows.values()), index=list(rows))


def _features(path: Path, kind: str) -> Iterator[tuple[str, Mapping[str, Any], shapely.Geometry]]:
    """Yield the place in the file, the properties and the geometry of every feature, in parts."""
    document = read_json(path)
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise _refusal(
            path.name,
            "不是 GeoJSON FeatureCollection",
            "is no GeoJSON FeatureCollection",
        )
    for number, feature in enumerate(features):
        where = f"{path.name}[{number}]"
        for part, geometry in enumerate(_parts(feature, kind, where)):
            properties = feature.get("properties") or {}
            yield (where if part == 0 else f"{where}.{part}"), properties, geometry


def _parts(feature: Any, kind: str, where: str) -> list[Any]:
    try:
        geometry = shapely.force_2d(shape(feature["geometry"]))
    except (shapely.errors.ShapelyError, TypeError, KeyError, ValueError, AttributeError) as error:
        raise _refusal(where, "没有可读的几何", "has no geometry that can be read") from error
    parts = list(shapely.get_parts(geometry))
    if not parts or any(part.geom_type != kind or part.is_empty for part in parts):
        raise _refusal(
            where,
            f"的几何为 {geometry.geom_type}，应为 {kind}",
            f"is a {geometry.geom_type}; it must be a {kind}",
        )
    points = shapely.get_coordinates(geometry)
    if not ((points >= _WEST_SOUTH) & (points <= _EAST_NORTH)).all():  # NaN is neither
        raise _refusal(
            where,
            "的坐标不是经纬度，应为 [经度, 纬度]",
            "has coordinates that are not degrees; they must be [longitude, latitude]",
        )
    return parts


def _refusal(where: str, zh: str, en: str) -> InputError:
    return InputError([InputProblem(field=where, zh=f"{where} {zh}", en=f"{where} {en}")])
