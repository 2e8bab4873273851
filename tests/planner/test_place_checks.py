"""Checks of place and route, by hand, on the ring-main unit of `station`."""

from __future__ import annotations

from math import nan, sqrt
from typing import Any

import pytest
from shapely import Polygon

from grid_models.grid import Grid
from planner.plan import Check
from planner.search import Found
from tests.cases.customer import built_at, referee
from tests.cases.drawing import place
from tests.grid_models.samples import added, edited, emptied, stated
from tests.planner.example import example_rules, with_effects
from tests.planner.searches import missing_of, new_supply, place_check, search_near
from tests.planner.station import BY_THE_LINE, SITE, station, station_model

LOW = (800.0, 425.0)  # 20 m from the middle of the low-voltage cable, 26 m of route


def at_the_unit(grid: Grid | None = None, **how: Any) -> Found:
    return search_near(grid or station_model(), *SITE, **how)[0]["bus:3"]


def on_the_line(grid: Grid | None = None, **how: Any) -> Found:
    return search_near(grid or station_model(), *BY_THE_LINE, **how)[0]["line:2"]


def at_low_voltage(grid: Grid | None = None, element: str = "line:3", **how: Any) -> Found:
    how = {"kw": 20.0} | how
    return search_near(grid or station_model(), *LOW, "lv", **how)[0][element]


def shown(check: Check) -> tuple[float, float, bool, str]:
    return check.value, check.limit, check.passed, check.effect


# Ratings -----------------------------------------------------------------------------------------


def test_a_path_of_known_ratings_counts_none_unknown() -> None:
    assert shown(place_check(at_the_unit(), "rating_unknown")) == (0.0, 0.0, True, "show")


def test_every_unknown_rating_on_the_path_is_counted_and_the_first_is_named() -> None:
    grid = edited(station(), "lines", "line:1", ampacity_a=nan)
    grid = edited(grid, "lines", "line:2", ampacity_a=nan)
    check = place_check(on_the_line(grid), "rating_unknown")
    assert (check.element_id, check.value, check.effect) == ("line:2", 2.0, "desk")
    check = place_check(at_the_unit(grid), "rating_unknown")
    assert (check.element_id, check.value) == ("line:1", 1.0)


# Voltage -----------------------------------------------------------------------------------------


def test_the_voltage_change_is_what_pandapower_finds_in_percent_of_10_kv() -> None:
    found = at_the_unit()
    before = referee(station()).nodes["v_pu"]["bus:3"]
    after = referee(built_at(station(), "bus:3", new_supply(found.outcome))).nodes["v_pu"]["bus:3"]
    check = place_check(found, "voltage_change")
    assert check.value == pytest.approx(100.0 * (before - after), abs=1e-6)
    assert (check.limit, check.unit) == (3.0, "%")


def test_at_low_voltage_the_change_is_in_percent_of_380_v() -> None:
    found = at_low_voltage(element="bus:6", kw=100.0)
    before = referee(station()).nodes["v_pu"]["bus:6"]
    after = referee(built_at(station(), "bus:6", new_supply(found.outcome))).nodes["v_pu"]["bus:6"]
    value = place_check(found, "voltage_change").value
    assert value == pytest.approx(100.0 * (before - after) * 400.0 / 380.0, abs=1e-6)


@pytest.mark.parametrize(("v_pu", "limit"), [(0.93, 0.95), (1.0, 1.05)])
def test_the_planning_band_is_held_against_its_nearer_end(v_pu: float, limit: float) -> None:
    found = at_the_unit(edited(station(), "sources", "source:1", v_pu=v_pu))
    check = place_check(found, "voltage_planning")
    assert check.value == found.outcome.power_flow.v_customer_pu
    assert (check.limit, check.passed) == (limit, True)


@pytest.mark.parametrize(("v_pu", "limit"), [(0.9, 0.95), (1.015, 1.05)])
def test_a_voltage_outside_the_planning_band_is_shown(v_pu: float, limit: float) -> None:
    check = place_check(
        at_the_unit(edited(station(), "sources", "source:1", v_pu=v_pu)), "voltage_planning"
    )
    assert (check.limit, check.passed, check.effect) == (limit, False, "show")


def test_at_low_voltage_the_planning_band_is_one_of_380_v() -> None:
    # 1.02 x 10.5 kV at 110 kV: about 405 V, which are 1.07 of 380 V and 1.01 of 400 V
    found = at_low_voltage(edited(station(), "sources", "source:1", v_pu=1.02))
    check = place_check(found, "voltage_planning")
    v_pu = found.outcome.power_flow.v_customer_pu
    assert check.value == pytest.approx(v_pu * 400.0 / 380.0)
    assert (check.limit, check.passed) == (1.05, False)


# Lengths -----------------------------------------------------------------------------------------


def test_the_radius_at_10_kv_is_measured_from_the_busbar() -> None:
    # 400 m of cable, 52 m of route; 360 m farther by the tee
    check = place_check(at_the_unit(), "supply_radius")
    assert shown(check) == (pytest.approx(452.0, abs=0.01), 3_000.0, True, "show")
    assert place_check(on_the_line(), "supply_radius").value == pytest.approx(812.0, abs=0.01)


def test_the_radius_at_low_voltage_is_measured_from_the_board() -> None:
    # half of 160 m, 26 m of route
    check = place_check(at_low_voltage(), "supply_radius")
    assert shown(check) == (pytest.approx(106.0, abs=0.01), 250.0, True, "show")


def test_the_radius_does_not_depend_on_which_way_round_a_line_is_recorded() -> None:
    turned = edited(station(), "lines", "line:3", from_node="bus:6", to_node="bus:5")
    found = search_near(turned, 760.0, 425.0, "lv", kw=20.0)[0]["line:3"]
    assert place_check(found, "supply_radius").value == pytest.approx(40.0 + 26.0, abs=0.01)


@pytest.mark.parametrize(("area_class", "limit_m"), [("A", 150.0), ("B", 250.0), ("D", 500.0)])
def test_the_radius_is_that_of_the_area_class(area_class: str, limit_m: float) -> None:
    found = at_low_voltage(rules=example_rules(area_class=area_class))
    assert place_check(found, "supply_radius").limit == limit_m


def test_a_radius_that_is_too_long_is_for_the_desk() -> None:
    # 160 m of cable and a route of 1.3 x 75 m
    found = search_near(station_model(), 955, 405, "lv", kw=20.0)[0]["bus:6"]
    check = place_check(found, "supply_radius")
    assert shown(check) == (pytest.approx(257.5, abs=0.01), 250.0, False, "desk")


def test_the_route_is_held_against_the_longest_of_its_level() -> None:
    check = place_check(at_the_unit(), "route_length")
    assert shown(check) == (pytest.approx(52.0, abs=0.01), 2_600.0, True, "show")
    assert place_check(at_low_voltage(), "route_length").limit == 650.0


def test_a_route_beyond_the_longest_is_shown() -> None:
    rules = example_rules(route_length={"lv": 650, "mv": 51})
    check = place_check(at_the_unit(rules=rules), "route_length")
    assert (check.passed, check.effect) == (False, "show")


# Customers on the feeder -------------------------------------------------------------------------


def test_the_customers_at_10_kv_on_the_feeder_are_counted_with_the_new_one() -> None:
    check = place_check(at_the_unit(), "feeder_users")
    assert (check.element_id, check.value, check.limit) == ("line:1", 2.0, 50.0)


def test_a_new_customer_at_low_voltage_is_none_at_10_kv() -> None:
    assert place_check(at_low_voltage(), "feeder_users").value == 1.0


def test_customers_of_other_feeders_do_not_count() -> None:
    grid = added(station(), "nodes", "bus:7", "bus:4")
    grid = added(grid, "lines", "line:7", "line:2", from_node="bus:2", to_node="bus:7")
    grid = added(grid, "loads", "load:7", "load:1", node="bus:7")
    assert place_check(at_the_unit(grid), "feeder_users").value == 2.0


# Restricted areas --------------------------------------------------------------------------------


def with_areas(*squares: tuple[float, float]) -> Grid:
    """Return the station with squares of 20 m around some points."""
    areas = [
        Polygon([place(x + dx, y + dy) for dx, dy in ((-10, -10), (10, -10), (10, 10), (-10, 10))])
        for x, y in squares
    ]
    names = [f"area:{k}" for k in range(1, len(areas) + 1)]
    rows = emptied(station(), "restricted_areas").restricted_areas.reindex(names)
    return station().with_tables(restricted_areas=rows.assign(name="", reason="", geometry=areas))


SHOWN = {"path": "show", "feeder": "show", "tree": "show"}


def areas_touched(grid: Grid) -> tuple[str, float]:
    rules = with_effects(example_rules(), "restricted_area", **SHOWN)
    check = place_check(at_the_unit(grid, rules=rules), "restricted_area")
    return check.element_id, check.value


@pytest.mark.parametrize("north_m", [400.0, 420.0, 440.0])
def test_an_area_over_access_way_or_site_is_touched(north_m: float) -> None:
    # the way is the straight line from (0, 400) to (0, 440)
    assert areas_touched(with_areas((0.0, north_m))) == ("area:1", 1.0)


def test_an_area_beside_the_way_is_not_touched() -> None:
    assert areas_touched(with_areas((30.0, 420.0))) == ("bus:3", 0.0)


def test_every_area_touched_is_counted_and_the_first_is_named() -> None:
    grid = with_areas((30.0, 420.0), (0.0, 400.0), (0.0, 440.0))
    assert areas_touched(grid) == ("area:2", 2.0)


def test_an_area_on_the_way_refuses_the_point() -> None:
    found, rejected = search_near(with_areas((0.0, 420.0)), *SITE)
    assert "bus:3" not in found
    (reason,) = rejected["bus:3"].reasons
    assert (reason.code, reason.element_id, reason.value) == ("restricted_area", "area:1", 1.0)


def test_areas_nobody_knows_are_missing() -> None:
    found = at_the_unit(stated(station(), has_restricted_areas=False))
    assert missing_of(found) == ["subject_restricted_areas"]
    assert "restricted_area" not in {check.code for check in found.place_checks}


# Short circuit and bays --------------------------------------------------------------------------


def short_circuit_ka(line_km: float) -> float:
    """Return the current behind 31.5 MVA and a source without impedance, by IEC 60909-0."""
    x_t = sqrt(0.105**2 - 0.004**2)
    k_t = 0.95 * 1.1 / (1.0 + 0.6 * x_t)
    z_ohm = complex(0.004, x_t) * k_t * 10.5**2 / 31.5 + complex(0.047, 0.094) * line_km
    return 1.1 * 10.0 / sqrt(3.0) / abs(z_ohm)


def unknown_source() -> Grid:
    return edited(station(), "sources", "source:1", short_circuit_mva=nan)


def test_the_short_circuit_current_is_that_at_the_unit() -> None:
    check = place_check(at_the_unit(unknown_source()), "short_circuit")
    assert shown(check) == (pytest.approx(short_circuit_ka(0.4), rel=1e-6), 20.0, True, "show")
    assert check.unit == "kA"


def test_the_short_circuit_current_of_a_tee_is_that_at_the_near_end_of_its_line() -> None:
    check = place_check(on_the_line(unknown_source()), "short_circuit")
    assert check.value == pytest.approx(short_circuit_ka(0.4), rel=1e-6)


def test_a_current_above_what_switchgear_withstands_refuses_the_point() -> None:
    rules = example_rules(short_circuit_limit={"10000": 10, "20000": 10})
    found, rejected = search_near(station_model(), *SITE, rules=rules)
    assert "bus:3" not in found
    assert [reason.code for reason in rejected["bus:3"].reasons] == ["short_circuit"]


def test_a_current_that_cannot_be_bounded_is_missing() -> None:
    rules = example_rules(short_circuit_limit={"10000": 10, "20000": 10})
    found = at_the_unit(unknown_source(), rules=rules)
    assert missing_of(found) == ["subject_short_circuit"]
    assert "short_circuit" not in {check.code for check in found.place_checks}


def test_spare_bays_are_held_against_the_least_number() -> None:
    check = place_check(at_the_unit(), "spare_bays")
    assert (check.element_id, *shown(check)) == ("bus:3", 1.0, 1.0, True, "show")


def test_too_few_spare_bays_refuse_the_point() -> None:
    found, rejected = search_near(station_model(), *SITE, rules=example_rules(spare_bays=2))
    assert "bus:3" not in found
    (reason,) = rejected["bus:3"].reasons
    assert (reason.code, reason.value, reason.limit) == ("spare_bays", 1.0, 2.0)


def test_bays_are_a_matter_of_bays_and_short_circuits_of_10_kv() -> None:
    on_line = {check.code for check in on_the_line().place_checks}
    low = {check.code for check in at_low_voltage().place_checks}
    assert "spare_bays" not in on_line
    assert not low & {"spare_bays", "short_circuit"}
