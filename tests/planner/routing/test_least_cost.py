"""On random nets of streets: the search against networkx, and what holds on any of them."""

from __future__ import annotations

from itertools import product
from math import atan2, inf
from typing import Any

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.routing import Prices, Router, Way
from tests.cases.drawing import place
from tests.planner.routing.drawn import X0_M, Y0_M, Place, line, prices, router, way

FREE_TO_CROSS = prices(crossing=dict.fromkeys(prices().crossing, 0.0), leg_streets=1_000)
MILLIMETRE = 1e-3
COORDINATE = st.integers(-6, 6).map(lambda step: 37.0 * step)
POINT = st.tuples(COORDINATE, COORDINATE)
SPOT = st.tuples(st.floats(-200, 200), st.floats(-200, 200))
KIND = st.sampled_from(["lane", "street", "trunk"])


@st.composite
def street(draw: st.DrawFn) -> dict[str, Any]:
    start = draw(POINT)
    end = draw(POINT.filter(lambda point: point != start))
    return line(draw(KIND), start, end, has_duct=draw(st.booleans()))


STREETS = st.lists(street(), min_size=1, max_size=6)


def cost_of(rows: list[dict[str, Any]], site: Place, start: Place, priced: Prices) -> float:
    found = way(rows, site, start, priced=priced)
    return found.cost if isinstance(found, Way) and found.method == "streets" else inf


# Against networkx --------------------------------------------------------------------------------


def networkx_cost(found: Router, start: Place) -> float:
    """Return the least cost of one place by networkx: a node for either side of every street end.

    Sides of neighbours round a junction are the same corner; no leg touches a barrier here.
    """
    net, streets, priced = found.ground.net, found.ground.streets, found.prices
    graph = nx.Graph()
    arms: dict[int, list[tuple[float, int, int]]] = {}
    for piece, course in enumerate(net.course):
        row = int(net.street[piece])
        metre = priced.duct if streets.has_duct[row] else priced.street
        points = shapely.get_coordinates(course)
        for end, (at, ahead) in enumerate(((0, 1), (-1, -2))):
            away = points[ahead] - points[at]
            angle = atan2(away[1], away[0])
            arms.setdefault(int(net.ends[end, piece]), []).append((angle, piece, end))
            across = priced.crossing[streets.kind[row]]
            graph.add_edge((piece, end, "left"), (piece, end, "right"), weight=across)
        for one, other in ((("left"), ("right")), (("right"), ("left"))):
            # seen from its second end, the left side of a street is its right one
            graph.add_edge((piece, 0, one), (piece, 1, other), weight=metre * float(course.length))
    for around in arms.values():
        ordered = sorted(around)
        for (_, piece, end), (_, following, its) in zip(
            ordered, ordered[1:] + ordered[:1], strict=True
        ):
            graph.add_edge((piece, end, "left"), (following, its, "right"), weight=0.0)
    own = shapely.Point(X0_M + start[0], Y0_M + start[1])
    for name, point in (("start", own), ("site", found.site)):
        _join(graph, found, arms, name, point)
    straight = shapely.LineString([own, found.site])
    best = inf
    if straight.length <= priced.leg_reach_m:
        best = priced.off_street * straight.length + _streets_met(found, straight)
    if "start" in graph and "site" in graph and nx.has_path(graph, "start", "site"):
        best = min(best, nx.dijkstra_path_length(graph, "start", "site"))
    return best


def _join(graph: Any, found: Router, arms: Any, name: str, point: shapely.Point) -> None:
    net, streets, priced = found.ground.net, found.ground.streets, found.prices
    near = sorted(
        (shapely.distance(point, course), piece) for piece, course in enumerate(net.course)
    )
    for gap, piece in [n for n in near if n[0] <= priced.leg_reach_m][: priced.leg_streets]:
        course, row = net.course[piece], int(net.street[piece])
        metre = priced.duct if streets.has_duct[row] else priced.street
        foot_m = course.project(point)
        foot = course.interpolate(foot_m)
        leg = shapely.LineString([point, foot])
        points = shapely.get_coordinates(course)
        end = 0 if foot_m <= MILLIMETRE else 1 if foot_m >= course.length - MILLIMETRE else -1
        cost = priced.off_street * gap + _streets_met(found, leg)
        if end >= 0:
            around = sorted(arms[int(net.ends[end, piece])])
            angle = atan2(point.y - points[-end][1], point.x - points[-end][0])
            before = [arm for arm in around if arm[0] <= angle] or around
            for _, other, its in before[-1:] if gap > MILLIMETRE else around:
                _link(graph, name, (other, its, "left"), cost)
            continue
        ahead = points[-1] - points[0]
        turn = ahead[0] * (point.y - foot.y) - ahead[1] * (point.x - foot.x)
        for end_, side in product((0, 1), ("left", "right")):
            along = metre * (foot_m if end_ == 0 else course.length - foot_m)
            is_left = (side == "left") == (end_ == 0)
            wrong = is_left != (turn >= 0)
            across = priced.crossing[streets.kind[row]] if wrong and gap > MILLIMETRE else 0.0
            _link(graph, name, (piece, end_, side), cost + along + across)
        _same_piece(graph, found, name, (piece, foot_m, cost, turn >= 0, gap > MILLIMETRE))


def _same_piece(graph: Any, found: Router, name: str, leg: Any) -> None:
    """Keep the leg, and link the site to the place where both get onto the same piece."""
    graph.graph.setdefault(name, []).append(leg)
    if name != "site":
        return
    for piece, foot_m, cost, left, beside in graph.graph.get("start", []):
        if piece != leg[0]:
            continue
        row = int(found.ground.net.street[piece])
        metre = found.prices.duct if found.ground.streets.has_duct[row] else found.prices.street
        across = found.prices.crossing[found.ground.streets.kind[row]]
        total = cost + leg[2] + metre * abs(foot_m - leg[1])
        _link(
            graph, "start", "site", total + (across if beside and leg[4] and left != leg[3] else 0)
        )


def _link(graph: Any, one: Any, other: Any, cost: float) -> None:
    if cost < graph.get_edge_data(one, other, {"weight": inf})["weight"]:
        graph.add_edge(one, other, weight=cost)


def _streets_met(found: Router, leg: shapely.LineString) -> float:
    net, streets = found.ground.net, found.ground.streets
    return sum(
        found.prices.crossing[streets.kind[net.street[piece]]]
        for piece, course in enumerate(net.course)
        if shapely.intersects(course, leg)
        and all(course.distance(shapely.Point(end)) > MILLIMETRE for end in leg.coords)
    )


@given(rows=STREETS, site=SPOT, starts=st.lists(SPOT, min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_one_search_costs_what_networkx_finds_place_by_place(
    rows: list[dict[str, Any]], site: Place, starts: list[Place]
) -> None:
    priced = prices(leg_reach_m=120.0)
    found = router(rows, site, priced=priced)
    for start, own in zip(starts, found.ways([place(*start) for start in starts]), strict=True):
        if isinstance(own, Way) and own.method == "streets":
            assert own.cost == pytest.approx(networkx_cost(found, start), abs=1e-4)


# What holds on any net ---------------------------------------------------------------------------


@given(rows=STREETS, site=SPOT, start=SPOT)
@settings(max_examples=60, deadline=None)
def test_no_way_is_shorter_than_the_straight_line(
    rows: list[dict[str, Any]], site: Place, start: Place
) -> None:
    found = way(rows, site, start)
    if not isinstance(found, Way):
        return
    assert found.length_m >= np.hypot(site[0] - start[0], site[1] - start[1]) - 1e-6


@given(rows=STREETS, site=SPOT, start=SPOT)
@settings(max_examples=60, deadline=None)
def test_the_parts_and_the_course_are_as_long_as_the_way(
    rows: list[dict[str, Any]], site: Place, start: Place
) -> None:
    found = router(rows, site)
    (own,) = found.ways([place(*start)])
    if isinstance(own, Way) and own.method == "streets" and own.length_m > found.prices.shortest_m:
        course = own.course
        parts = course.duct_m + course.street_m + course.off_street_m
        assert parts == pytest.approx(own.length_m, abs=1e-6)
        points = shapely.get_coordinates(course.line)
        x_m, y_m = found.ground.plane.to_metres(points[:, 0], points[:, 1])
        drawn_m = float(np.hypot(np.diff(x_m), np.diff(y_m)).sum())
        assert drawn_m == pytest.approx(own.length_m, abs=1e-3)


@given(rows=STREETS, more=street(), site=SPOT, start=SPOT)
@settings(max_examples=60, deadline=None)
def test_where_crossings_cost_nothing_another_street_never_makes_a_way_dearer(
    rows: list[dict[str, Any]], more: dict[str, Any], site: Place, start: Place
) -> None:
    before = cost_of(rows, site, start, FREE_TO_CROSS)
    after = cost_of([*rows, more], site, start, FREE_TO_CROSS)
    # a street drawn to end half a metre beside another is led there, and may be that much longer
    assert after <= before + 2.0


@given(rows=STREETS, river=st.tuples(POINT, POINT).filter(lambda p: p[0] != p[1]),
       site=SPOT, start=SPOT)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_what_lies_off_the_streets_never_touches_a_forbidden_barrier(
    rows: list[dict[str, Any]], river: tuple[Place, Place], site: Place, start: Place
) -> None:
    found = router([*rows, line("water", *river)], site)
    (own,) = found.ways([place(*start)])
    if not isinstance(own, Way):
        return
    points = shapely.get_coordinates(own.course.line)
    course = np.column_stack(found.ground.plane.to_metres(points[:, 0], points[:, 1]))
    streets = shapely.buffer(shapely.union_all(found.ground.net.course), 1e-3)
    off_street = shapely.difference(shapely.LineString(course), streets)
    (water,) = found.ground.barriers.geometry
    assert not shapely.intersects(shapely.buffer(water, 1e-4), off_street)
