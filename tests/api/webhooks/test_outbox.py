"""What happens is written down for who is to be told of it, in the transaction that does it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from api.database.outbox import KINDS, tell
from api.database.tables import deliveries, outbox
from api.life import MOVES
from api.webhooks.forgetting import PIECE, Forgetter
from tests.api.database.ring_ledger import BY, NOW, Desk, apply_for, give_up, make_desk
from tests.api.webhooks.conftest import Office

URL = "http://127.0.0.1:8080/"


def count(office: Office, table: sa.Table) -> int:
    return int(
        office.database.read(
            lambda c: c.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        )
    )


def events(office: Office) -> list[tuple[str, Any]]:
    return [
        (row.kind, row.payload)
        for row in office.database.read(
            lambda c: c.execute(sa.select(outbox).order_by(outbox.c.number)).all()
        )
    ]


@pytest.fixture
def desk(office: Office) -> Desk:
    desk = make_desk(office.database)
    apply_for(desk, "app-1")
    desk.plan("app-1", **BY)
    return desk


# Who is told ----------------------------------------------------------------------------------


def test_an_event_is_for_the_webhooks_of_its_district_and_kind(office: Office) -> None:
    told = {
        name: office.webhook(URL, **facts)
        for name, facts in {
            "all": {"districts": ("*",)},
            "own": {},
            "kind": {"kinds": ("hold.placed", "hold.released")},
            "other district": {"districts": ("上城",)},
            "other kind": {"kinds": ("plan.made",)},
        }.items()
    }
    office.tell("hold.released")
    assert [name for name, webhook in told.items() if office.states(webhook)] == [
        "all", "own", "kind",
    ]  # fmt: skip


def test_what_happened_before_a_webhook_was_made_is_not_told(office: Office) -> None:
    office.tell()
    assert office.states(office.webhook(URL)) == []


def test_an_act_that_fails_leaves_neither_event_nor_delivery(office: Office) -> None:
    office.webhook(URL)

    def fail(connection: Any) -> None:
        tell(connection, "plan.made", district="西湖", subject="app-1", now=office.clock.now)
        raise LookupError

    with pytest.raises(LookupError):
        office.database.write(fail)
    assert (count(office, outbox), count(office, deliveries)) == (0, 0)


def test_a_kind_nobody_knows_is_no_event(office: Office) -> None:
    with pytest.raises(ValueError, match=r"application\.nonsense"):
        office.tell("application.nonsense")


def test_every_state_of_an_application_is_an_event() -> None:
    assert {f"application.{state}" for state in MOVES} <= set(KINDS)


# What is told ---------------------------------------------------------------------------------


def test_a_hold_is_told_of_with_its_end(desk: Desk, office: Office) -> None:
    hold = desk.hold("app-1", version=1, rank=1, **BY)
    told = dict(events(office))

    assert told["plan.made"]["version"] == 1
    assert told["application.held"] == {
        "application_id": "app-1", "state": "held", "from_state": "planned", "revision": 3,
    }  # fmt: skip
    assert told["hold.placed"] == {
        "application_id": "app-1", "hold_id": hold.hold_id, "state": "deciding",
        "plan_version": 1, "option_rank": 1, "expires_at": (NOW + timedelta(hours=72)).isoformat(),
    }  # fmt: skip


def test_a_hold_that_ran_out_is_told_of(desk: Desk, office: Office) -> None:
    desk.hold("app-1", version=1, rank=1, **BY)
    give_up(desk, NOW + timedelta(days=4))
    released, moved = events(office)[-2:]
    assert (released[0], released[1]["has_run_out"]) == ("hold.released", True)
    assert (moved[0], moved[1]["from_state"]) == ("application.planned", "held")


def test_nobody_is_told_what_somebody_typed(desk: Desk, office: Office) -> None:
    desk.hold("app-1", version=1, rank=1, **BY)
    desk.move_on("app-1", "withdrawn", reason="Mr Li called, 138 0000 0000", **BY)
    told = events(office)
    assert [kind for kind, _ in told][-2:] == ["hold.released", "application.withdrawn"]
    assert "Li" not in str(told)


# Forgotten ------------------------------------------------------------------------------------


def forgetter(office: Office) -> Forgetter:
    return Forgetter(
        database=office.database, kept_for=timedelta(days=90), now=lambda: office.clock.now
    )


def test_what_is_old_is_forgotten(office: Office) -> None:
    webhook = office.webhook(URL)
    office.tell()
    office.do(lambda c: c.execute(sa.update(deliveries).values(state="dead")))
    office.clock.move(days=89)
    office.tell()
    forgetter(office).work()
    assert len(office.deliveries(webhook)) == 2

    office.clock.move(days=2)
    forgetter(office).work()
    assert (count(office, outbox), count(office, deliveries)) == (1, 1)


def test_what_still_waits_is_not_forgotten(office: Office) -> None:
    office.webhook(URL)
    office.tell()
    office.clock.move(days=91)
    assert not forgetter(office).work()
    assert count(office, outbox) == 1


def test_much_is_forgotten_in_pieces(office: Office) -> None:
    rows = [
        {
            "event_id": f"event-{k}", "district": "西湖", "kind": "plan.made", "subject": "a",
            "payload": {}, "happened_at": NOW - timedelta(days=400),
        }
        for k in range(PIECE + 1)
    ]  # fmt: skip
    office.do(lambda c: c.execute(sa.insert(outbox), rows))
    worker = forgetter(office)
    assert [worker.work(), count(office, outbox), worker.work()] == [True, 1, False]
    assert count(office, outbox) == 0
