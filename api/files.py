"""Files people hand in: commitments, equipment, curves, streets, restricted areas, plans.

CSV may be UTF-8 (with or without mark) or GBK, as spreadsheets in China write it.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any

from api.curve_rows import CURVE_FIELDS
from api.repeated_fields import load_json
from api.rows import COMMITMENT_FIELDS, EQUIPMENT_FIELDS, LIMIT_FIELDS, Row, rows_of_list
from grid_models.errors import InputError, InputProblem
from planner.calendar import CALENDAR_FIELDS
from planner.form import shown
from planner.prices import PRICE_FIELDS

__all__ = [
    "EXTRA_CELLS",
    "read_calendar_rows",
    "read_commitment_rows",
    "read_curve_rows",
    "read_equipment_rows",
    "read_json",
    "read_limit_rows",
    "read_price_rows",
    "read_table_rows",
    "read_text",
]

# Cells of a row of CSV that stand beyond its header.
EXTRA_CELLS = "extra cell"


def read_commitment_rows(path: Path) -> list[Row]:
    """Return the rows of a commitments file, a JSON list or CSV.

    Raises
    ------
    InputError
        If the file cannot be read as such.
    """
    return _read_rows(path, COMMITMENT_FIELDS, required=("commitment_id", "node_id", "s_kva"))


def read_equipment_rows(path: Path) -> list[Row]:
    """Return the rows of an equipment list, a JSON list or CSV.

    Raises
    ------
    InputError
        If the file cannot be read as such.
    """
    return _read_rows(path, EQUIPMENT_FIELDS, required=("kw",))


def read_limit_rows(path: Path) -> list[Row]:
    """Return the rows of a list of current limits, a JSON list or CSV.

    Raises
    ------
    InputError
        If the file cannot be read as such.
    """
    return _read_rows(path, LIMIT_FIELDS, required=("type", "limit_a"))


def read_price_rows(path: Path) -> list[Row]:
    """Return the rows of a price list, a JSON list or CSV.

    Raises
    ------
    InputError
        If the file cannot be read as such.
    """
    required = ("code", "unit", "p15", "p50", "p85", "price_year", "scope_zh", "source")
    return _read_rows(path, PRICE_FIELDS, required=required)


def read_calendar_rows(path: Path) -> list[Row]:
    """Return the rows of a file of working days and holidays, a JSON list or CSV.

    Raises
    ------
    InputError
        If the file cannot be read as such.
    """
    return _read_rows(path, CALENDAR_FIELDS, required=tuple(CALENDAR_FIELDS))


def read_curve_rows(path: Path) -> list[Row]:
    """Return the rows of a file of load curves, a JSON list or CSV.

    Raises
    ------
    InputError
        If the file cannot be read as such.
    """
    return _read_rows(path, CURVE_FIELDS, required=("curve_id", "quarter_hour", "p_pu"))


def read_table_rows(path: Path, columns: Collection[str]) -> list[Row]:
    """Return the rows of a file of a grid's table, a JSON list or CSV.

    In a row of CSV, cells that are not there are None; those beyond the header are a list by the
    name `EXTRA_CELLS`.

    Raises
    ------
    InputError
        If the file cannot be read as such.
    """
    return _read_rows(path, columns, required=("id",))


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises
    ------
    InputError
        If there is no such file, it is not JSON, or an object gives a field twice.
    """
    text = read_text(path)
    try:
        content, repeated = load_json(text, _refuse_constant)
    except json.JSONDecodeError as error:
        raise _refusal(
            path,
            f"不是完整的 JSON 文件（第 {error.lineno} 行第 {error.colno} 列）",
            f"is not a complete JSON file (line {error.lineno}, column {error.colno})",
        ) from error
    except (ValueError, RecursionError) as error:
        raise _refusal(
            path, "不是可读的 JSON 文件", "is not a JSON file that can be read"
        ) from error
    if repeated:
        names = ", ".join(shown(name) for name in repeated)
        raise _refusal(
            path,
            f"的同一对象中字段 {names} 出现不止一次，只能填写一次",
            f"gives {names} more than once in one object; give it once",
        )
    return content


def read_text(path: Path) -> str:
    """Return the text of a file, in UTF-8 or GBK.

    Raises
    ------
    InputError
        If there is no such file, or it is not text.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _refusal(path, "不存在或无法读取", "does not exist or cannot be read") from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _refusal(path, "不是 UTF-8 或 GBK 编码的文本文件", "is not text in UTF-8 or GBK")


def _refuse_constant(name: str) -> None:
    """Refuse NaN and Infinity, which Python reads and JSON does not know."""
    raise ValueError(name)


def _read_rows(path: Path, fields: Collection[str], *, required: Collection[str]) -> list[Row]:
    if path.suffix.lower() == ".json":
        return rows_of_list(read_json(path), path.name)
    reader = csv.DictReader(
        io.StringIO(read_text(path), newline=""), restkey=EXTRA_CELLS, strict=True
    )
    header = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = header
    problems = [
        InputProblem(
            field=path.name,
            zh=f"文件 {path.name} 缺少列 {name}；应有列 {', '.join(fields)}",
            en=f"file {path.name} lacks the column {name}; its columns are {', '.join(fields)}",
        )
        for name in required
        if name not in header
    ]
    problems += [
        InputProblem(
            field=path.name,
            zh=f"文件 {path.name} 的列 {name} 出现不止一次，每列应只有一个",
            en=f"file {path.name} has the column {name} more than once; once is right",
        )
        for name, count in Counter(header).items()
        if name and count > 1
    ]
    if problems:
        raise InputError(problems)
    try:
        return [Row(f"{path.name}:{reader.line_num}", row) for row in reader if any(row.values())]
    except csv.Error as error:
        raise _refusal(
            path,
            f"第 {reader.line_num} 行不是有效的 CSV",
            f"is not valid CSV at line {reader.line_num}",
        ) from error


def _refusal(path: Path, zh: str, en: str) -> InputError:
    return InputError(
        [InputProblem(field=path.name, zh=f"文件 {path} {zh}", en=f"file {path} {en}")]
    )
