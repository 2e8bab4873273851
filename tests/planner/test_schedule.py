"""Steps and days of an option, as the rules' tables have them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from planner.design_load import Level
from planner.plan import Schedule
from planner.schedule import make_schedule
from tests.planner.example import asked, example_rules


def schedule(level: Level, **facts: Any) -> Schedule:
    return make_schedule(asked(**facts), example_rules(), level)


def codes(found: Schedule) -> list[str]:
    return [step.code for step in found.steps]


def test_a_resident_takes_two_steps_within_8_days() -> None:
    found = schedule("lv", kw=199.0, category="resident")
    assert [(step.code, step.days, step.clock) for step in found.steps] == [
        ("accept", 1, "calendar"),
        ("connect_and_meter", 7, "calendar"),
    ]
    assert (found.utility_days, found.limit_days) == (8, 8)


@pytest.mark.parametrize(("kw", "steps"), [(160.0, 2), (160.1, 3)])
def test_a_small_firm_takes_two_steps_up_to_160_kw(kw: float, steps: int) -> None:
    assert len(schedule("lv", kw=kw, small_micro=True).steps) == steps


def test_a_small_firm_that_asks_in_kva_is_held_against_the_same_number() -> None:
    assert len(schedule("lv", kva=160.0, small_micro=True).steps) == 2
    assert len(schedule("lv", kva=160.1, small_micro=True).steps) == 3


def test_any_other_customer_takes_three_steps_at_low_voltage() -> None:
    found = schedule("lv", kw=10.0)
    assert [(step.code, step.days, step.clock) for step in found.steps] == [
        ("accept", 1, "working"),
        ("reply", 3, "working"),
        ("connect_and_meter", 2, "working"),
    ]
    assert (found.utility_days, found.limit_days) == (6, 8)


def test_one_source_at_10_kv_takes_17_of_22_days() -> None:
    found = schedule("mv", kva=800.0)
    assert codes(found) == ["accept", "reply", "completion", "connect_and_meter"]
    assert (found.utility_days, found.limit_days) == (1 + 10 + 3 + 3, 22)


@pytest.mark.parametrize("facts", [{"importance": "second"}, {"special_load": "impact"}])
def test_an_important_customer_or_a_special_load_is_reviewed_and_inspected(
    facts: dict[str, Any],
) -> None:
    found = schedule("mv", kva=800.0, **facts)
    assert codes(found)[2:4] == ["design_review", "mid_inspection"]
    assert (found.utility_days, found.limit_days) == (22, 22)


@pytest.mark.parametrize("load", ["none", None])
def test_no_special_load_is_not_reviewed(load: str | None) -> None:
    assert "design_review" not in codes(schedule("mv", kva=800.0, special_load=load))


def test_two_sources_take_27_of_32_days_and_32_when_reviewed() -> None:
    plain = schedule("mv", kva=800.0, sources=2)
    reviewed = schedule("mv", kva=800.0, sources=2, importance="first")
    assert (plain.utility_days, plain.limit_days) == (1 + 20 + 3 + 3, 32)
    assert (reviewed.utility_days, reviewed.limit_days) == (32, 32)


def test_only_the_utility_s_steps_count_against_the_limit() -> None:
    steps = example_rules().value("hv_steps")
    by_customer = {"code": "reply", "days": 40, "clock": "working", "owner": "customer"}
    rules = example_rules(hv_steps=steps | {"single": [*steps["single"], by_customer]})
    found = make_schedule(asked(kva=800.0), rules, "mv")
    assert len(found.steps) == 5
    assert found.utility_days == 17


def test_without_a_working_calendar_there_is_no_due_date() -> None:
    found = schedule("lv", kw=10.0)
    assert (found.due_date, found.calendar_unknown) == (None, True)


@pytest.mark.parametrize("day", [date(2020, 12, 31), date(2021, 1, 1)])
def test_the_limits_are_those_of_the_day(day: date) -> None:
    found = make_schedule(asked(kva=800.0, on_date=day), example_rules(day), "mv")
    assert found.limit_days == 22
