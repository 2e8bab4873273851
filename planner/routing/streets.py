"""Streets: what a cable may lie along, and what bars its way, as the data give them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

__all__ = ["BARRIER_KINDS", "COURSE_KINDS", "STREET_KINDS", "Streets"]

COURSE_KINDS = ("trunk", "street", "lane", "duct")
"""Kinds of line a cable may lie along."""
BARRIER_KINDS = ("water", "railway", "expressway", "building")
"""Kinds of line or polygon that bar the way; `river` is another word for water."""
STREET_KINDS = (*COURSE_KINDS, "river", *BARRIER_KINDS)
AREA = 2
"""Dimensions of a polygon."""
_COLUMNS = ("kind", "name", "has_duct", "level")

Objects = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Streets:
    """Streets, ducts and barriers, in an order that their content alone decides.

    Parameters
    ----------
    kind
        One of `COURSE_KINDS` or `BARRIER_KINDS` each.
    name
        As people call it; empty if unknown.
    has_duct
        True where a duct that may be used already lies along a street.
    level
        0 on the ground, above 0 on a bridge, below 0 in a tunnel: lines of different levels that
        cross do not meet.
    geometry
        LineString, or Polygon for a barrier; longitude and latitude in CGCS2000.
    """

    kind: Objects
    name: Objects
    has_duct: npt.NDArray[np.bool_]
    level: npt.NDArray[np.int64]
    geometry: Objects
    prepared: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    """What others worked out from it, by their own keys; kept as long as the streets are."""

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Streets:
        """Return the streets of a table.

        Parameters
        ----------
        rows
            ``kind`` and ``geometry``; ``name``, ``has_duct`` and ``level`` where known. The same
            row twice counts once; rows without a geometry do not count.
        """
        geometry = rows["geometry"].to_numpy(dtype=object)
        there = shapely.is_geometry(geometry) & ~shapely.is_empty(geometry)
        rows, geometry = rows[there], geometry[there]
        # an outline that crosses itself cannot be cut with anything
        crossed = ~shapely.is_valid(geometry) & (shapely.get_dimensions(geometry) == AREA)
        geometry[crossed] = shapely.buffer(geometry[crossed], 0.0)
        table = pd.DataFrame(
            {
                "kind": rows["kind"].replace("river", "water").astype(object).to_numpy(),
                "name": _column(rows, "name", ""),
                "has_duct": _column(rows, "has_duct", False).astype(bool),
                "level": _column(rows, "level", 0).astype(np.int64),
                "wkb": shapely.to_wkb(geometry, hex=True, include_srid=False, byte_order=1),
                "geometry": geometry,
            }
        )
        keys = [*_COLUMNS, "wkb"]
        table = table.sort_values(keys, kind="stable").drop_duplicates(keys)
        return cls(
            kind=table["kind"].to_numpy(dtype=object),
            name=table["name"].to_numpy(dtype=object),
            has_duct=table["has_duct"].to_numpy(dtype=bool),
            level=table["level"].to_numpy(dtype=np.int64),
            geometry=table["geometry"].to_numpy(dtype=object),
        )

    @cached_property
    def version(self) -> str:
        """Hash of the content: the same streets in any order, from any file, have the same."""
        digest = hashlib.sha256()
        for column in _COLUMNS:
            digest.update("\x1f".join(map(str, getattr(self, column).tolist())).encode())
        for wkb in shapely.to_wkb(self.geometry, include_srid=False, byte_order=1):
            digest.update(wkb)
        return digest.hexdigest()[:16]


def _column(rows: pd.DataFrame, name: str, default: str | int) -> Objects:
    if name not in rows:
        return np.full(len(rows), default, dtype=object)
    values = rows[name].to_numpy(dtype=object)
    return np.where(pd.isna(values), default, values)
