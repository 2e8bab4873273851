"""Rows of a grid's tables put in the place of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import pandas as pd

from grid_models.grid import Grid, make_table

__all__ = ["Row", "Tables", "exchanged", "renamed", "row_of"]

Tables: TypeAlias = dict[str, pd.DataFrame]
Row: TypeAlias = dict[str, Any]


def row_of(rows: pd.DataFrame, name: str) -> Row:
    """Return the values of one row by column."""
    return {str(column): value for column, value in rows.loc[name].items()}


def exchanged(
    grid: Grid,
    table: str,
    *,
    gone: Sequence[str] = (),
    added: Mapping[str, Row],
) -> pd.DataFrame:
    """Put rows in the place of others, or at the end."""
    rows = grid.tables()[table]
    place = list(rows.index).index(gone[0]) if gone else len(rows)
    new = make_table(table, pd.DataFrame(list(added.values()), index=list(added)))
    rows = rows.drop(index=list(gone))
    return pd.concat([rows.iloc[:place], new, rows.iloc[place:]])


def renamed(rows: pd.DataFrame, before: str, after: str) -> pd.DataFrame:
    """Let rows that name an element name another one."""
    names = rows["element_id"]
    return rows.assign(element_id=names.mask(names == before, after))
