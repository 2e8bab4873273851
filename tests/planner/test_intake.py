from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from grid_models.errors import InputError, InputProblem
from planner.application import SupplyApplication
from planner.intake import find_application_problems, read_application
from planner.rules import load_rule_book
from planner.site import grid_area
from tests.grid_models.samples import tiny_grid
from tests.planner.example import rule_book

TODAY = date(2026, 8, 1)
AREA = grid_area(tiny_grid())
SHOP = {"at": "120.1570,30.2801", "kw": "150"}


def read(**fields: Any) -> SupplyApplication:
    return read_application(fields, grid=AREA, rule_book=load_rule_book, today=TODAY)


def problems(**fields: Any) -> tuple[InputProblem, ...]:
    return find_application_problems(fields, grid=AREA, rule_book=load_rule_book, today=TODAY)


def test_defaults_are_filled_in() -> None:
    assert read(**SHOP) == SupplyApplication(lon=120.1570, lat=30.2801, on_date=TODAY, kw=150.0)


def test_every_field_reaches_the_application() -> None:
    application = read(
        at=[120.1570, 30.2801],
        coordinates="wgs84",
        kva=800,
        max_demand_kw=600,
        sources=2,
        important_kw=300,
        importance="second",
        category="industrial",
        industry="3610",
        business="increase",
        phases=3,
        power_factor=0.9,
        special_load="none",
        largest_motor_kw=90,
        motor_start="soft",
        motor_starts_per_hour=4,
        load_kinds=["vfd", "rectifier"],
        small_micro=True,
        existing_node="bus:4",
        existing_kva=0,
        wanted_date="2026-12-01",
        stages=2,
        area="hangzhou",
        on_date="2026-07-01",
        route_confirmed_by="张工",
        max_distance_m=1500,
        order="cost",
    )
    assert application == SupplyApplication(
        lon=120.1570,
        lat=30.2801,
        on_date=date(2026, 7, 1),
        kva=800.0,
        max_demand_kw=600.0,
        sources=2,
        important_kw=300.0,
        importance="second",
        category="industrial",
        industry="3610",
        business="increase",
        phases=3,
        power_factor=0.9,
        special_load="none",
        largest_motor_kw=90.0,
        motor_start="soft",
        motor_starts_per_hour=4.0,
        load_kinds=("rectifier", "vfd"),
        small_micro=True,
        existing_node="bus:4",
        existing_kva=0.0,
        wanted_date=date(2026, 12, 1),
        stages=2,
        area="hangzhou",
        route_confirmed_by="张工",
        max_distance_m=1500.0,
        order="cost",
    )


@pytest.mark.parametrize(
    ("fields", "field", "names"),
    [
        ({"kw": "0"}, "kw", '"0"'),
        ({"kw": "-5"}, "kw", '"-5"'),
        ({"kw": "nan"}, "kw", '"nan"'),
        ({"kw": "inf"}, "kw", '"inf"'),
        ({"kva": "800"}, "kw", '"800"'),
        ({"kw": None}, "kw", "both missing"),
        ({"power_factor": "1.2"}, "power_factor", '"1.2"'),
        ({"power_factor": "0"}, "power_factor", '"0"'),
        ({"importance": "vip"}, "importance", '"vip"'),
        ({"category": "zoo"}, "category", '"zoo"'),
        ({"business": "barter"}, "business", '"barter"'),
        ({"special_load": "arc"}, "special_load", '"arc"'),
        ({"motor_start": "kick"}, "motor_start", '"kick"'),
        ({"order": "best"}, "order", '"best"'),
        ({"coordinates": "utm"}, "coordinates", '"utm"'),
        ({"sources": "4"}, "sources", '"4"'),
        ({"phases": "2"}, "phases", '"2"'),
        ({"phases": "1"}, "phases", "one phase takes at most 12 kW"),
        ({"max_demand_kw": "200"}, "max_demand_kw", "not above kw 150"),
        ({"max_demand_kw": "0"}, "max_demand_kw", '"0"'),
        ({"largest_motor_kw": "151"}, "largest_motor_kw", "not above kw 150"),
        ({"important_kw": "151"}, "important_kw", "not above the whole load, 150 kW"),
        ({"important_kw": "91", "max_demand_kw": "90"}, "important_kw", "90 kW"),
        ({"motor_starts_per_hour": "0"}, "motor_starts_per_hour", '"0"'),
        ({"load_kinds": "vfd,zoo"}, "load_kinds", '"vfd,zoo"'),
        ({"load_kinds": 5}, "load_kinds", '"5"'),
        ({"existing_node": "bus:99", "business": "increase"}, "existing_node", '"bus:99"'),
        ({"existing_node": "bus:4"}, "existing_node", "business is new"),
        ({"existing_kva": "50"}, "existing_kva", "business is new"),
        ({"existing_kva": "50", "business": "temporary"}, "existing_kva", "business is temporary"),
        ({"existing_node": "bus:4", "business": "temporary"}, "existing_node", "is temporary"),
        ({"existing_kva": "-1"}, "existing_kva", '"-1"'),
        ({"motor_start": "direct"}, "motor_start", "largest_motor_kw is missing"),
        ({"motor_starts_per_hour": "5"}, "motor_starts_per_hour", "largest_motor_kw is missing"),
        ({"max_distance_m": "-1"}, "max_distance_m", '"-1"'),
        ({"stages": "1.5"}, "stages", '"1.5"'),
        ({"on_date": "today"}, "on_date", '"today"'),
        ({"wanted_date": "2026-07-31"}, "wanted_date", "2026-08-01"),
        ({"until_date": "2027-08-01"}, "until_date", "only a temporary supply"),
        (
            {"until_date": "2036-08-01", "business": "temporary"},
            "until_date",
            'is "2036-08-01"; give a day not after 2029-08-01: a temporary supply lasts at most 36 '
            "months; for longer apply for a permanent one (business new)",
        ),
        (
            {"until_date": "2024-12-02", "business": "temporary", "on_date": "2024-05-31"},
            "until_date",
            "at most 6 months",
        ),
        ({"until_date": "2026-08-01", "business": "temporary"}, "until_date", "after 2026-08-01"),
        ({"area": "atlantis"}, "area", "atlantis"),
        ({"on_date": "1990-01-01"}, "on_date", "1990-01-01"),
        ({"at": "120.15,31"}, "at", "outside grid"),
        ({"at": "30.28,120.15"}, "at", "swapped"),
        ({"small_micro": "yes"}, "small_micro", '"yes"'),
        ({"volts": "220"}, "volts", "not a known field"),
    ],
)
def test_bad_input_is_named_in_one_sentence(fields: dict[str, Any], field: str, names: str) -> None:
    (problem,) = problems(**{**SHOP, **fields})
    assert problem.field == field
    assert names in problem.en
    assert problem.zh
    assert "\n" not in problem.zh + problem.en


def test_all_problems_come_at_once() -> None:
    with pytest.raises(InputError) as refused:
        read(at="30.28,120.15", kw="-1", kva="x", importance="vip", on_date="soon", phases=7)
    fields = [problem.field for problem in refused.value.problems]
    assert sorted(fields) == ["at", "importance", "kva", "kw", "kw", "on_date", "phases"]


def test_an_unknown_area_does_not_hide_the_other_problems() -> None:
    fields = {problem.field for problem in problems(at="120.15,30.28", kw="0", area="atlantis")}
    assert fields == {"area", "kw"}


def test_single_phase_is_taken_up_to_the_limit_in_force() -> None:
    assert read(**{**SHOP, "kw": "12", "phases": "1"}).phases == 1
    (problem,) = problems(**{**SHOP, "kw": "12", "phases": "1", "on_date": "2022-01-01"})
    assert "at most 10 kW" in problem.en


def test_an_important_load_is_held_against_the_demand_of_the_category_not_the_equipment() -> None:
    """Each of two transformers would carry more than the whole load: 150 kW x 0.6 are 90 kW."""
    book = rule_book(category_demand_factor={"value": {"commercial": 0.6}})

    def found(**fields: Any) -> tuple[InputProblem, ...]:
        asked = {**SHOP, **fields}
        return find_application_problems(asked, grid=AREA, rule_book=lambda _: book, today=TODAY)

    assert found(important_kw="90") == ()
    (problem,) = found(important_kw="91")
    assert "not above the whole load, 90 kW" in problem.en
    assert found(important_kw="91", max_demand_kw="100") == ()


def test_a_single_phase_asked_in_kva_is_held_against_the_limit_in_kw() -> None:
    # 13.3 kVA at 0.9 are 11.97 kW, 13.4 are 12.06; at 1.0 the kVA are the kW
    asked = {**SHOP, "kw": None, "phases": "1"}
    assert read(**asked, kva="13.3").kva == 13.3
    (problem,) = problems(**asked, kva="13.4")
    assert "at most 12 kW and 12.06 kW (13.4 kVA) are asked" in problem.en
    (problem,) = problems(**asked, kva="12.1", power_factor="1")
    assert "12.1 kW (12.1 kVA) are asked" in problem.en


def test_the_search_distance_given_is_how_far_a_site_may_lie() -> None:
    outside = {"kw": "150", "at": "120.155,30.27"}  # 1,109 m south of the grid
    assert problems(**outside) == ()
    assert len(problems(**outside, max_distance_m="500")) == 1


def test_without_a_grid_the_rest_is_still_judged() -> None:
    found = find_application_problems({"kw": "0"}, grid=None, rule_book=load_rule_book, today=TODAY)
    assert [problem.field for problem in found] == ["at", "kw"]


@pytest.mark.parametrize("distance_m", [20_000.1, "1e9", 1e308])
def test_a_search_farther_than_the_rules_allow_is_refused(distance_m: object) -> None:
    (problem,) = problems(**SHOP, max_distance_m=distance_m)
    assert problem.field == "max_distance_m"
    assert "20,000 m" in problem.zh
    assert "at most 20,000 m" in problem.en


def test_a_search_as_far_as_the_rules_allow_is_taken() -> None:
    assert read(**SHOP, max_distance_m=20_000).max_distance_m == 20_000.0


def test_a_temporary_supply_may_last_to_the_last_day_of_its_term() -> None:
    asked = {**SHOP, "business": "temporary", "wanted_date": "2026-09-01"}
    assert read(**asked, until_date="2029-09-01").until_date == date(2029, 9, 1)
    (problem,) = problems(**asked, until_date="2029-09-02")
    assert "2029-09-01" in problem.en
