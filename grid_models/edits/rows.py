"""Rows of a grid's tables put in the place of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import pandas as pd

from grid_models.grid import make_table

__all__ = ["Row", "exchanged", "renamed", "row_of"]

Row: TypeAlias = dict[str, Any]


def row_of(rows: pd.DataFrame, name: str) -> Row:
    """Return the values of one row by column."""
    return {str(column): value for column, value in rows.loc[name].items()}


def exchanged(
    table: str, rows: pd.DataFrame, new: Mapping[str, Row], *, instead_of: Sequence[str] = ()
) -> pd.DataFrame:
    """Put new rows in the place of others, or at the end of a table.

    Parameters
    ----------
    new
        Values by column, by id.
    instead_of
        Ids that leave, the one whose place is taken first.
    """
    place = list(rows.index).index(instead_of[0]) if instead_of else len(rows)
    made = make_table(table, pd.DataFrame(list(new.values()), index=list(new)))
    kept = rows.drop(index=list(instead_of))
    return pd.concat([kept.iloc[:place], made, kept.iloc[place:]])


def renamed(rows: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Let rows that name an element name another one."""
    return rows.assign(element_id=rows["element_id"].replace(dict(names)))
