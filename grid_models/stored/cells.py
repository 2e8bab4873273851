"""Cells: boxes in the plane sorted by the square they lie in, so that a search looks at few."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Cells"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SIZE_M = 500.0
# More squares than a grid on earth covers from west to east.
_ACROSS = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Boxes by square.

    Parameters
    ----------
    key
        Squares of the boxes' centres, row by row from south to north; sorted.
    order
        Number of the box at each entry of `key`.
    wide
        Boxes larger than a square, which may lie anywhere, and those that are nowhere.
    """

    key: Ints
    order: Ints
    wide: Ints

    @classmethod
    def of(cls, box_m: Floats) -> Cells:
        """Sort boxes: west, south, east and north of each, shape (4, boxes)."""
        west, south, east, north = box_m
        is_small = (east - west <= SIZE_M) & (north - south <= SIZE_M)
        own = np.flatnonzero(is_small)
        x, y = 0.5 * (west[own] + east[own]), 0.5 * (south[own] + north[own])
        key = _square(y) * _ACROSS + _square(x)
        order = np.argsort(key, kind="stable")
        return cls(key=key[order], order=own[order], wide=np.flatnonzero(~is_small))

    def near(self, x_m: float, y_m: float, distance_m: float) -> Ints:
        """Return every box that comes within a distance of a place, and some more; ascending."""
        # a small box reaches half a square beyond its centre
        reach = distance_m + 0.5 * SIZE_M
        first, last = _square(np.array([x_m - reach, x_m + reach])).tolist()
        south, north = _square(np.array([y_m - reach, y_m + reach])).tolist()
        rows = np.arange(south, north + 1) * _ACROSS
        begin = self.key.searchsorted(rows + first, side="left")
        end = self.key.searchsorted(rows + last, side="right")
        found = [self.order[a:b] for a, b in zip(begin.tolist(), end.tolist(), strict=True)]
        return np.sort(np.concatenate([self.wide, *found]))


def _square(metres: Floats) -> Ints:
    return np.floor(metres / SIZE_M).astype(np.int64)
