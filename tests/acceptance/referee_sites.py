"""Where things are: the projected plane, the course of lines, the seeded sites."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely

GEOGRAPHIC = "EPSG:4490"
HANGZHOU_PLANE = "EPSG:4549"


class Plane:
    """Metres: the UTM zone of the net's mean, a stated plane, or Hangzhou's after a rigid move."""

    def __init__(
        self, net, relocated_to: tuple[float, float] | None = None, stated_epsg: int | None = None
    ) -> None:
        lon_lat = np.array([json.loads(text)["coordinates"][:2] for text in net.bus.geo])
        zone = int((lon_lat[:, 0].mean() + 180.0) // 6.0) + 1
        own = f"EPSG:{stated_epsg or 32600 + zone}"
        self._to_own = pyproj.Transformer.from_crs(GEOGRAPHIC, own, always_xy=True)
        self.shift = np.zeros(2)
        plane = own
        if relocated_to is not None:
            plane = HANGZHOU_PLANE
            to_plane = pyproj.Transformer.from_crs(GEOGRAPHIC, plane, always_xy=True)
            mean = self._own(lon_lat.mean(axis=0, keepdims=True))[0]
            self.shift = np.array(to_plane.transform(*relocated_to)) - mean
        self._to_plane = pyproj.Transformer.from_crs(GEOGRAPHIC, plane, always_xy=True)
        self.bus_xy = self._own(lon_lat) + self.shift
        self.courses = self._courses(net)
        self.course_m = shapely.length(self.courses)

    def _own(self, lon_lat: np.ndarray) -> np.ndarray:
        return np.column_stack(self._to_own.transform(lon_lat[:, 0], lon_lat[:, 1]))

    def _courses(self, net) -> np.ndarray:
        """The file's geometry where it has one, else the straight line between the ends."""
        row = net.bus.index.get_indexer
        starts = self.bus_xy[row(net.line.from_bus)]
        ends = self.bus_xy[row(net.line.to_bus)]
        courses = np.empty(len(net.line), dtype=object)
        for i, text in enumerate(net.line.geo):
            points = np.array([starts[i], ends[i]])
            if isinstance(text, str) and text:
                points = self._own(np.array(json.loads(text)["coordinates"])[:, :2]) + self.shift
                forth = np.hypot(*(points[0] - starts[i])) + np.hypot(*(points[-1] - ends[i]))
                back = np.hypot(*(points[0] - ends[i])) + np.hypot(*(points[-1] - starts[i]))
                if back < forth:
                    points = points[::-1]
            courses[i] = shapely.LineString(points)
        return courses

    def to_xy(self, lon: float, lat: float) -> np.ndarray:
        return np.array(self._to_plane.transform(lon, lat))

    def to_lon_lat(self, xy: Sequence[float]) -> tuple[float, float]:
        lon, lat = self._to_plane.transform(xy[0], xy[1], direction="INVERSE")
        return float(lon), float(lat)


@dataclass(frozen=True, slots=True)
class Site:
    """Where somebody asks for electricity."""

    number: int
    lon: float
    lat: float


def seeded_sites(plane: Plane, count: int, seed: int, within_m: float = 300.0) -> list[Site]:
    """Points spread evenly over the circles around random nodes."""
    rng = np.random.default_rng(seed)
    sites = []
    for number in range(count):
        centre = plane.bus_xy[rng.integers(len(plane.bus_xy))]
        radius, angle = within_m * math.sqrt(rng.random()), 2.0 * math.pi * rng.random()
        xy = centre + radius * np.array([math.cos(angle), math.sin(angle)])
        sites.append(Site(number, *plane.to_lon_lat(xy)))
    return sites
