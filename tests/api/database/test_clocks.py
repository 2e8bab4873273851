"""Clocks by hand: 10 kV, one source, accepted on Saturday 1 August 2026: 22 working days.

3-7, 10-14, 17-21, 24-28, 31 August, 1 September.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from api.database.application_lists import list_applications
from api.database.applications import StoredApplication, find_application, set_limit
from api.database.pauses import NoPauseError
from api.ledger.errors import NotTimedError
from grid_models.errors import InputError
from tests.api.database.ring_ledger import BY, NOW, Desk, give_up

STOP = {"reason": "customer_design_build", "note": "", "from_on": date(2026, 8, 4)}


def application(desk: Desk) -> StoredApplication:
    return desk.database.read(lambda c: find_application(c, "app-1"))


def listed(desk: Desk, light: str, today: date) -> list[str]:
    found = desk.database.read(lambda c: list_applications(c, light=light, today=today))
    return [a.application_id for a in found]


def test_a_plan_starts_the_clock_of_its_voltage(planned: Desk) -> None:
    assert application(planned).limit_due_on == date(2026, 9, 1)


@pytest.mark.parametrize(
    ("day", "light"),
    [
        (date(2026, 8, 24), "green"),
        (date(2026, 8, 25), "yellow"),
        (date(2026, 9, 1), "yellow"),
        (date(2026, 9, 2), "red"),
    ],
)
def test_the_light_is_yellow_from_five_working_days_before(
    planned: Desk, day: date, light: str
) -> None:
    assert application(planned).light_on(day) == light


def test_a_pause_moves_the_limit_by_its_working_days(planned: Desk) -> None:
    # 4-7, 10, 11 August do not count: 2-4, 7-9 September do instead
    planned.pause("app-1", **STOP, until_on=date(2026, 8, 11), **BY)

    assert application(planned).limit_due_on == date(2026, 9, 9)


def test_while_the_clock_stands_there_is_no_limit(planned: Desk) -> None:
    planned.pause("app-1", **STOP, until_on=None, **BY)

    assert application(planned).limit_due_on is None
    assert application(planned).light_on(date(2027, 1, 1)) == "unknown"


def test_a_clock_that_runs_again_has_its_limit(planned: Desk) -> None:
    number = planned.pause("app-1", **STOP, until_on=None, **BY)
    planned.resume("app-1", number, until_on=date(2026, 8, 11), **BY)

    assert application(planned).limit_due_on == date(2026, 9, 9)


def test_a_pause_is_ended_once(planned: Desk) -> None:
    number = planned.pause("app-1", **STOP, until_on=date(2026, 8, 11), **BY)

    with pytest.raises(NoPauseError):
        planned.resume("app-1", number, until_on=date(2026, 8, 12), **BY)


def test_a_pause_does_not_end_before_it_began(planned: Desk) -> None:
    number = planned.pause("app-1", **STOP, until_on=None, **BY)
    with pytest.raises(NoPauseError):
        planned.resume("app-1", number, until_on=date(2026, 8, 3), **BY)

    assert application(planned).limit_due_on is None


def test_a_reason_that_stops_no_clock_is_refused(planned: Desk) -> None:
    with pytest.raises(InputError, match="stops no clock"):
        planned.pause("app-1", **{**STOP, "reason": "rain"}, until_on=None, **BY)


def test_what_has_ended_has_no_clock(planned: Desk) -> None:
    planned.move_on("app-1", "withdrawn", **BY)

    with pytest.raises(NotTimedError):
        planned.pause("app-1", **STOP, until_on=None, **BY)
    assert application(planned).light_on(date(2026, 9, 2)) is None


def test_what_is_overdue_is_listed(planned: Desk) -> None:
    planned.pause("app-2", **STOP, until_on=date(2026, 8, 11), **BY)

    assert listed(planned, "red", date(2026, 9, 2)) == ["app-1"]
    assert listed(planned, "yellow", date(2026, 9, 2)) == ["app-2"]


def test_what_has_ended_is_not_overdue(planned: Desk) -> None:
    planned.move_on("app-1", "withdrawn", **BY)

    assert listed(planned, "red", date(2026, 9, 2)) == ["app-2"]


@pytest.mark.parametrize("how", ["given up", "run out"])
def test_once_nothing_is_held_the_clock_is_that_of_the_first_option(held: Desk, how: str) -> None:
    held.database.write(lambda c: set_limit(c, "app-1", date(2026, 8, 12), date(2026, 8, 10)))
    if how == "given up":
        held.move_on("app-1", "planned", **BY)
    else:
        give_up(held, NOW + timedelta(hours=72))

    assert application(held).limit_due_on == date(2026, 9, 1)
