"""Shapes: many points or courses in the plane as flat arrays, found by the box they meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from api.map.mercator import Box

__all__ = ["Shapes"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """Points and courses. Half a million lines are 50 MB; as objects in a tree they would be 270.

    Parameters
    ----------
    points_m
        Points of all of them, shape (points, 2).
    start
        The first point of each, and one more.
    box_m
        West, south, east and north of each, shape (4, shapes).
    """

    points_m: Floats
    start: Ints
    box_m: Floats

    @classmethod
    def of(cls, points_m: Floats, start: Ints) -> Shapes:
        """Return shapes of their points; none is without a point."""
        if len(start) == 1:
            return cls(points_m=points_m, start=start, box_m=np.zeros((4, 0)))
        x, y = points_m.T
        box = [f.reduceat(c, start[:-1]) for f in (np.minimum, np.maximum) for c in (x, y)]
        return cls(points_m=points_m, start=start, box_m=np.stack(box))

    def meeting(self, box: Box, most: int) -> Ints:
        """Return which of the first `most` shapes' boxes meet a box.

        All are compared: a millisecond for half a million, which no index would have to be built
        and kept for.
        """
        west, south, east, north = self.box_m[:, :most]
        found = (west <= box[2]) & (east >= box[0]) & (south <= box[3]) & (north >= box[1])
        return np.flatnonzero(found)

    def within(self, which: Ints, box: Box) -> npt.NDArray[np.bool_]:
        """Say which shapes lie in a box as a whole."""
        west, south, east, north = self.box_m[:, which]
        return np.asarray(
            (west >= box[0]) & (south >= box[1]) & (east <= box[2]) & (north <= box[3])
        )

    def points(self, which: Ints) -> tuple[Floats, Ints]:
        """Return the points of some shapes, and which entry of `which` each of them belongs to."""
        first, count = self.start[which], self.start[which + 1] - self.start[which]
        owner = np.repeat(np.arange(len(which)), count)
        place = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
        return self.points_m[np.repeat(first, count) + place], owner

    def courses(self, which: Ints) -> npt.NDArray[np.object_]:
        """Return some shapes that are courses, as lines."""
        points, owner = self.points(which)
        return np.asarray(shapely.linestrings(points, indices=owner), dtype=object)
