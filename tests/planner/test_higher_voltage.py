"""Who is too large for 10(20) kV is told where the voltage of the table is to be found."""

from __future__ import annotations

from planner.plan import SupplyPlan
from tests.planner.example import asked, plan_for, rule_book, unexamined
from tests.planner.station import SITE, station_model
from tests.planner.town import SITE as TOWN_SITE
from tests.planner.town import town

# No station lies as near as this: no line is offered.
NEAR_M = 300.0


def points(plan: SupplyPlan) -> list[str]:
    """Return what is said of higher voltages, in English."""
    return [item.en for item in plan.answer.information if item.code.startswith("higher_voltage")]


def test_the_nearest_stations_of_the_voltage_are_named_with_their_distance() -> None:
    # the site is 1,000 m east and 100 m north of A, 1,600 m west of B
    (text,) = points(
        plan_for(unexamined(town()), asked(*TOWN_SITE, kva=60_000.0, max_distance_m=NEAR_M))
    )
    assert "110 kV" in text
    assert "station:1 (1.0 km), station:2 (1.6 km)" in text


def test_no_more_stations_are_named_than_the_rules_say() -> None:
    rules = rule_book(higher_voltage_points={"value": 1})
    (text,) = points(
        plan_for(
            unexamined(town()), asked(*TOWN_SITE, kva=60_000.0, max_distance_m=NEAR_M), rules=rules
        )
    )
    assert "station:2" not in text


def test_a_voltage_the_model_does_not_have_is_said_to_be_absent() -> None:
    (text,) = points(plan_for(station_model(), asked(*SITE, kva=300_000.0)))
    assert text.startswith("220 kV: no station of this voltage within 20 km")


def test_each_voltage_of_the_table_is_answered_for() -> None:
    texts = points(plan_for(station_model(), asked(*SITE, kva=30_000.0, max_distance_m=NEAR_M)))
    assert [text.partition(":")[0] for text in texts] == ["35 kV", "110 kV"]


def test_what_10_kv_supplies_is_told_nothing() -> None:
    assert points(plan_for(station_model(), asked(*SITE, kva=800.0))) == []
