"""On the spot or to the desk: conditions that lie in the first option, each failing alone."""

from __future__ import annotations

from math import nextafter

import pytest
from shapely import Polygon

from grid_models.grid import Grid
from grid_models.model import GridModel
from tests.cases.drawing import place
from tests.grid_models.samples import added, edited
from tests.planner.example import rule_book
from tests.planner.station import BY_THE_LINE, ON_SITE, answer, at_the_desk, station, supply

# The option --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("table", "element"), [("nodes", "bus:3"), ("bays", "bay:1")])
def test_an_unknown_owner_of_the_access_point_goes_to_the_desk(table: str, element: str) -> None:
    grid = edited(station(), table, element, ownership="unknown")
    # too large for a tee: the bay is the only way
    assert answer(supply(grid, kva=1_200.0)) == at_the_desk("ownership_unknown")


def test_an_unknown_owner_on_the_way_to_the_busbar_goes_to_the_desk() -> None:
    grid = edited(station(), "lines", "line:1", ownership="unknown")
    assert answer(supply(grid)) == at_the_desk("ownership_unknown")


def test_a_tee_on_an_overhead_line_is_answered_on_site() -> None:
    plan = supply(at=BY_THE_LINE)
    assert plan.options[0].kind == "mv_public_tee"
    assert answer(plan) == ON_SITE


def test_an_unknown_laying_goes_to_the_desk() -> None:
    grid = edited(station(), "lines", "line:2", laying="unknown")
    assert answer(supply(grid, BY_THE_LINE)) == at_the_desk("laying_unknown")


def cut_in() -> Grid:
    """Return the station with a cable in the overhead line's place and no bay at its ends."""
    grid = edited(station(), "bays", "bay:1", is_spare=False)
    return edited(grid, "lines", "line:2", laying="cable")


def test_a_cut_in_ring_main_unit_needs_works() -> None:
    plan = supply(cut_in(), BY_THE_LINE)
    assert plan.options[0].kind == "mv_public_ring_in"
    assert answer(plan) == at_the_desk("works_needed")


def test_a_larger_transformer_needs_works() -> None:
    # 100 kW and 111 kVA at a board of 63 kVA that 20 kW load already
    grid = edited(station(), "transformers", "trafo:2", sn_kva=63.0)
    plan = supply(grid, (720, 440), kw=100.0)
    assert [o.kind for o in plan.options] == ["lv_after_works"]
    assert answer(plan) == at_the_desk("works_needed")


def test_an_unknown_rating_on_the_path_goes_to_the_desk() -> None:
    grid = edited(station(), "lines", "line:1", ampacity_a=float("nan"))
    assert answer(supply(grid)) == at_the_desk("rating_unknown")


def test_an_unknown_rating_off_the_path_is_no_matter() -> None:
    grid = edited(station(), "lines", "line:2", ampacity_a=float("nan"))
    assert answer(supply(grid)) == ON_SITE


def test_a_line_beyond_the_supply_radius_goes_to_the_desk() -> None:
    # 160 m of line:3, then a route of 1.3 x 75 m: 257.5 m, more than 250 m
    plan = supply(at=(955, 405), kw=20.0)
    assert answer(plan) == at_the_desk("supply_radius")
    assert answer(supply(at=(945, 405), kw=20.0)) == ON_SITE


def test_a_neighbour_that_is_newly_broken_goes_to_the_desk() -> None:
    # another feeder of constant power: its current rises as the busbar's voltage falls
    grid = added(station(), "nodes", "bus:7", "bus:4", lon=place(-900, 0)[0], lat=place(-900, 0)[1])
    grid = added(grid, "lines", "line:7", "line:2", from_node="bus:2", to_node="bus:7")
    grid = added(grid, "loads", "load:7", "load:1", node="bus:7", p_kw=3_000.0)
    model = GridModel.of(grid)
    place_of = model.place_of_line(grid.lines.index.get_loc("line:7"))
    assert place_of is not None
    now_pct = model.state(place_of.tree).loading_pct[place_of.row]
    grid = edited(grid, "lines", "line:7", ampacity_a=334.0 * now_pct / 100.0 * (1.0 + 1e-6))

    plan = supply(grid)
    assert answer(plan) == at_the_desk("neighbour_affected")
    assert "line:7" in plan.answer.reasons[0].en


def test_a_high_voltage_that_the_load_lowers_asks_for_another_tap() -> None:
    # 1.025 x 10.5 kV is above 10.7 kV
    grid = edited(station(), "sources", "source:1", v_pu=1.025)
    plan = supply(grid)
    assert answer(plan) == at_the_desk("tap_adjustment")


@pytest.mark.parametrize("code", ["thermal_line", "heavy_load"])
def test_a_check_the_area_sends_to_the_desk_gives_its_own_code(code: str) -> None:
    # about 85 A where 30 A were before
    grid = edited(station(), "lines", "line:1", ampacity_a=70.0)
    effects = {"path": "desk", "feeder": "desk", "tree": "show"}
    other = {"thermal_line", "heavy_load"} - {code}
    rules = rule_book(
        **{code: {"effects": effects}},
        **{name: {"effects": dict.fromkeys(effects, "show")} for name in other},
    )
    assert answer(supply(grid, rules=rules, kva=1_000.0)) == at_the_desk(code)


def area_over_the_site() -> Grid:
    corners = [place(-10, 420), place(10, 420), place(10, 460), place(-10, 460)]
    return added_area(station(), Polygon(corners))


def added_area(grid: Grid, area: Polygon) -> Grid:
    rows = grid.restricted_areas.reindex(["area:1"]).assign(name="", reason="", geometry=[area])
    return grid.with_tables(restricted_areas=rows)


def test_a_restricted_area_is_refused() -> None:
    plan = supply(area_over_the_site())
    assert plan.answer.mode == "no_option"
    assert plan.rejected[0].reasons[0].code == "restricted_area"


def test_a_restricted_area_goes_to_the_desk_where_the_area_s_rules_say_so() -> None:
    effects = {"path": "desk", "feeder": "show", "tree": "show"}
    plan = supply(area_over_the_site(), rules=rule_book(restricted_area={"effects": effects}))
    assert answer(plan) == at_the_desk("restricted_area")


def test_a_route_estimated_above_100_m_is_confirmed_at_the_desk() -> None:
    assert answer(supply(at=(0, 476.9))) == ON_SITE  # 99.97 m
    assert answer(supply(at=(0, 477.0))) == at_the_desk("route_unconfirmed")  # 100.1 m


def test_a_route_as_long_as_the_limit_needs_no_confirmation() -> None:
    length_m = supply().options[0].sources[0].route.length_m
    at_limit, below = (
        rule_book(route_unconfirmed_above={"value": value})
        for value in (length_m, nextafter(length_m, 0.0))
    )
    assert answer(supply(rules=at_limit)) == ON_SITE
    assert answer(supply(rules=below)) == at_the_desk("route_unconfirmed")


def test_a_route_somebody_confirms_by_name_is_answered_on_site() -> None:
    assert answer(supply(at=(0, 500), route_confirmed_by="Wang Wei")) == ON_SITE


def test_the_first_option_alone_decides_where_the_answer_is_given() -> None:
    assert [o.kind for o in supply(at=(40, 440)).options] == ["mv_public_tee", "mv_public_bay"]

    plan = supply(edited(station(), "nodes", "bus:3", ownership="unknown"), (40, 440))
    assert [reason.code for reason in plan.options[1].desk_reasons] == ["ownership_unknown"]
    assert answer(plan) == ON_SITE
