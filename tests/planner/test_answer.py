"""On the spot or to the desk: each condition of the closed list fails alone, on one small grid.

Those that lie in an option are in `test_answer_of_options`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from grid_models.grid import Grid
from grid_models.model import GridModel
from planner.answer import decide
from planner.plan import Reason
from tests.grid_models.samples import added, edited
from tests.planner.example import example_rules, rule_book
from tests.planner.station import BY_THE_LINE, ON_SITE, answer, at_the_desk, station, supply

# The application ---------------------------------------------------------------------------------


def test_a_customer_for_whom_every_condition_holds_is_answered_on_site() -> None:
    plan = supply()
    assert plan.options[0].kind == "mv_public_bay"
    assert answer(plan) == ON_SITE


def test_a_low_voltage_customer_for_whom_every_condition_holds_is_answered_on_site() -> None:
    plan = supply(at=(720, 440), kw=50.0)
    assert plan.options[0].kind == "lv_public"
    assert answer(plan) == ON_SITE


@pytest.mark.parametrize("business", ["increase", "temporary", "relocate", "change_voltage"])
def test_business_other_than_a_new_supply_is_not_covered(business: str) -> None:
    assert answer(supply(business=business)) == at_the_desk("not_covered")


@pytest.mark.parametrize("business", ["rename", "close", "suspend", "move_meter"])
def test_business_that_needs_no_connection_gets_no_option_and_no_guess(business: str) -> None:
    plan = supply(business=business)
    assert answer(plan) == ("no_option", ["not_covered"])
    assert (plan.options, plan.rejected) == ((), ())


def test_more_than_one_source_is_not_answered_with_one() -> None:
    # the ring-main unit and the line behind it hang at one feeder
    plan = supply(sources=2)
    assert answer(plan) == ("no_option", ["source_independence", "more_than_one_source"])


@pytest.mark.parametrize("importance", ["temporary", "second", "first", "special"])
def test_an_important_customer_goes_to_the_desk(importance: str) -> None:
    plan = supply(importance=importance)
    assert answer(plan) == at_the_desk("important_customer")
    assert plan.answer.reasons[0].rule_id is None


@pytest.mark.parametrize("industry", ["0610", "4610"])
def test_importance_below_that_of_the_industry_goes_to_the_desk(industry: str) -> None:
    plan = supply(industry=industry)
    assert answer(plan) == at_the_desk("important_customer")
    assert plan.answer.reasons[0].rule_id == "industry_importance"
    assert industry in plan.answer.reasons[0].en


@pytest.mark.parametrize(
    ("importance", "industry", "rule_ids"),
    [
        ("ordinary", "9999", []),
        ("second", "4610", [None]),
        ("first", "4610", [None]),
        ("temporary", "4610", [None, "industry_importance"]),
        ("second", "0610", [None, "industry_importance"]),
        ("special", "0610", [None]),
    ],
)
def test_importance_is_held_against_the_least_class_of_the_industry(
    importance: str, industry: str, rule_ids: list[str | None]
) -> None:
    plan = supply(importance=importance, industry=industry)
    assert [reason.rule_id for reason in plan.answer.reasons] == rule_ids


@pytest.mark.parametrize(
    ("industry", "codes"),
    [
        ("B0610", ["important_customer"]),  # with the letter of its section
        ("06101", ["important_customer"]),  # below the row's class
        ("06", ["important_customer"]),  # a group that the row's class belongs to
        ("0611", []),
        ("", []),
    ],
)
def test_an_industry_is_found_by_section_letter_class_and_group(
    industry: str, codes: list[str]
) -> None:
    assert answer(supply(industry=industry))[1] == codes


def test_a_group_of_industries_has_the_greatest_importance_among_its_own() -> None:
    least = {"5411": "second", "5412": "first"}
    rules = rule_book(industry_importance={"value": least})
    assert answer(supply(industry="54", importance="second", rules=rules))[1] == [
        "important_customer", "important_customer",
    ]  # fmt: skip


@pytest.mark.parametrize("load", ["impact", "harmonic", "single_phase", "generation"])
@pytest.mark.parametrize("level", ["lv", "mv"])
def test_a_special_load_goes_to_the_desk(load: str, level: str) -> None:
    low = {"at": (720, 440), "kw": 50.0} if level == "lv" else {}
    assert answer(supply(special_load=load, **low)) == at_the_desk("special_load")


def test_a_special_load_not_stated_goes_to_the_desk_at_10_kv() -> None:
    assert answer(supply(special_load=None)) == at_the_desk("special_load_not_stated")


def test_a_special_load_not_stated_is_no_matter_at_low_voltage() -> None:
    assert answer(supply(at=(720, 440), kw=50.0, special_load=None)) == ON_SITE


def test_a_largest_demand_far_below_the_equipment_goes_to_the_desk() -> None:
    # 20 % of 1,000 kW
    assert answer(supply(kw=1_000.0, max_demand_kw=200.0)) == ON_SITE
    assert answer(supply(kw=1_000.0, max_demand_kw=199.0)) == at_the_desk("demand_to_confirm")


def test_1250_kva_are_answered_on_site_and_1251_at_the_desk() -> None:
    assert answer(supply(kva=1250.0)) == ON_SITE
    assert answer(supply(kva=1251.0)) == at_the_desk("capacity_over_on_site_limit")


def test_above_3000_kva_the_grid_above_the_main_transformer_is_named_as_not_checked() -> None:
    rules = rule_book(on_site_limit={"value": 5_000})
    assert answer(supply(kva=3000.0, rules=rules)) == ON_SITE
    assert answer(supply(kva=3001.0, rules=rules)) == at_the_desk("upstream_not_checked")


def test_both_capacity_limits_are_named_when_both_are_passed() -> None:
    mode, codes = answer(supply(kva=3001.0))
    assert mode == "back_office"
    assert codes == ["capacity_over_on_site_limit", "upstream_not_checked"]


def test_the_level_of_few_kva_is_confirmed_at_the_desk() -> None:
    assert answer(supply(kva=210.0)) == at_the_desk("level_to_confirm")
    assert answer(supply(kva=211.0)) == ON_SITE


# The data and the rules --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "rule_id"),
    [
        ({"load_date": date(2025, 6, 30)}, "load_data_max_months"),
        ({"load_date": None}, "load_data_max_months"),
        ({"topology_date": date(2026, 6, 30)}, "topology_max_days"),
        ({"topology_date": None}, "topology_max_days"),
        ({"load_date": date(2027, 9, 2)}, "load_data_max_months"),
        ({"topology_date": date(2026, 9, 2)}, "topology_max_days"),
    ],
)
def test_data_a_day_farther_away_than_allowed_or_of_unknown_date_are_stale(
    facts: dict[str, Any], rule_id: str
) -> None:
    plan = supply(station(**facts))
    assert answer(plan) == at_the_desk("data_stale")
    assert plan.answer.reasons[0].rule_id == rule_id


@pytest.mark.parametrize(
    "facts",
    [
        {"load_date": date(2025, 7, 1)},
        {"load_date": date(2027, 9, 1)},
        {"topology_date": date(2026, 7, 1)},
        {"topology_date": date(2026, 9, 1)},
    ],
)
def test_loads_of_13_months_and_a_topology_of_31_days_are_fresh(facts: dict[str, Any]) -> None:
    assert answer(supply(station(**facts), on_date=date(2026, 8, 1))) == ON_SITE


@pytest.mark.parametrize("basis", ["snapshot", "unknown"])
def test_loads_neither_measured_nor_declared_go_to_the_desk(basis: str) -> None:
    assert answer(supply(station(load_basis=basis))) == at_the_desk("load_basis")


@pytest.mark.parametrize("basis", ["measured_peak", "declared"])
def test_loads_measured_or_declared_are_answered_on_site(basis: str) -> None:
    assert answer(supply(station(load_basis=basis))) == ON_SITE


def test_data_of_poor_quality_go_to_the_desk() -> None:
    # bus:7 stands at a longitude of 500 degrees: an error, though nothing is connected there
    grid = added(station(), "nodes", "bus:7", "bus:4", lon=500.0)
    plan = supply(GridModel.of(grid))
    assert plan.grid.quality == "poor"
    assert answer(plan) == at_the_desk("data_quality")


def test_data_that_are_no_worse_than_usable_are_answered_on_site() -> None:
    # a node nothing supplies is a warning
    grid = added(station(), "nodes", "bus:7", "bus:4")
    plan = supply(GridModel.of(grid))
    assert plan.grid.quality == "usable"
    assert answer(plan) == ON_SITE


def test_unknown_restricted_areas_are_missing_data() -> None:
    plan = supply(station(has_restricted_areas=False))
    assert answer(plan) == at_the_desk("data_missing")
    assert "restricted areas" in plan.answer.reasons[0].en


def strong_station(short_circuit_mva: float) -> Grid:
    """Return the station behind 63 MVA: 27 kA at most at the bay, 19 kA behind 1,000 MVA."""
    grid = edited(station(), "transformers", "trafo:1", sn_kva=63_000.0)
    return edited(grid, "sources", "source:1", short_circuit_mva=short_circuit_mva)


def test_a_short_circuit_power_that_is_needed_and_unknown_is_missing_data() -> None:
    plan = supply(strong_station(float("nan")))
    assert answer(plan) == at_the_desk("data_missing")
    assert "short-circuit power" in plan.answer.reasons[0].en


def test_a_short_circuit_power_that_keeps_the_current_small_is_answered_on_site() -> None:
    assert answer(supply(strong_station(1_000.0))) == ON_SITE


def test_an_unknown_short_circuit_power_is_no_matter_where_the_current_is_small_anyway() -> None:
    grid = edited(station(), "sources", "source:1", short_circuit_mva=float("nan"))
    assert answer(supply(grid)) == ON_SITE


NOBODY = {"adopted_by": "", "adopted_on": None}


def test_a_deciding_rule_nobody_adopted_goes_to_the_desk() -> None:
    plan = supply(rules=rule_book(mv_drop_share=NOBODY))
    assert answer(plan) == at_the_desk("rule_not_adopted")
    assert "mv_drop_share" in plan.answer.reasons[0].en


def test_rules_nobody_adopted_are_no_matter_where_they_decide_nothing() -> None:
    # single-phase rows are not asked for, and a traffic light never decides
    rules = rule_book(single_phase_drop_factor=NOBODY, light_yellow_from=NOBODY)
    assert answer(supply(rules=rules)) == ON_SITE


# Information, and no option ----------------------------------------------------------------------


@pytest.mark.parametrize(("kw", "is_near"), [(200.5, True), (210.0, True), (210.5, False)])
def test_near_the_low_voltage_limit_is_information_and_no_more(kw: float, is_near: bool) -> None:
    plan = supply(kw=kw)
    assert answer(plan) == ON_SITE
    assert ("near_limit" in [i.code for i in plan.answer.information]) is is_near


def test_a_maximum_demand_besides_kva_is_said_to_be_unused() -> None:
    plan = supply(max_demand_kw=100.0)
    assert "max_demand_not_used" in [i.code for i in plan.answer.information]
    assert "max_demand_not_used" not in [i.code for i in supply().answer.information]
    assert answer(plan) == ON_SITE


# The substation, whose spare bay a feeder of its own could leave, is too far.
NEAR = {"max_distance_m": 400.0}


def test_without_any_access_point_there_is_no_option() -> None:
    plan = supply(at=(0, -5_000))
    assert answer(plan) == ("no_option", ["no_access_point"])


def test_when_every_point_is_refused_the_nearest_one_s_reason_is_given() -> None:
    grid = edited(station(), "nodes", "bus:3", ownership="private")
    plan = supply(edited(grid, "lines", "line:2", ownership="private"), BY_THE_LINE, **NEAR)
    assert answer(plan) == ("no_option", ["all_rejected"])
    assert "line:2" in plan.answer.reasons[0].en
    assert "bus:3" not in plan.answer.reasons[0].en


def test_what_is_too_large_for_every_public_point_is_out_of_range() -> None:
    # the line takes 1,000 kVA, and the ring-main unit behind it belongs to a customer
    grid = edited(station(), "nodes", "bus:3", ownership="private")
    plan = supply(grid, BY_THE_LINE, kva=1_200.0, **NEAR)
    assert answer(plan) == ("no_option", ["capacity_out_of_range"])
    assert "1,200 kVA is more than a public line may take, 1,000 kVA" in plan.answer.reasons[0].en


def test_what_one_point_would_take_but_cannot_carry_is_not_out_of_range() -> None:
    # 1,200 kVA are too large for the line and load the cable of the ring-main unit too heavily
    grid = edited(station(), "lines", "line:1", ampacity_a=90.0)
    plan = supply(grid, BY_THE_LINE, kva=1_200.0, **NEAR)
    # there is no thicker cable in the catalogue, and no neighbour
    assert answer(plan) == ("no_option", ["all_rejected", "no_remedy"])


def test_what_would_go_to_the_desk_is_said_with_no_option_too() -> None:
    assert answer(supply(at=(0, -5_000), sources=2)) == (
        "no_option", ["no_access_point", "more_than_one_source"],
    )  # fmt: skip


def test_a_reason_is_given_once() -> None:
    reason = Reason(code="load_basis", zh="某", en="some", rule_id=None)
    other = Reason(code="load_basis", zh="另", en="other", rule_id=None)
    option = supply().options[0]
    given = decide([reason, other, reason], [option], [], example_rules(), 500.0, [])  # type: ignore[list-item]
    assert given.reasons == (reason, other)
