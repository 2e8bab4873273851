"""Barriers: water, railways, expressways, buildings, and where a way crosses them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

__all__ = ["Barriers", "Crossings"]

# A crossing at the very end of a line is half a crossing: what goes on from there is the other.
END_M = 1e-6
# What comes so near a barrier touches it: rounding must not let a way through.
TOUCH_M = 1e-3

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Objects = npt.NDArray[Any]


class Crossings(NamedTuple):
    """Where lines cross barriers, sorted by line and position.

    Parameters
    ----------
    line
        Number of the line.
    position
        Metres along it.
    kind
        Kind of the barrier.
    share
        1 for a barrier drawn as a line; 0.5 for the outline of one drawn as a polygon, which is
        crossed on the way in and on the way out. Half of that at the very end of a line.
    """

    line: Ints
    position: Floats
    kind: Objects
    share: Floats


@dataclass(frozen=True, kw_only=True)
class Barriers:
    """Barriers in metres.

    Parameters
    ----------
    kind, name
        As in `Streets`.
    geometry
        Lines and polygons.
    """

    kind: Objects
    name: Objects
    geometry: Objects

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.geometry)

    @cached_property
    def _outline(self) -> Objects:
        outline = self.geometry.copy()
        outline[self._is_area] = shapely.boundary(self.geometry[self._is_area])
        return outline

    @cached_property
    def _is_area(self) -> npt.NDArray[np.bool_]:
        return np.asarray(shapely.get_dimensions(self.geometry) == 2)  # noqa: PLR2004

    def touched(
        self, lines: Objects, kinds: frozenset[str], *, standing: Sequence[Objects] = ()
    ) -> tuple[Ints, Ints]:
        """Return which lines touch which barriers of some kinds, sorted: lines and barriers.

        Parameters
        ----------
        standing
            Points of each line that a building may stand round: what supplies, or is supplied, may
            stand in a house.
        """
        line, barrier = self._met(lines, standing, within_m=TOUCH_M)
        bars = np.isin(self.kind[barrier], list(kinds))
        line, barrier = line[bars], barrier[bars]
        order = np.lexsort((barrier, line))
        return line[order], barrier[order]

    def _met(
        self, lines: Objects, standing: Sequence[Objects], *, within_m: float
    ) -> tuple[Ints, Ints]:
        line, barrier = self._tree.query(lines, predicate="dwithin", distance=within_m)
        house = np.flatnonzero(self.kind[barrier] == "building")
        bars = np.ones(len(line), dtype=bool)
        for point in standing:
            own = shapely.intersects(self.geometry[barrier[house]], point[line[house]])
            bars[house[own]] = False
        return line[bars], barrier[bars]

    def crossings(self, lines: Objects, *, standing: Sequence[Objects] = ()) -> Crossings:
        """Return where lines cross barriers of any kind; `standing` as in `touched`."""
        line, barrier = self._met(lines, standing, within_m=0.0)
        shared = shapely.intersection(lines[line], self._outline[barrier])
        parts, pair = shapely.get_parts(shared, return_index=True)
        # along a barrier, as along a bank: touched once, where it begins
        points = np.where(
            shapely.get_type_id(parts) == shapely.GeometryType.POINT,
            parts,
            shapely.get_point(parts, 0),
        )
        line, barrier = line[pair], barrier[pair]
        position = np.asarray(shapely.line_locate_point(lines[line], points), dtype=np.float64)
        length = shapely.length(lines[line])
        share = np.where(self._is_area[barrier], 0.5, 1.0)
        share[(position <= END_M) | (position >= length - END_M)] *= 0.5
        order = np.lexsort((barrier, position, line))
        return Crossings(
            line=line[order].astype(np.int64),
            position=position[order],
            kind=self.kind[barrier][order],
            share=share[order],
        )

    def water_at(self, x_m: float, y_m: float) -> str | None:
        """Return the name of the water a place lies in; None if it lies in none."""
        found = sorted(self._tree.query(shapely.Point(x_m, y_m), predicate="within").tolist())
        return next((str(self.name[k]) for k in found if self.kind[k] == "water"), None)

    def first_between(
        self, line: shapely.LineString, kinds: frozenset[str]
    ) -> tuple[str, str] | None:
        """Return kind and name of the barrier a line meets first from its start, if any."""
        _, hit = self.touched(np.array([line]), kinds)
        if not len(hit):
            return None
        start = shapely.get_point(line, 0)
        near = shapely.distance(start, shapely.intersection(line, self.geometry[hit]))
        best = int(hit[np.lexsort((hit, near))[0]])
        return str(self.kind[best]), str(self.name[best])
