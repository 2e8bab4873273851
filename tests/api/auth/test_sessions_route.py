from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from api.serving import ServedGrids
from tests.api.auth.house import PASSWORD, House, StoppedClock, bearer
from tests.api.auth.issuer import running_sign_in, token

GOOD = {"name": "wang", "password": PASSWORD}
WRONG = {"name": "wang", "password": "a wrong password"}


def test_a_login_gives_a_token_and_its_end(client: TestClient, house: House) -> None:
    house.person(districts=["西湖"])

    answer = client.post("/v1/sessions", json=GOOD)

    assert answer.status_code == 201
    given = answer.json()
    assert given.pop("token").startswith("sps_")
    assert given == {
        "expires_at": "2026-06-01T17:30:00Z", "name": "wang", "role": "planner",
        "districts": ["西湖"],
    }  # fmt: skip


def test_an_answer_with_a_token_is_not_to_be_stored(client: TestClient, house: House) -> None:
    house.person()
    assert client.post("/v1/sessions", json=GOOD).headers["cache-control"] == "private, no-store"


def test_name_and_password_that_are_wrong_get_one_answer(client: TestClient, house: House) -> None:
    house.person()
    answers = [
        client.post("/v1/sessions", json=body)
        for body in (WRONG, {**GOOD, "name": "nobody-here"}, {**GOOD, "name": ""})
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["code"] == "wrong_credentials"
    assert answers[0].headers["www-authenticate"] == "Bearer"


def test_too_many_failures_are_told_when_to_come_back(
    client: TestClient, house: House, clock: StoppedClock
) -> None:
    house.person()
    for _ in range(3):
        client.post("/v1/sessions", json=WRONG)
    clock.move(minutes=4)
    answer = client.post("/v1/sessions", json=GOOD)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
    assert answer.headers["retry-after"] == "360"


def test_who_comes_back_then_is_let_in(
    client: TestClient, house: House, clock: StoppedClock
) -> None:
    house.person()
    for _ in range(3):
        client.post("/v1/sessions", json=WRONG)
    clock.move(minutes=10)
    assert client.post("/v1/sessions", json=GOOD).status_code == 201


def test_logging_out_ends_the_token(client: TestClient, house: House) -> None:
    house.person()
    head = bearer(client.post("/v1/sessions", json=GOOD).json()["token"])
    assert client.delete("/v1/sessions/current", headers=head).status_code == 204
    assert client.get("/v1/grid", headers=head).status_code == 401


def test_a_token_expires(client: TestClient, house: House, clock: StoppedClock) -> None:
    house.person()
    head = bearer(client.post("/v1/sessions", json=GOOD).json()["token"])
    assert client.get("/v1/grid", headers=head).status_code == 200
    clock.move(hours=8)
    assert client.get("/v1/grid", headers=head).status_code == 401


def test_a_key_does_not_log_out(client: TestClient, house: House) -> None:
    _, text = house.key()
    answer = client.delete("/v1/sessions/current", headers=bearer(text))
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_session")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "wang"}, "password"),
        ({**GOOD, "remember": True}, "remember"),
        ({**GOOD, "password": [PASSWORD]}, "password"),
        ({**GOOD, "name": 7}, "name"),
    ],
)
def test_a_field_that_is_wrong_is_named(
    client: TestClient, body: dict[str, object], field: str
) -> None:
    answer = client.post("/v1/sessions", json=body)
    assert answer.status_code == 422
    assert [problem["field"] for problem in answer.json()["problems"]] == [field]


@pytest.mark.parametrize(
    "body",
    [
        '{"name": "wang", "password": ["correct horse battery"]}',
        '{"name": "wang", "password": {"correct horse battery": 1}}',
        '{"name": ["correct horse battery"], "password": "x"}',
        '{"name": "correct horse battery", "password": "x"}',
        '{"name": "wang", "password": "correct horse battery"',
        '"correct horse battery"',
    ],
)
def test_no_answer_to_a_bad_login_repeats_what_was_typed(client: TestClient, body: str) -> None:
    answer = client.post("/v1/sessions", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (401, 422)
    assert PASSWORD not in answer.text


def test_half_a_character_is_a_wrong_password(client: TestClient, house: House) -> None:
    house.person()
    answer = client.post(
        "/v1/sessions",
        content=b'{"name": "wang", "password": "\\ud800"}',
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code in (401, 422)


def test_a_bad_token_is_not_repeated(client: TestClient) -> None:
    answer = client.get("/v1/grid", headers=bearer("sps_very-secret"))
    assert "very-secret" not in answer.text


def test_the_companys_own_token_is_taken(house: House, grids: ServedGrids) -> None:
    with running_sign_in() as sign_in:
        app = create_app(sign_in.settings(), grids, house.identity.database)
        client = TestClient(app, raise_server_exceptions=False)
        answers = [
            client.get("/v1/grid", headers=bearer(sent)).status_code
            for sent in (token(), token(aud="another"), token(role="guest"))
        ]
    assert answers == [200, 401, 403]


def test_a_sign_in_that_is_not_there_is_no_fault_of_the_caller(
    house: House, grids: ServedGrids
) -> None:
    with running_sign_in() as stopped:
        settings = stopped.settings()
    app = create_app(settings, grids, house.identity.database)
    answer = TestClient(app, raise_server_exceptions=False).get("/v1/grid", headers=bearer(token()))
    assert (answer.status_code, answer.json()["code"]) == (503, "issuer_unreachable")
