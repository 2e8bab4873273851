"""Every route below /v1 asks who is there; they are counted off the app, so none is forgotten."""

from __future__ import annotations

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings
from tests.api.auth.house import House, bearer

OPEN = {
    ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/app-info"), ("POST", "/v1/sessions"),
    ("POST", "/v1/sessions/browser"), ("POST", "/v1/sessions/sign-in"),
}  # fmt: skip


def routes_of(app: FastAPI) -> set[tuple[str, str]]:
    """Return method and path of all the app answers to, in its document or not."""
    found, waiting = set[tuple[str, str]](), list(app.routes)
    while waiting:
        route = waiting.pop()
        included = getattr(route, "original_router", route)
        waiting += getattr(included, "routes", [])
        if isinstance(route, APIRoute):
            found |= {(method, route.path_format) for method in route.methods}
    return found


def documented_routes_of(app: FastAPI) -> set[tuple[str, str]]:
    return {
        (method.upper(), path)
        for path, operations in app.openapi()["paths"].items()
        for method in operations
    }


def closed(client: TestClient) -> list[tuple[str, str]]:
    return sorted(routes_of(client.app) - OPEN)  # type: ignore[arg-type]


def test_every_route_is_counted(client: TestClient) -> None:
    app = client.app
    assert isinstance(app, FastAPI)
    assert routes_of(app) == documented_routes_of(app)
    assert {path for _, path in routes_of(app)} >= {
        "/healthz", "/v1/grid", "/v1/plans", "/v1/accounts", "/v1/keys", "/v1/sessions",
    }  # fmt: skip


def test_a_route_that_asks_nobody_would_be_seen(client: TestClient) -> None:
    app = client.app
    assert isinstance(app, FastAPI)
    router = APIRouter(prefix="/v1")
    router.add_api_route("/forgotten", lambda: "open", include_in_schema=False)
    app.include_router(router)
    assert ("GET", "/v1/forgotten") in closed(client)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer x", "Basic eDp5",
                                    "Bearer spk_0_0", "Bearer sps_0", "Bearer a.b.c"])  # fmt: skip
def test_every_route_below_v1_refuses_who_sends_no_good_token(
    client: TestClient, header: str | None
) -> None:
    answers = {
        (method, path): client.request(
            method, path, headers={} if header is None else {"Authorization": header}
        )
        for method, path in closed(client)
    }
    assert {place: answer.status_code for place, answer in answers.items()} == dict.fromkeys(
        answers, 401
    )
    assert {answer.headers["www-authenticate"] for answer in answers.values()} == {"Bearer"}
    assert {answer.json()["code"] for answer in answers.values()} == {"not_authenticated"}


def test_who_is_unknown_learns_nothing_of_what_is_wrong_with_their_body(
    client: TestClient,
) -> None:
    body = {"content": '{"x": 1, "x": 1}', "headers": {"Content-Type": "application/json"}}
    answers = {
        (method, path): client.request(method, path, **body).status_code  # type: ignore[arg-type]
        for method, path in closed(client)
    }
    assert answers == dict.fromkeys(answers, 401)


def test_health_is_open(client: TestClient) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_without_a_database_nobody_is_asked(grids: ServedGrids) -> None:
    client = TestClient(create_app(Settings(), grids))
    assert client.get("/v1/grid").status_code == 200


def test_without_a_database_there_is_no_login(grids: ServedGrids) -> None:
    app = create_app(Settings(), grids)
    assert not any(path.startswith("/v1/sessions") for _, path in routes_of(app))


PLAN = {"at": [120.1633, 30.2802], "kw": 60, "special_load": "none"}


@pytest.mark.parametrize("role", ["manager", "planner"])
def test_who_may_make_plans_gets_one(client: TestClient, house: House, role: str) -> None:
    house.person(role=role)
    answer = client.post("/v1/plans", json=PLAN, headers=bearer(house.log_in().token))
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/v1/plans", "/v1/plans/pdf", "/v1/plans/diagram"])
def test_who_may_not_make_plans_gets_none(client: TestClient, house: House, path: str) -> None:
    house.person(role="auditor")
    answer = client.post(path, json=PLAN, headers=bearer(house.log_in().token))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_a_key_makes_plans_within_its_scopes(client: TestClient, house: House) -> None:
    _, good = house.key("a", scopes=["plan.make"])
    _, other = house.key("b", scopes=["rules.read"])
    statuses = [
        client.post("/v1/plans", json=PLAN, headers=bearer(text)).status_code
        for text in (good, other)
    ]
    assert statuses == [200, 403]


def test_scenarios_are_not_for_outsiders(client: TestClient, house: House) -> None:
    _, text = house.key(scopes=["plan.make"])
    answer = client.post("/v1/scenarios", json={"steps": []}, headers=bearer(text))
    assert answer.status_code == 403


def test_every_caller_sees_which_grids_there_are(client: TestClient, house: House) -> None:
    _, text = house.key(scopes=["rules.read"])
    assert client.get("/v1/grid", headers=bearer(text)).status_code == 200
