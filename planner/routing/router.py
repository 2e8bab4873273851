"""Router: the least-cost ways from a site to its access points, by one search of the streets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import csgraph

from planner.routing.assembly import Part, assemble, to_degrees
from planner.routing.ground import Ground
from planner.routing.lanes import CROSSING, graph_of
from planner.routing.legs import (
    Joins,
    Legs,
    crossing_prices,
    find_joins,
    find_legs,
    partial_cost,
    price_straight,
)
from planner.routing.prices import Prices
from planner.routing.way import Course, NoWay, Way

__all__ = ["Router"]

# Costs nearer than this are equal: the shorter way is taken, then the first in order.
EQUAL_COST = 1e-6
_NONE = -9999  # what scipy gives for no predecessor

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Objects = npt.NDArray[Any]


class _Choice(NamedTuple):
    """How one place is reached: join of its own and node, or both legs on one piece."""

    cost: float
    length_m: float
    join: int
    own_leg: int
    site_leg: int


@dataclass(frozen=True, kw_only=True)
class Router:
    """Ways to one site.

    Parameters
    ----------
    site
        Point, or polygon that is entered where its outline is reached best, in metres.
    """

    ground: Ground
    prices: Prices
    site: shapely.Geometry

    def ways(self, places: Sequence[tuple[float, float]]) -> list[Way | NoWay]:
        """Return the way, or why there is none, from each place in degrees to the site."""
        if not places:
            return []
        x_m, y_m = self.ground.plane.to_metres(*np.array(places, dtype=np.float64).T)
        points = shapely.points(x_m, y_m)
        straight = shapely.shortest_line(points, np.full(len(points), self.site, dtype=object))
        direct = price_straight(self.ground, straight, self.prices)
        legs, has_street = find_legs(self.ground, points, self.prices)
        joins = find_joins(self.ground, legs, self.prices)
        chosen = self._choose(len(points), legs, joins)
        each = zip(straight.tolist(), direct.tolist(), has_street.tolist(), strict=True)
        return [self._way(*own, legs, joins, chosen.get(k)) for k, own in enumerate(each)]

    def _way(
        self,
        straight: shapely.LineString,
        direct: float,
        has_street: bool,
        legs: Legs,
        joins: Joins,
        choice: _Choice | None,
    ) -> Way | NoWay:
        if not (has_street and self._site_has_street):
            return self._no_way(straight) or self._estimate(straight)
        off_street = [Part.off_street(straight)]
        if direct <= (choice.cost + EQUAL_COST if choice else np.inf) and np.isfinite(direct):
            return self._along(lambda: off_street, direct, straight.length, straight)
        if choice is None:
            return self._no_way(straight) or NoWay(code="no_route")
        parts = partial(self._parts, legs, joins, choice)
        return self._along(parts, choice.cost, choice.length_m, straight)

    def _along(
        self,
        parts: Callable[[], list[Part]],
        cost: float,
        length_m: float,
        straight: shapely.LineString,
    ) -> Way:
        # rounding must not make a way shorter than the straight line
        length_m = max(float(length_m), float(straight.length), self.prices.shortest_m)
        return Way(
            method="streets", length_m=length_m, cost=cost,
            trace=lambda: assemble(self.ground, parts()),
        )  # fmt: skip

    def _estimate(self, straight: shapely.LineString) -> Way:
        length_m = max(straight.length * self.prices.detour_factor, self.prices.shortest_m)
        return Way(
            method="estimate", length_m=length_m, cost=length_m,
            trace=lambda: Course(line=to_degrees(self.ground, straight)),
        )  # fmt: skip

    def _no_way(self, straight: shapely.LineString) -> NoWay | None:
        """Return what bars the straight way, looked at from the site."""
        back = shapely.reverse(straight)
        restricted = frozenset({"restricted"})
        if found := self.ground.restricted.first_between(back, restricted):
            return NoWay(code="restricted_area", kind=found[0], name=found[1])
        if found := self.ground.barriers.first_between(back, self.prices.forbidden):
            return NoWay(code="no_route", kind=found[0], name=found[1])
        return None

    # the site's own ways onto the streets, and the one search from there ---------------------

    @cached_property
    def _site_ways(self) -> tuple[Legs, Joins, bool]:
        places = np.array([self.site], dtype=object)
        if isinstance(self.site, shapely.Polygon):
            # A street beside a red line is as near to all of a side: its corners count as well.
            corners = shapely.get_coordinates(self.site.exterior)[:-1]
            places = np.concatenate([places, shapely.points(corners)])
        legs, has_street = find_legs(self.ground, places, self.prices)
        return legs, find_joins(self.ground, legs, self.prices), bool(has_street.any())

    @property
    def _site_has_street(self) -> bool:
        return self._site_ways[2]

    @cached_property
    def _joined(self) -> tuple[Ints, Ints]:
        """Corners the site's ways lead to, each with the cheapest way there."""
        _, joins, _ = self._site_ways
        order = np.lexsort((np.arange(len(joins.node)), joins.cost, joins.node))
        node, first = np.unique(joins.node[order], return_index=True)
        return node, order[first]

    @cached_property
    def _search(self) -> tuple[Floats, Ints]:
        """Cost from the site to every corner, and the corner before it on the way."""
        node, join = self._joined
        lanes = self.ground.lanes(self.prices)
        graph = graph_of(lanes, node, self._site_ways[1].cost[join])
        start = np.array([lanes.corners.nodes])
        cost, before = csgraph.dijkstra(graph, indices=start, return_predecessors=True)
        return np.asarray(cost[0]), np.asarray(before[0], dtype=np.int64)

    @cached_property
    def _lengths(self) -> dict[int, float]:
        return {}

    def _length_to(self, node: int) -> float:
        """Return the length of the way from the site to a corner, kept for those beyond it."""
        known, before = self._lengths, self._search[1]
        lanes, source = self.ground.lanes(self.prices), self.ground.corners.nodes
        behind = []
        while node not in known and before[node] != source:
            behind.append(node)
            node = int(before[node])
        if node not in known:
            nodes, joins = self._joined
            join = int(joins[np.searchsorted(nodes, node)])
            known[node] = self._join_length(self._site_ways[0], self._site_ways[1], join)
        length_m = known[node]
        for following in reversed(behind):
            piece = int(lanes.piece[lanes.edge(node, following)])
            length_m += 0.0 if piece == CROSSING else float(self.ground.net.length_m[piece])
            known[following], node = length_m, following
        return length_m

    def _join_length(self, legs: Legs, joins: Joins, join: int) -> float:
        leg, end = int(joins.leg[join]), int(joins.end[join])
        length_m, position = float(legs.length_m[leg]), float(legs.position[leg])
        if end < 0:
            return length_m
        piece_m = float(self.ground.net.length_m[legs.piece[leg]])
        return length_m + (position if end == 0 else piece_m - position)

    def _choose(self, count: int, legs: Legs, joins: Joins) -> dict[int, _Choice]:
        """Return how each place is reached best; places not reached are left out."""
        cost = joins.cost + self._search[0][joins.node] if len(joins.node) else joins.cost
        place = legs.place[joins.leg]
        best = np.full(count, np.inf)
        np.minimum.at(best, place, cost)
        found: dict[int, _Choice] = {}
        good = np.flatnonzero(np.isfinite(cost) & (cost <= best[place] + EQUAL_COST))
        for k in good.tolist():
            length_m = self._join_length(legs, joins, k) + self._length_to(int(joins.node[k]))
            choice = _Choice(float(cost[k]), length_m, k, int(joins.leg[k]), -1)
            _keep(found, int(place[k]), choice)
        for own, site, price in self._along_one_piece(legs):
            length_m = float(legs.length_m[own] + self._site_ways[0].length_m[site])
            length_m += abs(float(legs.position[own] - self._site_ways[0].position[site]))
            _keep(found, int(legs.place[own]), _Choice(price, length_m, -1, own, site))
        return found

    def _along_one_piece(self, legs: Legs) -> list[tuple[int, int, float]]:
        """Return ways that leave the piece they get onto before its end: legs and price."""
        site = self._site_ways[0]
        same = legs.piece[:, None] == site.piece[None, :]
        same &= (legs.junction < 0)[:, None] & (site.junction < 0)[None, :]
        own, other = np.nonzero(same)
        piece = legs.piece[own]
        along = partial_cost(
            self.ground, piece, legs.position[own], site.position[other], self.prices
        )
        crosses = (legs.side[own] >= 0) & (site.side[other] >= 0)
        crosses &= (legs.side[own] != site.side[other]) & ~self.ground.corners.is_duct[piece]
        across = np.where(crosses, crossing_prices(self.ground, piece, self.prices), 0.0)
        cost = legs.cost[own] + site.cost[other] + along + across
        return list(zip(own.tolist(), other.tolist(), cost.tolist(), strict=True))

    def _parts(self, legs: Legs, joins: Joins, choice: _Choice) -> list[Part]:
        """Return the parts of a way, from the access point to the site."""
        site_legs, site_joins, _ = self._site_ways
        own_leg = Part.off_street(legs.line[choice.own_leg])
        if choice.site_leg >= 0:
            piece = int(legs.piece[choice.own_leg])
            start = float(legs.position[choice.own_leg])
            end = float(site_legs.position[choice.site_leg])
            sides = {int(legs.side[choice.own_leg]), int(site_legs.side[choice.site_leg])}
            return [
                own_leg,
                Part.along(piece, start, end, crosses=sides == {0, 1}),
                Part.off_street(shapely.reverse(site_legs.line[choice.site_leg])),
            ]
        lanes, source = self.ground.lanes(self.prices), self.ground.corners.nodes
        parts = [own_leg, *self._join_part(legs, joins, choice.join, outwards=True)]
        node, before = int(joins.node[choice.join]), self._search[1]
        while before[node] != source:
            following = int(before[node])
            edge = lanes.edge(node, following)
            piece, crossed = int(lanes.piece[edge]), int(lanes.crossed[edge])
            if crossed >= 0:
                parts.append(Part.across(crossed))
            elif piece != CROSSING:
                parts.append(self._whole(piece, node))
            node = following
        nodes, chosen = self._joined
        join = int(chosen[np.searchsorted(nodes, node)])
        parts += self._join_part(site_legs, site_joins, join, outwards=False)
        last = site_legs.line[int(site_joins.leg[join])]
        parts.append(Part.off_street(shapely.reverse(last)))
        return parts

    def _whole(self, piece: int, node: int) -> Part:
        """Return a piece gone along from one of its corners to the other end."""
        corners = self.ground.corners.of_piece
        length_m = float(self.ground.net.length_m[piece])
        if node in corners[:, 0, piece].tolist():
            return Part.along(piece, 0.0, length_m)
        return Part.along(piece, length_m, 0.0)

    def _join_part(self, legs: Legs, joins: Joins, join: int, *, outwards: bool) -> list[Part]:
        leg, end = int(joins.leg[join]), int(joins.end[join])
        if end < 0:
            return []
        piece, position = int(legs.piece[leg]), float(legs.position[leg])
        edge = 0.0 if end == 0 else float(self.ground.net.length_m[piece])
        ends = (position, edge) if outwards else (edge, position)
        return [Part.along(piece, *ends, crosses=bool(joins.crosses[join]))]


def _keep(found: dict[int, _Choice], place: int, choice: _Choice) -> None:
    """Keep the cheaper way; of equally dear ones the shorter."""
    known = found.get(place)
    is_cheaper = known is None or choice.cost < known.cost - EQUAL_COST
    is_equal = known is not None and abs(choice.cost - known.cost) <= EQUAL_COST
    if is_cheaper or (is_equal and known is not None and choice.length_m < known.length_m):
        found[place] = choice
