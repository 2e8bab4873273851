"""GeoPackage: a what-if as layers and tables that QGIS and every GIS read.

Layers ``lines``, ``transformers``, ``nodes``, ``capacities`` in CGCS2000 (EPSG:4490); tables
``violations`` and ``steps``. Units are in the names of the columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pyarrow as arrow
import shapely

from planner.scenarios.result import (
    BranchChange,
    CapacityChange,
    NodeChange,
    StepOutcome,
    Violation,
    WhatIf,
)

__all__ = ["write_geopackage"]

_CRS = "EPSG:4490"
_GEOMETRY = "geometry"
_TYPES = {"float": arrow.float64(), "int": arrow.int64()}

Record = BranchChange | CapacityChange | NodeChange | StepOutcome | Violation


def write_geopackage(result: WhatIf, path: Path) -> None:
    """Write a what-if to a new GeoPackage.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    lines = [branch for branch in result.branches if branch.kind == "line"]
    transformers = [branch for branch in result.branches if branch.kind == "transformer"]
    layers: Sequence[tuple[str, type[Record], Sequence[Any], str | None]] = (
        ("lines", BranchChange, lines, "LineString"),
        ("transformers", BranchChange, transformers, "Point"),
        ("nodes", NodeChange, result.nodes, "Point"),
        ("capacities", CapacityChange, result.capacities, "Point"),
        ("violations", Violation, result.violations, None),
        ("steps", StepOutcome, result.steps, None),
    )
    for name, kind, records, geometry in layers:
        _write(path, name, _table(kind, records, geometry), geometry)


def _write(path: Path, layer: str, table: arrow.Table, geometry: str | None) -> None:
    import pyogrio  # noqa: PLC0415 - takes seconds

    shape = {"geometry_name": _GEOMETRY, "geometry_type": geometry, "crs": _CRS} if geometry else {}
    try:
        pyogrio.write_arrow(table, path, layer=layer, driver="GPKG", **shape)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise OSError(str(error)) from error


def _table(kind: type[Record], records: Sequence[Any], geometry: str | None) -> arrow.Table:
    columns: dict[str, Any] = {}
    for field in fields(kind):
        if field.name == "coordinates":
            continue
        words = str(field.type).replace(" | None", "")
        values = [getattr(record, field.name) for record in records]
        if words not in _TYPES:
            values = [_as_text(value) for value in values]
        columns[field.name] = arrow.array(values, _TYPES.get(words, arrow.string()))
    if geometry is not None:
        shapes = [_shape(record) for record in records]
        columns[_GEOMETRY] = arrow.array(shapes, arrow.binary())
    return arrow.table(columns)


def _as_text(value: Any) -> str | None:
    """Return a text; several are joined, an option of a plan by its kind and place."""
    if isinstance(value, tuple):
        return ", ".join(
            one if isinstance(one, str) else f"{one.kind} {one.access_point_id}" for one in value
        )
    return None if value is None else str(value)


def _shape(record: Any) -> bytes | None:
    if isinstance(record, BranchChange):
        points = record.coordinates
        if not points:
            return None
        shape: shapely.Geometry = (
            shapely.LineString(points) if record.kind == "line" else shapely.Point(points[0])
        )
    elif record.lon is None or record.lat is None:
        return None
    else:
        shape = shapely.Point(record.lon, record.lat)
    return bytes(shapely.to_wkb(shape))
