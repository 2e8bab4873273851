"""Days and dates of eight applications. Figures: README.md beside this file."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest

from grid_models.grid import Grid
from planner.plan import Schedule
from tests.cases.customer import ask
from tests.cases.drawing import CABLE_240, Board, Line, Load, Node, draw

FEBRUARY, OCTOBER, DECEMBER = date(2026, 2, 10), date(2026, 10, 9), date(2026, 12, 20)
TWO: dict[str, Any] = {"kva": 630, "sources": 2}
SMALL: dict[str, Any] = {"kw": 50, "small_micro": True}


@cache
def two_cables(on_date: date) -> Grid:
    return draw(
        nodes={
            "bus:3": Node(0, 300, "switchgear"),
            "bus:4": Node(10, 300, "cabinet", vn_kv=0.4),
            "bus:5": Node(300, 300, "switchgear"),
        },
        lines={
            "line:1": Line("bus:2", "bus:3", CABLE_240),
            "line:2": Line("bus:2", "bus:5", CABLE_240),
        },
        boards={"trafo:2": Board("bus:3", "bus:4", sn_kva=630.0, vk_pct=4.5, vkr_pct=0.984)},
        loads=[Load("bus:3", 950.0, 312.2), Load("bus:5", 950.0, 312.2)],
        bays={"bay:1": ("bus:3", True), "bay:2": ("bus:5", True)},
        data_from=on_date - timedelta(days=12),
    )


def schedule_of(on_date: date, **asked: Any) -> Schedule:
    return ask(two_cables(on_date), 50.0, 330.0, on_date=on_date, **asked).options[0].schedule


def dates_of(schedule: Schedule) -> list[str | None]:
    return [step.due_on[5:] if step.due_on else None for step in schedule.steps]


def notes_of(schedule: Schedule) -> list[str]:
    return [note.code for note in schedule.notes]


@pytest.mark.parametrize(
    ("asked", "dates", "days", "limit"),
    [
        ({"kva": 630}, ["02-11", "03-03", "03-06", "03-11"], (17, 22), "2026-03-18"),
        (TWO, ["02-11", "03-17", "03-20", "03-25"], (27, 32), "2026-04-01"),
        (
            TWO | {"importance": "second"},
            ["02-11", "03-17", "03-20", "03-24", "03-27", "04-01"],
            (32, 32),
            "2026-04-01",
        ),
        (SMALL, ["02-11", "02-18"], (8, 8), "2026-02-18"),
        ({"kw": 50}, ["02-11", "02-14", "02-25"], (6, 8), "2026-02-18"),
    ],
)
def test_over_spring_festival_steps_and_limit_end_on_the_days_listed(
    asked: dict[str, Any], dates: list[str], days: tuple[int, int], limit: str
) -> None:
    found = schedule_of(FEBRUARY, **asked)

    assert dates_of(found) == dates
    assert (found.utility_days, found.limit_days) == days
    assert (found.due_date, found.limit_due_on) == (f"2026-{dates[-1]}", limit)


def test_the_low_voltage_limit_is_shown_on_both_clocks() -> None:
    found = schedule_of(FEBRUARY, **SMALL)

    assert (found.limit_clock, found.limit_due_on_working) == ("calendar", "2026-02-27")
    assert "limit_clock_open" in notes_of(found)


def test_only_the_firm_with_three_steps_is_late() -> None:
    assert "steps_after_limit" in notes_of(schedule_of(FEBRUARY, kw=50))
    assert "steps_after_limit" not in notes_of(schedule_of(FEBRUARY, **SMALL))


def test_a_make_up_saturday_in_october_counts() -> None:
    found = schedule_of(OCTOBER, kva=630)

    assert dates_of(found) == ["10-10", "10-23", "10-28", "11-02"]
    assert found.limit_due_on == "2026-11-09"


def test_beyond_the_calendar_there_is_no_date() -> None:
    found = schedule_of(DECEMBER, kva=630)

    assert dates_of(found) == ["12-21", None, None, None]
    assert (found.due_date, found.limit_due_on, found.light) == (None, None, "unknown")
    assert (found.utility_days, found.limit_days) == (17, 22)
    assert "calendar_unknown" in notes_of(found)


def test_calendar_days_have_dates_to_the_end_of_the_year() -> None:
    found = schedule_of(DECEMBER, **SMALL)

    assert dates_of(found) == ["12-21", "12-28"]
    assert (found.limit_due_on, found.limit_due_on_working) == ("2026-12-28", "2026-12-30")
    assert not found.calendar_unknown
    assert "calendar_provisional" in notes_of(found)
