"""Drafts over HTTP: kept as they are, judged when they are accepted."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from tests.api.service.talk import ASKED, ClientOf, move, state


def draft(client: TestClient, **fields: Any) -> Response:
    body = {"district": "西湖", "application": fields}
    return client.post("/v1/applications/drafts", json=body)


def drafted(client: TestClient, **fields: Any) -> str:
    return str(draft(client, **fields).json()["application_id"])


def test_a_draft_may_be_incomplete(wang: TestClient) -> None:
    answer = draft(wang, kva=800)

    assert answer.status_code == 201
    assert (answer.json()["state"], answer.json()["application"]) == ("draft", {"kva": 800})
    assert answer.json()["limit_due_on"] is None


def test_a_draft_is_accepted_when_it_is_complete(wang: TestClient) -> None:
    name = drafted(wang, kva=800)
    too_early = wang.post(f"/v1/applications/{name}/accept", json={})
    wang.put(f"/v1/applications/{name}", json={"application": ASKED})
    answer = wang.post(f"/v1/applications/{name}/accept", json={"completed_on": "2026-06-01"})

    assert too_early.status_code == 422
    assert {p["field"] for p in too_early.json()["problems"]} == {"at"}
    assert answer.status_code == 201
    assert (answer.json()["state"], answer.json()["completed_on"]) == ("accepted", "2026-06-01")
    assert answer.json()["limit_due_on"] is not None


def test_what_is_accepted_is_no_draft_any_more(wang: TestClient) -> None:
    name = drafted(wang, **ASKED)
    wang.post(f"/v1/applications/{name}/accept", json={})
    changed = wang.put(f"/v1/applications/{name}", json={"application": ASKED})
    again = wang.post(f"/v1/applications/{name}/accept", json={})

    assert changed.status_code == again.status_code == 409


def test_nothing_is_planned_or_held_for_a_draft(wang: TestClient) -> None:
    name = drafted(wang, **ASKED)

    assert wang.post(f"/v1/applications/{name}/plans").json()["code"] == "move_not_allowed"


def test_a_draft_is_withdrawn(wang: TestClient) -> None:
    name = drafted(wang, kva=800)
    move(wang, name, "withdrawn")

    assert state(wang, name) == "withdrawn"


def test_who_has_seen_an_older_draft_does_not_change_it(wang: TestClient) -> None:
    name = drafted(wang, kva=800)
    wang.put(f"/v1/applications/{name}", json={"application": {"kva": 630}})
    body = {"application": {"kva": 400}}
    answer = wang.put(f"/v1/applications/{name}", json=body, headers={"If-Match": '"1"'})

    assert answer.status_code == 412


@pytest.mark.parametrize(
    "fields",
    [
        {"kva": "a\x00"},
        {"a\x00": 1},
        {"equipment": [[{"name": "\ud800"}]]},
        {"customer": "张三"},
        {"grid": 7},
    ],
)
def test_a_draft_holds_nothing_no_database_takes(wang: TestClient, fields: dict[str, Any]) -> None:
    import json

    body = json.dumps({"district": "西湖", "application": fields})
    headers = {"Content-Type": "application/json"}
    answer = wang.post("/v1/applications/drafts", content=body, headers=headers)

    assert answer.status_code in (404, 422)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400"])
def test_a_draft_holds_no_number_that_is_none(wang: TestClient, number: str) -> None:
    body = '{"district": "西湖", "application": {"kva": ' + number + "}}"
    headers = {"Content-Type": "application/json"}
    answer = wang.post("/v1/applications/drafts", content=body, headers=headers)

    assert (answer.status_code, answer.json()["problems"][0]["field"]) == (422, "application.kva")


def test_a_draft_that_is_accepted_in_shadow_mode_is_in_it(
    wang: TestClient, client_of: ClientOf
) -> None:
    name = drafted(wang, **ASKED)
    zhao = client_of("zhao", "*", role="administrator")
    zhao.post("/v1/desk/shadow", json={"district": "西湖", "is_shadow": True})

    assert wang.post(f"/v1/applications/{name}/accept", json={}).json()["is_shadow"]


def test_lists_that_lie_too_deep_are_refused(wang: TestClient) -> None:
    deep: Any = 1
    for _ in range(20):
        deep = [deep]

    assert draft(wang, kva=deep).status_code == 422
