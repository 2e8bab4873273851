"""Drawing: ground and courses as SVG, in the colours that say how heavily a line is loaded."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from grid_models.crs import Plane

__all__ = ["FONT", "LOADINGS", "Panel", "Point", "text"]

# Upper end of each class of loading in percent, its colour and its width in pixels.
LOADINGS = (
    (25.0, "#4a7fb5", 1.6),
    (50.0, "#3a9d6e", 2.0),
    (75.0, "#e39b1f", 2.6),
    (math.inf, "#c8342b", 3.2),
)
FONT = "Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"

Point = tuple[float, float]


class Panel(NamedTuple):
    """A rectangle of the picture, in pixels, and the ground it shows."""

    left: float
    top: float
    width: float
    height: float
    plane: Plane
    centre_m: Point
    scale: float  # pixels a metre

    def at(self, lon: float, lat: float) -> Point:
        """Return where a place is drawn."""
        x, y = self._pixels(np.array([[lon, lat]]))[0]
        return float(x), float(y)

    def holds(self, point: Point) -> bool:
        """Tell whether a point of the picture lies in this panel."""
        right, bottom = self.left + self.width, self.top + self.height
        return self.left < point[0] < right and self.top < point[1] < bottom

    def paths(self, courses: Iterable[shapely.Geometry], style: str, title: str = "") -> str:
        """Return the parts of some courses that lie on this ground, as one SVG path.

        Parameters
        ----------
        title
            What is shown where one points at it; empty: nothing.
        """
        runs = []
        for course in courses:
            drawn = shapely.transform(course, self._pixels)
            corner = self.left + self.width, self.top + self.height
            for part in shapely.get_parts(shapely.clip_by_rect(drawn, *self[:2], *corner)):
                points = shapely.get_coordinates(part)
                runs.append("M" + " ".join(f"{x:.1f},{y:.1f}" for x, y in points))
        if not runs:
            return ""
        start = f'<path d="{"".join(runs)}" fill="none" {style}'
        return f"{start}><title>{_plain(title)}</title></path>" if title else f"{start}/>"

    def _pixels(self, places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        x_m, y_m = self.plane.to_metres(places[:, 0], places[:, 1])
        east, north = x_m - self.centre_m[0], y_m - self.centre_m[1]
        middle = self.left + self.width / 2, self.top + self.height / 2
        return np.column_stack([middle[0] + east * self.scale, middle[1] - north * self.scale])


def text(x: float, y: float, words: str, style: str = "") -> str:
    """Return words at a place of the picture."""
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{_plain(words)}</text>'


def _plain(words: str) -> str:
    """Let words be words: a > alone needs no care."""
    return words.replace("&", "&amp;").replace("<", "&lt;")
