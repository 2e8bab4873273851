"""Streets: a slightly irregular grid of streets, the blocks between them, and what bars the way.

All in the district's own metres: x to the east, y to the north. Rows of streets run west to
east, columns south to north; block (row, column) lies north of its row and east of its column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from typing import NamedTuple

import numpy as np

from grid_models.synthesize.names import Names

__all__ = ["PITCH_M", "Block", "Point", "Street", "StreetNet", "between", "lay_streets", "shifted"]

Point = tuple[float, float]

PITCH_M = 250.0
# How much the distance between two streets and the place of a crossing vary, shares of the pitch.
PITCH_SPREAD = 0.12
CROSSING_SPREAD = 0.04
# From the middle of a street, river ... to the pavement of the block beside it.
PAVEMENT_M = {"street": 11.0, "trunk": 16.0, "river": 42.0, "railway": 32.0, "expressway": 36.0}
BARRIERS = ("river", "railway", "expressway")
SMALLEST_WITH_RAILWAY = 5
SMALLEST_WITH_EXPRESSWAY = 10
BLOCKS_A_PARK = 60


class Street(NamedTuple):
    """A street, or what lies in its place: a river, a railway, an expressway."""

    stem: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The land between four streets, bounded by its pavement; places on it are metres walked.

    Parameters
    ----------
    row, column
        Of the streets south and west of it.
    corners
        South-west, south-east, north-east, north-west.
    turns
        Metres walked from the first corner to each corner and round to the first again.
    """

    row: int
    column: int
    corners: tuple[Point, ...]
    turns: tuple[float, ...]

    @property
    def perimeter_m(self) -> float:
        """Length of the pavement all round."""
        return self.turns[-1]

    @property
    def middle(self) -> Point:
        """Mean of the corners."""
        return (sum(x for x, _ in self.corners) / 4.0, sum(y for _, y in self.corners) / 4.0)

    def side(self, walked_m: float) -> int:
        """Return the side reached after walking so far: 0 south, 1 east, 2 north, 3 west."""
        walked_m %= self.perimeter_m
        return next(k for k in range(4) if walked_m <= self.turns[k + 1])

    def at(self, walked_m: float) -> Point:
        """Return the point reached after walking so far from the first corner."""
        side = self.side(walked_m)
        walked_m %= self.perimeter_m
        share = (walked_m - self.turns[side]) / (self.turns[side + 1] - self.turns[side])
        return between(self.corners[side], self.corners[(side + 1) % 4], share)

    def walk(self, start_m: float, end_m: float) -> list[Point]:
        """Return the way along the pavement, corners included; backwards if the end is less."""
        low, high = sorted((start_m, end_m))
        first = int(low // self.perimeter_m)
        corners = [
            self.corners[k]
            for lap in range(first, int(high // self.perimeter_m) + 1)
            for k in range(4)
            if low + 1.0 < lap * self.perimeter_m + self.turns[k] < high - 1.0
        ]
        way = [self.at(low), *corners, self.at(high)]
        return way if end_m >= start_m else way[::-1]

    def nearest(self, point: Point) -> float:
        """Return the metres walked to the point of the pavement nearest to a point."""
        best = (float("inf"), 0.0)
        for side in range(4):
            (ax, ay), (bx, by) = self.corners[side], self.corners[(side + 1) % 4]
            dx, dy = bx - ax, by - ay
            share = ((point[0] - ax) * dx + (point[1] - ay) * dy) / (dx * dx + dy * dy)
            share = min(1.0, max(0.0, share))
            gap = hypot(ax + share * dx - point[0], ay + share * dy - point[1])
            best = min(best, (gap, self.turns[side] + share * hypot(dx, dy)))
        return best[1]

    def shorter(self, start_m: float, end_m: float) -> float:
        """Return the end as metres walked from the start the shorter way round."""
        way = (end_m - start_m) % self.perimeter_m
        return start_m + (way if way <= self.perimeter_m / 2 else way - self.perimeter_m)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetNet:
    """The streets of a district.

    Parameters
    ----------
    crossings
        ``crossings[row][column]``: where two streets cross.
    rows, columns
        Streets from south to north and from west to east.
    blocks
        ``blocks[row][column]``.
    parks
        (row, column) of blocks nothing may be built in.
    west_row, east_row
        Rows at whose ends the two substations stand.
    """

    crossings: tuple[tuple[Point, ...], ...]
    rows: tuple[Street, ...]
    columns: tuple[Street, ...]
    blocks: tuple[tuple[Block, ...], ...]
    parks: tuple[tuple[int, int], ...]
    west_row: int
    east_row: int

    def beyond(self, block: Block, walked_m: float, inside: Point) -> Point:
        """Return where the way from inside a block over its pavement meets the street.

        The place on the pavement itself if no street lies there but a barrier.
        """
        row, column, place = block.row, block.column, block.at(walked_m)
        side = block.side(walked_m)
        street = (
            self.rows[row],
            self.columns[column + 1],
            self.rows[row + 1],
            self.columns[column],
        )[side]
        if street.kind in BARRIERS:
            return place
        ring = ((row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column))
        start, end = (self.crossings[i][j] for i, j in (ring[side], ring[(side + 1) % 4]))
        across = (end[1] - start[1], start[0] - end[0])
        ahead = (place[0] - inside[0], place[1] - inside[1])
        share = _dot(across, (start[0] - inside[0], start[1] - inside[1])) / _dot(across, ahead)
        return between(inside, place, share)


def lay_streets(rng: np.random.Generator, names: Names, *, rows: int, columns: int) -> StreetNet:
    """Return a new net of streets around (0, 0).

    Parameters
    ----------
    rng, names
        Decide everything that varies.
    rows, columns
        Number of blocks from south to north (even) and from west to east.
    """
    west_row, east_row = _substation_rows(rng, rows)
    kinds = _row_kinds(rng, rows, (west_row, east_row)), _column_kinds(rng, columns)
    streets = (
        tuple(_street(names.place(), kind, "路") for kind in kinds[0]),
        tuple(_street(names.place(), kind, "街") for kind in kinds[1]),
    )
    xs, ys = _positions(rng, kinds[1]), _positions(rng, kinds[0])
    jitter = rng.normal(0.0, CROSSING_SPREAD * PITCH_M / 2, (rows + 1, columns + 1, 2))
    jitter = np.clip(jitter, -CROSSING_SPREAD * PITCH_M, CROSSING_SPREAD * PITCH_M)
    crossings = tuple(
        tuple((float(x + jitter[i, j, 0]), float(y + jitter[i, j, 1])) for j, x in enumerate(xs))
        for i, y in enumerate(ys)
    )
    blocks = tuple(
        tuple(_block(crossings, streets, i, j) for j in range(columns)) for i in range(rows)
    )
    chosen = rng.choice(rows * columns, 1 + (rows * columns >= BLOCKS_A_PARK), replace=False)
    return StreetNet(
        crossings=crossings,
        rows=streets[0],
        columns=streets[1],
        blocks=blocks,
        parks=tuple((int(k) // columns, int(k) % columns) for k in chosen),
        west_row=west_row,
        east_row=east_row,
    )


def between(start: Point, end: Point, share: float) -> Point:
    """Return the point a share of the way from start to end."""
    return (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))


def _dot(a: Point, b: Point) -> float:
    return a[0] * b[0] + a[1] * b[1]


def shifted(points: Sequence[Point], dx: float, dy: float) -> list[Point]:
    """Return points moved by dx, dy metres."""
    return [(x + dx, y + dy) for x, y in points]


def _substation_rows(rng: np.random.Generator, rows: int) -> tuple[int, int]:
    """Choose two even rows near the middle: feeders leave along the odd ones."""
    even = sorted(range(0, rows + 1, 2), key=lambda row: abs(row - rows / 2))
    near = even[: max(1, len(even) // 2)]
    return int(rng.choice(near)), int(rng.choice(near))


def _row_kinds(rng: np.random.Generator, rows: int, taken: tuple[int, int]) -> list[str]:
    kinds = ["trunk" if row % 4 == 1 else "street" for row in range(rows + 1)]
    free = [row for row in range(0, rows + 1, 2) if row not in taken]
    barriers = ["river", "expressway"] if rows >= SMALLEST_WITH_EXPRESSWAY else ["river"]
    for kind, row in zip(barriers, rng.permutation(free), strict=False):
        kinds[row] = kind
    return kinds


def _column_kinds(rng: np.random.Generator, columns: int) -> list[str]:
    kinds = ["trunk" if column in (0, columns) else "street" for column in range(columns + 1)]
    if columns >= SMALLEST_WITH_RAILWAY:
        kinds[int(rng.integers(2, columns - 1))] = "railway"
    return kinds


def _street(stem: str, kind: str, suffix: str) -> Street:
    suffix = {"river": "河", "railway": "铁路", "expressway": "快速路"}.get(kind, suffix)
    return Street(stem=stem, name=stem + suffix, kind=kind)


def _positions(
    rng: np.random.Generator, kinds: list[str]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Place parallel streets, barriers with more room around them, centred on 0."""
    gaps = PITCH_M * rng.uniform(1.0 - PITCH_SPREAD, 1.0 + PITCH_SPREAD, len(kinds) - 1)
    wide = np.array([PAVEMENT_M[kind] - PAVEMENT_M["street"] for kind in kinds])
    places = np.concatenate([[0.0], np.cumsum(gaps + wide[:-1] + wide[1:])])
    return np.asarray(places - places[-1] / 2.0, dtype=np.float64)


def _block(
    crossings: tuple[tuple[Point, ...], ...],
    streets: tuple[tuple[Street, ...], tuple[Street, ...]],
    row: int,
    column: int,
) -> Block:
    south, north = (PAVEMENT_M[streets[0][k].kind] for k in (row, row + 1))
    west, east = (PAVEMENT_M[streets[1][k].kind] for k in (column, column + 1))
    corners = tuple(
        (x + dx, y + dy)
        for (x, y), dx, dy in (
            (crossings[row][column], west, south),
            (crossings[row][column + 1], -east, south),
            (crossings[row + 1][column + 1], -east, -north),
            (crossings[row + 1][column], west, -north),
        )
    )
    turns = [0.0]
    for k in range(4):
        (ax, ay), (bx, by) = corners[k], corners[(k + 1) % 4]
        turns.append(turns[-1] + hypot(bx - ax, by - ay))
    return Block(row=row, column=column, corners=corners, turns=tuple(turns))
