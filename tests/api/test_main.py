from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date

import pytest
from fastapi.testclient import TestClient

from api.dependencies import get_today
from api.main import create_app
from api.request import Gathered
from api.schemas import PlanIn
from api.serving import ServedGrids
from api.settings import Settings
from planner.intake import FIELDS
from tests.api.conftest import MakeClient
from tests.api.grids import shop_grid


def test_it_lives(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_it_is_ready_once_grids_are_loaded(client: TestClient) -> None:
    assert client.get("/readyz").json() == {"status": "ready"}


@pytest.fixture
def loading() -> TestClient:
    """Return a client of an app that was not started, so that nothing is loaded."""
    return TestClient(create_app(Settings(), ServedGrids([shop_grid()])))


@pytest.mark.parametrize("path", ["/readyz", "/v1/grid"])
def test_it_is_not_ready_before(loading: TestClient, path: str) -> None:
    answer = loading.get(path)
    assert answer.status_code == 503
    assert answer.json()["code"] == "not_ready"


def test_it_lives_before_it_is_ready(loading: TestClient) -> None:
    assert loading.get("/healthz").status_code == 200


def test_the_grid_is_described(client: TestClient) -> None:
    answer = client.get("/v1/grid").json()
    (grid,) = answer["items"]
    assert answer["next_cursor"] is None
    assert grid["name"] == "tiny"
    assert grid["version"] == shop_grid().version
    assert grid["load_date"] == "2026-07-20"
    assert grid["quality"] == "good"
    assert grid["counts"]["nodes"] == 7
    assert grid["bbox"] == [120.15, 30.28, 120.1641, 30.283]


def test_a_grid_without_coordinates_has_no_bbox(make_client: MakeClient) -> None:
    grid = shop_grid()
    client = make_client(grid.with_tables(nodes=grid.nodes.assign(lon=float("nan"))))
    assert client.get("/v1/grid").json()["items"][0]["bbox"] is None


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/v1/plans/", 404, "not_found"),
        ("GET", "/v1/plans", 405, "method_not_allowed"),
        ("DELETE", "/v1/grid", 405, "method_not_allowed"),
    ],
)
def test_every_error_is_a_problem_document(
    client: TestClient, method: str, path: str, status: int, code: str
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["type"] == f"urn:supply-plan:problem:{code}"
    assert document["status"] == status
    assert document["code"] == code
    assert document["title"]
    assert document["detail"]


def test_a_wrong_method_is_told_the_right_one(client: TestClient) -> None:
    assert client.get("/v1/plans").headers["allow"] == "POST"


def test_a_body_above_the_limit_is_413(make_client: MakeClient) -> None:
    client = make_client(shop_grid(), settings=Settings(max_body_bytes=100))
    answer = client.post("/v1/plans", json={"note": "x" * 100})
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


def test_a_body_that_hides_its_length_is_413_too(make_client: MakeClient) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"note": "'
        yield b"x" * 200

    client = make_client(shop_grid(), settings=Settings(max_body_bytes=100))
    answer = client.post(
        "/v1/plans", content=chunks(), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_fault_of_ours_tells_nothing_of_the_code() -> None:
    def broken() -> date:
        raise ZeroDivisionError("/secret/path")

    app = create_app(Settings(), ServedGrids([shop_grid()]))
    app.dependency_overrides[get_today] = broken
    with TestClient(app, raise_server_exceptions=False) as client:
        assert app.state.grids.wait(60)
        answer = client.post("/v1/plans", json={})
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


def test_the_document_describes_every_route_with_an_example(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert set(document["paths"]) == {
        "/healthz", "/readyz", "/metrics", "/v1/grid", "/v1/plans", "/v1/plans/diagram",
        "/v1/plans/pdf", "/v1/scenarios",
    }  # fmt: skip
    assert document["components"]["schemas"]["PlanIn"]["examples"][0]["kw"] == 150
    body = document["paths"]["/v1/scenarios"]["post"]["requestBody"]["content"]
    assert body["application/json"]["schema"]["examples"][0]["steps"]


def test_the_document_says_that_a_capacity_may_be_infinite(client: TestClient) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert schemas["Headroom"]["properties"]["hosting_capacity_kva"]["anyOf"] == [
        {"type": "number"},
        {"const": "inf"},
    ]


def test_the_document_gives_errors_their_own_type(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    responses = paths["/v1/plans"]["post"]["responses"]
    assert list(responses["422"]["content"]) == ["application/problem+json"]
    assert list(responses["200"]["content"]) == ["application/json"]


def test_the_example_of_an_error_is_what_is_sent(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    example = document["components"]["schemas"]["ProblemDetails"]["examples"][0]
    answer = client.post("/v1/plans", json={"at": [120.1633, 30.2802], "kw": "-5"}).json()
    assert answer["problems"] == example["problems"]


def test_the_examples_of_the_document_are_good_input(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()["components"]["schemas"]["PlanIn"]
    for example in schema["examples"]:
        answer = client.post("/v1/plans", json={**example, "at": [120.1633, 30.2802]})
        assert answer.status_code == 200


def test_every_field_of_an_application_is_documented() -> None:
    assert set(PlanIn.model_fields) == {*FIELDS, "grid", "equipment", "commitments"}


def test_the_documentation_fetches_nothing_from_elsewhere(client: TestClient) -> None:
    assert client.get("/docs").status_code == 404


def test_requests_are_answered_side_by_side(client: TestClient) -> None:
    body = {"at": [120.1633, 30.2802], "kw": 60, "special_load": "none"}
    answers: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: answers.append(client.post("/v1/plans", json=body).content))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert len(set(answers)) == 1


def test_gathered_gives_back_what_was_attempted() -> None:
    gathered = Gathered()
    assert gathered.settle(gathered.attempt(lambda: 5)) == 5
