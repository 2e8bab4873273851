"""Steps, days and dates of an option: the rules' tables on the notice of 2026, by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from grid_models.errors import InputError
from planner.design_load import Level
from planner.plan import Schedule
from planner.schedule import Pause, light_on, make_schedule, with_pauses
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


@pytest.mark.parametrize("day", [date(2020, 12, 31), date(2021, 1, 1)])
def test_the_limits_are_those_of_the_day(day: date) -> None:
    found = make_schedule(asked(kva=800.0, on_date=day), example_rules(day), "mv")
    assert found.limit_days == 22


# Dates -------------------------------------------------------------------------------------------


def accepted(day: str, level: Level, **facts: Any) -> Schedule:
    return schedule(level, on_date=date.fromisoformat(day), **facts)


def dates(found: Schedule) -> list[str | None]:
    return [step.due_on for step in found.steps]


def test_10_kv_over_spring_festival_and_both_make_up_saturdays() -> None:
    # off 15-23 February, worked Sat 14 and 28: 11 | 12-14 24-28 2 3 | 4 5 6 | 9 10 11
    found = accepted("2026-02-10", "mv", kva=800.0)
    assert dates(found) == ["2026-02-11", "2026-03-03", "2026-03-06", "2026-03-11"]
    assert found.due_date == "2026-03-11"
    # 4 days to the 14th, 5 to the 28th, 5 + 5 to 13 March, 16 17 18
    assert (found.limit_due_on, found.limit_clock) == ("2026-03-18", "working")


def test_low_voltage_over_spring_festival_shows_the_limit_on_both_clocks() -> None:
    # Sat 14 | 24 25 26 | 27 Sat 28; limit 8: 21 February, or 14 24 25 26 27 28 2 3
    found = accepted("2026-02-13", "lv", kw=50.0)
    assert dates(found) == ["2026-02-14", "2026-02-26", "2026-02-28"]
    assert (found.limit_due_on, found.limit_due_on_working) == ("2026-02-21", "2026-03-03")
    (note,) = [note for note in found.notes if note.code == "limit_clock_open"]
    assert "2026-02-21 by calendar days, 2026-03-03 by working days" in note.en


def test_steps_that_take_longer_than_the_limit_are_said_to() -> None:
    # accepted on the 10th: 11 | 12-14 | 24 25, and 8 calendar days end on the 18th
    found = accepted("2026-02-10", "lv", kw=50.0)
    assert (found.due_date, found.limit_due_on) == ("2026-02-25", "2026-02-18")
    assert "steps_after_limit" in [note.code for note in found.notes]
    # on the 16th of March: 17 | 18-20 | 23 24, and the 24th
    found = accepted("2026-03-16", "lv", kw=50.0)
    assert (found.due_date, found.limit_due_on) == ("2026-03-24", "2026-03-24")
    assert "steps_after_limit" not in [note.code for note in found.notes]


def test_two_sources_over_national_day() -> None:
    # accept 28 Sept. | reply 29 30, 8 9 10(Sat), 12-16, 19-23, 26-30 = 20 | 2 3 4 | 5 6 9 Nov.
    found = accepted("2026-09-27", "mv", kva=800.0, sources=2)
    assert dates(found) == ["2026-09-28", "2026-10-30", "2026-11-04", "2026-11-09"]


def test_an_industry_that_must_be_important_has_its_design_reviewed() -> None:
    plain, hospital = accepted("2026-03-02", "mv"), accepted("2026-03-02", "mv", industry="8411")
    assert "design_review" not in [step.code for step in plain.steps]
    assert "design_review" in [step.code for step in hospital.steps]


def test_a_resident_s_steps_are_calendar_days() -> None:
    found = accepted("2026-02-13", "lv", kw=10.0, category="resident")
    assert dates(found) == ["2026-02-14", "2026-02-21"]


def test_beyond_the_calendar_there_is_no_date_and_days_and_limit_stand() -> None:
    # 15 Dec. | 16-18 21-25 28 29 | 30 31 and then 2027
    found = accepted("2026-12-14", "mv", kva=800.0)
    assert dates(found) == ["2026-12-15", "2026-12-29", None, None]
    assert (found.due_date, found.limit_due_on, found.calendar_unknown) == (None, None, True)
    assert (found.utility_days, found.limit_days, found.light) == (17, 22, "unknown")
    assert "calendar_unknown" in [note.code for note in found.notes]


def test_calendar_days_need_no_calendar_and_the_working_date_is_unknown() -> None:
    found = accepted("2026-12-30", "lv", kw=10.0, category="resident")
    assert (found.due_date, found.limit_due_on) == ("2027-01-07", "2027-01-07")
    assert (found.limit_due_on_working, found.calendar_unknown) == (None, True)


def test_dates_at_the_end_of_the_last_year_are_said_to_be_provisional() -> None:
    found = accepted("2026-12-01", "mv", kva=800.0)
    assert found.limit_due_on == "2026-12-31"
    assert "calendar_provisional" in [note.code for note in found.notes]
    assert "calendar_provisional" not in [
        note.code for note in accepted("2026-11-23", "mv", kva=800.0).notes
    ]


# Pauses ------------------------------------------------------------------------------------------


def paused(*pauses: tuple[str, str, str | None]) -> Schedule:
    return with_pauses(
        accepted("2026-03-02", "mv", kva=800.0),
        [
            Pause(
                reason=reason,
                from_on=date.fromisoformat(first),
                until_on=date.fromisoformat(last) if last else None,
            )
            for reason, first, last in pauses
        ],
    )


def test_without_pauses_nothing_moves() -> None:
    assert paused() == accepted("2026-03-02", "mv", kva=800.0)
    # 3 | 4-6 9-13 16 17 | 18 19 20 | 23 24 25
    assert dates(paused()) == ["2026-03-03", "2026-03-17", "2026-03-20", "2026-03-25"]


def test_what_comes_after_a_pause_is_as_many_working_days_later() -> None:
    # Wed 18 to Tue 24 March: five working days
    found = paused(("customer_design_build", "2026-03-18", "2026-03-24"))
    assert dates(found) == ["2026-03-03", "2026-03-17", "2026-03-27", "2026-04-01"]
    # the limit of 22 days: 1 April, five days later, Saturday to Monday 4-6 off
    assert (paused().limit_due_on, found.limit_due_on) == ("2026-04-01", "2026-04-09")


def test_pauses_that_overlap_count_once() -> None:
    one = paused(("customer_design_build", "2026-03-18", "2026-03-24"))
    two = paused(
        ("customer_design_build", "2026-03-18", "2026-03-20"),
        ("road_permit", "2026-03-19", "2026-03-24"),
    )
    assert two == one


def test_a_pause_over_a_weekend_moves_nothing() -> None:
    assert paused(("missing_papers", "2026-03-07", "2026-03-08")) == paused()


def test_after_a_pause_without_an_end_nothing_has_a_date() -> None:
    found = paused(("customer_design_build", "2026-03-18", None))
    assert dates(found) == ["2026-03-03", "2026-03-17", None, None]
    assert (found.due_date, found.limit_due_on) == (None, None)


def test_what_is_wrong_with_pauses_is_said_at_once() -> None:
    with pytest.raises(InputError) as refused:
        paused(("holiday", "2026-03-02", "2026-03-01"))
    said = [problem.en for problem in refused.value.problems]
    assert len(said) == 3
    assert 'the reason "holiday" stops no clock; give one of customer_design_build' in said[0]
    assert "2026-03-01 ends before it begins on 2026-03-02" in said[1]
    assert "has to begin after acceptance on 2026-03-02" in said[2]


def test_a_low_voltage_customer_has_no_construction_of_his_own_to_wait_for() -> None:
    assert [reason.code for reason in schedule("lv", kw=10.0).pauses] == [
        "missing_papers", "road_permit", "third_party_rights",
    ]  # fmt: skip


# Light -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "light"),
    [  # 22 working days from 2 March end on 1 April
        ("2026-03-02", "green"),
        ("2026-03-24", "green"),  # 6 left: 25 26 27 30 31 1
        ("2026-03-25", "yellow"),  # 5 left
        ("2026-04-01", "yellow"),
        ("2026-04-02", "red"),
    ],
)
def test_the_light_is_yellow_from_five_working_days_left(day: str, light: str) -> None:
    found = accepted("2026-03-02", "mv", kva=800.0)
    assert light_on(found, date.fromisoformat(day), example_rules()) == light


@pytest.mark.parametrize(
    ("day", "light"), [(7, "green"), (8, "yellow"), (10, "yellow"), (11, "red")]
)
def test_the_light_of_a_low_voltage_limit_goes_by_calendar_days(day: int, light: str) -> None:
    found = accepted("2026-03-02", "lv", kw=50.0)  # 8 days: 10 March
    assert light_on(found, date(2026, 3, day), example_rules()) == light


# Temporary supply --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted_on", "ends_by"), [("2024-05-31", "2024-11-30"), ("2024-06-03", "2027-06-03")]
)
def test_a_temporary_supply_ends_by_the_edition_in_force(accepted_on: str, ends_by: str) -> None:
    day = date.fromisoformat(accepted_on)
    found = make_schedule(
        asked(kva=315.0, business="temporary", on_date=day), example_rules(day), "mv"
    )
    assert found.ends_by == ends_by
    assert ends_by in next(note.en for note in found.notes if note.code == "temporary_ends")


def test_a_temporary_supply_ends_when_it_was_said_to() -> None:
    facts = {"business": "temporary", "until_date": date(2027, 1, 31)}
    assert schedule("mv", kva=315.0, **facts).ends_by == "2027-01-31"


def test_a_permanent_supply_has_no_end() -> None:
    assert schedule("mv", kva=315.0).ends_by is None


def test_a_small_firm_s_temporary_supply_takes_three_steps() -> None:
    assert len(schedule("lv", kw=50.0, small_micro=True, business="temporary").steps) == 3
