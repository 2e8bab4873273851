"""Assembly: the parts of a way put together: course, lengths by kind, crossings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt
import shapely
from shapely import ops

from planner.routing.ground import Ground
from planner.routing.legs import crossed_barriers, crossed_streets
from planner.routing.way import Course

__all__ = ["Part", "assemble", "to_degrees"]

# Halves of a crossing add up to whole ones but for this.
ROUNDING = 1e-9

Counted = defaultdict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a way: a leg, part of a piece of street, or a carriageway crossed.

    Parameters
    ----------
    line
        Course of a leg; None for the others.
    piece
        Piece gone along or crossed; -1 for a leg.
    start_m, end_m
        Positions along the piece.
    crosses
        True if the carriageway of the piece is crossed.
    """

    line: shapely.LineString | None = None
    piece: int = -1
    start_m: float = 0.0
    end_m: float = 0.0
    crosses: bool = False

    @classmethod
    def off_street(cls, line: shapely.LineString) -> Part:
        """Return a straight part off the streets."""
        return cls(line=line)

    @classmethod
    def along(cls, piece: int, start_m: float, end_m: float, *, crosses: bool = False) -> Part:
        """Return a part along a piece of street."""
        return cls(piece=piece, start_m=start_m, end_m=end_m, crosses=crosses)

    @classmethod
    def across(cls, piece: int) -> Part:
        """Return the crossing of a carriageway."""
        return cls(piece=piece, crosses=True)


def assemble(ground: Ground, parts: Sequence[Part]) -> Course:
    """Put the course of a way together from its parts, access point first."""
    net, streets = ground.net, ground.streets
    lengths = {"duct": 0.0, "street": 0.0, "off_street": 0.0}
    crossed: Counted = defaultdict(float)
    points = [np.empty((0, 2))]
    for part in parts:
        if part.line is not None:
            lengths["off_street"] += float(part.line.length)
            points.append(shapely.get_coordinates(part.line))
            _count_leg(ground, part, crossed)
            continue
        row = int(net.street[part.piece])
        if part.crosses:
            crossed[str(streets.kind[row])] += 1
        if part.start_m == part.end_m:
            continue
        in_duct = bool(streets.has_duct[row]) or streets.kind[row] == "duct"
        lengths["duct" if in_duct else "street"] += abs(part.end_m - part.start_m)
        course = ops.substring(net.course[part.piece], part.start_m, part.end_m)
        points.append(shapely.get_coordinates(course))
        _count_barriers(ground, part, crossed)
    return Course(
        line=to_degrees(ground, shapely.LineString(_distinct(np.concatenate(points)))),
        duct_m=lengths["duct"],
        street_m=lengths["street"],
        off_street_m=lengths["off_street"],
        crossings={kind: ceil(count - ROUNDING) for kind, count in sorted(crossed.items())},
    )


def to_degrees(ground: Ground, line: shapely.LineString) -> shapely.LineString:
    """Return a course in degrees."""
    points = shapely.get_coordinates(line)
    lon, lat = ground.plane.to_degrees(points[:, 0], points[:, 1])
    return shapely.LineString(np.column_stack([lon, lat]))


def _distinct(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return points without those that repeat the one before; two at least."""
    moves = np.any(np.diff(points, axis=0) != 0.0, axis=1)
    return points[np.r_[True, moves]] if moves.any() else points[[0, -1]]


def _count_leg(ground: Ground, part: Part, crossed: Counted) -> None:
    lines = np.array([part.line], dtype=object)
    _, others = crossed_streets(ground, lines)
    for other in others.tolist():
        crossed[str(ground.streets.kind[ground.net.street[other]])] += 1
    met = crossed_barriers(ground, lines)
    for kind, share in zip(met.kind.tolist(), met.share.tolist(), strict=True):
        crossed[str(kind)] += share


def _count_barriers(ground: Ground, part: Part, crossed: Counted) -> None:
    met = ground.crossings
    first, last = np.searchsorted(met.line, [part.piece, part.piece + 1])
    low, high = sorted((part.start_m, part.end_m))
    for k in range(int(first), int(last)):
        if low <= met.position[k] <= high:
            crossed[str(met.kind[k])] += float(met.share[k])
