"""Working days of China: the notice for 2026 by hand, and years that a file adds."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from grid_models.errors import InputError
from planner.calendar import WorkingCalendar, load_calendar, read_calendar

# The notice for 2026: first and last day off of each holiday, and the weekend days worked.
OFF_2026 = [
    ("2026-01-01", "2026-01-03"), ("2026-02-15", "2026-02-23"), ("2026-04-04", "2026-04-06"),
    ("2026-05-01", "2026-05-05"), ("2026-06-19", "2026-06-21"), ("2026-09-25", "2026-09-27"),
    ("2026-10-01", "2026-10-07"),
]  # fmt: skip
WORKED_2026 = ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]
# A made-up notice for 2027 that has what every notice has.
DAYS_2027 = [
    ("2027-01-01", "holiday"), ("2027-02-05", "holiday"), ("2027-02-08", "holiday"),
    ("2027-02-20", "working"), ("2027-05-01", "holiday"), ("2027-10-01", "holiday"),
    ("2027-10-02", "holiday"), ("2027-10-03", "holiday"),
]  # fmt: skip


def day(text: str) -> date:
    return date.fromisoformat(text)


def rows(days: list[tuple[str, str]]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"days.csv:{number}", {"date": text, "kind": kind, "source": "国办发明电〔2026〕1号"})
        for number, (text, kind) in enumerate(days, 2)
    ]


def sentences(days: list[tuple[str, str]]) -> list[str]:
    with pytest.raises(InputError) as refused:
        read_calendar(rows(days))
    return [problem.en for problem in refused.value.problems]


def with_2027() -> WorkingCalendar:
    return read_calendar(rows(DAYS_2027))


# The library's years -----------------------------------------------------------------------------


def test_2026_is_worked_as_its_notice_says() -> None:
    off = {
        day(first) + timedelta(days=k)
        for first, last in OFF_2026
        for k in range((day(last) - day(first)).days + 1)
    }
    for k in range(365):
        at = date(2026, 1, 1) + timedelta(days=k)
        worked = at.isoformat() in WORKED_2026 or (at.weekday() < 5 and at not in off)
        assert load_calendar().is_working(at) is worked, at


def test_the_calendar_ends_with_2026() -> None:
    assert load_calendar().known_until == date(2026, 12, 31)
    assert load_calendar().is_working(date(2027, 1, 4)) is None


def test_ten_working_days_over_spring_festival_with_both_make_up_saturdays() -> None:
    # 11 12 13 14(Sat) | 24 25 26 27 28(Sat) | 2 March
    assert load_calendar().after(day("2026-02-10"), 10, "working") == day("2026-03-02")


def test_ten_calendar_days_are_ten_days() -> None:
    assert load_calendar().after(day("2026-02-10"), 10, "calendar") == day("2026-02-20")


def test_a_day_off_as_day_0_counts_no_more_than_another() -> None:
    # Saturday 7 February: the first day that counts is Monday
    assert load_calendar().after(day("2026-02-07"), 1, "working") == day("2026-02-09")


def test_the_last_working_day_it_knows_is_given_and_the_next_is_not() -> None:
    assert load_calendar().after(day("2026-12-30"), 1, "working") == day("2026-12-31")
    assert load_calendar().after(day("2026-12-30"), 2, "working") is None
    assert load_calendar().after(day("2026-12-30"), 2, "calendar") == day("2027-01-01")


def test_the_end_of_its_last_year_may_still_change() -> None:
    provisional = [d for d in range(1, 32) if load_calendar().is_provisional(date(2026, 12, d))]
    assert provisional == [29, 30, 31]
    assert not load_calendar().is_provisional(date(2025, 12, 31))
    assert not with_2027().is_provisional(date(2026, 12, 31))


@pytest.mark.parametrize(
    ("start", "end", "working"),
    [
        ("2026-02-13", "2026-02-24", 2),  # Sat 14 and Tue 24
        ("2026-02-24", "2026-02-13", -2),
        ("2026-02-15", "2026-02-23", 0),
        ("2026-12-30", "2027-01-04", None),
    ],
)
def test_days_between_are_counted(start: str, end: str, working: int | None) -> None:
    assert load_calendar().between(day(start), day(end), "working") == working


# Years added -------------------------------------------------------------------------------------


def test_a_file_adds_a_year() -> None:
    calendar = with_2027()
    assert calendar.known_until == date(2027, 12, 31)
    # Thu 4, (Fri 5 and Mon 8 off), Tue 9
    assert calendar.after(day("2027-02-03"), 2, "working") == day("2027-02-09")
    assert calendar.is_working(day("2027-02-20"))  # a Saturday
    assert calendar.version != load_calendar().version


def test_a_year_after_a_gap_is_not_reached() -> None:
    calendar = read_calendar(rows([(text.replace("2027", "2028"), kind) for text, kind in
                                   DAYS_2027 if kind == "holiday"]))  # fmt: skip
    assert calendar.known_until == date(2026, 12, 31)
    assert calendar.after(day("2026-12-31"), 1, "working") is None
    assert calendar.is_working(day("2028-03-01"))


def test_a_file_holds_over_the_library_for_single_days() -> None:
    calendar = read_calendar(rows([("2026-03-02", "holiday"), ("2026-02-28", "holiday")]))
    assert calendar.after(day("2026-02-27"), 1, "working") == day("2026-03-03")


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ([("2027-02-30", "holiday")], 'date is "2027-02-30"; give a day that exists'),
        ([("2026-03-03", "off")], 'kind is "off"; give one of working, holiday'),
        ([("2026-03-03", "")], "kind is missing; give working or holiday"),
        ([("2026-03-03", "working")], "2026-03-03 is no weekend"),
        ([("2026-03-03", "holiday")] * 2, "which days.csv:2 has stated already"),
    ],
)
def test_a_wrong_row_is_named(days: list[tuple[str, str]], said: str) -> None:
    (sentence,) = sentences(days)
    assert said in sentence


def test_a_year_in_pieces_is_refused_with_all_it_lacks() -> None:
    said = sentences([("2027-01-01", "holiday"), ("2027-05-01", "holiday")])
    assert [sentence.split("holiday ")[1].split(";")[0] for sentence in said] == [
        "2027-10-01", "2027-10-02", "2027-10-03", "2027 春节 / Spring Festival",
    ]  # fmt: skip
