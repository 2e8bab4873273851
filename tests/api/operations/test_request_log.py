"""One line a request, with its id, and nothing in it that is nobody's business."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from api.dependencies import get_now
from api.logs import make_formatter
from api.main import create_app
from api.request_log import RequestLog
from api.serving import ServedGrids
from api.settings import Settings
from tests.api.auth.house import PASSWORD, House, bearer

ClientOf = Callable[..., TestClient]


class Lines:
    """What the log holds, as it would be written."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def requests(self) -> list[dict[str, Any]]:
        return [line for line in self.all() if line["event"] == "request"]


@pytest.fixture
def lines() -> Iterator[Lines]:
    lines = Lines()
    handler = logging.StreamHandler(lines.stream)
    handler.setFormatter(make_formatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    handler.addFilter(lambda record: record.name != "httpx2")  # the client of the test
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def client(grids: ServedGrids) -> TestClient:
    return TestClient(create_app(Settings(), grids), raise_server_exceptions=False)


def test_a_request_is_one_line_of_facts(lines: Lines, client_of: ClientOf) -> None:
    client = client_of("wang", "西湖")
    answer = client.get("/v1/applications/app-17", params={"name": "张三"})

    (line,) = lines.requests()
    facts = {name: line[name] for name in ("method", "route", "status", "caller", "level")}
    assert facts == {
        "method": "GET", "route": "/v1/applications/{application_id}", "status": 404,
        "caller": "wang", "level": "info",
    }  # fmt: skip
    assert line["request_id"] == answer.headers["x-request-id"]
    assert line["duration_ms"] >= 0
    assert "app-17" not in lines.text
    assert "张三" not in lines.text


def test_what_no_route_answers_has_no_path_in_the_log(lines: Lines, client: TestClient) -> None:
    client.get("/v1/geheim")

    assert lines.requests()[0]["route"] == "none"
    assert "geheim" not in lines.text


def test_an_id_that_was_sent_is_kept(lines: Lines, client: TestClient) -> None:
    answer = client.get("/healthz", headers={"X-Request-Id": "from-the-portal-1"})

    assert answer.headers["x-request-id"] == "from-the-portal-1"
    assert lines.requests()[0]["request_id"] == "from-the-portal-1"


@pytest.mark.parametrize("given", ["", "x" * 101, "two words", "a\tb", "é"])
def test_an_id_that_is_none_is_replaced(client: TestClient, given: str) -> None:
    answer = client.get("/healthz", headers={"X-Request-Id": given.encode("latin-1")})

    assert len(answer.headers["x-request-id"]) == 32


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/v1/plans", 405)])
def test_refusals_have_an_id_as_well(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert (answer.status_code, "x-request-id" in answer.headers) == (status, True)


def test_a_body_that_is_too_large_has_an_id_as_well(grids: ServedGrids) -> None:
    client = TestClient(create_app(Settings(max_body_bytes=10), grids))
    answer = client.post("/v1/plans", json={"note": "x" * 100})
    assert (answer.status_code, "x-request-id" in answer.headers) == (413, True)


# Faults of ours -------------------------------------------------------------------------------


@pytest.fixture
def broken(grids: ServedGrids) -> TestClient:
    app = create_app(Settings(), grids)

    def fail() -> None:
        try:
            raise KeyError("张三")
        except KeyError:
            raise ValueError("密码 geheim") from None

    app.add_api_route("/broken", fail)
    return TestClient(app, raise_server_exceptions=False)


def test_a_fault_is_told_with_its_id_and_where_it_happened(
    lines: Lines, broken: TestClient
) -> None:
    answer = broken.get("/broken")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    fault, request = lines.all()[-2:]
    assert fault["request_id"] == request["request_id"] == answer.headers["x-request-id"]
    assert (fault["level"], request["status"]) == ("error", 500)
    assert fault["exception"][0]["type"] == "ValueError"
    assert "test_request_log.py" in fault["exception"][0]["frames"][-1]


def test_a_fault_does_not_repeat_what_was_sent(lines: Lines, broken: TestClient) -> None:
    answer = broken.get("/broken")

    for secret in ("张三", "geheim"):
        assert secret not in lines.text
        assert secret not in answer.text


@pytest.mark.parametrize(
    "said",
    [
        "bearer sps_abcdef", "spk_1_geheim", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ3YW5nIn0.x",
        "postgresql://wang:geheim@host/db", "no\nDETAIL:  Failing row contains (geheim)",
    ],
)  # fmt: skip
def test_secrets_in_a_message_are_hidden(lines: Lines, said: str) -> None:
    logging.getLogger("other").warning("it said: %s", said)

    assert "***" in lines.text
    for secret in ("geheim", "abcdef", "eyJzdWIi"):
        assert secret not in lines.text


def test_what_a_database_says_is_kept(lines: Lines) -> None:
    error = sa.exc.OperationalError("SELECT 1", {}, Exception("no room on the disk"))
    try:
        raise error
    except sa.exc.OperationalError:
        logging.getLogger("other").exception("failed")

    assert "no room on the disk" in lines.text


def test_a_line_that_breaks_while_something_is_sent_is_no_fault_of_ours(lines: Lines) -> None:
    async def read(scope: Scope, receive: Receive, _: Send) -> None:
        await Request(scope, receive).body()

    async def break_off() -> Message:
        return {"type": "http.disconnect"}

    async def hear(_: Message) -> None:
        raise AssertionError("nobody is there to hear it")

    scope = {"type": "http", "method": "POST", "path": "/v1/photos", "headers": []}
    anyio.run(RequestLog(read), scope, break_off, hear)

    (request,) = lines.requests()
    assert request["status"] is None
    assert "fault" not in lines.text


# A life in the log ----------------------------------------------------------------------------


def test_passwords_tokens_and_names_never_reach_the_log(
    lines: Lines, house: House, grids: ServedGrids, clock: Any
) -> None:
    """Log in, be refused, make keys and applications; then look for any of it."""
    house.person("wang", role="manager", districts=["西湖"])
    house.person("zhao", role="administrator")
    app = create_app(Settings(), grids, house.identity.database)
    app.state.identity = house.identity
    app.dependency_overrides[get_now] = lambda: clock.now
    client = TestClient(app, raise_server_exceptions=False)
    for password in (PASSWORD, "wrong horse battery"):
        client.post("/v1/sessions", json={"name": "wang", "password": password})
    token = client.post("/v1/sessions", json={"name": "zhao", "password": PASSWORD}).json()["token"]
    key = {"name": "marketing", "scopes": ["plan.make"], "districts": ["西湖"]}
    made = client.post("/v1/keys", json=key, headers=bearer(token)).json()
    for body in ({"customer": "张三丰"}, {"district": "张三丰"}, ["张三丰"], "张三丰"):
        client.post("/v1/applications", json=body, headers=bearer(token))
        client.post("/v1/plans", json=body, headers=bearer(made.get("key", token)))
    client.get("/v1/applications", params={"state": "张三丰"}, headers=bearer("sps_geheimnis"))

    assert len(lines.requests()) == 13
    secrets = [PASSWORD, "horse", token, "geheimnis", "张三", r"\u5f20"]
    secrets += [value for name, value in made.items() if name in ("key", "text", "secret", "token")]
    for secret in secrets:
        assert secret not in lines.text


def test_accounts_that_act_are_named_and_others_are_not(lines: Lines, client_of: ClientOf) -> None:
    client = client_of("wang", "西湖")
    client.get("/v1/grid")
    client.get("/v1/grid", headers=bearer("sps_no"))

    assert [line["caller"] for line in lines.requests()] == ["wang", None]
