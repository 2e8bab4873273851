"""Several workers, killed ones, slow receivers: each event at least once, never by two at once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Thread

import pytest
import sqlalchemy as sa

from api.database.tables import deliveries
from api.webhooks.deliveries import replay, replay_dead
from api.webhooks.delivering import Deliverer
from api.webhooks.leases import RETRY_AFTER_S, find_due, note, take
from api.webhooks.posting import Outcome
from api.webhooks.webhooks import change_webhook, deactivate, remove_webhook
from tests.api.webhooks.conftest import Office
from tests.api.webhooks.receiver import WITHIN_S, Receiver

BY = {"actor": "key:marketing"}


def replayed(office: Office, webhook: object, event_id: str) -> None:
    office.do(replay, webhook, event_id, within=None, now=office.clock.now, **BY)


def killed_while_sending(office: Office, webhook_id: str) -> None:
    """Take what is due as a worker does, and do nothing with it."""
    assert office.do(take, webhook_id, office.clock.now, lease_s=60.0, most=20)


# Several workers, and workers that die --------------------------------------------------------


def test_what_one_worker_sends_no_other_sends(office: Office, receiver: Receiver) -> None:
    webhook = office.webhook(receiver.url)
    office.tell()
    receiver.block()
    first, second = office.worker(), office.worker()
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(first.work)
        assert receiver.came.wait(WITHIN_S)
        assert not second.work()
        receiver.goes_on.set()
        sending.result()
    assert len(receiver.received) == 1
    assert office.states(webhook) == ["delivered"]


def test_many_workers_send_each_event_once(office: Office, receiver: Receiver) -> None:
    office.webhook(receiver.url)
    told = {office.tell() for _ in range(8)}
    workers = [office.worker() for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda worker: worker.work(), workers))
    assert sorted(each.message_id for each in receiver.received) == sorted(told)


def test_what_a_killed_worker_took_is_sent_later_with_its_id(
    office: Office, receiver: Receiver
) -> None:
    webhook = office.webhook(receiver.url)
    event_id = office.tell()
    killed_while_sending(office, webhook.webhook_id)
    assert not office.worker().work()

    office.clock.move(seconds=61)
    assert office.worker().work()
    assert [each.message_id for each in receiver.received] == [event_id]
    assert office.states(webhook) == ["delivered"]


def test_a_worker_that_died_after_sending_leads_to_a_second_message_with_the_same_id(
    office: Office, receiver: Receiver
) -> None:
    webhook = office.webhook(receiver.url)
    event_id = office.tell()
    worker = office.worker()

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    dying = Deliverer(
        database=office.database, poster=worker.poster, now=worker.now,
        chance=die,  # type: ignore[arg-type]
    )  # fmt: skip
    with pytest.raises(KeyboardInterrupt):
        dying.work()
    assert office.states(webhook) == ["waiting"]
    office.clock.move(minutes=2)
    worker.work()
    assert [each.message_id for each in receiver.received] == [event_id, event_id]


def test_a_worker_that_comes_back_too_late_changes_nothing(
    office: Office, receiver: Receiver
) -> None:
    webhook = office.webhook(receiver.url)
    office.tell()
    receiver.statuses = [500]
    receiver.block()
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(office.worker().work)
        assert receiver.came.wait(WITHIN_S)
        office.clock.move(minutes=2)  # its lease has run out
        receiver.is_blocked = False
        office.worker().work()
        assert office.states(webhook) == ["delivered"]
        receiver.goes_on.set()
        late.result()
    delivery = office.delivery(webhook)
    assert (delivery.state, delivery.attempts, delivery.last_status) == ("delivered", 1, 204)


def test_a_replay_leaves_a_lease_to_who_has_it(office: Office, receiver: Receiver) -> None:
    webhook = office.webhook(receiver.url)
    event_id = office.tell()
    killed_while_sending(office, webhook.webhook_id)
    replayed(office, webhook, event_id)
    assert not office.worker().work()


def test_a_replay_during_the_last_attempt_is_not_lost_with_it(
    office: Office, receiver: Receiver
) -> None:
    webhook = office.webhook(receiver.url)
    event_id = office.tell()
    last = len(RETRY_AFTER_S)
    office.do(lambda c: c.execute(sa.update(deliveries).values(attempts=last)))
    batch = office.do(take, webhook.webhook_id, office.clock.now, lease_s=60.0, most=20)
    replayed(office, webhook, event_id)
    failed, at = Outcome(status=500, error="answered 500"), office.clock.now
    office.do(note, batch.calls[0], failed, webhook.webhook_id, at, chance=0.0)
    assert (office.delivery(webhook).state, office.delivery(webhook).attempts) == ("waiting", 0)
    assert office.worker().work()
    assert office.states(webhook) == ["delivered"]


def test_a_replay_during_the_first_attempt_is_not_lost_where_that_is_heard(
    office: Office, receiver: Receiver
) -> None:
    webhook = office.webhook(receiver.url)
    event_id = office.tell()
    batch = office.do(take, webhook.webhook_id, office.clock.now, lease_s=60.0, most=20)
    replayed(office, webhook, event_id)
    heard, at = Outcome(status=200), office.clock.now
    office.do(note, batch.calls[0], heard, webhook.webhook_id, at, chance=0.0)
    assert office.states(webhook) == ["waiting"]
    assert office.worker().work()
    assert [each.message_id for each in receiver.received] == [event_id]


def test_a_replay_during_the_first_attempt_rests_where_the_receiver_wants_no_more(
    office: Office, receiver: Receiver
) -> None:
    webhook = office.webhook(receiver.url)
    event_id = office.tell()
    batch = office.do(take, webhook.webhook_id, office.clock.now, lease_s=60.0, most=20)
    replayed(office, webhook, event_id)
    gone, at = Outcome(status=410, error="answered 410"), office.clock.now
    office.do(note, batch.calls[0], gone, webhook.webhook_id, at, chance=0.0)
    delivery = office.delivery(webhook)
    assert (delivery.state, delivery.attempts, delivery.tried_at) == ("dead", 0, None)
    assert not office.found(webhook).is_active
    # as all else that waited: sent where somebody asks once more
    office.do(change_webhook, webhook, is_active=True, now=at, **BY)
    office.do(replay_dead, office.found(webhook), within=None, now=at, **BY)
    assert office.worker().work()
    assert office.states(webhook) == ["delivered"]


def test_a_worker_whose_time_stood_still_sends_nothing(office: Office, receiver: Receiver) -> None:
    webhook = office.webhook(receiver.url)
    office.tell()
    # it has taken the message, and wakes up when its lease is over
    moments = iter([office.clock.now, office.clock.now])
    plain = office.worker()
    sleepy = Deliverer(
        database=office.database, poster=plain.poster, chance=lambda: 0.0,
        now=lambda: next(moments, office.clock.now + timedelta(minutes=5)),
    )  # fmt: skip
    sleepy.work()
    assert not receiver.received
    assert office.delivery(webhook).attempts == 0


def test_a_slow_receiver_holds_up_nobody_else(
    office: Office, receiver: Receiver, other_receiver: Receiver
) -> None:
    slow = office.webhook(receiver.url)
    office.tell()
    office.clock.move(seconds=1)
    quick = office.webhook(other_receiver.url)
    office.tell()
    receiver.block()
    worker = office.worker()
    thread = Thread(target=worker.work)
    thread.start()
    assert receiver.came.wait(WITHIN_S)
    while worker.work():  # another lane of the same process
        pass
    assert office.states(quick) == ["delivered"]
    assert office.states(slow) == ["waiting", "waiting"]
    receiver.goes_on.set()
    thread.join()


def test_a_slow_receiver_takes_one_lane_of_a_process(office: Office, receiver: Receiver) -> None:
    office.webhook(receiver.url)
    office.tell()
    receiver.block()
    worker = office.worker()
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(worker.work)
        assert receiver.came.wait(WITHIN_S)
        office.tell()
        assert not worker.work()
        receiver.goes_on.set()
        sending.result()


def test_who_was_served_longest_ago_comes_first(
    office: Office, receiver: Receiver, other_receiver: Receiver
) -> None:
    office.webhook(receiver.url)
    office.tell()
    worker = office.worker()
    worker.work()
    # it has waited longer, but was served just before
    office.tell()
    office.clock.move(seconds=1)
    office.webhook(other_receiver.url)
    office.tell()
    worker.work()
    assert (len(receiver.received), len(other_receiver.received)) == (1, 1)


def test_what_is_removed_meanwhile_is_no_fault(office: Office, receiver: Receiver) -> None:
    webhook = office.webhook(receiver.url)
    office.tell()
    receiver.statuses = [410]
    receiver.block()
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(office.worker().work)
        assert receiver.came.wait(WITHIN_S)
        office.do(remove_webhook, webhook, now=office.clock.now, **BY)
        receiver.goes_on.set()
        assert sending.result()


def test_what_was_heard_while_a_webhook_was_put_to_rest_is_delivered(
    office: Office, receiver: Receiver
) -> None:
    webhook = office.webhook(receiver.url)
    office.tell()
    receiver.block()
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(office.worker().work)
        assert receiver.came.wait(WITHIN_S)
        office.do(deactivate, webhook.webhook_id, actor="clock", now=office.clock.now)
        receiver.goes_on.set()
        sending.result()
    assert office.states(webhook) == ["delivered"]


def test_a_district_that_was_taken_away_is_told_of_no_more(
    office: Office, receiver: Receiver
) -> None:
    webhook = office.webhook(receiver.url, districts=("西湖", "上城"))
    office.tell(district="上城")
    office.tell(district="西湖")
    office.do(change_webhook, webhook, districts=["西湖"], now=office.clock.now, **BY)
    office.worker().work()

    assert office.states(webhook) == ["dead", "delivered"]
    assert [json.loads(each.body)["data"]["district"] for each in receiver.received] == ["西湖"]
    count = office.do(replay_dead, office.found(webhook), within=None, now=office.clock.now, **BY)
    assert count == 0


def test_what_is_due_is_found_by_how_long_it_waits(office: Office, receiver: Receiver) -> None:
    first = office.webhook(receiver.url, kinds=("hold.released",))
    second = office.webhook(receiver.url, kinds=("hold.placed",))
    office.tell("hold.placed")
    office.clock.move(seconds=1)
    office.tell("hold.released")
    due = office.database.read(lambda c: find_due(c, office.clock.now))
    assert due == [second.webhook_id, first.webhook_id]
