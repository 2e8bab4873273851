"""Lanes: the two sides of every street as a graph; changing sides costs a crossing.

Round a junction lie as many corners as streets meet there. A side of a street leads from a corner
of one junction to a corner of the other; a carriageway is crossed at a junction, from the corner
on one side of a street to that on its other side. Ducts have no sides: they lead from junction to
junction and are left at the corner, or corners, they lie in.

::

        |   |
     c2 | b | c1          Streets a (to the east), b (to the north) and c (to the west) meet:
    ----'   '----         corner c1 between a and b, c2 between b and c, c3 south of both.
     c         a          c1 - c2 is the crossing of b, c1 - c3 that of a, c2 - c3 that of c.
    -------------
         c3
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from scipy import sparse

from planner.routing.barriers import Crossings
from planner.routing.net import StreetNet
from planner.routing.prices import Prices
from planner.routing.streets import Streets

__all__ = [
    "CROSSING",
    "LEFT",
    "RIGHT",
    "Corners",
    "Lanes",
    "find_corners",
    "graph_of",
    "make_lanes",
    "metre_prices",
]

# In place of a piece: the edge crosses a carriageway, or leads into or out of a duct.
CROSSING = -1
LEFT, RIGHT = 0, 1
# More than a full turn: keeps the directions at one junction apart from those at the next.
APART = 8.0
# A duct drawn on the middle of a street lies on both sides of it.
TILT = 1e-6

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Corners(NamedTuple):
    """Corners of the junctions, numbered on, and the ducts' own nodes behind them.

    Parameters
    ----------
    first
        Number of the first corner of each junction, and one more.
    angles, at
        Angles of the streets' arms sorted round each junction, and where those of each begin.
    of_piece
        Corner of each piece on its left and right side at its first and second end; of a duct its
        node four times; shape (2, 2, pieces): side, end.
    duct
        Node of the ducts at each junction; -1 where none ends.
    nodes
        How many corners and nodes of ducts there are.
    is_duct
        By piece.
    """

    first: Ints
    angles: Floats
    at: Ints
    of_piece: Ints
    duct: Ints
    nodes: int
    is_duct: npt.NDArray[np.bool_]

    def corners_towards(self, junction: Ints, angle: Floats) -> Ints:
        """Return the corners that lie in directions from junctions, radians from -pi to pi."""
        turned = np.repeat(np.arange(len(self.at) - 1), np.diff(self.at)) * APART + self.angles
        rank = np.searchsorted(turned, junction * APART + angle, side="right") - 1
        arms = np.maximum(self.at[junction + 1] - self.at[junction], 1)
        return np.asarray(self.first[junction] + (rank - self.at[junction]) % arms)


@dataclass(frozen=True, kw_only=True)
class Lanes:
    """Edges between corners, the cheapest of each pair, priced.

    Parameters
    ----------
    key
        ``from * count + to`` of each edge, ascending.
    cost, piece
        By edge: price, and the piece it lies along or `CROSSING`.
    crossed
        By edge: the piece whose carriageway it crosses; -1 if it crosses none.
    indptr
        Where the edges of each corner begin.
    """

    corners: Corners
    key: Ints
    cost: Floats
    piece: Ints
    crossed: Ints
    indptr: Ints

    def edge(self, start: int, end: int) -> int:
        """Return the edge between two corners."""
        return int(np.searchsorted(self.key, start * self.corners.nodes + end))


def find_corners(net: StreetNet, streets: Streets) -> Corners:
    """Sort the streets that meet at each junction and number the corners between them."""
    is_duct = streets.kind[net.street] == "duct"
    junctions, pieces = len(net.junction), len(net.course)
    own = np.flatnonzero(~is_duct)
    junction = np.concatenate([net.ends[0, own], net.ends[1, own]])
    angle = np.concatenate([_angles(net, own, 0), _angles(net, own, 1)])
    arm = np.tile(own, 2) + np.repeat([0, pieces], len(own))
    order = np.lexsort((arm, angle, junction))
    arms = np.bincount(junction, minlength=junctions)
    at = np.r_[0, np.cumsum(arms)]
    first = np.r_[0, np.cumsum(np.maximum(arms, 1))].astype(np.int64)
    rank = np.arange(len(order)) - at[junction[order]]
    left = np.empty(2 * pieces, dtype=np.int64)
    right = np.empty(2 * pieces, dtype=np.int64)
    base, degree = first[junction[order]], arms[junction[order]]
    left[arm[order]] = base + rank  # the corner that follows an arm counter-clockwise
    right[arm[order]] = base + (rank - 1) % degree
    duct = np.full(junctions, -1, dtype=np.int64)
    ended = np.unique(net.ends[:, is_duct])
    duct[ended] = first[-1] + np.arange(len(ended))
    of_piece = np.stack(
        [
            np.stack([left[:pieces], right[pieces:]]),  # seen from the second end it is turned
            np.stack([right[:pieces], left[pieces:]]),
        ]
    )
    of_piece[:, :, is_duct] = duct[net.ends[:, is_duct]]
    return Corners(
        first=first, angles=angle[order], at=at.astype(np.int64), of_piece=of_piece, duct=duct,
        nodes=int(first[-1]) + len(ended), is_duct=np.asarray(is_duct, dtype=np.bool_),
    )  # fmt: skip


def make_lanes(
    net: StreetNet,
    streets: Streets,
    corners: Corners,
    crossings: Crossings,
    blocked: npt.NDArray[np.bool_],
    prices: Prices,
) -> Lanes:
    """Price the graph.

    Parameters
    ----------
    crossings
        Where the pieces cross barriers.
    blocked
        By piece: nothing may lie along it.
    """
    kind = streets.kind[net.street]
    along = net.length_m * metre_prices(streets, net.street, prices)
    price = np.array([prices.crossing[name] for name in crossings.kind], dtype=np.float64)
    np.add.at(along, crossings.line, price * crossings.share)
    free = np.flatnonzero(~blocked)
    start, end, cost, piece, crossed = [], [], [], [], []
    for side in (LEFT, RIGHT):
        start.append(corners.of_piece[side, 0, free])
        end.append(corners.of_piece[side, 1, free])
        cost.append(along[free])
        piece.append(free)
        crossed.append(np.full(len(free), -1))
    # a street in which nothing may lie is crossed as any other
    street = np.flatnonzero(~corners.is_duct)
    across = np.array([prices.crossing[name] for name in kind[street]], dtype=np.float64)
    for k in (0, 1):
        start.append(corners.of_piece[LEFT, k, street])
        end.append(corners.of_piece[RIGHT, k, street])
        cost.append(across)
        piece.append(np.full(len(street), CROSSING))
        crossed.append(street)
    into, out = _duct_doors(net, corners)
    start.append(into)
    end.append(out)
    cost.append(np.zeros(len(into)))
    piece.append(np.full(len(into), CROSSING))
    crossed.append(np.full(len(into), -1))
    return _cheapest(corners, *map(np.concatenate, (start, end, cost, piece, crossed)))


def metre_prices(streets: Streets, rows: Ints, prices: Prices) -> Floats:
    """Return the price of a metre along some streets."""
    has_duct = streets.has_duct[rows] | (streets.kind[rows] == "duct")
    return np.where(has_duct, prices.duct, prices.street)


def _cheapest(corners: Corners, start: Any, end: Any, cost: Any, piece: Any, crossed: Any) -> Lanes:
    """Keep the cheapest edge between two corners, both ways."""
    start, end = np.r_[start, end], np.r_[end, start]
    cost, piece, crossed = np.tile(cost, 2), np.tile(piece, 2), np.tile(crossed, 2)
    key = start.astype(np.int64) * corners.nodes + end
    order = np.lexsort((crossed, piece, cost, key))
    order = order[start[order] != end[order]]
    _, first = np.unique(key[order], return_index=True)
    order = order[first]
    indptr = np.searchsorted(start[order], np.arange(corners.nodes + 1))
    return Lanes(
        corners=corners, key=key[order], cost=cost[order], piece=piece[order],
        crossed=crossed[order], indptr=indptr.astype(np.int64),
    )  # fmt: skip


def graph_of(lanes: Lanes, node: Ints, cost: Floats) -> sparse.csr_array:
    """Return the graph with one more node behind the corners, from which ways to some start."""
    count = lanes.corners.nodes
    indices = np.r_[lanes.key % count, node] if count else node
    shape = (count + 1, count + 1)
    indptr = np.r_[lanes.indptr, len(lanes.key) + len(node)]
    return sparse.csr_array((np.r_[lanes.cost, cost], indices, indptr), shape=shape)


def _angles(net: StreetNet, pieces: Ints, end: int) -> Floats:
    """Return the direction in which pieces leave one of their ends, radians."""
    at, following = ((0, 1), (-1, -2))[end]
    course = net.course[pieces]
    a = shapely.get_coordinates(shapely.get_point(course, at))
    b = shapely.get_coordinates(shapely.get_point(course, following))
    return np.arctan2(b[:, 1] - a[:, 1], b[:, 0] - a[:, 0])


def _duct_doors(net: StreetNet, corners: Corners) -> tuple[Ints, Ints]:
    """Return pairs of duct node and corner between which one may step."""
    pieces = np.flatnonzero(corners.is_duct)
    junction = np.concatenate([net.ends[0, pieces], net.ends[1, pieces]])
    angle = np.concatenate([_angles(net, pieces, 0), _angles(net, pieces, 1)])
    doors = np.concatenate(
        [
            np.column_stack([corners.duct[junction], corners.corners_towards(junction, near)])
            for near in (angle - TILT, angle + TILT)
        ]
    )
    doors = np.unique(doors, axis=0)
    return doors[:, 0], doors[:, 1]
