"""Mercator: the plane of web maps (EPSG:3857), and the square of it that a tile shows.

CGCS2000 degrees are taken as WGS 84: they differ by under a metre.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "BUFFER",
    "EXTENT",
    "MOST_ZOOM",
    "Box",
    "Tile",
    "are_on_map",
    "to_degrees",
    "to_mercator",
]

Floats = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]
"""West, south, east and north, in metres of the plane."""

EXTENT, BUFFER = 4_096, 64
"""Units across a tile, and how many of them it reaches beyond its edge, so that wide strokes meet.
"""
MOST_ZOOM = 18
_RADIUS_M = 6_378_137.0
_HALF_M = math.pi * _RADIUS_M
# the map is a square: farther north and south there is none
_MOST_LAT = 85.0511287798066


def are_on_map(lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    """Say which places the map shows; what is unknown is nowhere."""
    return np.asarray((np.abs(lon) <= 180.0) & (np.abs(lat) <= _MOST_LAT), dtype=np.bool_)  # noqa: PLR2004


def to_mercator(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return x (east) and y (north) in metres of degrees that are on the map."""
    y_m = _RADIUS_M * np.log(np.tan(math.pi / 4.0 + np.radians(lat) / 2.0))
    return _RADIUS_M * np.radians(lon), y_m


def to_degrees(x_m: Floats, y_m: Floats) -> tuple[Floats, Floats]:
    """Return longitude and latitude of places in the plane."""
    lat = np.degrees(2.0 * np.arctan(np.exp(y_m / _RADIUS_M)) - math.pi / 2.0)
    return np.degrees(x_m / _RADIUS_M), lat


@dataclass(frozen=True, slots=True)
class Tile:
    """One square of the map: ``2**z`` by ``2**z`` cover it, x from west to east, y southward."""

    z: int
    x: int
    y: int

    @property
    def box(self) -> Box:
        """What it shows."""
        side = self.side_m
        west, north = self.x * side - _HALF_M, _HALF_M - self.y * side
        return west, north - side, west + side, north

    @property
    def side_m(self) -> float:
        """How long its side is."""
        return float(2.0 * _HALF_M / 2**self.z)

    @property
    def buffered(self) -> Box:
        """What it holds: its box and a little beyond."""
        west, south, east, north = self.box
        more = self.side_m * BUFFER / EXTENT
        return west - more, south - more, east + more, north + more
