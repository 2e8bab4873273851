"""Files of a capacity map: Parquet, GeoPackage with a QGIS style, GeoJSON, CSV, Excel."""

from __future__ import annotations

import json
import math
import sqlite3
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as arrow
import pyogrio.raw
import shapely
from pyarrow import parquet

from grid_models.errors import InputError, InputProblem

__all__ = ["SUFFIXES", "refuse_target", "write_capacity"]

_CRS = "EPSG:4490"
_LAYER = "capacity"
_STYLE = Path(__file__).with_name("capacity.qml")
# Rows of one Excel sheet, its header included.
_EXCEL_ROWS = 1_048_576
# Rows made into Arrow's form at a time: all at once would take as much memory as the table again.
_PARQUET_ROWS = 131_072


def refuse_target(path: Path, *, force: bool, rows: int) -> None:
    """Refuse a file that cannot be written or that stands in the way, before anything is computed.

    Raises
    ------
    InputError
        If the ending is none of `SUFFIXES`, the folder does not exist, the file exists and `force`
        is not given, or it cannot hold so many rows.
    """
    problems = []
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        problems.append(
            (
                f"文件 {path} 的扩展名为“{path.suffix}”；应为 {' '.join(SUFFIXES)} 之一",
                f'file {path} ends in "{path.suffix}"; one of {" ".join(SUFFIXES)} is right',
            )
        )
    if not path.parent.is_dir():
        problems.append(
            (
                f"目录 {path.parent} 不存在，请先建立",
                f"folder {path.parent} does not exist; make it",
            )
        )
    if path.is_dir() or (path.exists() and not force):
        problems.append(
            (
                f"文件 {path} 已存在，如需替换请加 --force",
                f"file {path} exists already; replace it with --force",
            )
        )
    if suffix == ".xlsx" and rows >= _EXCEL_ROWS:
        problems.append(
            (
                f"共 {rows:,} 个节点，Excel 最多 {_EXCEL_ROWS - 1:,} 行；请用 .parquet 或 .csv",
                f"{rows:,} nodes are more than the {_EXCEL_ROWS - 1:,} rows of Excel; "
                "use .parquet or .csv",
            )
        )
    if problems:
        raise InputError([InputProblem(field="output", zh=zh, en=en) for zh, en in problems])


def write_capacity(table: pd.DataFrame, path: Path) -> None:
    """Write a capacity map by the file's ending; whole, or nothing at all.

    Parameters
    ----------
    table
        As `planner.capacity.map_capacities` returns it. Infinite numbers are the text ``inf`` where
        a format knows no infinity.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    draft = path.with_name(f".{path.stem}.{uuid.uuid4().hex}{path.suffix.lower()}")
    try:
        SUFFIXES[path.suffix.lower()](table, draft)
        draft.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            [
                InputProblem(
                    field="output",
                    zh=f"文件 {path} 无法写入（{reason}）",
                    en=f"file {path} cannot be written ({reason})",
                )
            ]
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def _parquet(table: pd.DataFrame, path: Path) -> None:
    def part(first: int) -> arrow.Table:
        rows = table.iloc[first : first + _PARQUET_ROWS]
        return arrow.Table.from_pandas(rows, schema=schema, preserve_index=False)

    schema = arrow.Schema.from_pandas(table, preserve_index=False)
    with parquet.ParquetWriter(path, schema) as file:
        for first in range(0, max(len(table), 1), _PARQUET_ROWS):
            file.write_table(part(first))


def _csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, encoding="utf-8-sig")


def _excel(table: pd.DataFrame, path: Path) -> None:
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        table.to_excel(book, sheet_name=_LAYER, index=False, inf_rep="inf", freeze_panes=(1, 1))


def _geojson(table: pd.DataFrame, path: Path) -> None:
    columns = [name for name in table.columns if name not in ("lon", "lat")]
    with path.open("w", encoding="utf-8") as file:
        file.write('{"type": "FeatureCollection", "features": [')
        separator = "\n"
        places = zip(table["lon"].tolist(), table["lat"].tolist(), strict=True)
        values = zip(*(table[name].tolist() for name in columns), strict=True)
        for (lon, lat), row in zip(places, values, strict=True):
            is_placed = math.isfinite(lon) and math.isfinite(lat)
            feature = {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [lon, lat]} if is_placed else None,
                "properties": {
                    name: _json_value(value) for name, value in zip(columns, row, strict=True)
                },
            }
            file.write(separator + json.dumps(feature, ensure_ascii=False, allow_nan=False))
            separator = ",\n"
        file.write("\n]}\n")


def _json_value(value: Any) -> Any:
    """Return what JSON knows: no number is null, an infinite one is the text ``inf``."""
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return None if math.isnan(value) else "inf"


def _geopackage(table: pd.DataFrame, path: Path) -> None:
    _write_layer(table, path)
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "
            "f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), "
            "f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, "
            "useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), "
            "update_time DATETIME DEFAULT CURRENT_TIMESTAMP)"
        )
        database.execute(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, "
            "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner) "
            "VALUES ('', '', ?, 'geom', ?, ?, '', 1, '', '')",
            (_LAYER, _LAYER, _STYLE.read_text(encoding="utf-8")),
        )
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles')"
        )
    database.close()


def _write_layer(table: pd.DataFrame, path: Path) -> None:
    lon, lat = table["lon"].to_numpy(), table["lat"].to_numpy()
    placed = np.isfinite(lon) & np.isfinite(lat)
    shapes = np.full(len(table), None, dtype=object)
    shapes[placed] = shapely.to_wkb(shapely.points(lon[placed], lat[placed]))
    pyogrio.raw.write(
        str(path), shapes, [table[name].to_numpy() for name in table.columns], list(table.columns),
        layer=_LAYER, driver="GPKG", geometry_type="Point", crs=_CRS,
    )  # fmt: skip


SUFFIXES: Mapping[str, Callable[[pd.DataFrame, Path], None]] = {
    ".parquet": _parquet,
    ".gpkg": _geopackage,
    ".geojson": _geojson,
    ".csv": _csv,
    ".xlsx": _excel,
}
"""What a capacity map can be written as, by the ending of the file."""
