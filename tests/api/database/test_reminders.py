"""Reminders: each once, in time. Holds are made on 1 June at 9:30 UTC for 72 hours."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.application_lists import list_applications
from api.database.rule_drafts import APPROVED, add_draft, decide
from api.database.tables import audit, outbox
from api.ledger import promises, reminders
from api.ledger.errors import CapacityGoneError
from api.ledger.holding import prove
from api.ledger.reminders import Reminder
from api.rule_shelf import RuleShelf
from api.serving import ServedGrids
from tests.api.database.ring_ledger import BY, NOW, Desk, apply_for, is_held, state_of

HOURS = timedelta(hours=1)
DUE = datetime(2026, 9, 1, 12, tzinfo=NOW.tzinfo)  # last day of both limits: test_clocks


def told(desk: Desk, kind: str) -> list[str]:
    query = sa.select(outbox.c.subject).where(outbox.c.kind == kind).order_by(outbox.c.subject)
    return list(desk.database.read(lambda c: c.execute(query).scalars()))


def remind_at(desk: Desk, now: datetime) -> bool:
    """Remind by the rules as they are approved."""
    grids = ServedGrids([], terms=desk.ledger.terms)
    grids.rules = RuleShelf(desk.database)
    return Reminder(database=desk.database, now=lambda: now, grids=grids).work()


def spoil_rules(desk: Desk, area: str) -> None:
    """Approve a draft that does not fit the area's files."""

    def approve(connection: Connection) -> None:
        draft = add_draft(
            connection, area=area, entries=[{"id": "no_such_rule"}], base_version="", note="",
            actor="chen", now=NOW,
        )  # fmt: skip
        decide(connection, draft, APPROVED, version="", note="", actor="zhao", now=NOW)

    desk.database.write(approve)


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


def test_rules_of_one_area_that_cannot_be_read_stop_no_other(
    held: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    spoil_rules(held, "hangzhou")
    remind_at(held, NOW + 65 * HOURS)

    assert told(held, "hold.ending") == ["app-1"]
    assert "holds of hangzhou" in caplog.text


def test_a_hold_whose_clock_cannot_be_restarted_is_given_up(
    held: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    spoil_rules(held, "demo")
    remind_at(held, NOW + 72 * HOURS)

    assert state_of(held, "app-1") == "planned"
    assert "the clock of app-1 cannot be restarted" in caplog.text


def test_the_desk_sees_a_clock_that_could_not_be_restarted(held: Desk) -> None:
    spoil_rules(held, "demo")
    remind_at(held, NOW + 72 * HOURS)

    found = held.database.read(lambda c: list_applications(c, light="unknown", today=NOW.date()))
    assert [one.application_id for one in found] == ["app-1"]
    query = sa.select(audit.c.subject).where(audit.c.action == "clock.unknown")
    assert held.database.read(lambda c: list(c.execute(query).scalars())) == ["app-1"]


def test_what_others_let_run_out_counts_until_it_is_given_up(held: Desk) -> None:
    later = {"actor": "wang", "now": NOW + 73 * HOURS}
    with pytest.raises(CapacityGoneError):
        held.hold("app-2", version=1, rank=1, **later)
    remind_at(held, NOW + 73 * HOURS)

    assert held.hold("app-2", version=1, rank=1, **later).application_id == "app-2"


def test_what_others_let_run_out_is_given_up_before_a_hold_is_proved(held: Desk) -> None:
    prove(held.ledger, held.database, "app-2", version=1, rank=1, now=NOW + 73 * HOURS)

    assert state_of(held, "app-1") == "planned"


def test_a_hold_gives_up_its_own_that_has_run_out(held: Desk) -> None:
    held.hold("app-1", version=1, rank=1, actor="wang", now=NOW + 73 * HOURS)

    assert is_held(held, "app-1", after=74 * HOURS)
    assert told(held, "hold.released") == ["app-1"]


def test_what_has_run_out_is_given_up_some_at_a_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("app-1", "app-2"):
        apply_for(desk, name, kva=100.0)
        desk.plan(name, **BY)
        desk.hold(name, version=1, rank=1, **BY)
    for module in (promises, reminders):
        monkeypatch.setattr(module, "BATCH", 1)
    later = NOW + 150 * HOURS

    assert remind_at(desk, later)
    assert told(desk, "hold.released") == ["app-1"]
    assert remind_at(desk, later)
    assert told(desk, "hold.released") == ["app-1", "app-2"]


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
