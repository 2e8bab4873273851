"""Replacing: a part of a grid with other values in some rows, and what is not as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import Enum
from typing import Final

import numpy as np
import pandas as pd

from grid_models.errors import InputProblem
from grid_models.grid import Grid, make_table

__all__ = ["KEPT", "Where", "find_differing", "find_moved", "place_of", "replaced"]

# By table and id: where the row was given, such as ``loads.csv:3``.
Where = Mapping[tuple[str, str], str]


class _Cell(Enum):
    KEPT = "kept"


KEPT: Final = _Cell.KEPT
"""Cell of a row that is to stay as it is, where the column is changed in other rows."""

# What says where an element hangs or lies: another one there, and the grid is another.
_FIXED = frozenset(
    {"node", "from_node", "to_node", "hv_node", "lv_node", "element_id", "element_kind", "lon",
     "lat", "geometry"}
)  # fmt: skip


def replaced(grid: Grid, rows: Mapping[str, pd.DataFrame]) -> Grid:
    """Return a grid with other values in some rows; where a cell is `KEPT`, the value it has."""
    tables = {}
    for table, frame in rows.items():
        before = getattr(grid, table)
        own = before.index.get_indexer(frame.index)
        full = {}
        for name in frame.columns:
            cells = frame[name].to_numpy(dtype=object, copy=True)
            is_kept = np.array([cell is KEPT for cell in cells], dtype=bool)
            cells[is_kept] = before[name].astype(object).to_numpy()[own[is_kept]]
            full[name] = cells
        typed = make_table(table, pd.DataFrame(full, index=frame.index, dtype=object))
        changed = {}
        for name in frame.columns:
            values = before[name].to_numpy(copy=True)
            values[own] = typed[name].to_numpy()
            changed[name] = values
        tables[table] = before.assign(**changed)
    return replace(grid, **tables)


def find_differing(
    before: Grid, part: Grid, rows: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Say by table which given cells are another than before; rows and columns as given."""
    found = {}
    for table, frame in rows.items():
        columns = {}
        for name in frame.columns:
            old, new = (
                pd.Series(getattr(grid, table).loc[list(frame.index), name].to_numpy())
                for grid in (before, part)
            )
            columns[name] = ~(old.eq(new) | (old.isna() & new.isna())).to_numpy(dtype=bool)
        found[table] = pd.DataFrame(columns, index=frame.index, dtype=bool)
    return found


def find_moved(differing: Mapping[str, pd.DataFrame], where: Where) -> Iterator[InputProblem]:
    """Yield what would hang or lie elsewhere with the change."""
    for table, is_other in differing.items():
        for name in sorted(_FIXED.intersection(is_other.columns)):
            for element in is_other.index[is_other[name]]:
                place = place_of(table, element, where)
                yield InputProblem(
                    field=table,
                    zh=f"{place}{element} 的 {name} 与原来不同；位置或连接改变需重新发布整个电网",
                    en=f"{place}{name} of {element} is another than before; what hangs or lies "
                    "elsewhere needs the grid published anew",
                )


def place_of(table: str, element: str, where: Where) -> str:
    """Return where a row was given, as the beginning of a sentence; empty if that is not known."""
    place = where.get((table, element))
    return f"{place}: " if place else ""
