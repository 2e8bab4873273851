"""Bad input and bad days: what is sent to hurt, clocks that jump, two servers on one file."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.auth.identity import Identity
from api.auth.passwords import Passwords
from api.database import Database
from api.database.audit import find_breaks
from api.dependencies import get_now
from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings
from tests.api.auth.house import NOW, House, StoppedClock, bearer
from tests.api.database.databases import upgraded_database
from tests.api.service.test_applications_route import ASKED, accept, accepted, hold, planned, state

ClientOf = Callable[..., TestClient]
JSON = {"Content-Type": "application/json"}
SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
MB = 1_000_000


def post(client: TestClient, body: str | bytes, **headers: str) -> Any:
    return client.post("/v1/applications", content=body, headers=JSON | headers)


# Bodies ---------------------------------------------------------------------------------------


@SQLITE
@pytest.mark.parametrize("is_stated", [True, False], ids=["stated", "streamed"])
def test_a_body_of_100_mb_is_refused_and_not_read(wang: TestClient, is_stated: bool) -> None:
    read = [0]

    async def receive() -> dict[str, Any]:
        read[0] += MB // 4
        return {"type": "http.request", "body": b" " * (MB // 4), "more_body": read[0] < 100 * MB}

    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [
        (b"content-type", b"application/json"), (b"idempotency-key", b"k-1"),
        (b"authorization", wang.headers["Authorization"].encode()),
    ]  # fmt: skip
    if is_stated:
        headers.append((b"content-length", str(100 * MB).encode()))
    path = "/v1/applications"
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": headers, "server": ("test", 80), "client": ("test", 1), "root_path": "",
    }  # fmt: skip
    asyncio.run(wang.app(scope, receive, send))  # type: ignore[arg-type]

    assert sent[0]["status"] == 413
    assert read[0] <= 2 * MB


@SQLITE
@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"district": "西湖", "application": ' + '{"site": ' * 20_000 + "1" + "}" * 20_001,
        '{"district": "西湖", "application": {"equipment": ' + "[" * 5_000 + "]" * 5_000 + "}}",
    ],
    ids=["lists", "objects", "within"],
)
def test_a_body_nested_without_end_is_refused(wang: TestClient, body: str) -> None:
    assert post(wang, body.encode(), **{"Idempotency-Key": "k-1"}).status_code == 422


@SQLITE
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 5_000])
def test_a_number_that_is_none_is_refused(wang: TestClient, number: str) -> None:
    body = json.dumps({"district": "西湖", "application": ASKED | {"kva": 12345.5}})
    answer = post(wang, body.replace("12345.5", number), **{"Idempotency-Key": "k-1"})

    assert answer.status_code == 422


@SQLITE
@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"\x00", b'"text"', b"null", b"[]", b"{", b'{"a": 1} {"b": 2}'], ids=repr
)
def test_a_body_that_is_no_object_is_refused(wang: TestClient, body: bytes) -> None:
    assert post(wang, body, **{"Idempotency-Key": "k-1"}).status_code == 422


# Texts ----------------------------------------------------------------------------------------

TEXTS = ("industry", "business", "existing_node", "area", "route_confirmed_by", "grid")


@pytest.mark.parametrize("text", ["a\\u0000b", "a\\ud800b"], ids=["NUL", "half a character"])
def test_texts_no_database_takes_are_refused_or_kept_whole(wang: TestClient, text: str) -> None:
    bodies = [
        *({"district": "西湖", "application": ASKED | {field: "HERE"}} for field in TEXTS),
        {"district": "西湖", "application": {
            "at": ASKED["at"], "equipment": [{"name": "HERE", "kw": 100}], "special_load": "none"}},
        {"district": "西湖", "application": ASKED | {"load_kinds": ["HERE"]}},
        {"district": "西湖", "application": ASKED | {"HERE": 1}},
        {"district": "西湖", "application": ASKED, "replaces_id": "HERE"},
        {"district": "HERE", "application": ASKED},
        {"district": "西湖", "application": ASKED | {"site": {"type": "HERE"}}},
    ]  # fmt: skip
    statuses = [
        post(
            wang, json.dumps(body).replace("HERE", text), **{"Idempotency-Key": f"k-{k}"}
        ).status_code
        for k, body in enumerate(bodies)
    ]

    assert set(statuses) <= {201, 404, 422}, statuses


@pytest.mark.parametrize(
    "name", ["'; DROP TABLE applications; --", '<script>alert("x")</script>', "%s {0} ${x}", "\\'"]
)
def test_a_name_that_is_sql_or_html_is_a_name(client_of: ClientOf, name: str) -> None:
    client = client_of("wang", name)
    answer = accept(client, district=name)

    assert answer.json()["district"] == name
    assert answer.headers["content-type"] == "application/json"
    assert [item["district"] for item in client.get("/v1/applications").json()["items"]] == [name]


@SQLITE
@pytest.mark.parametrize("key", [b"x" * 201, b""], ids=["long", "empty"])
def test_a_key_that_is_none_is_refused(wang: TestClient, key: bytes) -> None:
    answer = wang.post(
        "/v1/applications", json={"district": "西湖", "application": ASKED},
        headers=[(b"Idempotency-Key", key)],  # type: ignore[arg-type]
    )  # fmt: skip

    assert answer.status_code == 422


def test_a_key_of_any_bytes_is_a_key(wang: TestClient) -> None:
    headers = [(b"Idempotency-Key", bytes(range(0xC0, 0x100)))]
    body = {"district": "西湖", "application": ASKED}
    first, again = (
        wang.post("/v1/applications", json=body, headers=headers)  # type: ignore[arg-type]
        for _ in range(2)
    )

    assert (first.status_code, first.json()) == (201, again.json())


# Tokens ---------------------------------------------------------------------------------------


def _unsigned(algorithm: str) -> str:
    """Return a token that says it needs no proof."""
    parts = (
        {"alg": algorithm, "typ": "JWT"},
        {"sub": "wang", "role": "administrator", "districts": ["*"], "exp": 4_000_000_000},
    )
    texts = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return ".".join([*texts, ""])


@SQLITE
@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS256"])
def test_a_token_nobody_signed_is_none(wang: TestClient, algorithm: str) -> None:
    answer = wang.get("/v1/applications", headers=bearer(_unsigned(algorithm)))

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


@SQLITE
def test_a_token_with_one_character_changed_is_none(wang: TestClient) -> None:
    token = wang.headers["Authorization"].removeprefix("Bearer ")
    other = token[:-1] + ("A" if token[-1] != "A" else "B")

    assert wang.get("/v1/applications", headers=bearer(token)).status_code == 200
    assert wang.get("/v1/applications", headers=bearer(other)).status_code == 401


@SQLITE
def test_a_token_that_has_run_out_is_none(wang: TestClient, clock: StoppedClock) -> None:
    clock.move(hours=Settings().session_hours)

    assert wang.get("/v1/applications").status_code == 401


# Clocks ---------------------------------------------------------------------------------------


def test_a_clock_set_back_gives_no_promise_away(
    wang: TestClient, clock: StoppedClock, database: Database
) -> None:
    first, second = planned(wang), planned(wang)
    held = hold(wang, first, "k-1")
    clock.move(hours=-3)

    assert hold(wang, second).json()["code"] == "capacity_gone"
    assert hold(wang, first, "k-1").json() == held.json()
    assert state(wang, first) == "held"
    assert database.read(lambda connection: list(find_breaks(connection))) == []


@SQLITE
def test_a_clock_that_leaps_and_is_set_back_gives_up_what_had_run_out_once(
    wang: TestClient, clock: StoppedClock, house: House
) -> None:
    first, second = planned(wang), planned(wang)
    hold(wang, first)
    clock.move(days=30)
    wang.headers["Authorization"] = f"Bearer {house.log_in(now=clock.now).token}"
    assert hold(wang, second).status_code == 201
    clock.move(days=-30)

    # what was given up is not promised a second time
    assert state(wang, first) == "planned"
    assert hold(wang, first).json()["code"] == "capacity_gone"
    assert house.deeds().count(("clock", "hold.release")) == 1


# Two servers ----------------------------------------------------------------------------------


def test_two_servers_on_one_file_promise_it_once(
    grids: ServedGrids, passwords: Passwords, tmp_path: Path
) -> None:
    with upgraded_database("sqlite", tmp_path) as first:
        second = Database.open(f"sqlite:///{tmp_path / 'service.db'}")
        identities = [
            Identity(database=d, settings=Settings(), passwords=passwords, issuer=None)
            for d in (first, second)
        ]
        house = House(identity=identities[0])
        house.person("wang")
        headers = bearer(house.log_in().token)
        clients = []
        for identity in identities:
            app = create_app(Settings(), grids, identity.database)
            app.dependency_overrides[get_now] = lambda: NOW
            clients.append(TestClient(app, headers=headers))
        names = [planned(clients[k % 2]) for k in range(6)]
        starting = Barrier(len(names))

        def hold_at_once(k: int) -> int:
            starting.wait(30)
            return int(hold(clients[k % 2], names[k]).status_code)

        with ThreadPoolExecutor(len(names)) as threads:
            statuses = sorted(threads.map(hold_at_once, range(len(names))))
        second.close()

        assert statuses == [201, 409, 409, 409, 409, 409]
        assert first.read(lambda connection: list(find_breaks(connection))) == []


def test_one_key_sent_to_two_servers_at_once_is_one_application(
    grids: ServedGrids, passwords: Passwords, tmp_path: Path
) -> None:
    with upgraded_database("sqlite", tmp_path) as first:
        second = Database.open(f"sqlite:///{tmp_path / 'service.db'}")
        house = House(
            identity=Identity(database=first, settings=Settings(), passwords=passwords, issuer=None)
        )
        house.person("wang")
        headers = bearer(house.log_in().token)
        clients = []
        for database in (first, second):
            app = create_app(Settings(), grids, database)
            app.dependency_overrides[get_now] = lambda: NOW + timedelta(seconds=1)
            clients.append(TestClient(app, headers=headers))
            # an app builds its routes with its first request, on one thread outside of tests
            clients[-1].get("/v1/applications")
        starting = Barrier(6)

        def accept_at_once(k: int) -> str:
            starting.wait(30)
            return str(accept(clients[k % 2], "k-1").json()["application_id"])

        with ThreadPoolExecutor(6) as threads:
            names = set(threads.map(accept_at_once, range(6)))
        listed = clients[0].get("/v1/applications").json()["items"]
        second.close()

        assert {item["application_id"] for item in listed} == names
        assert len(names) == 1


# Rest -----------------------------------------------------------------------------------------


@SQLITE
@pytest.mark.parametrize(
    "query",
    ["after=1e20", f"after={10**20}", "limit=0", "after=%00", "state=%00", "state=%ED%A0%80"],
)
def test_a_query_that_is_out_of_order_is_refused(wang: TestClient, query: str) -> None:
    accepted(wang)

    assert wang.get(f"/v1/applications?{query}").status_code in (200, 422)
