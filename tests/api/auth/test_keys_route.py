from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.auth.house import House, StoppedClock, bearer

NEW = {"name": "marketing", "scopes": ["plan.make"], "districts": ["*"]}


@pytest.fixture
def admin(house: House) -> dict[str, str]:
    house.person("admin-zhao", role="administrator")
    return bearer(house.log_in("admin-zhao").token)


def make(client: TestClient, admin: dict[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = client.post("/v1/keys", json=NEW, headers=admin).json()
    return made


def status_of(client: TestClient, text: str) -> int:
    return client.get("/v1/grid", headers=bearer(text)).status_code


def test_a_key_is_given_once(client: TestClient, admin: dict[str, str]) -> None:
    made = make(client, admin)
    assert status_of(client, made["key"]) == 200
    listed = client.get("/v1/keys", headers=admin)
    assert made["key_id"] in listed.text
    assert made["key"].split("_", 2)[2] not in listed.text


def test_an_answer_with_a_key_is_not_to_be_stored(
    client: TestClient, admin: dict[str, str]
) -> None:
    answer = client.post("/v1/keys", json=NEW, headers=admin)
    assert answer.headers["cache-control"] == "private, no-store"


def test_a_rotated_key_has_two_secrets_meanwhile(
    client: TestClient, admin: dict[str, str], clock: StoppedClock
) -> None:
    made = make(client, admin)
    body = {"previous_until": "2026-06-03T17:30:00+08:00"}
    new = client.post(f"/v1/keys/{made['key_id']}/rotate", json=body, headers=admin).json()
    assert [status_of(client, text) for text in (made["key"], new["key"])] == [200, 200]
    clock.move(days=2)
    assert [status_of(client, text) for text in (made["key"], new["key"])] == [401, 200]


def test_a_rotation_without_a_time_ends_the_secret_before(
    client: TestClient, admin: dict[str, str]
) -> None:
    made = make(client, admin)
    client.post(f"/v1/keys/{made['key_id']}/rotate", json={}, headers=admin)
    assert status_of(client, made["key"]) == 401


@pytest.mark.parametrize(
    "until", ["2026-06-09T00:00:00Z", "2026-06-01T00:00:00Z", "2026-06-02T00:00:00", "soon", 5]
)
def test_a_time_that_cannot_be_is_refused(
    client: TestClient, admin: dict[str, str], until: object
) -> None:
    made = make(client, admin)
    answer = client.post(
        f"/v1/keys/{made['key_id']}/rotate", json={"previous_until": until}, headers=admin
    )
    assert answer.status_code == 422
    assert [p["field"] for p in answer.json()["problems"]] == ["previous_until"]


def test_a_revoked_key_is_over(client: TestClient, admin: dict[str, str]) -> None:
    made = make(client, admin)
    answer = client.post(f"/v1/keys/{made['key_id']}/revoke", headers=admin)
    assert (answer.status_code, answer.json()["revoked_at"]) == (200, "2026-06-01T09:30:00Z")
    assert status_of(client, made["key"]) == 401


def test_a_revoked_key_is_not_rotated(client: TestClient, admin: dict[str, str]) -> None:
    path = f"/v1/keys/{make(client, admin)['key_id']}"
    client.post(f"{path}/revoke", headers=admin)
    answer = client.post(f"{path}/rotate", json={}, headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (409, "revoked_key")


def test_a_name_that_is_taken_is_a_conflict(client: TestClient, admin: dict[str, str]) -> None:
    make(client, admin)
    assert client.post("/v1/keys", json=NEW, headers=admin).status_code == 409


@pytest.mark.parametrize("deed", ["rotate", "revoke"])
def test_an_unknown_key_is_not_found(client: TestClient, admin: dict[str, str], deed: str) -> None:
    answer = client.post(f"/v1/keys/nowhere/{deed}", json={}, headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_key")


def test_what_a_key_cannot_be_allowed_is_refused(client: TestClient, admin: dict[str, str]) -> None:
    answer = client.post("/v1/keys", json={**NEW, "scopes": ["audit.read"]}, headers=admin)
    assert [p["field"] for p in answer.json()["problems"]] == ["scopes"]


def test_an_administrator_of_one_district_makes_no_key_for_another(
    client: TestClient, house: House
) -> None:
    house.person("admin-qian", role="administrator", districts=["西湖"])
    head = bearer(house.log_in("admin-qian").token)
    assert client.post("/v1/keys", json=NEW, headers=head).status_code == 403


def test_a_key_makes_no_keys(client: TestClient, house: House) -> None:
    _, text = house.key()
    assert client.post("/v1/keys", json=NEW, headers=bearer(text)).status_code == 403
