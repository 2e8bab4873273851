"""Webhooks over HTTP: made, seen, changed and ended by who may, within their districts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from api.webhooks.webhooks import MOST_EACH
from tests.api.auth.house import House, StoppedClock, bearer
from tests.api.service.test_applications_route import ASKED
from tests.api.webhooks.conftest import Office
from tests.api.webhooks.receiver import WITHIN_S, Receiver

ClientOf = Callable[..., TestClient]
# public; nobody calls it
URL = "https://1.1.1.1:8080/call-backs?token=t0ken"


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


def make(client: TestClient, key: str | None = None, **facts: Any) -> Response:
    headers = {"Idempotency-Key": key} if key else {}
    body = {"url": URL, "districts": ["西湖"]} | facts
    return client.post("/v1/webhooks", json=body, headers=headers)


def made(client: TestClient, **facts: Any) -> str:
    return str(make(client, **facts).json()["webhook_id"])


def made_inside(client: TestClient, headers: dict[str, str], url: str) -> str:
    """Have an administrator name an internal address."""
    body = {"url": url, "districts": ["西湖"]}
    answer = client.post("/v1/webhooks", json=body, headers=headers)
    return str(answer.json()["webhook_id"])


def told(client: TestClient, webhook_id: str, **query: Any) -> Any:
    return client.get(f"/v1/webhooks/{webhook_id}/deliveries", params=query).json()["items"]


# Made -----------------------------------------------------------------------------------------


def test_a_secret_is_given_once(client: TestClient) -> None:
    answer = make(client)
    webhook = answer.json()
    shown = client.get(f"/v1/webhooks/{webhook['webhook_id']}")
    listed = client.get("/v1/webhooks")

    assert (answer.status_code, answer.headers["cache-control"]) == (201, "private, no-store")
    assert webhook["secret"].startswith("whsec_")
    assert webhook["webhook_id"] in listed.text
    assert "secret" not in shown.text + listed.text


def test_made_twice_with_one_key_it_is_one_webhook_and_the_same_answer(client: TestClient) -> None:
    first, second = make(client, "k1"), make(client, "k1")
    assert first.json() == second.json()
    assert len(client.get("/v1/webhooks").json()["items"]) == 1


def test_no_secret_and_no_path_is_in_the_audit_or_the_log(
    client: TestClient, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    from api.database.tables import audit

    webhook = make(client).json()
    new = client.post(f"/v1/webhooks/{webhook['webhook_id']}/rotate", json={}).json()
    client.patch(f"/v1/webhooks/{webhook['webhook_id']}", json={"url": URL})
    written = str(house.identity.database.read(lambda c: c.execute(audit.select()).all()))
    for secret in (webhook["secret"], new["secret"], "t0ken"):
        assert secret not in written + caplog.text


def test_every_deed_is_in_the_audit(client: TestClient, house: House) -> None:
    name = made(client)
    client.patch(f"/v1/webhooks/{name}", json={"kinds": ["hold.released"]})
    client.post(f"/v1/webhooks/{name}/rotate", json={})
    client.post(f"/v1/webhooks/{name}/test")
    client.post(f"/v1/webhooks/{name}/deliveries/replay")
    client.delete(f"/v1/webhooks/{name}")
    deeds = [action for actor, action in house.deeds() if actor == "key:marketing"]
    assert deeds == [
        f"webhook.{deed}" for deed in ("add", "change", "rotate", "test", "replay", "remove")
    ]


def test_what_is_not_in_order_is_refused(client: TestClient) -> None:
    wrong: list[tuple[str, Any]] = [
        ("url", "https://10.0.0.1/"), ("url", "https://169.254.169.254/"), ("url", "nonsense"),
        ("url", "https://shop\x00/"), ("url", "x" * 2_001), ("url", 7), ("url", None),
        ("districts", []), ("districts", ["a\x00"]), ("districts", ["西湖", "西湖"]),
        ("kinds", []), ("kinds", ["nonsense"]), ("kinds", ["*", "plan.made"]),
        ("kinds", ["webhook.test"]), ("kinds", ["😀"]), ("nonsense", 1),
    ]  # fmt: skip
    for field, value in wrong:
        answer = make(client, **{field: value})
        assert answer.status_code == 422, (field, value)
        assert answer.json()["problems"][0]["field"].split(".")[0] == field


def test_half_a_character_is_refused(client: TestClient) -> None:
    body = b'{"url": "https://h\\ud800/", "districts": ["\\ud800"]}'
    headers = {"Content-Type": "application/json"}
    assert client.post("/v1/webhooks", content=body, headers=headers).status_code == 422


def test_nobody_makes_more_than_so_many(client: TestClient) -> None:
    names = [made(client) for _ in range(MOST_EACH)]
    answer = make(client)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_webhooks")

    client.patch(f"/v1/webhooks/{names[0]}", json={"is_active": False})
    assert make(client).status_code == 201
    answer = client.patch(f"/v1/webhooks/{names[0]}", json={"is_active": True})
    assert answer.status_code == 409


# Within one's districts -----------------------------------------------------------------------


def test_a_webhook_of_another_district_cannot_be_made(client: TestClient) -> None:
    for districts in (["上城"], ["西湖", "上城"], ["*"]):
        assert make(client, districts=districts).status_code == 403


def test_a_webhook_of_another_district_is_not_there(
    client: TestClient, elsewhere: dict[str, str]
) -> None:
    path = f"/v1/webhooks/{made(client)}"
    asked = [
        ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/deliveries"), ("POST", "/rotate"),
        ("POST", "/test"), ("POST", "/deliveries/replay"), ("POST", "/deliveries/event-1/replay"),
    ]  # fmt: skip
    answers = [
        client.request(
            method, path + rest, headers=elsewhere,
            json={} if method == "PATCH" or rest == "/rotate" else None,
        )
        for method, rest in asked
    ]  # fmt: skip
    assert {(a.status_code, a.json()["code"]) for a in answers} == {(404, "unknown_webhook")}
    assert client.get("/v1/webhooks", headers=elsewhere).json()["items"] == []


def test_a_webhook_is_not_moved_to_another_district(client: TestClient) -> None:
    answer = client.patch(f"/v1/webhooks/{made(client)}", json={"districts": ["上城"]})
    assert answer.status_code == 403


def test_what_it_was_told_of_another_district_is_not_shown(
    client: TestClient, everywhere: dict[str, str], office: Office
) -> None:
    name = client.post(
        "/v1/webhooks", json={"url": URL, "districts": ["西湖", "上城"]}, headers=everywhere
    ).json()["webhook_id"]
    event_id = office.tell(district="上城")
    office.tell(district="西湖")
    path = f"/v1/webhooks/{name}"
    client.patch(path, json={"districts": ["西湖"]}, headers=everywhere)

    assert [each["event_id"] for each in told(client, name)] != [event_id]
    assert len(told(client, name)) == 1
    for headers in ({}, everywhere):  # it is not sent there again, whoever asks
        answer = client.post(f"{path}/deliveries/{event_id}/replay", headers=headers)
        assert answer.status_code == 404
    of_all = client.get(f"{path}/deliveries", headers=everywhere).json()["items"]
    assert len(of_all) == 2


def test_who_may_not_write_webhooks_sees_none(client_of: ClientOf) -> None:
    assert client_of("wang", "*", role="planner").get("/v1/webhooks").status_code == 403


def test_webhooks_are_listed_page_by_page(client: TestClient) -> None:
    names = [made(client) for _ in range(2)]
    first = client.get("/v1/webhooks?limit=1").json()
    second = client.get(f"/v1/webhooks?limit=1&after={first['next_cursor']}").json()
    assert [page["items"][0]["webhook_id"] for page in (first, second)] == names
    assert second["next_cursor"] is None


def test_an_id_the_service_never_gave_is_refused(client: TestClient) -> None:
    for name in ("%00", "a%00b", "%F0%9F%98%80", "x" * 61):
        assert client.get(f"/v1/webhooks/{name}").status_code == 422
        path = f"/v1/webhooks/hook-1/deliveries/{name}/replay"
        assert client.post(path).status_code == 422


# Changed and ended ----------------------------------------------------------------------------


def test_what_is_left_out_of_a_change_stays(client: TestClient) -> None:
    name = made(client, kinds=["hold.placed"])
    url = "https://1.1.1.1/"
    changed = client.patch(f"/v1/webhooks/{name}", json={"url": url}).json()
    assert (changed["url"], changed["kinds"], changed["districts"]) == (
        url, ["hold.placed"], ["西湖"],
    )  # fmt: skip


def test_an_address_is_checked_where_it_is_changed_too(client: TestClient) -> None:
    body = {"url": "https://192.168.0.1/"}
    answer = client.patch(f"/v1/webhooks/{made(client)}", json=body)
    assert (answer.status_code, answer.json()["problems"][0]["field"]) == (422, "url")


def test_a_rotation_gives_another_secret(client: TestClient, clock: StoppedClock) -> None:
    webhook = make(client).json()
    path = f"/v1/webhooks/{webhook['webhook_id']}"
    until = (clock.now + timedelta(days=1)).isoformat()
    new = client.post(f"{path}/rotate", json={"previous_until": until}).json()

    assert new["secret"] != webhook["secret"]
    assert client.get(path).json()["previous_until"] is not None
    far = (clock.now + timedelta(days=8)).isoformat()
    assert client.post(f"{path}/rotate", json={"previous_until": far}).status_code == 422


def test_a_removed_webhook_is_gone_with_all_that_was_to_be_sent(
    client: TestClient, office: Office
) -> None:
    name = made(client)
    office.tell()
    assert client.delete(f"/v1/webhooks/{name}").status_code == 204
    assert client.get(f"/v1/webhooks/{name}").status_code == 404
    assert not office.worker().work()


def test_nothing_is_sent_to_a_webhook_that_rests(client: TestClient) -> None:
    name = made(client)
    client.patch(f"/v1/webhooks/{name}", json={"is_active": False})
    for act in ("test", "deliveries/replay", "deliveries/event-1/replay"):
        answer = client.post(f"/v1/webhooks/{name}/{act}")
        assert (answer.status_code, answer.json()["code"]) == (409, "webhook_inactive")


# Told -----------------------------------------------------------------------------------------


def test_dead_letters_are_seen_and_sent_again(
    client: TestClient, everywhere: dict[str, str], office: Office, receiver: Receiver
) -> None:
    name = made_inside(client, everywhere, receiver.url)
    office.tell()
    receiver.statuses = [500] * 10
    worker = office.worker()
    while worker.work():
        office.clock.move(days=2)
    (dead,) = told(client, name, state="dead")
    assert (dead["attempts"], dead["last_status"], dead["last_error"], dead["next_at"]) == (
        10, 500, "answered 500", None,
    )  # fmt: skip

    path = f"/v1/webhooks/{name}/deliveries/{dead['event_id']}/replay"
    assert client.post(path, headers={"Idempotency-Key": "r1"}).status_code == 202
    assert client.post(path, headers={"Idempotency-Key": "r1"}).status_code == 202
    worker.work()
    assert told(client, name, state="dead") == []
    assert [each["state"] for each in told(client, name)] == ["delivered"]
    assert len(receiver.received) == 11


def test_a_replay_with_one_key_happens_once(
    client: TestClient, everywhere: dict[str, str], office: Office, receiver: Receiver
) -> None:
    name = made_inside(client, everywhere, receiver.url)
    event_id = office.tell()
    worker = office.worker()
    for _ in range(3):
        worker.work()
        path = f"/v1/webhooks/{name}/deliveries/{event_id}/replay"
        client.post(path, headers={"Idempotency-Key": "r1"})
    assert len(receiver.received) == 2


def test_an_unknown_event_is_not_replayed(client: TestClient) -> None:
    answer = client.post(f"/v1/webhooks/{made(client)}/deliveries/event-1/replay")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_delivery")


def test_a_state_of_deliveries_that_is_none_is_refused(client: TestClient) -> None:
    path = f"/v1/webhooks/{made(client)}/deliveries?state=nonsense"
    assert client.get(path).status_code == 422


def test_the_document_says_what_receivers_are_sent(client: TestClient) -> None:
    app = client.app
    assert isinstance(app, FastAPI)
    document = app.openapi()
    sent = document["webhooks"]["event"]["post"]
    names = {parameter["name"] for parameter in sent["parameters"]}
    assert names == {"webhook-id", "webhook-timestamp", "webhook-signature"}
    assert "hold.released" in document["components"]["schemas"]["EventOut"]["properties"]["type"][
        "description"
    ]  # fmt: skip


def test_an_application_system_is_told_what_happens_by_the_server_itself(
    client_of: ClientOf, house: House, receiver: Receiver
) -> None:
    scopes = ["application.write", "application.read"]
    _, text = house.key(scopes=scopes, districts=["西湖"])
    with client_of("zhao", "*", role="administrator") as client:
        webhook = make(client, url=receiver.url).json()
        client.headers = bearer(text)
        body = {"district": "西湖", "application": ASKED}
        application = client.post("/v1/applications", json=body).json()
        assert receiver.came.wait(WITHIN_S)

    told_of = receiver.received[0].verified_by(webhook["secret"])
    assert told_of["type"] == "application.accepted"
    assert told_of["data"]["application_id"] == application["application_id"]
