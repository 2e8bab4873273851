"""What happened is sent, signed, until it is heard; on both databases, to real receivers."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from standardwebhooks import WebhookVerificationError

from api.database.tables import deliveries
from api.webhooks.addresses import Guard
from api.webhooks.deliveries import replay, replay_dead, send_test
from api.webhooks.delivering import MOST_AT_ONCE, Deliverer
from api.webhooks.leases import PUT_OFF_S, RETRY_AFTER_S, take
from api.webhooks.webhooks import change_webhook, rotate_secret
from tests.api.webhooks.conftest import Office
from tests.api.webhooks.receiver import Receiver

BY = {"actor": "key:marketing"}


def replayed(office: Office, webhook: object, event_id: str) -> None:
    office.do(replay, webhook, event_id, within=None, now=office.clock.now, **BY)


def killed_while_sending(office: Office, webhook_id: str) -> None:
    """Take what is due as a worker does, and do nothing with it."""
    assert office.do(take, webhook_id, office.clock.now, lease_s=60.0, most=20)


# Sent -----------------------------------------------------------------------------------------


def test_an_event_is_sent_with_a_good_signature(office: Office, receiver: Receiver) -> None:
    webhook = office.webhook(receiver.url)
    event_id = office.tell(application_id="app-1", state="planned")
    office.worker().work()

    (received,) = receiver.received
    assert received.verified_by(webhook.secret) == {
        "type": "application.planned",
        "timestamp": office.clock.now.isoformat(),
        "data": {"application_id": "app-1", "district": "西湖", "state": "planned"},
    }
    assert (received.message_id, received.path) == (event_id, "/call-backs")


def test_what_was_heard_is_not_sent_again(office: Office, receiver: Receiver) -> None:
    webhook = office.webhook(receiver.url)
    office.tell()
    worker = office.worker()

    assert [worker.work(), worker.work()] == [True, False]
    delivery = office.delivery(webhook)
    assert (delivery.state, delivery.attempts, delivery.last_status) == ("delivered", 1, 204)
    assert len(receiver.received) == 1


def test_another_secret_does_not_verify(office: Office, receiver: Receiver) -> None:
    office.webhook(receiver.url)
    office.tell()
    office.worker().work()
    with pytest.raises(WebhookVerificationError):
        receiver.received[0].verified_by("whsec_" + "A" * 44)


def test_a_message_caught_on_the_way_is_no_good_later(office: Office, receiver: Receiver) -> None:
    webhook = office.webhook(receiver.url)
    office.tell()
    office.clock.move(minutes=-6)
    office.do(lambda c: c.execute(sa.update(deliveries).values(next_at=office.clock.now)))
    office.worker().work()
    with pytest.raises(WebhookVerificationError, match="too old"):
        receiver.received[0].verified_by(webhook.secret)


def test_events_are_sent_in_the_order_they_happened(office: Office, receiver: Receiver) -> None:
    office.webhook(receiver.url)
    told = [office.tell() for _ in range(3)]
    office.worker().work()
    assert [each.message_id for each in receiver.received] == told


def test_the_secret_before_signs_too_until_its_time(office: Office, receiver: Receiver) -> None:
    webhook = office.webhook(receiver.url)
    until = office.clock.now + timedelta(minutes=1)
    new = office.do(rotate_secret, webhook, previous_until=until, now=office.clock.now, **BY)
    office.tell()
    office.worker().work()
    for secret in (webhook.secret, new.secret):
        receiver.received[0].verified_by(secret)

    office.clock.move(minutes=2)
    office.tell()
    office.worker().work()
    assert " " not in receiver.received[1].headers["webhook-signature"]
    receiver.received[1].verified_by(new.secret)


# Not heard ------------------------------------------------------------------------------------


def test_what_was_not_heard_is_sent_again_with_its_id(office: Office, receiver: Receiver) -> None:
    webhook = office.webhook(receiver.url)
    event_id = office.tell()
    receiver.statuses = [500]
    worker = office.worker()

    assert [worker.work(), worker.work()] == [True, False]
    delivery = office.delivery(webhook)
    assert (delivery.state, delivery.last_error) == ("waiting", "answered 500")
    office.clock.move(seconds=RETRY_AFTER_S[0])
    worker.work()
    assert office.states(webhook) == ["delivered"]
    assert [each.message_id for each in receiver.received] == [event_id] * 2
    assert len({each.body for each in receiver.received}) == 1
    assert len({each.headers["webhook-timestamp"] for each in receiver.received}) == 2


def test_after_the_last_attempt_it_is_dead(office: Office, receiver: Receiver) -> None:
    webhook = office.webhook(receiver.url)
    office.tell()
    receiver.statuses = [503] * 20
    worker = office.worker()
    waits_s = []
    while worker.work():
        delivery = office.delivery(webhook)
        waits_s.append(int((delivery.next_at - office.clock.now).total_seconds()))
        office.clock.now = max(office.clock.now, delivery.next_at)

    assert waits_s == [*RETRY_AFTER_S, 0]
    assert office.delivery(webhook).state == "dead"
    assert len(receiver.received) == len(RETRY_AFTER_S) + 1


def test_attempts_are_spread_by_chance(office: Office, receiver: Receiver) -> None:
    webhook = office.webhook(receiver.url)
    office.tell()
    receiver.statuses = [500]
    plain = office.worker()
    Deliverer(
        database=office.database, poster=plain.poster, now=plain.now, chance=lambda: 1.0
    ).work()
    assert office.delivery(webhook).next_at == office.clock.now + timedelta(seconds=6)


def test_where_nobody_answers_the_others_are_not_tried_at_once(
    office: Office, receiver: Receiver
) -> None:
    webhook = office.webhook(receiver.url)
    for _ in range(3):
        office.tell()
    receiver.block()
    worker = office.worker(timeout_s=0.05)

    assert [worker.work(), worker.work()] == [True, False]
    assert [each.attempts for each in office.deliveries(webhook)] == [1, 0, 0]
    assert len(receiver.received) == 1


def test_all_that_waits_for_a_receiver_that_is_away_is_put_off_longer_the_second_time(
    office: Office, receiver: Receiver, other_receiver: Receiver
) -> None:
    away, there = office.webhook(receiver.url), office.webhook(other_receiver.url)
    for _ in range(MOST_AT_ONCE + 5):
        office.tell()
    receiver.block()
    worker = office.worker(timeout_s=0.05)
    while worker.work():
        pass
    assert set(office.states(there)) == {"delivered"}
    assert sum(each.attempts for each in office.deliveries(away)) == 1

    office.clock.move(seconds=PUT_OFF_S[0])
    assert [worker.work(), worker.work()] == [True, False]
    office.clock.move(seconds=PUT_OFF_S[1] - 1)
    assert not worker.work()
    assert sum(each.attempts for each in office.deliveries(away)) == 2
    office.clock.move(seconds=1)
    assert worker.work()


def test_an_address_that_may_not_be_called_any_more_is_not(
    office: Office, receiver: Receiver
) -> None:
    webhook = office.webhook(receiver.url)
    office.tell()
    office.worker(guard=Guard()).work()
    assert not receiver.connections
    assert "public internet" in str(office.delivery(webhook).last_error)


def test_a_receiver_that_wants_no_more_is_told_no_more(office: Office, receiver: Receiver) -> None:
    webhook = office.webhook(receiver.url)
    for _ in range(2):
        office.tell()
    receiver.statuses = [410]
    office.worker().work()

    assert not office.found(webhook).is_active
    assert office.states(webhook) == ["dead", "dead"]
    assert len(receiver.received) == 1
    office.tell()
    assert len(office.deliveries(webhook)) == 2


def test_what_waits_when_a_webhook_rests_is_dead(office: Office, receiver: Receiver) -> None:
    webhook = office.webhook(receiver.url)
    office.tell()
    office.do(change_webhook, webhook, is_active=False, now=office.clock.now, **BY)
    office.do(change_webhook, webhook, is_active=True, now=office.clock.now, **BY)

    assert not office.worker().work()
    assert office.do(
        replay_dead, office.found(webhook), within=None, now=office.clock.now, **BY
    ) == 1  # fmt: skip
    assert office.worker().work()
    assert office.states(webhook) == ["delivered"]


# Once more ------------------------------------------------------------------------------------


def test_what_was_delivered_is_sent_once_more_with_its_id(
    office: Office, receiver: Receiver
) -> None:
    webhook = office.webhook(receiver.url)
    event_id = office.tell()
    office.worker().work()
    replayed(office, webhook, event_id)
    office.worker().work()
    assert [each.message_id for each in receiver.received] == [event_id, event_id]


def test_a_test_event_goes_to_its_webhook_only(
    office: Office, receiver: Receiver, other_receiver: Receiver
) -> None:
    webhook, _ = office.webhook(receiver.url), office.webhook(other_receiver.url)
    office.do(send_test, webhook, now=office.clock.now, **BY)
    worker = office.worker()
    while worker.work():
        pass
    assert (receiver.kinds, other_receiver.kinds) == (["webhook.test"], [])
    data = json.loads(receiver.received[0].body)["data"]
    assert data == {"webhook_id": webhook.webhook_id}
