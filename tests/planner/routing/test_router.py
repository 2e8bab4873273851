"""Ways along hand-drawn streets; prices of the example rules: 1 a metre along a street, 0.5 in a
duct, 1.5 off the streets, 15 to cross a street, 5 a lane, 30 a trunk road, 100 water.
"""

from __future__ import annotations

from typing import Any

import pytest
import shapely

from planner.routing import NoWay, Way
from tests.cases.drawing import place
from tests.planner.routing.drawn import PLANE, X0_M, Y0_M, Place, area, line, prices, router, way

# A street of 1,000 m, and another across it at 500 m.
MAIN = line("street", (0, 0), (1_000, 0), name="main")
CROSS = line("street", (500, -300), (500, 300), name="cross")
# The same street 300 m to the north, and the river between the two.
NORTH = line("street", (0, 300), (1_000, 300), name="north")
RIVER = line("water", (-100, 150), (1_100, 150), name="the river")
SITE = (100.0, 20.0)


def found(rows: list[dict[str, Any]], site: Any, start: Place, **how: Any) -> Way:
    result = way(rows, site, start, **how)
    assert isinstance(result, Way)
    return result


def missed(rows: list[dict[str, Any]], site: Any, start: Place, **how: Any) -> NoWay:
    result = way(rows, site, start, **how)
    assert isinstance(result, NoWay)
    return result


def course(result: Way) -> list[tuple[int, int]]:
    """Return the course in whole metres."""
    lon, lat = shapely.get_coordinates(result.course.line).T
    x_m, y_m = PLANE.to_metres(lon, lat)
    return [(round(x - X0_M), round(y - Y0_M)) for x, y in zip(x_m, y_m, strict=True)]


# Along streets -----------------------------------------------------------------------------------


def test_a_way_leads_to_the_street_along_it_and_to_the_site() -> None:
    result = found([MAIN], SITE, (900, 20))
    assert course(result) == [(900, 20), (900, 0), (100, 0), (100, 20)]
    assert result.length_m == pytest.approx(20 + 800 + 20, abs=1e-6)
    assert result.cost == pytest.approx(1.5 * 40 + 800, abs=1e-6)
    assert result.method == "streets"


def test_lengths_add_up_by_kind() -> None:
    result = found([MAIN], SITE, (900, 20))
    parts = result.course.street_m, result.course.off_street_m, result.course.duct_m
    assert parts == pytest.approx((800, 40, 0), abs=1e-6)


def test_another_street_on_the_way_is_crossed() -> None:
    result = found([MAIN, CROSS], SITE, (900, 20))
    assert result.course.crossings == {"street": 1}
    assert result.cost == pytest.approx(1.5 * 40 + 800 + 15, abs=1e-6)


def test_a_street_that_only_meets_the_other_side_is_not_crossed() -> None:
    stub = line("street", (500, -300), (500, 0))
    assert found([MAIN, stub], SITE, (900, 20)).course.crossings == {}


def test_the_other_side_of_the_street_costs_one_crossing() -> None:
    result = found([MAIN], SITE, (900, -20))
    assert result.course.crossings == {"street": 1}
    assert result.cost == pytest.approx(1.5 * 40 + 800 + 15, abs=1e-6)


def test_a_crossing_adds_no_length() -> None:
    sides = [found([MAIN], SITE, (900, y)).length_m for y in (20, -20)]
    assert sides[0] == pytest.approx(sides[1], abs=1e-6)


def test_round_the_end_of_a_street_nothing_is_crossed() -> None:
    # both stand 10 m beside the last metres of a dead end, on either side of it
    result = found([MAIN], (990.0, 40.0), (990, -40), priced=prices(off_street=30.0))
    assert result.course.crossings == {"street": 1}
    dear = prices(off_street=30.0, crossing=dict.fromkeys(prices().crossing, 25.0))
    result = found([MAIN], (990.0, 40.0), (990, -40), priced=dear)
    assert result.course.crossings == {}
    assert result.length_m == pytest.approx(40 + 2 * 10 + 40, abs=1e-6)


def test_the_cheaper_of_two_ways_is_taken_not_the_shorter() -> None:
    # 300 m along a trunk road on the other side (2 x 30 m), or 340 m round by lanes
    trunk = line("trunk", (0, 0), (300, 0))
    detour = line("lane", (0, 0), (0, 20), (300, 20), (300, 0))
    start, site = (300.0, 0.0), (0.0, 0.0)
    assert found([trunk, detour], site, start).length_m == pytest.approx(300, abs=1e-6)


def test_near_places_are_joined_straight() -> None:
    result = found([MAIN], SITE, (130, 60))
    assert course(result) == [(130, 60), (100, 20)]
    assert result.length_m == pytest.approx(50, abs=1e-6)


def test_no_way_is_shorter_than_the_least_length() -> None:
    assert found([MAIN], SITE, (100, 21)).length_m == 5.0


def test_a_farther_street_is_taken_where_it_is_cheaper() -> None:
    # the nearest street, 30 m to the south, is a dead end; the one 60 m to the north leads on
    dead_end = line("lane", (60, -30), (140, -30))
    leads_on = line("street", (0, 60), (1_000, 60))
    result = found([dead_end, leads_on], (100.0, 0.0), (900, 60))
    assert course(result) == [(900, 60), (100, 60), (100, 0)]


def test_a_bridge_does_not_meet_the_street_below() -> None:
    over = line("street", (500, -300), (500, 300), level=1)
    result = missed([MAIN, over, line("street", (500, 300), (500, 600))], SITE, (500, 590))
    assert result.code == "no_route"


def test_a_bridge_meets_the_streets_that_it_ends_at() -> None:
    bridge = line("street", (500, 0), (500, 300), level=1)
    result = found([MAIN, NORTH, RIVER, bridge], SITE, (900, 320))
    assert result.length_m == pytest.approx(20 + 400 + 300 + 400 + 20, abs=1e-6)


def test_streets_drawn_to_nearly_meet_do() -> None:
    west, east = line("street", (0, 0), (499.8, 0)), line("street", (500, -50), (500, 300))
    assert found([west, east], SITE, (500, 250)).length_m == pytest.approx(670, abs=0.5)


# Water, railways, buildings ----------------------------------------------------------------------


def test_over_a_river_without_a_bridge_there_is_no_way() -> None:
    result = missed([MAIN, NORTH, RIVER], SITE, (900, 320))
    assert (result.code, result.kind, result.name) == ("no_route", "water", "the river")


def test_a_bridge_leads_over_the_river_at_the_price_of_a_crossing() -> None:
    bridge = line("street", (500, 0), (500, 300))
    result = found([MAIN, NORTH, RIVER, bridge], SITE, (900, 320))
    assert result.length_m == pytest.approx(20 + 400 + 300 + 400 + 20, abs=1e-6)
    # up the west side of the bridge, and over the western arm of the street it ends at
    assert result.course.crossings == {"street": 1, "water": 1}


def test_two_streets_that_meet_on_the_river_cross_it_once() -> None:
    river = line("water", (-100, 150), (500, 150), (1_100, 150))
    bridge = [line("street", (500, 0), (500, 150)), line("street", (500, 150), (500, 300))]
    result = found([MAIN, NORTH, river, *bridge], SITE, (900, 320))
    assert result.course.crossings["water"] == 1


def test_water_drawn_as_an_area_is_crossed_once_by_a_bridge() -> None:
    lake = area("water", -100, 100, 1_100, 200)
    bridge = line("street", (500, 0), (500, 300))
    assert found([MAIN, NORTH, lake, bridge], SITE, (900, 320)).course.crossings["water"] == 1


def test_a_near_place_behind_the_river_is_not_joined_straight() -> None:
    rows = [MAIN, line("street", (0, 60), (1_000, 60)), line("water", (-100, 30), (1_100, 30))]
    assert missed(rows, SITE, (100, 45)).kind == "water"


def test_a_building_between_the_site_and_the_street_is_gone_round_by_another_street() -> None:
    house = area("building", 90, 5, 110, 15)
    side = line("street", (200, 0), (200, 100))
    forbidding = prices(forbidden=frozenset({"building"}))
    result = found([MAIN, side, house], SITE, (900, 20), priced=forbidding)
    # 102 m straight to the corner at 153, not 100 m to the side street and 20 along it at 170
    assert course(result)[-2:] == [(200, 0), (100, 20)]


def test_a_building_all_round_is_crossed_at_its_price_unless_the_area_forbids_it() -> None:
    court = [area("building", west, south, east, north) for west, south, east, north in
             ((80, 0, 120, 10), (80, 30, 120, 40), (80, 0, 90, 40), (110, 0, 120, 40))]  # fmt: skip
    rows = [line("street", (0, -5), (1_000, -5)), *court]
    result = found(rows, SITE, (900, 15))
    assert result.course.crossings == {"building": 1}
    assert result.cost == pytest.approx(1.5 * (25 + 20) + 800 + 100, abs=1e-6)
    forbidding = prices(forbidden=frozenset({"building"}))
    assert missed(rows, SITE, (900, 15), priced=forbidding).kind == "building"


@pytest.mark.parametrize("forbidden", [{"water"}, {"water", "building"}])
def test_the_house_the_site_stands_in_is_no_obstacle(forbidden: set[str]) -> None:
    own = prices(forbidden=frozenset(forbidden))
    result = found([MAIN, area("building", 90, 10, 110, 30)], SITE, (900, 20), priced=own)
    assert result.length_m == pytest.approx(840, abs=1e-6)
    assert result.course.crossings == {}


def test_what_an_area_does_not_forbid_is_crossed_at_its_price() -> None:
    rail = line("railway", (0, 10), (1_000, 10))
    allowed = prices(forbidden=frozenset({"water"}))
    result = found([MAIN, rail], SITE, (900, -20), priced=allowed)
    assert result.course.crossings == {"railway": 1, "street": 1}
    assert result.cost == pytest.approx(1.5 * 40 + 800 + 150 + 15, abs=1e-6)


def test_a_restricted_area_closes_the_streets_in_it() -> None:
    park = area("", 400, -50, 450, 50, name="area:1")
    result = missed([MAIN], SITE, (900, 20), forbidden=[park])
    assert (result.code, result.name) == ("restricted_area", "area:1")


def test_a_way_round_a_restricted_area_is_taken() -> None:
    park = area("", 400, -50, 450, 50, name="area:1")
    round_it = line("street", (300, 0), (300, 100), (600, 100), (600, 0))
    result = found([MAIN, round_it], SITE, (900, 20), forbidden=[park])
    assert result.length_m == pytest.approx(840 + 200, abs=1e-6)


# Ducts -------------------------------------------------------------------------------------------


def test_an_existing_duct_is_preferred_to_a_shorter_street() -> None:
    # 800 m of street, or 1,000 m of duct: 500
    duct = line("duct", (100, 0), (100, -100), (900, -100), (900, 0))
    result = found([MAIN, duct], (100.0, 0.0), (900, 0))
    assert result.course.duct_m == pytest.approx(1_000, abs=1e-6)
    assert result.cost == pytest.approx(500, abs=1e-6)


def test_a_street_that_has_a_duct_costs_half() -> None:
    result = found([line("street", (0, 0), (1_000, 0), has_duct=True)], SITE, (900, 20))
    assert (result.course.duct_m, result.cost) == pytest.approx((800, 400 + 60), abs=1e-6)


def test_a_duct_leads_under_a_street_without_a_crossing() -> None:
    duct = line("duct", (100, 20), (900, 20))
    result = found([MAIN, CROSS, duct], (100.0, 20.0), (900, 20))
    assert result.course.crossings == {}
    assert result.course.duct_m == pytest.approx(800, abs=1e-6)


# Red lines ---------------------------------------------------------------------------------------

GROUND = [(80.0, 20.0), (120.0, 20.0), (120.0, 60.0), (80.0, 60.0)]


def test_a_site_is_entered_where_its_red_line_is_reached_best() -> None:
    result = found([MAIN], GROUND, (900, 20))
    assert course(result)[-2:] == [(120, 0), (120, 20)]
    assert result.length_m == pytest.approx(20 + 780 + 20, abs=1e-6)


def test_a_street_that_runs_into_the_site_ends_at_its_red_line() -> None:
    across = [(80.0, -20.0), (120.0, -20.0), (120.0, 60.0), (80.0, 60.0)]
    result = found([MAIN], across, (900, 20))
    assert course(result)[-1] == (120, 0)
    assert result.length_m == pytest.approx(20 + 780, abs=1e-6)


# Without streets ---------------------------------------------------------------------------------


def test_without_a_street_near_the_site_the_way_is_estimated() -> None:
    result = found([MAIN], (100.0, 500.0), (900, 500))
    assert (result.method, result.course.crossings) == ("estimate", {})
    assert result.length_m == pytest.approx(1.3 * 800, abs=1e-6)


def test_without_a_street_near_the_access_point_the_way_is_estimated() -> None:
    assert found([MAIN], SITE, (100, 500)).length_m == pytest.approx(1.3 * 480, abs=1e-6)


def test_no_estimate_leads_across_a_river() -> None:
    assert missed([MAIN, RIVER], SITE, (100, 500)).name == "the river"


def test_no_streets_at_all_leave_estimates() -> None:
    assert found([], SITE, (100, 120)).length_m == pytest.approx(130, abs=1e-6)


def test_streets_that_do_not_lead_there_are_named_as_such() -> None:
    result = missed([MAIN, NORTH], SITE, (900, 320))
    assert (result.code, result.kind) == ("no_route", "")


# One search for all ------------------------------------------------------------------------------


def test_many_places_are_answered_as_each_alone() -> None:
    rows = [MAIN, CROSS, NORTH, RIVER]
    starts = [(900.0, 20.0), (480.0, 250.0), (900.0, 320.0), (150.0, 15.0), (3_000.0, 0.0)]
    together = router(rows, SITE).ways([place(*start) for start in starts])
    assert together == [way(rows, SITE, start) for start in starts]


def test_the_order_of_the_rows_changes_nothing() -> None:
    rows = [MAIN, CROSS, NORTH, line("lane", (500, 200), (900, 300))]
    one, other = (found(order, SITE, (900, 280)) for order in (rows, rows[::-1]))
    assert (one, one.course) == (other, other.course)


def test_the_corner_one_comes_from_decides_what_is_crossed_at_a_junction() -> None:
    # from beyond the corner of two streets to the north side of the eastern one
    streets = [line("street", (0, 0), (300, 0)), line("street", (0, 0), (0, 50))]
    result = found(streets, (-10.0, 10.0), (290, 10))
    assert result.course.crossings == {"street": 1}
