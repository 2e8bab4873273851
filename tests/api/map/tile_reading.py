"""Tiles read by a library, and where a place lies in one by another library's projection."""

from __future__ import annotations

from functools import cache
from typing import Any

import mapbox_vector_tile
import numpy as np
from pyproj import Transformer

from api.map.mercator import EXTENT, Tile
from api.map.tiles import TileSet
from grid_models.grid import Grid
from grid_models.model import GridModel

# half of the square's side
EDGE_M = 20_037_508.342789244


@cache
def _projection() -> Transformer:
    return Transformer.from_crs(4326, 3857, always_xy=True)


def units(z: int, lon: float, lat: float) -> tuple[float, float]:
    """Where a place lies on the whole map of a scale, in tiles from the north-western corner."""
    x, y = _projection().transform(lon, lat)
    side = 2.0 * EDGE_M / 2**z
    return (x + EDGE_M) / side, (EDGE_M - y) / side


def tile_at(z: int, lon: float, lat: float) -> Tile:
    """The tile a place lies in."""
    x, y = units(z, lon, lat)
    return Tile(z, int(x), int(y))


def in_tile(tile: Tile, lon: float, lat: float) -> list[int]:
    """Where a place lies in a tile, y southward."""
    x, y = units(tile.z, lon, lat)
    return np.rint([(x - tile.x) * EXTENT, (y - tile.y) * EXTENT]).astype(int).tolist()


def read(data: bytes) -> dict[str, dict[int, Any]]:
    """Features of each layer by id."""
    layers = mapbox_vector_tile.decode(data, default_options={"y_coord_down": True})
    return {
        name: {feature["id"]: feature for feature in layer["features"]}
        for name, layer in layers.items()
    }


def read_at(grid: Grid, z: int, lon: float, lat: float) -> dict[str, dict[int, Any]]:
    """Layers of the tile of a grid in which a place lies."""
    return read(TileSet(GridModel.of(grid)).encode(tile_at(z, lon, lat)))
