"""Columns of foreign tables as typed arrays, a default where the file says nothing; problems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.grid import TABLES, Problem, make_table
from grid_models.printable import printable

__all__ = [
    "DATES",
    "Bools",
    "Dates",
    "Floats",
    "Ints",
    "Net",
    "Texts",
    "dates",
    "find_unreadable",
    "flags",
    "floats",
    "grid_rows",
    "ids",
    "joined",
    "links",
    "list_problem",
    "looked_up",
    "texts",
    "translated",
    "wholes",
]

# Columns a file may state under the very name they have in a grid.
DATES = ("commissioned_on", "removal_planned_on")
STATED = (
    "kind",
    "substation_id",
    "ownership",
    "laying",
    "category",
    "load_basis",
    "curve_id",
)

_NUMBERS = (int, float, str, np.number, np.bool_)
_FLAGS = {"true": True, "false": False, "1": True, "0": False}
# Beyond it a number of circuits or a row number is none.
_LARGEST_WHOLE = 2.0**53

# A pandapower net: tables by name.
Net = Mapping[str, Any]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Dates = npt.NDArray[np.datetime64]
Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]


def floats(rows: pd.DataFrame, column: str, default: float = np.nan) -> Floats:
    """Return a column as floats; what is missing or no number takes the default."""
    if column not in rows:
        return np.full(len(rows), default)
    if rows[column].dtype.kind in "fiub":
        values = rows[column].to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        cells = rows[column].to_numpy(dtype=object)
        values = np.array([_float(value) for value in cells], dtype=np.float64)
    return np.where(np.isnan(values), default, values)


def wholes(rows: pd.DataFrame, column: str, default: int) -> Ints:
    """Return a column as whole numbers; what is missing or no whole number takes the default."""
    values = floats(rows, column)
    return np.where(_is_whole(values), values, default).astype(np.int64)


def texts(rows: pd.DataFrame, column: str, default: str = "") -> Texts:
    """Return a column as printable texts; what is missing or blank takes the default."""
    if column not in rows:
        return np.full(len(rows), default, dtype=object)
    values = rows[column].to_numpy(dtype=object)
    is_missing = pd.isna(values)
    cleaned = [
        "" if gap else printable(str(v).strip()) for v, gap in zip(values, is_missing, strict=True)
    ]
    return np.array([text or default for text in cleaned], dtype=object)


def flags(rows: pd.DataFrame, column: str, *, default: bool) -> Bools:
    """Return a column as booleans; what is missing or no yes or no takes the default."""
    if column not in rows:
        return np.full(len(rows), default)
    read = [_flag(value) for value in rows[column].to_numpy(dtype=object)]
    return np.array([default if value is None else value for value in read], dtype=bool)


def find_unreadable(rows: pd.DataFrame, column: str, kind: str) -> Bools:
    """Say in which rows a column that is there holds nothing, or nothing of its kind.

    Parameters
    ----------
    kind
        ``float``, ``int`` or ``bool``, as in `TABLES`.
    """
    if column not in rows:
        return np.zeros(len(rows), dtype=bool)
    if kind == "bool":
        read = [_flag(value) for value in rows[column].to_numpy(dtype=object)]
        return np.array([value is None for value in read], dtype=bool)
    values = floats(rows, column)
    return ~_is_whole(values) if kind == "int" else np.isnan(values)


def dates(rows: pd.DataFrame, column: str) -> Dates:
    """Return a column as days; what is missing or no ISO 8601 date is NaT."""
    read = pd.to_datetime(pd.Series(texts(rows, column)), format="ISO8601", errors="coerce")
    return read.to_numpy("datetime64[ns]")


def links(rows: pd.DataFrame, column: str) -> Ints:
    """Return the row numbers a column refers to, all of which are whole numbers."""
    return wholes(rows, column, -1)


def ids(table: str, numbers: Iterable[Any]) -> Texts:
    """Return text ids such as ``bus:5``."""
    return np.array([f"{table}:{number}" for number in numbers], dtype=object)


def looked_up(
    rows: pd.DataFrame, table: pd.DataFrame, step_column: str, names: Iterable[str]
) -> dict[str, Floats]:
    """Look values up in a characteristic table by each row's characteristic and present step.

    Parameters
    ----------
    rows
        Elements with ``id_characteristic_table`` and their position in `step_column`.
    table
        Rows with ``id_characteristic``, ``step`` and the columns `names`; NaN where none fits.
    """
    key = pd.MultiIndex.from_arrays([floats(table, "id_characteristic"), floats(table, "step")])
    wanted = pd.MultiIndex.from_arrays(
        [floats(rows, "id_characteristic_table"), floats(rows, step_column)]
    )
    known = ~key.duplicated(keep="last")
    values = {name: pd.Series(floats(table, name)[known], index=key[known]) for name in names}
    return {name: np.asarray(column.reindex(wanted), np.float64) for name, column in values.items()}


def grid_rows(table: str, source: str, rows: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    """Return rows of a grid's table: converted columns, and what a file states itself.

    Parameters
    ----------
    table, source
        The grid's table, and the foreign one its ids are named after.
    rows
        Foreign rows; columns such as ``ownership``, ``laying`` or ``removal_planned_on`` that
        already have the name they have in a grid are taken as they are.
    columns
        Converted columns.
    """
    stated = {name: texts(rows, name) for name in STATED if name in rows and name in TABLES[table]}
    for name, values in stated.items():
        values[values == ""] = TABLES[table][name].default
    days = {name: dates(rows, name) for name in DATES if name in rows and name in TABLES[table]}
    everything = {"name": texts(rows, "name"), **columns, **stated, **days}
    return pd.DataFrame(everything, index=ids(source, rows.index))


def joined(table: str, *parts: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of several foreign tables as one table of a grid."""
    filled = [make_table(table, part) for part in parts if len(part)]
    return pd.concat(filled) if filled else make_table(table)


def translated(values: Iterable[str], meaning: dict[str, str]) -> Texts:
    """Return the grid's words for a file's; what has none is unknown."""
    return np.array([meaning.get(value, "unknown") for value in values], dtype=object)


def list_problem(
    code: str,
    severity: Literal["error", "warning", "note"],
    table: str,
    elements: Iterable[str],
    *,
    zh: str,
    en: str,
) -> list[Problem]:
    """Return one problem for all elements concerned, or none; ``{n}`` in a text is their number."""
    found = tuple(sorted(elements))
    if not found:
        return []
    texts = {"zh": zh.format(n=len(found)), "en": en.format(n=len(found))}
    return [Problem(code=code, severity=severity, table=table, ids=found, **texts)]


def _float(value: object) -> float:
    """Return a number or a text that is one as float; NaN if it is neither."""
    try:
        return float(value) if isinstance(value, _NUMBERS) else np.nan
    except (ValueError, OverflowError):
        return np.nan


def _flag(value: object) -> bool | None:
    """Return what a cell says, None if it is neither a yes nor a no."""
    if isinstance(value, str):
        return _FLAGS.get(value.strip().lower())
    number = _float(value)
    return bool(number) if number in (0.0, 1.0) else None


def _is_whole(values: Floats) -> Bools:
    finite = np.where(np.abs(values) < _LARGEST_WHOLE, values, np.nan)
    return np.asarray(finite % 1.0 == 0.0)
