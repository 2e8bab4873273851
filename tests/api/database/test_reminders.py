"""Reminders: each once, in time. Holds are made on 1 June at 9:30 UTC for 72 hours."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from api.database.tables import outbox
from api.ledger.reminders import remind
from tests.api.database.ring_ledger import BY, NOW, Desk, state_of

HOURS = timedelta(hours=1)
DUE = datetime(2026, 9, 1, 12, tzinfo=NOW.tzinfo)  # last day of both limits: test_clocks


def told(desk: Desk, kind: str) -> list[str]:
    query = sa.select(outbox.c.subject).where(outbox.c.kind == kind).order_by(outbox.c.subject)
    return list(desk.database.read(lambda c: c.execute(query).scalars()))


def remind_at(desk: Desk, now: datetime) -> int:
    books = [desk.ledger.rule_book("demo").on(now.date())]
    return desk.database.write(lambda c: remind(c, books, desk.ledger.clocks, now))


def test_a_short_hold_is_told_of_twelve_hours_before_its_end(held: Desk) -> None:
    remind_at(held, NOW + 59 * HOURS)
    assert told(held, "hold.ending") == []
    remind_at(held, NOW + 60 * HOURS)

    assert told(held, "hold.ending") == ["app-1"]


def test_others_are_reminded_once(held: Desk) -> None:
    for _ in range(2):
        remind_at(held, NOW + 65 * HOURS)

    assert told(held, "hold.ending") == ["app-1"]


def test_a_reply_is_told_of_thirty_days_before_its_end(replied: Desk) -> None:
    remind_at(replied, NOW + timedelta(days=334))
    assert told(replied, "hold.ending") == []
    remind_at(replied, NOW + timedelta(days=336))

    assert told(replied, "hold.ending") == ["app-1"]


def test_what_has_run_out_is_given_up_without_anybody_asking(held: Desk) -> None:
    remind_at(held, NOW + 72 * HOURS)

    assert state_of(held, "app-1") == "planned"
    assert told(held, "hold.released") == ["app-1"]


@pytest.mark.parametrize(
    ("days", "kind"),
    [(-8, None), (-7, "application.limit_near"), (0, "application.limit_near"),
     (1, "application.limit_past")],
)  # fmt: skip
def test_a_limit_is_told_of_when_it_is_near_and_when_it_is_past(
    planned: Desk, days: int, kind: str | None
) -> None:
    remind_at(planned, DUE + timedelta(days=days))

    for each in ("application.limit_near", "application.limit_past"):
        assert told(planned, each) == (["app-1", "app-2"] if each == kind else [])


def test_a_limit_that_was_moved_is_told_of_again(planned: Desk) -> None:
    from datetime import date

    remind_at(planned, DUE)
    planned.pause(
        "app-1", reason="missing_papers", note="", from_on=date(2026, 8, 4),
        until_on=date(2026, 8, 5), **BY,
    )  # fmt: skip
    remind_at(planned, DUE)

    assert told(planned, "application.limit_near") == ["app-1", "app-1", "app-2"]


def test_the_end_of_a_day_is_the_companys(replied: Desk) -> None:
    # valid to the end of 1 June 2027 in Shanghai, which is 16:00 UTC
    end = datetime(2027, 6, 1, 16, tzinfo=NOW.tzinfo)
    remind_at(replied, end - timedelta(minutes=1))
    assert state_of(replied, "app-1") == "replied"
    remind_at(replied, end)

    assert state_of(replied, "app-1") == "expired"
