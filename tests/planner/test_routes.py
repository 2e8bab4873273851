"""Plans along streets: two ring-main units, the nearer one beyond a river.

The site is at (0, 1,000), on a street to the north. `unit:near` is 100 m to the east, behind the
river at 50 m; a bridge leads over it 600 m to the north: 600 + 100 + 600 m along the streets.
`unit:far` is 300 m to the west, 20 m beside the street that begins 20 m south of the site.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from grid_models.grid import Grid
from grid_models.model import GridModel
from planner.design_load import find_demand
from planner.plan import SupplyPlan, plan_to_json
from planner.routing import Streets
from planner.routing.ground import Ground
from planner.search import Search
from planner.supply import Supply
from planner.verification import verify_plan
from tests.cases.drawing import CABLE_400, EPSG, Line, Load, Node, draw, place
from tests.planner.example import (
    asked,
    catalogue,
    example_rules,
    plan_for,
    rule_book,
    unexamined,
)
from tests.planner.routing.drawn import area, draw_streets, line

SITE = (0.0, 1_000.0)
OWN = line("street", (-400, 980), (0, 980))
UP = line("street", (0, 980), (0, 1_600))
OVER = line("street", (0, 1_600), (100, 1_600))
DOWN = line("street", (100, 1_600), (100, 980))
RIVER = line("water", (50, -2_000), (50, 4_000), name="the river")
STREETS = draw_streets(OWN, UP, OVER, DOWN, RIVER)
WITHOUT_BRIDGE = draw_streets(OWN, UP, DOWN, RIVER)


@cache
def model() -> GridModel:
    return unexamined(two_units())


def two_units() -> Grid:
    return draw(
        nodes={
            "unit:near": Node(100, 1_000, "switchgear"),
            "unit:far": Node(-300, 1_000, "switchgear"),
        },
        lines={
            "line:1": Line("bus:2", "unit:near", CABLE_400),
            "line:2": Line("bus:2", "unit:far", CABLE_400),
        },
        loads=[Load("unit:near", 500.0, 0.0), Load("unit:far", 500.0, 0.0)],
        bays={"bay:1": ("unit:near", True), "bay:2": ("unit:far", True)},
    )


def supply(streets: Streets | None = STREETS, **facts: Any) -> SupplyPlan:
    rules = facts.pop("rules", None)
    application = asked(*facts.pop("at", SITE), **({"kva": 800.0} | facts))
    return plan_for(model(), application, rules=rules, streets=streets)


def ids(plan: SupplyPlan) -> list[str]:
    return [option.sources[0].access_point.element_id for option in plan.options]


# Order -------------------------------------------------------------------------------------------


def test_by_straight_distance_the_unit_beyond_the_river_comes_first() -> None:
    assert ids(supply(None)) == ["unit:near", "unit:far"]


def test_along_streets_the_shorter_way_comes_first() -> None:
    plan = supply()
    assert ids(plan) == ["unit:far", "unit:near"]
    lengths = [option.sources[0].route.length_m for option in plan.options]
    assert lengths == pytest.approx([20 + 300 + 20, 600 + 100 + 600], abs=1e-3)


def test_rings_hand_out_the_shortest_way_first_whatever_the_straight_distance() -> None:
    # the nearer unit lies in the first ring, the other one in the second
    application = asked(*SITE, kva=800.0)
    search = Search(model=model(), application=application, rules=example_rules(),
                    catalogue=catalogue(), commitments=(), streets=STREETS)  # fmt: skip
    demand = find_demand(application, "mv", search.rules)
    looked = []

    def look(ring_m: tuple[float, float]) -> Any:
        looked.append(ring_m[1])
        return search.look("mv", demand, ring_m)

    given = Supply(look, 2_000.0, short_by_m=0.0)
    first, second = given.usable_at(0), given.usable_at(1)
    assert first is not None
    assert second is not None
    assert [first.element_id, second.element_id] == ["unit:far", "unit:near"]
    assert first.length_m < second.length_m
    assert looked == [250.0, 500.0, 1_000.0, 2_000.0]


def test_the_search_ends_before_the_longer_way_where_one_feeder_is_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("planner.search.LANES", 1)
    plan = supply(rules=rule_book(search_feeders={"value": 1}))
    assert ids(plan) == ["unit:far"]
    assert plan.rejected == ()


# Routes ------------------------------------------------------------------------------------------


def test_the_route_says_what_it_lies_in_and_what_it_crosses() -> None:
    route = supply().options[1].sources[0].route
    assert route.method == "streets"
    parts = route.street_m, route.off_street_m, route.duct_m
    assert parts == pytest.approx((1_300, 0, 0), abs=1e-3)
    assert {crossing.kind: crossing.count for crossing in route.crossings} == {"water": 1}
    assert route.coordinates[0] == pytest.approx(place(100, 1_000), abs=1e-9)
    assert route.coordinates[-1] == pytest.approx(place(*SITE), abs=1e-9)


def test_the_new_line_is_as_long_as_the_route() -> None:
    option = supply().options[0]
    quantities = {work.code: work.quantity for work in option.works}
    assert option.sources[0].route.length_m in quantities.values()


def test_without_streets_a_route_says_nothing_of_them() -> None:
    route = supply(None).options[0].sources[0].route
    assert (route.method, route.street_m, route.crossings) == ("estimate", 0.0, ())


def test_a_plan_without_streets_is_that_of_before() -> None:
    application = asked(*SITE, kva=800.0)
    assert "site" not in plan_to_json(supply(None))["application"]
    assert application.site is None


# Refusals ----------------------------------------------------------------------------------------


def test_beyond_a_river_without_a_bridge_a_point_is_refused_by_its_name() -> None:
    (refused,) = supply(WITHOUT_BRIDGE).rejected
    (reason,) = refused.reasons
    assert (refused.access_point.element_id, reason.code) == ("unit:near", "no_route")
    assert 'water "the river" lies between' in reason.en
    assert "河道或水面“the river”阻隔" in reason.zh


def test_what_no_street_leads_to_is_refused_without_a_barrier_to_blame() -> None:
    short_legs = rule_book(route_off_street_reach={"value": 50})
    (refused,) = supply(draw_streets(OWN, UP, DOWN), rules=short_legs).rejected
    assert "none of the streets given leads" in refused.reasons[0].en


def test_an_absurd_way_round_is_refused_with_both_lengths() -> None:
    # for a straight 100 m 5 x 100 + 700 m at most
    (refused,) = supply(rules=rule_book(route_absurd_margin={"value": 700})).rejected
    (reason,) = refused.reasons
    assert reason.code == "no_route"
    assert (reason.value, reason.limit) == pytest.approx((1_300, 1_200), abs=1e-3)
    assert "too far round" in reason.en


# The desk ----------------------------------------------------------------------------------------


def unconfirmed(plan: SupplyPlan) -> list[str]:
    return [reason.en for reason in plan.answer.reasons if reason.code == "route_unconfirmed"]


def test_a_route_along_streets_needs_nobody_to_confirm_it() -> None:
    assert unconfirmed(supply()) == []


def test_an_estimate_of_the_same_point_does() -> None:
    assert len(unconfirmed(supply(None))) == 1


def test_a_bridge_on_the_way_has_to_be_confirmed() -> None:
    only_near = draw_streets(UP, OVER, DOWN, RIVER, line("water", (-100, -2_000), (-100, 4_000)))
    (reason,) = unconfirmed(supply(only_near))
    assert "crosses water (1 x)" in reason


def test_once_confirmed_by_name_it_has_not() -> None:
    only_near = draw_streets(UP, OVER, DOWN, RIVER, line("water", (-100, -2_000), (-100, 4_000)))
    assert unconfirmed(supply(only_near, route_confirmed_by="张工")) == []


# Restricted areas --------------------------------------------------------------------------------


def with_area(west: float, south: float, east: float, north: float) -> GridModel:
    grid = two_units()
    rows = grid.restricted_areas.reindex(["area:1"])
    shape = area("", west, south, east, north)["geometry"]
    return unexamined(
        grid.with_tables(restricted_areas=rows.assign(name="", reason="", geometry=[shape]))
    )


def test_a_way_round_a_restricted_area_passes_its_check() -> None:
    # the straight line to the unit crosses the area, the street to it does not
    grid = with_area(-200, 990, -100, 1_050)
    asked_there = asked(*SITE, kva=800.0)
    assert "unit:far" in ids(plan_for(grid, asked_there, streets=STREETS))
    assert "unit:far" not in ids(plan_for(grid, asked_there))


def test_a_way_that_has_to_cross_one_is_refused_with_its_id() -> None:
    plan = plan_for(with_area(-200, 900, -100, 1_050), asked(*SITE, kva=800.0), streets=STREETS)
    (refused,) = plan.rejected
    (reason,) = refused.reasons
    assert (reason.code, reason.element_id) == ("restricted_area", "area:1")


# Red lines ---------------------------------------------------------------------------------------

GROUND = [(-80, 990), (20, 990), (20, 1_040), (-80, 1_040)]


def red_line(*corners: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    return tuple(place(*corner) for corner in corners)


def test_a_route_ends_at_the_red_line() -> None:
    plan = supply(site=red_line(*GROUND))
    # from the unit 20 m to the street, along it to 80 m from the site, 10 m to the corner
    assert plan.options[0].sources[0].route.length_m == pytest.approx(20 + 220 + 10, abs=1e-3)


def test_without_streets_an_estimate_ends_at_the_red_line() -> None:
    plan = supply(None, site=red_line(*GROUND))
    assert plan.options[0].sources[0].route.length_m == pytest.approx(1.3 * 80, abs=1e-3)
    assert plan.options[0].sources[0].access_point.distance_m == pytest.approx(100, abs=1e-3)


# Plans -------------------------------------------------------------------------------------------


def test_the_streets_are_part_of_what_a_plan_is_known_by() -> None:
    plans = {supply(streets).plan_id for streets in (None, STREETS, WITHOUT_BRIDGE)}
    assert len(plans) == 3


def test_the_same_streets_in_another_order_give_the_same_plan() -> None:
    assert supply(draw_streets(RIVER, DOWN, OVER, UP, OWN)) == supply()


def test_a_plan_along_streets_and_to_a_red_line_is_verified_with_its_streets() -> None:
    plan = plan_to_json(supply(site=red_line(*GROUND)))
    book = rule_book()
    with_them = verify_plan(plan, model(), book, catalogue(), streets=STREETS)
    assert with_them == ()
    without = verify_plan(plan, model(), book, catalogue())
    assert "plan_id" in {difference.path for difference in without}


def test_the_streets_are_worked_out_once_a_grid() -> None:
    streets = draw_streets(OWN, UP, OVER, DOWN, RIVER)
    supply(streets)
    ground = streets.prepared[model().version, True]
    supply(streets)
    assert streets.prepared[model().version, True] is ground
    assert ground.plane.epsg == EPSG


def test_another_version_of_a_grid_in_the_same_plane_shares_the_net() -> None:
    streets = replace(STREETS, prepared={})
    for grid in (model(), with_area(-200, 990, -100, 1_050)):
        plan_for(grid, asked(*SITE, kva=800.0), streets=streets)
    grounds = [made for made in streets.prepared.values() if isinstance(made, Ground)]
    assert len(grounds) == 2
    assert grounds[0].net is grounds[1].net
