"""StoredTables: the Parquet tables of a grid's folder, each column read when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as arrow
import shapely
from pyarrow import compute, parquet

from grid_models.grid import TABLES, Grid, GridMetadata, make_table
from grid_models.stored.memory import give_back, use_system_memory
from grid_models.stored.refusals import altered

__all__ = [
    "ARROW_TYPES",
    "UNUSABLE",
    "StoredGrid",
    "StoredTables",
    "column_values",
    "table_path",
    "to_arrow",
]

ARROW_TYPES = {
    "text": arrow.string(),
    "float": arrow.float64(),
    "int": arrow.int64(),
    "bool": arrow.bool_(),
    "date": arrow.timestamp("ns"),
    "geometry": arrow.binary(),
}
_MAY_BE_NULL = ("date", "geometry")
# Rows of a table from which on decoding a column leaves enough free memory to be given back.
_MANY_ROWS = 20_000
use_system_memory()
# Raised by a table that is none, or whose values are of another kind, whoever sealed it.
UNUSABLE = (ValueError, OverflowError, arrow.ArrowException, shapely.errors.ShapelyError)


def table_path(folder: Path, table: str) -> Path:
    """Return where a table lies."""
    return folder / f"{table}.parquet"


def to_arrow(table: str, rows: pd.DataFrame) -> arrow.Table:
    """Return the rows of a table as they are stored: id first, geometry as WKB."""
    arrays = {"id": arrow.array(list(rows.index), arrow.string())}
    for name, column in TABLES[table].items():
        values: Any = rows[name].to_numpy()
        if column.kind == "geometry":
            values = shapely.to_wkb(values)
        # Not as pandas: every NaN keeps its bits, and with them the version of the grid.
        arrays[name] = arrow.array(values, ARROW_TYPES[column.kind], from_pandas=False)
    return arrow.table(arrays)


def column_values(kind: str, stored: arrow.ChunkedArray) -> npt.NDArray[Any]:
    """Return a stored column as the array that a grid's table has of it.

    Raises
    ------
    ValueError
        If it holds something else: `UNUSABLE` is everything that can be raised.
    """
    if stored.type != ARROW_TYPES[kind] or (stored.null_count and kind not in _MAY_BE_NULL):
        raise ValueError(f"{stored.type} where {kind} is expected")
    if kind == "geometry":
        wkb = stored.combine_chunks().to_pylist()
        return np.asarray(shapely.from_wkb(np.array(wkb, dtype=object)), dtype=object)
    if kind in ("text", "date"):
        return np.asarray(stored.to_pandas().to_numpy())
    return np.asarray(stored.combine_chunks().to_numpy(zero_copy_only=False))


class StoredTables:
    """The tables of a folder.

    A table is mapped into memory when it is first looked at and stays mapped: a folder that is
    replaced meanwhile goes on answering with what it held.

    Parameters
    ----------
    folder
        Folder of a grid whose files are known to be whole.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mapped: dict[str, arrow.Buffer] = {}
        self._columns: dict[tuple[str, str], npt.NDArray[Any]] = {}
        self._packed: dict[tuple[str, str], arrow.Array] = {}
        self._replaced: dict[str, pd.DataFrame] = {}

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self._folder

    def lay_over(self, table: str, at: npt.NDArray[np.int64], rows: pd.DataFrame) -> None:
        """Give some rows of a table other values than its file has.

        Parameters
        ----------
        at
            Numbers of the rows.
        rows
            All columns, and the ids that stand there.
        """
        before = self._replaced.get(table)
        new = rows.reset_index().set_axis(at)
        if before is not None:
            new = pd.concat([before[~before.index.isin(at)], new])
        self._replaced[table] = new
        for known in (self._columns, self._packed):
            for key in [key for key in known if key[0] == table]:
                del known[key]

    def column(self, table: str, name: str) -> npt.NDArray[Any]:
        """Return one column; ``id`` is the index."""
        key = (table, name)
        if key not in self._columns:
            self._columns[key] = self.fresh_column(table, name)
            _tidy(len(self._columns[key]))
        return self._columns[key]

    def fresh_column(self, table: str, name: str) -> npt.NDArray[Any]:
        """Return one column that is not kept: a million texts are a hundred megabytes."""
        values = self._values(table, name)
        if (replaced := self._replaced.get(table)) is not None:
            values = values.copy()
            values[replaced.index] = replaced[name].to_numpy()
        return values

    def _values(self, table: str, name: str) -> npt.NDArray[Any]:
        """Read a column as its file has it."""
        if self._came_later(table, name):
            return np.full(self._file(table).metadata.num_rows, np.nan)
        stored = self._read(table, name)
        try:
            return column_values(_kind(table, name), stored)
        except UNUSABLE:
            raise altered(self._folder, table_path(self._folder, table).name) from None

    def value(self, table: str, name: str, row: int) -> Any:
        """Return one value of a column.

        Texts and shapes stay in Arrow's memory until they are asked for: a million Python objects
        take seconds to make and ten times the room.
        """
        key = (table, name)
        column = self._columns.get(key)
        if column is not None:
            return column[row]
        kind = _kind(table, name)
        if kind not in ("text", "geometry"):
            return self.column(table, name)[row]
        if table in self._replaced:
            replaced = self._replaced[table]
            if row in replaced.index:
                return replaced[name].to_numpy()[replaced.index.get_loc(row)]
        value = self._packed_column(table, name)[row].as_py()
        try:
            return shapely.from_wkb(value) if kind == "geometry" else value
        except UNUSABLE:
            raise altered(self._folder, table_path(self._folder, table).name) from None

    def texts(self, table: str, name: str, rows: npt.NDArray[np.int64]) -> list[str]:
        """Return the texts of a column in some rows, made all at once; see `value`."""
        column = self._columns.get((table, name))
        if column is not None:
            return column[rows].tolist()  # type: ignore[no-any-return]
        if table in self._replaced:
            return [self.value(table, name, row) for row in rows.tolist()]
        found: list[str] = self._packed_column(table, name).take(arrow.array(rows)).to_pylist()
        return found

    def find(self, table: str, name: str, values: Sequence[str]) -> npt.NDArray[np.int64]:
        """Return the rows of a table that have one of some texts in a column."""
        wanted = arrow.array(values, arrow.string())
        is_found = compute.is_in(self._packed_column(table, name), value_set=wanted)
        found = np.array(is_found.to_numpy(zero_copy_only=False), dtype=bool)
        if (replaced := self._replaced.get(table)) is not None:
            found[replaced.index] = replaced[name].isin(values)
        return np.flatnonzero(found)

    def rows_of(self, table: str, ids: Any) -> npt.NDArray[np.int64]:
        """Return the row of each id in a table, -1 where there is none."""
        wanted = arrow.array(np.asarray(ids, dtype=object), arrow.string())
        found = compute.index_in(wanted, value_set=self._packed_column(table, "id"))
        return np.asarray(compute.fill_null(found, -1).to_numpy(), dtype=np.int64)

    def take(self, table: str, rows: npt.NDArray[np.int64]) -> pd.DataFrame:
        """Return some rows of a table, without making values of the others."""
        try:
            stored = self._file(table).read().take(rows)
            columns = {
                name: column_values(_kind(table, name), stored[name])
                for name in stored.column_names
            }
        except (*UNUSABLE, OSError):
            raise altered(self._folder, table_path(self._folder, table).name) from None
        found = make_table(table, pd.DataFrame(columns).set_index("id"))
        if (replaced := self._replaced.get(table)) is not None:
            known = np.flatnonzero(np.isin(rows, replaced.index))
            new = replaced.loc[rows[known]].set_index("id")
            for name in TABLES[table]:
                values = found[name].to_numpy(copy=True)
                values[known] = new[name].to_numpy()
                found[name] = values
        return found

    def _packed_column(self, table: str, name: str) -> arrow.Array:
        key = (table, name)
        if key not in self._packed:
            self._packed[key] = self._read(table, name).combine_chunks()
            _tidy(len(self._packed[key]))
        return self._packed[key]

    def read(self, table: str) -> pd.DataFrame:
        """Return a whole table."""
        if not len(self.column(table, "id")):
            return make_table(table)
        columns = {name: self.column(table, name) for name in TABLES[table]}
        index = pd.Index(self.column(table, "id"), dtype=object, name="id")
        _tidy(len(index))
        return pd.DataFrame(columns, index=index)

    def is_of_this_edition(self) -> bool:
        """Say whether the tables have the columns this program gives them, each of its kind.

        Of those added later the ones may be missing that were not there yet.
        """
        return all(
            [(field.name, field.type) for field in self._file(table).schema_arrow]
            == [("id", ARROW_TYPES["text"])]
            + [
                (name, ARROW_TYPES[column.kind])
                for name, column in columns.items()
                if not self._came_later(table, name)
            ]
            for table, columns in TABLES.items()
        )

    def counts(self) -> dict[str, int]:
        """Return how many rows every table has."""
        return {table: self._file(table).metadata.num_rows for table in TABLES}

    def _read(self, table: str, name: str) -> arrow.ChunkedArray:
        try:
            return self._file(table).read([name])[name]
        except (*UNUSABLE, OSError):
            raise altered(self._folder, table_path(self._folder, table).name) from None

    def _came_later(self, table: str, name: str) -> bool:
        """Say whether a column was added after the folder was written."""
        is_later = name != "id" and TABLES[table][name].is_later
        return is_later and name not in self._file(table).schema_arrow.names

    def _file(self, table: str) -> parquet.ParquetFile:
        if table not in self._mapped:
            with arrow.memory_map(str(table_path(self._folder, table))) as file:
                self._mapped[table] = file.read_buffer()
        # a reader of its own each time: readers are not made for several threads, the bytes are
        return parquet.ParquetFile(arrow.BufferReader(self._mapped[table]))


def _tidy(rows: int) -> None:
    if rows >= _MANY_ROWS:
        give_back()


def _kind(table: str, name: str) -> str:
    return "text" if name == "id" else TABLES[table][name].kind


class StoredGrid(Grid):
    """A grid whose tables are read when something asks for them; else as any other."""

    __slots__ = ("_tables", "_version")

    _tables: StoredTables
    _version: str

    @classmethod
    def of(cls, metadata: GridMetadata, tables: StoredTables, version: str) -> StoredGrid:
        """Return the grid of some tables.

        Parameters
        ----------
        version
            Hash of content and metadata, as written.
        """
        grid = object.__new__(cls)
        for name, value in (("metadata", metadata), ("_tables", tables), ("_version", version)):
            object.__setattr__(grid, name, value)
        return grid

    def column(self, table: str, name: str) -> npt.NDArray[Any]:
        """Return one column, as `Grid.column` does; kept only if its whole table is."""
        if self._is_read(table):
            return super().column(table, name)
        return self._tables.fresh_column(table, name)

    def rows_of(self, table: str, ids: Any) -> npt.NDArray[np.int64]:
        """Return the row of each id in a table, -1 where there is none."""
        return (
            super().rows_of(table, ids)
            if self._is_read(table)
            else self._tables.rows_of(table, ids)
        )

    def _is_read(self, table: str) -> bool:
        try:
            object.__getattribute__(self, table)
        except AttributeError:
            return False
        return True

    def __getattr__(self, name: str) -> pd.DataFrame:
        """Read a table on first use."""
        if name not in TABLES:
            raise AttributeError(name)
        rows = self._tables.read(name)
        object.__setattr__(self, name, rows)
        return rows

    @property
    def version(self) -> str:
        """Hash of content and metadata, as written; worked out for an edited copy."""
        # `dataclasses.replace` makes a copy with every table given and nothing behind it
        return self._version if hasattr(self, "_version") else super().version
