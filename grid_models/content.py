"""Content: the hash of a grid's tables and metadata, by which everyone knows one version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from grid_models.grid import Column, Kind

__all__ = ["hash_content"]


def hash_content(
    facts: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
    columns: Mapping[str, Mapping[str, Column]],
) -> str:
    """Return the hash of facts and tables, sixteen hexadecimal digits.

    Parameters
    ----------
    facts
        The metadata.
    tables
        Tables by name, in a fixed order.
    columns
        Columns of each table, in a fixed order. One that came later than the first stored grids
        counts only where it says something, so that a grid keeps the version it was stored under.
    """
    digest = hashlib.sha256(
        json.dumps(facts, default=str, sort_keys=True, ensure_ascii=False).encode()
    )
    for name, rows in tables.items():
        digest.update(name.encode())
        digest.update("\x1f".join(rows.index).encode())
        for column_name, column in columns[name].items():
            if column.is_later and rows[column_name].isna().all():
                continue
            digest.update(column_name.encode())
            digest.update(_content(rows[column_name], column.kind))
    return digest.hexdigest()[:16]


def _content(values: pd.Series[Any], kind: Kind) -> bytes:
    if kind == "text":
        return "\x1f".join(values).encode()
    if kind == "geometry":
        return b"".join(wkb or b"\0" for wkb in shapely.to_wkb(values.to_numpy(dtype=object)))
    array = values.to_numpy()
    if kind == "float":
        # One NaN and one zero: their other bit patterns mean the same.
        array = np.where(np.isnan(array), np.nan, array) + 0.0
    return np.ascontiguousarray(array).tobytes()
