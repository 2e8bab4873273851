"""Talk: what a customer manager says to the service, one sentence each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response

from tests.cases.drawing import place
from tests.planner.remedies.rings import SITE

__all__ = [
    "ASKED", "ClientOf", "accept", "accepted", "confirm", "held", "hold", "move", "planned",
    "reply", "state",
]  # fmt: skip

LON, LAT = place(*SITE)
ASKED = {
    "at": [LON, LAT], "kva": 800, "category": "industrial", "special_load": "none",
    "max_distance_m": 300,
}  # fmt: skip
ClientOf = Callable[..., TestClient]


def _keyed(key: str | None) -> dict[str, str]:
    return {"Idempotency-Key": key} if key else {}


def accept(client: TestClient, key: str | None = None, **facts: Any) -> Response:
    body = {"district": "西湖", "application": ASKED} | facts
    return client.post("/v1/applications", json=body, headers=_keyed(key))


def accepted(client: TestClient) -> str:
    return str(accept(client).json()["application_id"])


def planned(client: TestClient, **facts: Any) -> str:
    name = str(accept(client, **facts).json()["application_id"])
    assert client.post(f"/v1/applications/{name}/plans").status_code == 201
    return name


def hold(client: TestClient, name: str, key: str | None = None, **facts: Any) -> Response:
    body = {"version": 1, "rank": 1} | facts
    return client.post(f"/v1/applications/{name}/hold", json=body, headers=_keyed(key))


def held(client: TestClient) -> str:
    name = planned(client)
    assert hold(client, name).status_code == 201
    return name


def move(client: TestClient, name: str, to: str, **facts: Any) -> Response:
    headers = facts.pop("headers", {})
    return client.post(f"/v1/applications/{name}/moves", json={"to": to} | facts, headers=headers)


def state(client: TestClient, name: str) -> str:
    return str(client.get(f"/v1/applications/{name}").json()["state"])


def confirm(client: TestClient, name: str, **facts: Any) -> Response:
    """Let the desk stand for the first option, with an answer to each doubt it is told of."""
    path = f"/v1/applications/{name}/decisions"
    body = {"version": 1, "rank": 1} | facts
    answer = client.post(path, json=body)
    if answer.status_code != 422:
        return answer
    doubts = [p["field"].removeprefix("overrides.") for p in answer.json()["problems"]]
    return client.post(path, json=body | {"overrides": dict.fromkeys(doubts, "site_visited")})


def reply(client: TestClient, name: str, key: str | None = None, **facts: Any) -> Response:
    details = {"customer": "甲公司", "address": "文园路 1 号", "phone": "0571-0000"}
    body = {"signed_on": "2026-06-01", "details": details} | facts
    return client.post(f"/v1/applications/{name}/reply", json=body, headers=_keyed(key))
