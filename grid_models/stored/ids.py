"""StoredIds: the row of an id in a stored table, without a dictionary of every id.

Hashes of the ids lie sorted beside their rows; a look-up is a binary search in a file, and the id
found is compared with the id asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.grid import TABLES, Grid
from grid_models.model import NAMED_TABLES
from grid_models.stored.packing import Arrays, NamedArray
from grid_models.stored.tables import StoredTables

__all__ = ["StoredIds", "StoredNames", "hash_of", "pack_ids"]

# Hashes and names kept: an answer asks for the same few hundred ids again and again.
_REMEMBERED = 10_000


def pack_ids(grid: Grid) -> Iterator[NamedArray]:
    """Give the hashes of the ids of every table, sorted, and the row of each."""
    for table in TABLES:
        hashes = _hashes(getattr(grid, table).index.to_numpy(dtype=object))
        order = np.argsort(hashes, kind="stable")
        yield f"ids.{table}.hash", hashes[order]
        yield f"ids.{table}.row", order.astype(np.int64)


class StoredIds(Mapping[str, int]):
    """Row of every id of a table; a mapping that reads only where it is asked.

    Parameters
    ----------
    arrays, tables
        Of the stored grid.
    table
        Table whose ids they are.
    """

    def __init__(self, arrays: Arrays, tables: StoredTables, table: str) -> None:
        self._hashes = arrays[f"ids.{table}.hash"]
        self._rows = arrays[f"ids.{table}.row"]
        self._tables, self._table = tables, table

    def __getitem__(self, element_id: str) -> int:
        """Return the last row of an id, as a dictionary of all rows would."""
        row = self.find(element_id, hash_of(element_id))
        if row < 0:
            raise KeyError(element_id)
        return row

    def find(self, element_id: str, hashed: np.uint64) -> int:
        """Return the last row of an id whose hash is known; -1 if there is none."""
        last = int(self._hashes.searchsorted(hashed, side="right"))
        while last > 0 and self._hashes[last - 1] == hashed:
            last -= 1
            row = int(self._rows[last])
            if self._tables.value(self._table, "id", row) == element_id:
                return row
        return -1

    def __iter__(self) -> Iterator[str]:
        """Go through the ids, in the order of the table."""
        return iter(self._tables.column(self._table, "id"))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._rows)


class StoredNames(Mapping[str, str]):
    """Name of every element of the tables that sentences name, by id.

    Parameters
    ----------
    ids
        Rows by id, by table.
    """

    def __init__(self, ids: Mapping[str, StoredIds], tables: StoredTables) -> None:
        self._ids, self._tables = ids, tables
        self._known: dict[str, str | None] = {}

    def __getitem__(self, element_id: str) -> str:
        """Return the name of the element in the last table that has it."""
        if element_id not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[element_id] = self._find(element_id)
        name = self._known[element_id]
        if name is None:
            raise KeyError(element_id)
        return name

    def _find(self, element_id: str) -> str | None:
        hashed = hash_of(element_id)
        for table in reversed(NAMED_TABLES):
            row = self._ids[table].find(element_id, hashed)
            if row >= 0:
                return str(self._tables.value(table, "name", row))
        return None

    def __iter__(self) -> Iterator[str]:
        """Go through the ids, table by table."""
        return iter(dict.fromkeys(name for table in NAMED_TABLES for name in self._ids[table]))

    def __len__(self) -> int:
        """Return the number of ids."""
        return sum(1 for _ in self)


@lru_cache(maxsize=_REMEMBERED)
def hash_of(element_id: str) -> np.uint64:
    """Return the hash an id is filed under."""
    hashed: np.uint64 = _hashes(np.array([element_id], dtype=object))[0]
    return hashed


def _hashes(ids: npt.NDArray[np.object_]) -> npt.NDArray[np.uint64]:
    return np.asarray(pd.util.hash_array(ids, categorize=False), dtype=np.uint64)
