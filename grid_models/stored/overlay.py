"""Overlay: what changed in some source trees of a published grid, laid over what lies there.

::

    my-grid/
      changes/<key>/
        arrays.npz          the replaced entries of each array (`at` and values), and of each table
                            the numbers of its replaced rows
        loads.parquet ...   the replaced rows, with every column

``metadata.json`` names the changes in their order. Nothing of the city's own files is written: a
process that has them open goes on with the grid as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyarrow import parquet

from grid_models.grid import TABLES, make_table
from grid_models.stored.files import file_facts, find_damaged
from grid_models.stored.packing import Arrays
from grid_models.stored.refusals import altered
from grid_models.stored.tables import (
    UNUSABLE,
    StoredTables,
    column_values,
    table_path,
    to_arrow,
)

__all__ = ["CHANGES", "Overlay", "lay_over", "write_overlay"]

Ints = npt.NDArray[np.int64]

CHANGES = "changes"
_ARRAYS = "arrays.npz"
_AT, _ROWS = ".at", "rows."


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """Replaced entries of a stored grid.

    Parameters
    ----------
    arrays
        By name of the array: places on its last axis, and what stands there now.
    tables
        By table: numbers of the replaced rows, and the rows.
    """

    arrays: Mapping[str, tuple[Ints, npt.NDArray[Any]]]
    tables: Mapping[str, tuple[Ints, pd.DataFrame]]


def write_overlay(overlay: Overlay, folder: Path) -> dict[str, Any]:
    """Write an overlay into a folder that does not exist yet; return size and SHA-256 by file.

    Raises
    ------
    OSError
        The disk is full, or the folder cannot be written.
    """
    folder.mkdir(parents=True)
    arrays: dict[str, npt.NDArray[Any]] = {}
    for name, (at, values) in overlay.arrays.items():
        arrays[name], arrays[name + _AT] = values, at
    for table, (at, rows) in overlay.tables.items():
        arrays[_ROWS + table] = at
        parquet.write_table(to_arrow(table, rows), table_path(folder, table))
    np.savez(folder / _ARRAYS, allow_pickle=False, **arrays)
    return {path.name: file_facts(path) for path in sorted(folder.iterdir())}


def lay_over(
    folder: Path, stored: Mapping[str, Any], arrays: Arrays | None, tables: StoredTables
) -> None:
    """Lay the changes of a stored grid over its mapped arrays and its tables, in their order.

    The arrays are mapped copy-on-write: the pages that hold a change become this process's own,
    all others stay shared.

    Parameters
    ----------
    stored
        What the folder's metadata say.
    arrays
        None: the tables alone are wanted.

    Raises
    ------
    InputError
        A change is not as it was written.
    KeyError, TypeError
        It is of another edition.
    """
    for change in stored.get("changes", []):
        own = folder / CHANGES / change["key"]
        if damaged := list(find_damaged(own, change["files"], content=True)):
            raise altered(folder, ", ".join(f"{CHANGES}/{own.name}/{name}" for name in damaged))
        try:
            _lay_one(own, arrays, tables)
        except (*UNUSABLE, BadZipFile, IndexError):
            raise altered(folder, f"{CHANGES}/{own.name}") from None


def _lay_one(folder: Path, arrays: Arrays | None, tables: StoredTables) -> None:
    with np.load(folder / _ARRAYS, allow_pickle=False) as given:
        for name in given.files:
            if name.startswith(_ROWS):
                table = name.removeprefix(_ROWS)
                tables.lay_over(table, given[name], _read_rows(folder, table))
            elif arrays is not None and not name.endswith(_AT):
                arrays[name][..., given[name + _AT]] = given[name]


def _read_rows(folder: Path, table: str) -> pd.DataFrame:
    stored = parquet.read_table(table_path(folder, table))
    columns = {
        name: column_values(column.kind, stored[name])
        for name, column in TABLES[table].items()
        if not column.is_later or name in stored.column_names
    }
    return make_table(table, pd.DataFrame(columns, index=column_values("text", stored["id"])))
