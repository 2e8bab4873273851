"""StreetNet: streets cut where they meet, in metres: junctions, and pieces between them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from scipy import sparse
from scipy.sparse import csgraph

from grid_models.crs import Plane
from planner.routing.streets import COURSE_KINDS, Streets

__all__ = ["StreetNet", "lay_net", "to_plane"]

# A street that ends so near another of its level is drawn to end at it.
SNAP_M = 0.5
# Streets of different levels meet where the end of one is a point of the other; rounding apart.
SAME_M = 0.01
# Cuts of a street nearer to each other than this are one.
MERGE_M = 1e-3

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Objects = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class StreetNet:
    """Pieces of streets between junctions.

    Parameters
    ----------
    course
        LineString of each piece, from its first junction to its second, metres.
    ends
        Numbers of the two junctions of each piece; shape (2, pieces).
    street
        Row in `Streets` each piece belongs to.
    junction
        Places of the junctions in metres; shape (junctions, 2).
    """

    course: Objects
    ends: Ints
    street: Ints
    junction: Floats

    @cached_property
    def length_m(self) -> Floats:
        """Length of each piece."""
        return np.asarray(shapely.length(self.course), dtype=np.float64)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Pieces by place."""
        return shapely.STRtree(self.course)


def to_plane(geometry: Objects, plane: Plane) -> Objects:
    """Return geometries of degrees in the metres of a plane."""

    def project(points: Floats) -> Floats:
        x_m, y_m = plane.to_metres(points[:, 0], points[:, 1])
        return np.column_stack([x_m, y_m])

    return np.asarray(shapely.transform(geometry, project), dtype=object)


def lay_net(streets: Streets, plane: Plane) -> StreetNet:
    """Cut what a cable may lie along at every crossing of its level and at every end that meets it.

    Parameters
    ----------
    plane
        Where distances are measured.
    """
    rows = np.flatnonzero(np.isin(streets.kind, COURSE_KINDS))
    lines = shapely.force_2d(to_plane(streets.geometry[rows], plane))
    long_enough = shapely.length(lines) > MERGE_M
    rows, lines = rows[long_enough], lines[long_enough]
    if not len(lines):
        return StreetNet(
            course=np.empty(0, dtype=object), ends=np.empty((2, 0), np.int64),
            street=np.empty(0, np.int64), junction=np.empty((0, 2)),
        )  # fmt: skip
    cuts = _Cuts(lines, streets.level[rows])
    cuts.add_ends()
    cuts.add_crossings()
    return cuts.lay(rows)


class _Cuts:
    """Places at which lines are cut: line, position along it, and the joint it belongs to."""

    def __init__(self, lines: Objects, level: Ints) -> None:
        self.lines, self.level = lines, level
        self.tree = shapely.STRtree(lines)
        self.length = np.asarray(shapely.length(lines), dtype=np.float64)
        self.line: list[Ints] = []
        self.position: list[Floats] = []
        self.joint: list[Ints] = []
        self.places: list[Floats] = []
        self.joints = 0

    def _new_joints(self, places: Floats) -> Ints:
        numbers = np.arange(self.joints, self.joints + len(places))
        self.joints += len(places)
        self.places.append(places)
        return numbers

    def _cut(self, line: Ints, position: Floats, joint: Ints) -> None:
        self.line.append(line)
        self.position.append(position)
        self.joint.append(joint)

    def add_ends(self) -> None:
        """Cut at the ends of every line, and every line at the ends of others that meet it."""
        count = len(self.lines)
        points = np.concatenate(
            [shapely.get_point(self.lines, 0), shapely.get_point(self.lines, -1)]
        )
        own = np.tile(np.arange(count), 2)
        joint = self._new_joints(shapely.get_coordinates(points))
        self._cut(own, np.concatenate([np.zeros(count), self.length]), joint)
        point, line = self.tree.query(points, predicate="dwithin", distance=SNAP_M)
        gap = shapely.distance(points[point], self.lines[line])
        meets = (self.level[own[point]] == self.level[line]) | (gap <= SAME_M)
        meets &= own[point] != line
        point, line = point[meets], line[meets]
        position = shapely.line_locate_point(self.lines[line], points[point])
        self._cut(line, np.asarray(position), joint[point])

    def add_crossings(self) -> None:
        """Cut two lines of a level where they cross or touch, and where a shared part ends."""
        one, other = self.tree.query(self.lines, predicate="intersects")
        first = (one < other) & (self.level[one] == self.level[other])
        one, other = one[first], other[first]
        shared = shapely.intersection(self.lines[one], self.lines[other])
        parts, pair = shapely.get_parts(shared, return_index=True)
        is_point = shapely.get_type_id(parts) == shapely.GeometryType.POINT
        long, of_long = parts[~is_point], pair[~is_point]
        points = np.concatenate(
            [parts[is_point], shapely.get_point(long, 0), shapely.get_point(long, -1)]
        )
        pair = np.concatenate([pair[is_point], of_long, of_long])
        joint = self._new_joints(shapely.get_coordinates(points))
        for line in (one[pair], other[pair]):
            position = shapely.line_locate_point(self.lines[line], points)
            self._cut(line, np.asarray(position), joint)

    def lay(self, rows: Ints) -> StreetNet:
        """Return the pieces between the cuts."""
        line, joint = np.concatenate(self.line), np.concatenate(self.joint)
        position = np.concatenate(self.position)
        order = np.lexsort((joint, position, line))
        line, position, joint = line[order], position[order], joint[order]
        follows = line[1:] == line[:-1]
        is_gap = follows & (position[1:] - position[:-1] > MERGE_M)
        number, places = self._junctions(joint, follows & ~is_gap)
        piece = np.flatnonzero(is_gap)
        ends = np.stack([number[joint[piece]], number[joint[piece + 1]]])
        course = _courses(
            self.lines, line[piece], position[piece], position[piece + 1], places[ends]
        )
        keep = shapely.length(course) > 0.0
        return StreetNet(
            course=course[keep], ends=ends[:, keep], street=rows[line[piece]][keep],
            junction=places,
        )  # fmt: skip

    def _junctions(self, joint: Ints, is_same: npt.NDArray[np.bool_]) -> tuple[Ints, Floats]:
        """Return the junction of each joint: joints whose cuts fall together are one."""
        same = np.flatnonzero(is_same)
        shape = (self.joints, self.joints)
        pairs = (joint[same], joint[same + 1])
        together = sparse.coo_array((np.ones(len(same)), pairs), shape=shape)
        _, number = csgraph.connected_components(together, directed=False)
        _, first = np.unique(number, return_index=True)
        return number.astype(np.int64), np.concatenate(self.places)[first]


def _courses(lines: Objects, line: Ints, start: Floats, end: Floats, places: Floats) -> Objects:
    """Return the part of each line between two positions, its ends at the junctions."""
    points, owner = shapely.get_coordinates(lines, return_index=True)
    step = np.r_[0.0, np.hypot(*np.diff(points, axis=0).T)]
    step[np.r_[True, owner[1:] != owner[:-1]]] = 0.0
    walked = np.cumsum(step)
    first = np.searchsorted(owner, np.arange(len(lines)))
    walked -= walked[first][owner]
    last = np.r_[first[1:], len(points)]
    courses = np.empty(len(line), dtype=object)
    for k, (row, low, high) in enumerate(
        zip(line.tolist(), start.tolist(), end.tolist(), strict=True)
    ):
        own = slice(int(first[row]), int(last[row]))
        inside = (walked[own] > low + MERGE_M) & (walked[own] < high - MERGE_M)
        between = points[own][inside]
        courses[k] = shapely.LineString([places[0, k], *between, places[1, k]])
    return courses
