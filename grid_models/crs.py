"""Coordinates: CGCS2000 degrees, projected metres, and the shifted systems of Chinese web maps.

The grid lies in CGCS2000 longitude and latitude (EPSG:4490); distances are measured in a `Plane`.
CGCS2000 and WGS 84 differ by under a metre here and are taken as one. GCJ-02 (AMap, Tencent) and
BD-09 (Baidu) shift the map by hundreds of metres in China and not at all outside.

::

    WGS 84 = CGCS2000  <-- ~500 m -->  GCJ-02  <-- ~1 km -->  BD-09
    120.15, 30.28                      120.15471, 30.27768    120.16125, 30.28360
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from pyproj import Transformer
from pyproj.exceptions import CRSError

from grid_models.errors import InputError, InputProblem

__all__ = [
    "CGCS2000_EPSG",
    "COORDINATE_SYSTEMS",
    "Plane",
    "are_on_earth",
    "bd09_to_gcj02",
    "gauss_kruger_epsg",
    "gcj02_to_bd09",
    "gcj02_to_wgs84",
    "projected_epsg_for",
    "to_cgcs2000",
    "wgs84_to_gcj02",
]

CGCS2000_EPSG = 4490
COORDINATE_SYSTEMS = ("cgcs2000", "wgs84", "gcj02", "bd09")

# CGCS2000 / 3-degree Gauss-Kruger: EPSG:4534 has its central meridian at 75 E, EPSG:4554 at 135 E.
_FIRST_ZONE_EPSG, _FIRST_ZONE, _LAST_ZONE, _ZONE_DEGREES = 4534, 25, 45, 3.0
_CHINA_WEST, _CHINA_EAST, _CHINA_SOUTH, _CHINA_NORTH = 73.5, 135.1, 3.8, 53.6
_UTM_NORTH_EPSG, _UTM_SOUTH_EPSG, _UTM_DEGREES, _UTM_ZONES = 32601, 32701, 6.0, 60

_GREATEST_LON, _GREATEST_LAT = 180.0, 90.0

# The rectangle outside of which GCJ-02 is not shifted, and its ellipsoid (Krassowsky 1940).
_GCJ02_WEST, _GCJ02_EAST, _GCJ02_SOUTH, _GCJ02_NORTH = 72.004, 137.8347, 0.8293, 55.8271
_SEMI_MAJOR_AXIS_M, _ECCENTRICITY_SQUARED = 6378245.0, 0.00669342162296594323
# Each round shortens the error of an inverse about a hundredfold.
_INVERSE_ROUNDS = 10

Numbers = TypeVar("Numbers", float, npt.NDArray[np.float64])


@dataclass(frozen=True, slots=True)
class Plane:
    """A projected coordinate system, in which distances are metres.

    Parameters
    ----------
    epsg
        Its code, for instance 4549; a code unknown to PROJ is refused on first use.
    """

    epsg: int

    def to_metres(self, lon: Numbers, lat: Numbers) -> tuple[Numbers, Numbers]:
        """Return x (east) and y (north) in metres of CGCS2000 degrees; NaN stays NaN.

        Raises
        ------
        InputError
            If the code names no coordinate system.
        """
        x_m, y_m = _transformer(self.epsg).transform(lon, lat)
        return x_m, y_m

    def to_degrees(self, x_m: Numbers, y_m: Numbers) -> tuple[Numbers, Numbers]:
        """Return longitude and latitude in CGCS2000 of x (east) and y (north); NaN stays NaN.

        Raises
        ------
        InputError
            If the code names no coordinate system.
        """
        lon, lat = _transformer(self.epsg).transform(x_m, y_m, direction="INVERSE")
        return lon, lat


@cache
def _transformer(epsg: int) -> Transformer:
    try:
        return Transformer.from_crs(CGCS2000_EPSG, epsg, always_xy=True)
    except CRSError as error:
        problem = InputProblem(
            field="crs",
            zh=f"坐标系 EPSG:{epsg} 不存在，请给出有效代码，例如 EPSG:4549",
            en=f"EPSG:{epsg} is no known coordinate system; give a valid code such as EPSG:4549",
        )
        raise InputError([problem]) from error


def are_on_earth(
    lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Say which pairs are degrees of longitude and latitude; what is unknown is not."""
    return (np.abs(lon) <= _GREATEST_LON) & (np.abs(lat) <= _GREATEST_LAT)


def gauss_kruger_epsg(lon: float) -> int:
    """Return the code of the 3-degree Gauss-Kruger zone a longitude in China lies in.

    A zone reaches 1.5 degrees to either side of its meridian: EPSG:4549 (120 E) covers 118.5
    to 121.5, its western edge included.
    """
    zone = math.floor(lon / _ZONE_DEGREES + 0.5)
    return _FIRST_ZONE_EPSG + min(max(zone, _FIRST_ZONE), _LAST_ZONE) - _FIRST_ZONE


def projected_epsg_for(lon: float, lat: float) -> int:
    """Return the code of the plane to measure in: Gauss-Kruger in China, the UTM zone elsewhere."""
    if _CHINA_WEST <= lon <= _CHINA_EAST and _CHINA_SOUTH <= lat <= _CHINA_NORTH:
        return gauss_kruger_epsg(lon)
    first = _UTM_NORTH_EPSG if lat >= 0.0 else _UTM_SOUTH_EPSG
    return first + math.floor((lon + 180.0) / _UTM_DEGREES) % _UTM_ZONES


def wgs84_to_gcj02(lon: Numbers, lat: Numbers) -> tuple[Numbers, Numbers]:
    """Return the GCJ-02 degrees of WGS 84 degrees; outside China's rectangle they are the same."""
    is_shifted = (
        (lon >= _GCJ02_WEST) & (lon <= _GCJ02_EAST) & (lat >= _GCJ02_SOUTH) & (lat <= _GCJ02_NORTH)
    )
    x, y = lon - 105.0, lat - 35.0
    sin, pi, root = np.sin, np.pi, np.sqrt(np.abs(x))
    ripple = 20.0 * sin(6.0 * pi * x) + 20.0 * sin(2.0 * pi * x)
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east_m += 2.0 / 3.0 * (ripple + 20.0 * sin(pi * x) + 40.0 * sin(pi / 3.0 * x))
    east_m += 2.0 / 3.0 * (150.0 * sin(pi / 12.0 * x) + 300.0 * sin(pi / 30.0 * x))
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_m += 2.0 / 3.0 * (ripple + 20.0 * sin(pi * y) + 40.0 * sin(pi / 3.0 * y))
    north_m += 2.0 / 3.0 * (160.0 * sin(pi / 12.0 * y) + 320.0 * sin(pi / 30.0 * y))

    latitude = np.radians(lat)
    flattening = 1.0 - _ECCENTRICITY_SQUARED * sin(latitude) ** 2
    across_m = _SEMI_MAJOR_AXIS_M / np.sqrt(flattening) * np.cos(latitude)
    along_m = _SEMI_MAJOR_AXIS_M * (1.0 - _ECCENTRICITY_SQUARED) / flattening**1.5
    shifted_lon = lon + is_shifted * np.degrees(east_m / across_m)
    shifted_lat = lat + is_shifted * np.degrees(north_m / along_m)
    return shifted_lon, shifted_lat


def gcj02_to_wgs84(lon: Numbers, lat: Numbers) -> tuple[Numbers, Numbers]:
    """Return the WGS 84 degrees of GCJ-02 degrees, exact to 1e-5 m within China."""
    return _invert(wgs84_to_gcj02, lon, lat)


def gcj02_to_bd09(lon: Numbers, lat: Numbers) -> tuple[Numbers, Numbers]:
    """Return the BD-09 degrees of GCJ-02 degrees."""
    frequency = np.pi * 3000.0 / 180.0
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * frequency)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * frequency)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(lon: Numbers, lat: Numbers) -> tuple[Numbers, Numbers]:
    """Return the GCJ-02 degrees of BD-09 degrees, exact to 1e-5 m."""
    return _invert(gcj02_to_bd09, lon, lat)


def to_cgcs2000(lon: Numbers, lat: Numbers, system: str) -> tuple[Numbers, Numbers]:
    """Return the CGCS2000 degrees of degrees in another system.

    Parameters
    ----------
    system
        cgcs2000, wgs84 (the same to under a metre), gcj02 or bd09.

    Raises
    ------
    InputError
        If the system is none of these.
    """
    match system:
        case "cgcs2000" | "wgs84":
            return lon, lat
        case "gcj02":
            return gcj02_to_wgs84(lon, lat)
        case "bd09":
            return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))
    known = ", ".join(COORDINATE_SYSTEMS)
    problem = InputProblem(
        field="coordinates",
        zh=f"坐标系统“{system}”未知，可用：{known}",
        en=f"coordinate system {system!r} is unknown; it is one of {known}",
    )
    raise InputError([problem])


def _invert(
    forward: Callable[[Numbers, Numbers], tuple[Numbers, Numbers]], lon: Numbers, lat: Numbers
) -> tuple[Numbers, Numbers]:
    """Find what `forward` maps to the point; it moves points by little, so the error shrinks."""
    guess_lon, guess_lat = lon, lat
    for _ in range(_INVERSE_ROUNDS):
        mapped_lon, mapped_lat = forward(guess_lon, guess_lat)
        guess_lon, guess_lat = guess_lon + lon - mapped_lon, guess_lat + lat - mapped_lat
    return guess_lon, guess_lat
