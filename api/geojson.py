"""GeoJSON: features with their geometry, and the restricted areas that a grid may lack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import shapely
from shapely.geometry import shape

from api.files import read_json
from grid_models.errors import InputError, InputProblem
from grid_models.grid import Grid
from planner.form import Form

__all__ = ["add_restricted_areas", "read_features"]

_AREA_FIELDS = {"name": "名称", "reason": "原因"}
_WEST_SOUTH, _EAST_NORTH = (-180.0, -90.0), (180.0, 90.0)


def add_restricted_areas(grid: Grid, path: Path) -> Grid:
    """Return the grid with the restricted areas of a GeoJSON file added to its own.

    Parameters
    ----------
    path
        Polygons with the properties ``name`` and ``reason``; that the file is given means that the
        restricted areas are known.

    Raises
    ------
    InputError
        With every feature that cannot be used.
    """
    rows = _read_areas(path)
    grid = grid.with_tables(restricted_areas=pd.concat([grid.restricted_areas, rows]))
    return replace(grid, metadata=replace(grid.metadata, has_restricted_areas=True))


def _read_areas(path: Path) -> pd.DataFrame:
    rows: dict[str, dict[str, Any]] = {}
    forms = []
    for where, properties, geometry in read_features(path, ("Polygon",)):
        form = Form(_known(properties, _AREA_FIELDS), _AREA_FIELDS, where=where)
        rows[where] = {
            "name": form.text("name") or "",
            "reason": form.text("reason") or "",
            "geometry": geometry,
        }
        forms.append(form)
    # neither the file's name nor its order is part of the grid
    ordered = sorted(
        rows.values(), key=lambda row: (row["geometry"].wkb, row["name"], row["reason"])
    )
    return _table({f"restricted:{k}": row for k, row in enumerate(ordered, 1)}, forms)


def _known(properties: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    """Return the properties we read: maps carry many others."""
    return {name: properties.get(name) for name in fields}


def _table(rows: Mapping[str, Mapping[str, Any]], forms: list[Form]) -> pd.DataFrame:
    problems = [problem for form in forms for problem in form.problems]
    if problems:
        raise InputError(problems)
    return pd.DataFrame(list(rows.values()), index=list(rows))


def read_features(
    path: Path, kinds: tuple[str, ...]
) -> Iterator[tuple[str, Mapping[str, Any], shapely.Geometry]]:
    """Yield the place in the file, the properties and the geometry of every feature, in parts.

    Parameters
    ----------
    kinds
        Kinds of geometry that may be there, such as LineString.

    Raises
    ------
    InputError
        At the first feature that has no geometry of these kinds in degrees.
    """
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
        for part, geometry in enumerate(_parts(feature, kinds, where)):
            properties = feature.get("properties") or {}
            yield (where if part == 0 else f"{where}.{part}"), properties, geometry


def _parts(feature: Any, kinds: tuple[str, ...], where: str) -> list[Any]:
    try:
        geometry = shapely.force_2d(shape(feature["geometry"]))
    except (shapely.errors.ShapelyError, TypeError, KeyError, ValueError, AttributeError) as error:
        raise _refusal(where, "没有可读的几何", "has no geometry that can be read") from error
    parts = list(shapely.get_parts(geometry))
    if not parts or any(part.geom_type not in kinds or part.is_empty for part in parts):
        raise _refusal(
            where,
            f"的几何为 {geometry.geom_type}，应为 {' 或 '.join(kinds)}",
            f"is a {geometry.geom_type}; it must be a {' or a '.join(kinds)}",
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
