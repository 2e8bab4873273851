"""Changed rows: other values for rows of a published grid, one file a table (decision 0015)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from api.files import read_table_rows
from api.rows import Row
from grid_models.errors import InputError, InputProblem
from grid_models.grid import TABLES
from planner.form import shown

__all__ = ["read_changes"]


class _Kind(NamedTuple):
    read: Callable[[str], Any]
    zh: str
    en: str


_TRUTH = {"true": True, "1": True, "是": True, "false": False, "0": False, "否": False}


def _number(text: str) -> float:
    value = float(text) if text else math.nan
    if math.isinf(value):
        raise ValueError(text)
    return value


_KINDS: Mapping[str, _Kind] = {
    "text": _Kind(str, "文字", "a text"),
    "float": _Kind(_number, "数，未知时留空", "a number, or empty where it is unknown"),
    "int": _Kind(int, "整数", "a whole number"),
    "bool": _Kind(lambda text: _TRUTH[text.lower()], "是或否", "true or false"),
    "date": _Kind(
        lambda text: pd.Timestamp(date.fromisoformat(text)) if text else pd.NaT,
        "日期，如 2026-11-01，或留空", "a date such as 2026-11-01, or empty",
    ),
}  # fmt: skip


def read_changes(paths: Iterable[Path]) -> dict[str, pd.DataFrame]:
    """Return the rows of several files by table, as `stored.changing.write_change` takes them.

    Parameters
    ----------
    paths
        CSV files or JSON lists named after their tables (``loads.csv``), with the column ``id`` and
        those to be changed.

    Raises
    ------
    InputError
        With every file that is none of a table, and every cell that is not of its column's kind.
    """
    problems: list[InputProblem] = []
    changes: dict[str, pd.DataFrame] = {}
    for path in paths:
        try:
            changes[path.stem] = _read(path)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return changes


def _read(path: Path) -> pd.DataFrame:
    table = path.stem
    if table not in TABLES:
        listed = ", ".join(TABLES)
        raise InputError(
            [
                InputProblem(
                    field=path.name,
                    zh=f"文件 {path.name} 应以表名命名，如 loads.csv；表有 {listed}",
                    en=f"file {path.name} has to be named after a table, such as loads.csv; "
                    f"tables are {listed}",
                )
            ]
        )
    rows = read_table_rows(path, ("id", *TABLES[table]))
    problems: list[InputProblem] = []
    values = [
        {name: _value(row, table, name, cell, problems) for name, cell in row.values.items()}
        for row in rows
    ]
    if problems:
        raise InputError(problems)
    frame = pd.DataFrame(values)
    return frame.set_index(frame.pop("id").astype(str)) if len(frame) else pd.DataFrame()


def _value(row: Row, table: str, name: str, cell: Any, problems: list[InputProblem]) -> Any:
    """Return a cell as its column takes it; unknown columns are named later, with the table's."""
    column = TABLES[table].get(name)
    text = "" if cell is None else str(cell).strip()
    if column is None or column.kind not in _KINDS:
        return text
    kind = _KINDS[column.kind]
    try:
        return kind.read(text)
    except (ValueError, KeyError, OverflowError):
        problems.append(
            InputProblem(
                field=row.where,
                zh=f"{row.where}：{name} 为“{shown(text)}”，应为{kind.zh}",
                en=f'{row.where}: {name} is "{shown(text)}"; {kind.en} is right',
            )
        )
        return None
