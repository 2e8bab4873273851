"""Geometry: shapes of a tile as the integers a vector tile has of them (specification 2.1, 4.3).

A shape is commands, each a number of its kind and count, and steps from point to point, zigzag
coded so that small ones are small numbers::

    move to (9)  dx dy  line to (n << 3 | 2)  dx dy dx dy ...  close (15)
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely

from api.map.mercator import EXTENT, Tile
from api.map.shapes import Shapes

__all__ = ["Drawn", "draw_areas", "draw_courses", "draw_points"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Drawn = tuple[Ints, list[list[int]]]
"""Which shapes are left, and the integers of each."""

_MOVE, _LINE, _CLOSE = 1 | 1 << 3, 2, 7 | 1 << 3
# A tile is drawn 512 pixels wide at most: one is 8 units.
_PIXEL_BITS = 3
# of a ring the last point is the first one
_LEAST_RING = 4


def draw_points(shapes: Shapes, which: Ints, tile: Tile) -> Drawn:
    """Draw shapes that are points."""
    steps = _zigzag(_to_tile(shapes.points_m[shapes.start[which]], tile))
    commands = np.column_stack([np.full(len(which), _MOVE), steps])
    return which, commands.tolist()


def draw_courses(shapes: Shapes, which: Ints, tile: Tile) -> Drawn:
    """Draw courses, cut at the tile's edge; a step within a pixel is none, a course of none goes.

    Most courses of a tile lie in it as a whole: only the others are cut.
    """
    is_whole = shapes.within(which, tile.buffered)
    points, owner = shapes.points(which[is_whole])
    owner = np.flatnonzero(is_whole)[owner]
    cut_points, cut_owner, cut_part = _cut(shapes, which, np.flatnonzero(~is_whole), tile)
    at = _to_tile(np.concatenate([points, cut_points]), tile)
    # parts of one course keep together: what is cut comes after what is whole
    owner, part = np.concatenate([owner, cut_owner]), np.concatenate([owner, cut_part])
    return _commands(at, owner, part, which)


def _cut(shapes: Shapes, which: Ints, at: Ints, tile: Tile) -> tuple[Floats, Ints, Ints]:
    """Cut courses at the tile's edge: points left, entry of `which` and part of each."""
    cut = shapely.clip_by_rect(shapes.courses(which[at]), *tile.buffered)
    parts, of_course = shapely.get_parts(cut, return_index=True)
    is_line = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    points, of_part = shapely.get_coordinates(parts[is_line], return_index=True)
    # numbers of parts differ from those of whole courses
    return points, at[of_course[is_line]][of_part], len(which) + of_part


def _commands(at: Ints, owner: Ints, part: Ints, which: Ints) -> Drawn:
    is_new = np.ones(len(at), dtype=bool)
    pixel = at >> _PIXEL_BITS
    is_new[1:] = (part[1:] != part[:-1]) | (pixel[1:] != pixel[:-1]).any(axis=1)
    at, owner, part = at[is_new], owner[is_new], part[is_new]
    first, count = _runs(part)
    is_line = np.repeat(count > 1, count)
    at, owner, part = at[is_line], owner[is_line], part[is_line]
    if not len(at):
        return which[:0], []
    first, count = _runs(part)
    owner_first, _ = _runs(owner)
    before = np.zeros_like(at)
    before[1:] = at[:-1]
    before[owner_first] = 0
    # a part of n points is 2 n + 2 numbers: move, step, line of n - 1, steps
    begin = np.concatenate([[0], np.cumsum(2 * count + 2)])
    place = np.arange(len(at)) - np.repeat(first, count)
    to = np.repeat(begin[:-1], count) + np.where(place == 0, 1, 2 + 2 * place)
    numbers = np.empty(begin[-1], dtype=np.int64)
    numbers[begin[:-1]], numbers[begin[:-1] + 3] = _MOVE, (count - 1) << 3 | _LINE
    numbers[to], numbers[to + 1] = _zigzag(at - before).T
    part_of = np.searchsorted(first, owner_first)
    ends = np.append(begin[part_of], begin[-1]).tolist()
    flat = numbers.tolist()
    return which[owner[owner_first]], [flat[a:b] for a, b in pairwise(ends)]


def _runs(keys: Ints) -> tuple[Ints, Ints]:
    """Return where each run of equal keys begins, and its length."""
    is_first = np.ones(len(keys), dtype=bool)
    is_first[1:] = keys[1:] != keys[:-1]
    first = np.flatnonzero(is_first)
    return first, np.diff(np.append(first, len(keys)))


def draw_areas(areas: Sequence[shapely.Geometry], which: Ints, tile: Tile) -> Drawn:
    """Draw polygons, cut at the tile's edge; outer rings turn right, holes left.

    There are few of them: one after the other.
    """
    left, drawn = [], []
    edge = shapely.box(*tile.buffered)
    for k in which.tolist():
        numbers: list[int] = []
        at = np.zeros(2, dtype=np.int64)
        for polygon in shapely.get_parts(shapely.intersection(areas[k], edge)):
            if polygon.geom_type == "Polygon":
                at = _add_rings(numbers, polygon, at, tile)
        if numbers:
            left.append(k)
            drawn.append(numbers)
    return np.array(left, dtype=np.int64), drawn


def _add_rings(numbers: list[int], polygon: shapely.Polygon, at: Ints, tile: Tile) -> Ints:
    """Add a polygon's rings to the numbers; nothing where its outer one is smaller than a unit."""
    turned = shapely.geometry.polygon.orient(polygon, sign=-1.0)  # y of a tile runs southward
    for k, ring in enumerate([turned.exterior, *turned.interiors]):
        points = _to_tile(shapely.get_coordinates(ring), tile)
        is_new = np.append(True, (points[1:] != points[:-1]).any(axis=1))
        points = points[is_new]
        if len(points) < _LEAST_RING:
            if k == 0:
                return at
            continue
        points = points[:-1]
        steps = _zigzag(np.diff(np.vstack([at, points]), axis=0))
        numbers += [_MOVE, *steps[0].tolist(), (len(points) - 1) << 3 | _LINE]
        numbers += [*steps[1:].ravel().tolist(), _CLOSE]
        at = points[-1]
    return at


def _to_tile(points_m: Floats, tile: Tile) -> Ints:
    west, _, _, north = tile.box
    scale = EXTENT / tile.side_m
    at = (points_m - (west, north)) * (scale, -scale)
    return np.rint(at).astype(np.int64)


def _zigzag(steps: Ints) -> Ints:
    return (steps << 1) ^ (steps >> 63)
