"""Rows of a grid's tables put in the place of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.grid import make_table

__all__ = ["Row", "exchanged", "exchanged_each", "renamed", "row_of"]

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
    place = (
        int(rows.index.get_indexer_for(pd.Index(instead_of[:1]))[0]) if instead_of else len(rows)
    )
    return _spliced(table, rows, new, [place] * len(new), instead_of)


def exchanged_each(
    table: str, rows: pd.DataFrame, new: Mapping[str, Mapping[str, Row]]
) -> pd.DataFrame:
    """Put new rows in the place of several others.

    Parameters
    ----------
    new
        By id of what leaves: the rows that take its place, by their ids.
    """
    places = rows.index.get_indexer_for(pd.Index(list(new))).tolist()
    at = [place for place, own in zip(places, new.values(), strict=True) for _ in own]
    added = {name: row for own in new.values() for name, row in own.items()}
    return _spliced(table, rows, added, at, list(new))


def _spliced(
    table: str,
    rows: pd.DataFrame,
    new: Mapping[str, Row],
    at: Sequence[int],
    leaving: Sequence[str],
) -> pd.DataFrame:
    """Put new rows each at a place; column by column, as `pd.concat` looks at every text."""
    made = make_table(table, pd.DataFrame(list(new.values()), index=list(new)))
    kept = np.flatnonzero(~rows.index.isin(list(leaving)))
    order = np.argsort(np.concatenate([kept, np.array(at, dtype=np.int64)]), kind="stable")

    def spliced(present: npt.NDArray[Any], added: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.concatenate([present[kept], added])[order]

    columns = {name: spliced(rows[name].to_numpy(), made[name].to_numpy()) for name in rows}
    index = pd.Index(spliced(rows.index.to_numpy(), made.index.to_numpy()), name="id", dtype=object)
    return pd.DataFrame(columns, index=index)


def renamed(rows: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Let rows that name an element name another one."""
    return rows.assign(element_id=rows["element_id"].replace(dict(names)))
