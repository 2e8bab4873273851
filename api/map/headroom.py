"""MapHeadroom: the figures of what a map shows now, apart from its tiles, which never change."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import numpy.typing as npt
import shapely
from pydantic import BaseModel, Field

from api.map.figures import Figures, Power, are_medium_voltage, free_json, loading_json
from api.map.layers import Layer
from api.map.mercator import Box, to_mercator
from api.map.tiles import TileSet
from planner.headroom import Headroom

__all__ = ["HeadroomColumns", "HeadroomOut", "list_headroom"]

Ints = npt.NDArray[np.int64]
# A little inside the map's edge, where its plane ends.
_MOST_LAT = 85.0


class HeadroomColumns(BaseModel):
    """Elements by row of their table, the id they have in tiles, and a figure each."""

    row: list[int]
    loading_pct: list[Power] = Field(
        description="Of the limit, promises not counted; null where unknown."
    )
    free_kva: list[Power] = Field(
        description="What each can still take alone, promises counted; null where unknown, "
        '"inf" where nothing binds.'
    )


class HeadroomOut(BaseModel):
    """What the lines of medium voltage and the distribution transformers in a box can take now."""

    grid_version: str
    counted_at: datetime
    power_factor_lv: float = Field(description="Of the new load at transformers.")
    power_factor_mv: float = Field(description="Of the new load at lines.")
    lines: HeadroomColumns
    transformers: HeadroomColumns
    truncated: bool = Field(description="More lie in the box: only those nearest its middle.")


def list_headroom(
    tiles: TileSet, figures: Figures, degrees: Box, *, now: datetime, most: int
) -> HeadroomOut:
    """Return the figures of everything that meets a box.

    Parameters
    ----------
    degrees
        West, south, east, north.
    most
        Lines, and transformers, that are told; the nearest to the middle, since those lie in few
        source trees and each of them is solved.
    """
    box = _project(degrees)
    lines, transformers = tiles.layers["lines"], tiles.layers["transformers"]
    found = [
        _nearest(lines, _meeting(lines, box), box, most),
        _nearest(transformers, transformers.shapes.meeting(box, len(transformers.row)), box, most),
    ]
    (own_lines, more_lines), (own_transformers, more_transformers) = found
    rules = figures.headrooms.rules
    return HeadroomOut(
        grid_version=figures.model.version,
        counted_at=now,
        power_factor_lv=rules.number("power_factor_lv"),
        power_factor_mv=rules.number("power_factor_mv"),
        lines=_columns(own_lines, figures.of_lines(own_lines)),
        transformers=_columns(own_transformers, figures.of_transformers(own_transformers)),
        truncated=more_lines or more_transformers,
    )


def _project(degrees: Box) -> Box:
    west, south, east, north = degrees
    lat = np.clip(np.array([south, north]), -_MOST_LAT, _MOST_LAT)
    x, y = to_mercator(np.array([west, east]), lat)
    return float(x[0]), float(y[0]), float(x[1]), float(y[1])


def _meeting(lines: Layer, box: Box) -> Ints:
    """Return the lines of medium voltage whose courses, not only their boxes, meet a box."""
    which = lines.shapes.meeting(box, len(lines.row))
    which = which[are_medium_voltage(lines)[which]]
    meets = lines.shapes.within(which, box)
    doubtful = np.flatnonzero(~meets)
    meets[doubtful] = shapely.intersects(lines.shapes.courses(which[doubtful]), shapely.box(*box))
    return which[meets]


def _nearest(layer: Layer, which: Ints, box: Box, most: int) -> tuple[Ints, bool]:
    """Return the rows of those nearest to a box's middle, ascending, and whether there are more."""
    if len(which) <= most:
        return np.sort(layer.row[which]), False
    west, south, east, north = layer.shapes.box_m[:, which]
    away = np.hypot(west + east - box[0] - box[2], south + north - box[1] - box[3])
    return np.sort(layer.row[which[np.argsort(away, kind="stable")[:most]]]), True


def _columns(rows: Ints, found: Headroom) -> HeadroomColumns:
    return HeadroomColumns(
        row=rows.tolist(),
        loading_pct=loading_json(found.loading_pct),
        free_kva=free_json(found.free_kva),
    )
