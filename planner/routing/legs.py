"""Legs: ways off the streets, from a place to the nearest streets, and where they get onto them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from planner.routing.barriers import Crossings
from planner.routing.ground import Ground
from planner.routing.lanes import LEFT, RIGHT, metre_prices
from planner.routing.prices import Prices

__all__ = [
    "Joins",
    "Legs",
    "crossed_barriers",
    "crossed_streets",
    "crossing_prices",
    "find_joins",
    "find_legs",
    "partial_cost",
    "price_straight",
]

# A leg this short stands on the street; a foot this near to a junction is the junction.
ON_STREET_M = 1e-3

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Objects = npt.NDArray[Any]


class Legs(NamedTuple):
    """Allowed ways off the streets, in the order of place, length and piece.

    Parameters
    ----------
    place
        Number of the place each starts at.
    piece, position
        Piece it ends at, and metres along that piece.
    junction
        Junction it ends at; -1 in the middle of a piece.
    side
        Side of the piece it comes from; -1 on the street itself.
    line
        From the place to the foot.
    length_m, cost
        Length, and price with all that it crosses.
    """

    place: Ints
    piece: Ints
    position: Floats
    junction: Ints
    side: Ints
    line: Objects
    length_m: Floats
    cost: Floats


class Joins(NamedTuple):
    """Ways from a place over a leg to a corner of the graph.

    Parameters
    ----------
    leg
        Number of the leg.
    node
        Corner, or node of a duct.
    end
        End of the leg's piece it follows; -1 where the foot is a junction.
    crosses
        True if it changes to the other side of the leg's piece.
    cost
        Price from the place to the corner.
    """

    leg: Ints
    node: Ints
    end: Ints
    crosses: Bools
    cost: Floats


def find_legs(ground: Ground, places: Objects, prices: Prices) -> tuple[Legs, Bools]:
    """Return the legs of some places, and which places have any street within reach.

    Parameters
    ----------
    places
        Points, or polygons that are entered at their outline, metres.
    """
    start, piece, is_inside = _near_pieces(ground, places, prices)
    has_street = np.zeros(len(places), dtype=bool)
    has_street[start] = True
    lines, owner = _lines(ground, places, start, piece, is_inside)
    start, piece = start[owner], piece[owner]
    standing = shapely.get_point(lines, 0)
    usable = np.ones(len(lines), dtype=bool)
    usable[ground.barriers.touched(lines, prices.forbidden, standing=[standing])[0]] = False
    usable[ground.restricted.touched(lines, frozenset({"restricted"}))[0]] = False
    start, piece, lines = start[usable], piece[usable], lines[usable]
    net, course = ground.net, ground.net.course[piece]
    feet = shapely.get_point(lines, -1)
    position = np.asarray(shapely.line_locate_point(course, feet), dtype=np.float64)
    length_m = np.asarray(shapely.length(lines), dtype=np.float64)
    junction = np.full(len(lines), -1, dtype=np.int64)
    at_start = position <= ON_STREET_M
    at_end = position >= net.length_m[piece] - ON_STREET_M
    junction[at_end] = net.ends[1, piece[at_end]]
    junction[at_start] = net.ends[0, piece[at_start]]
    side = _sides(course, position, feet, shapely.get_point(lines, 0))
    side[length_m <= ON_STREET_M] = -1
    legs = Legs(
        place=start, piece=piece, position=position, junction=junction, side=side, line=lines,
        length_m=length_m,
        cost=prices.off_street * length_m + _crossed(ground, lines, prices),
    )  # fmt: skip
    return _take(legs, np.lexsort((piece, position, length_m, start))), has_street


def _take(legs: Legs, order: Ints) -> Legs:
    return Legs(
        place=legs.place[order], piece=legs.piece[order], position=legs.position[order],
        junction=legs.junction[order], side=legs.side[order], line=legs.line[order],
        length_m=legs.length_m[order], cost=legs.cost[order],
    )  # fmt: skip


def price_straight(ground: Ground, lines: Objects, prices: Prices) -> Floats:
    """Return the price of straight ways off the streets; infinite where one may not be gone."""
    length_m = np.asarray(shapely.length(lines), dtype=np.float64)
    cost = prices.off_street * length_m
    cost = cost + _crossed(ground, lines, prices)
    cost[length_m > prices.leg_reach_m] = np.inf
    touched, _ = ground.barriers.touched(lines, prices.forbidden, standing=_ends(lines))
    cost[touched] = np.inf
    cost[ground.restricted.touched(lines, frozenset({"restricted"}))[0]] = np.inf
    return cost


def find_joins(ground: Ground, legs: Legs, prices: Prices) -> Joins:
    """Return every way from the legs to the corners they lead to, cheapest side first."""
    net, corners = ground.net, ground.corners
    parts: list[Joins] = []
    inner = np.flatnonzero(legs.junction < 0)
    piece, is_duct = legs.piece[inner], corners.is_duct[legs.piece[inner]]
    across = crossing_prices(ground, piece, prices)
    across[is_duct] = 0.0
    for end in (0, 1):
        edge = np.where(end == 0, 0.0, net.length_m[piece])
        along = partial_cost(ground, piece, legs.position[inner], edge, prices)
        for side in (LEFT, RIGHT):
            crosses = (legs.side[inner] >= 0) & (legs.side[inner] != side) & ~is_duct
            parts.append(
                Joins(
                    leg=inner, node=corners.of_piece[side, end, piece],
                    end=np.full(len(inner), end), crosses=crosses,
                    cost=legs.cost[inner] + along + np.where(crosses, across, 0.0),
                )
            )  # fmt: skip
    parts.append(_at_junctions(ground, legs))
    return Joins(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def partial_cost(ground: Ground, piece: Ints, start: Floats, end: Floats, prices: Prices) -> Floats:
    """Return the price of going along pieces from one position to another."""
    cost = metre_prices(ground.streets, ground.net.street[piece], prices) * np.abs(end - start)
    crossings: Crossings = ground.crossings
    first = np.searchsorted(crossings.line, piece)
    last = np.searchsorted(crossings.line, piece, side="right")
    for k in np.flatnonzero(last > first).tolist():
        own = slice(int(first[k]), int(last[k]))
        low, high = min(start[k], end[k]), max(start[k], end[k])
        met = (crossings.position[own] >= low) & (crossings.position[own] <= high)
        kinds, share = crossings.kind[own][met], crossings.share[own][met]
        cost[k] += sum(
            prices.crossing[kind] * part for kind, part in zip(kinds, share, strict=True)
        )
    return np.asarray(cost, dtype=np.float64)


def _near_pieces(ground: Ground, places: Objects, prices: Prices) -> tuple[Ints, Ints, Bools]:
    """Return the nearest pieces of each place: place, piece, and whether they meet."""
    start, piece = ground.net.tree.query(places, predicate="dwithin", distance=prices.leg_reach_m)
    usable = ground.attachable()[piece]
    start, piece = start[usable], piece[usable]
    # from the outline: what lies inside a red line is no way into it
    outline = _outlines(places)
    gap = shapely.distance(outline[start], ground.net.course[piece])
    order = np.lexsort((piece, gap, start))
    start, piece, gap = start[order], piece[order], gap[order]
    rank = np.arange(len(start)) - np.searchsorted(start, start)
    kept = rank < prices.leg_streets
    return start[kept], piece[kept], gap[kept] <= 0.0


def _lines(
    ground: Ground, places: Objects, start: Ints, piece: Ints, meets: Bools
) -> tuple[Objects, Ints]:
    """Return the legs to the pieces, and the number of the pair each belongs to.

    A street that crosses a red line is a leg of no length at every crossing.
    """
    outline, course = _outlines(places)[start], ground.net.course[piece]
    lines = shapely.shortest_line(outline, course)
    owner = np.arange(len(lines))
    area = meets & (shapely.get_dimensions(places[start]) == 2)  # noqa: PLR2004
    shared = shapely.intersection(outline[area], course[area])
    parts, pair = shapely.get_parts(shared, return_index=True)
    points, part = shapely.get_coordinates(parts, return_index=True)  # a shared part: all of it
    touching = np.asarray(shapely.linestrings(np.stack([points, points], axis=1)), dtype=object)
    found = np.concatenate([lines[~area], touching])
    return found, np.concatenate([owner[~area], owner[area][pair[part]]])


def _outlines(places: Objects) -> Objects:
    area = shapely.get_dimensions(places) == 2  # noqa: PLR2004
    outline = places.copy()
    outline[area] = shapely.get_exterior_ring(places[area])
    return outline


def _sides(course: Objects, position: Floats, feet: Objects, place: Objects) -> Ints:
    """Return the side of each piece a place lies on, as one goes from its first junction."""
    step = 1e-3
    before = shapely.get_coordinates(
        shapely.line_interpolate_point(course, np.maximum(position - step, 0.0))
    )
    after = shapely.get_coordinates(shapely.line_interpolate_point(course, position + step))
    ahead = after - before
    aside = shapely.get_coordinates(place) - shapely.get_coordinates(feet)
    turn = ahead[:, 0] * aside[:, 1] - ahead[:, 1] * aside[:, 0]
    return np.where(turn >= 0.0, LEFT, RIGHT).astype(np.int64)


def crossing_prices(ground: Ground, piece: Ints, prices: Prices) -> Floats:
    """Return the price of crossing the carriageway of each piece; nothing for a duct."""
    kinds = ground.streets.kind[ground.net.street[piece]]
    return np.array([prices.crossing.get(kind, 0.0) for kind in kinds], dtype=np.float64)


def crossed_streets(ground: Ground, lines: Objects) -> tuple[Ints, Ints]:
    """Return which straight ways cross the carriageway of which pieces.

    A street that passes by either end is the one the way leads to, or comes from.
    """
    line, other = ground.net.tree.query(lines, predicate="intersects")
    foreign = ~ground.corners.is_duct[other]
    for end in (0, -1):
        ends = shapely.get_point(lines[line], end)
        foreign &= shapely.distance(ends, ground.net.course[other]) > ON_STREET_M
    return line[foreign], other[foreign]


def crossed_barriers(ground: Ground, lines: Objects) -> Crossings:
    """Return where straight ways cross barriers, the houses at their ends left out."""
    return ground.barriers.crossings(lines, standing=_ends(lines))


def _ends(lines: Objects) -> list[Objects]:
    return [np.asarray(shapely.get_point(lines, end)) for end in (0, -1)]


def _crossed(ground: Ground, lines: Objects, prices: Prices) -> Floats:
    """Return the price of what straight ways cross: carriageways and barriers."""
    line, other = crossed_streets(ground, lines)
    cost = np.zeros(len(lines))
    np.add.at(cost, line, crossing_prices(ground, other, prices))
    met = crossed_barriers(ground, lines)
    price = [prices.crossing[kind] for kind in met.kind]
    np.add.at(cost, met.line, np.array(price, dtype=np.float64) * met.share)
    return cost


def _at_junctions(ground: Ground, legs: Legs) -> Joins:
    """Return the ways of the legs that end at a junction: to the corner they come from."""
    corners = ground.corners
    leg = np.flatnonzero(legs.junction >= 0)
    junction = legs.junction[leg]
    aside = shapely.get_coordinates(shapely.get_point(legs.line[leg], 0))
    aside -= ground.net.junction[junction]
    towards = corners.corners_towards(junction, np.arctan2(aside[:, 1], aside[:, 0]))
    # at the junction itself one stands at all of its corners
    every = np.where(legs.length_m[leg] <= ON_STREET_M, np.diff(corners.first)[junction], 0)
    rank = np.arange(int(every.sum())) - np.repeat(np.cumsum(every) - every, every)
    at_all = np.repeat(corners.first[junction], every) + rank
    ducts = corners.duct[junction]
    chosen = np.concatenate([leg[every == 0], np.repeat(leg, every), leg[ducts >= 0]])
    node = np.concatenate([towards[every == 0], at_all, ducts[ducts >= 0]])
    return Joins(
        leg=chosen, node=node, end=np.full(len(chosen), -1),
        crosses=np.zeros(len(chosen), dtype=bool), cost=legs.cost[chosen],
    )  # fmt: skip
