"""Restricted: areas nothing may be connected in, and what lies in one as a whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from api.map.layers import Layer
from api.map.mercator import Box
from api.map.pack_schemas import PackArea
from api.map.tiles import TileSet
from grid_models.grid import Grid

__all__ = ["RESTRICTED", "are_restricted", "list_areas"]

RESTRICTED = "restricted_area"
"""Why an element in an area is not offered; of a line that only crosses one the rest may be."""


def are_restricted(
    tiles: TileSet, layer: Layer, which: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Say which shapes of a layer lie in a restricted area as a whole."""
    found = np.zeros(len(which), dtype=np.bool_)
    if not len(which):
        return found
    west, south, east, north = layer.shapes.box_m[:, which]
    around = (float(west.min()), float(south.min()), float(east.max()), float(north.max()))
    own = (
        shapely.points(layer.shapes.points_m[layer.shapes.start[which]])
        if layer.are_points
        else layer.shapes.courses(which)
    )
    for k in tiles.areas_meeting(around).tolist():
        found |= shapely.covers(tiles.areas[k], own)
    return found


def list_areas(grid: Grid, tiles: TileSet, box: Box | None) -> list[PackArea]:
    """Return the areas whose boxes meet a box; None: the map has no such box."""
    if box is None:
        return []
    names, reasons, drawn = (
        grid.column("restricted_areas", name) for name in ("name", "reason", "geometry")
    )
    return [
        PackArea(
            name=str(names[k]),
            reason=str(reasons[k]),
            polygons=[
                [_points(ring) for ring in (part.exterior, *part.interiors)]
                for part in shapely.get_parts(drawn[k])
            ],
        )
        for k in tiles.areas_meeting(box).tolist()
    ]


def _points(ring: Any) -> list[list[float]]:
    points: list[list[float]] = shapely.get_coordinates(ring).tolist()
    return points
