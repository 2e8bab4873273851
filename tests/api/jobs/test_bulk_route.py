"""Applications in bulk over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from api.auth.identity import Identity
from api.dependencies import get_now
from api.jobs.bench import Bench
from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings
from tests.api.auth.house import House, StoppedClock, bearer
from tests.api.jobs.acts import line

ClientOf = Callable[..., TestClient]
Work = Callable[[], None]
NDJSON = "application/x-ndjson"


@pytest.fixture
def wang(client_of: ClientOf) -> TestClient:
    return client_of("wang", "西湖")


def send(
    client: TestClient,
    *lines: str,
    body: bytes | None = None,
    media_type: str = NDJSON,
    key: str | None = None,
    query: str = "",
) -> Response:
    headers = {"Content-Type": media_type} | ({"Idempotency-Key": key} if key else {})
    content = "\n".join(lines).encode() if body is None else body
    return client.post(f"/v1/applications/bulk{query}", content=content, headers=headers)


def field(answer: Response) -> str:
    assert answer.status_code == 422, answer.text
    return str(answer.json()["problems"][0]["field"])


def test_lines_are_sent_and_each_has_its_result(wang: TestClient, work: Work) -> None:
    answer = send(wang, line(), "", "not JSON")
    place = answer.headers["location"]
    assert (answer.status_code, answer.json()["total_count"]) == (202, 2)
    work()
    assert wang.get(place).json()["result"]["outcomes"] == {"planned": 1, "refused": 1}
    good, bad = wang.get(f"{place}/rows").json()["items"]
    assert (good["row"], bad["row"], bad["outcome"]) == (1, 3, "refused")
    plan = f"/v1/applications/{good['application_id']}/plans/{good['plan_version']}"
    assert wang.get(plan).json()["plan_id"] == good["plan_id"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_line_holds_no_word_of_another(wang: TestClient, work: Work) -> None:
    names = ("zhao", "wang")
    place = send(wang, *(line(route_confirmed_by=name) for name in names)).headers["location"]
    work()
    other, own = wang.get(f"{place}/rows").json()["items"]
    assert (other["outcome"], own["outcome"]) == ("refused", "planned")
    assert [problem["field"] for problem in other["problems"]] == ["route_confirmed_by"]


def test_a_system_passes_on_whose_word_it_has(wang: TestClient, house: House, work: Work) -> None:
    scopes = ["application.write", "application.read", "plan.make"]
    _, text = house.key(scopes=scopes, districts=["西湖"])
    system = TestClient(wang.app, headers=bearer(text))
    place = send(system, line(route_confirmed_by="张工")).headers["location"]
    work()
    assert system.get(place).json()["result"]["outcomes"] == {"planned": 1}


def test_rows_come_by_page_or_line_by_line(wang: TestClient, work: Work) -> None:
    place = send(wang, *["[]"] * 5).headers["location"]
    work()
    page = wang.get(f"{place}/rows?limit=2").json()
    rest = wang.get(f"{place}/rows?after={page['next_cursor']}", headers={"Accept": NDJSON})
    assert rest.headers["content-type"].startswith(NDJSON)
    rows = page["items"] + [json.loads(text) for text in rest.text.splitlines()]
    assert [row["row"] for row in rows] == [1, 2, 3, 4, 5]
    assert wang.get(f"{place}/rows?after={2**62}").json()["items"] == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_body_that_is_none_is_refused_as_a_whole(wang: TestClient) -> None:
    for media_type, body, where in (
        ("application/json", line().encode(), "Content-Type"),
        (f"{NDJSON}; charset=gbk", line().encode(), "Content-Type"),
        (NDJSON, line().encode("gb18030"), "body"),
        (NDJSON, b"", "body"),
        (NDJSON, b"\xef\xbb\xbf\r\n\r\n", "body"),
    ):
        assert field(send(wang, body=body, media_type=media_type)) == where


@pytest.fixture
def small(house: House, wang: TestClient, grids: ServedGrids, clock: StoppedClock) -> TestClient:
    """A server that takes 3 lines of 1,000 bytes at once, and other bodies of 50."""
    settings = Settings(bulk_max_rows=3, bulk_max_bytes=1_000, max_body_bytes=50)
    app = create_app(settings, grids, house.identity.database)
    app.dependency_overrides[get_now] = lambda: clock.now
    return TestClient(app, raise_server_exceptions=False, headers=wang.headers)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_more_than_is_taken_at_once_is_refused(small: TestClient) -> None:
    assert send(small, line()).status_code == 202
    assert field(send(small, *"abcd")) == "body"
    assert send(small, "x" * 1_001).status_code == 413


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_only_bulk_takes_larger_bodies(small: TestClient) -> None:
    answer = small.post("/v1/applications", json={"district": "x" * 80})
    assert answer.status_code == 413


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_who_may_not_plan_sends_nothing(client_of: ClientOf, house: House) -> None:
    assert send(client_of("sun", "西湖", role="auditor"), line()).status_code == 403
    client = client_of("wang", "西湖")
    _, text = house.key(scopes=["application.write"], districts=["西湖"])
    client.headers["Authorization"] = f"Bearer {text}"
    assert send(client, line()).status_code == 403


def test_the_same_key_sends_once(wang: TestClient) -> None:
    first, second = (send(wang, line(), key="k").json() for _ in range(2))
    assert first == second
    assert send(wang, line(), line(), key="k").status_code == 409


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_retry_is_answered_as_at_first_whatever_was_changed_since(
    wang: TestClient, small: TestClient
) -> None:
    lines = [line(kva=10)] * 4
    first = send(wang, *lines, key="k")
    assert field(send(small, *"abcd")) == "body"
    again = send(small, *"abcd", key="k")
    assert again.status_code == 409
    again = send(small, *lines, key="k")
    assert (again.status_code, again.json()) == (202, first.json())


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_same_key_for_another_district_is_another_request(client_of: ClientOf) -> None:
    client = client_of("li", "上城", "西湖")
    send(client, line(), key="k", query="?district=西湖")
    assert send(client, line(), key="k", query="?district=上城").status_code == 409


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_lines_of_all_districts_are_for_who_sees_all(client_of: ClientOf, work: Work) -> None:
    everywhere, here = client_of("li", "*"), client_of("wang", "西湖")
    place = send(everywhere, line(), line(district="上城")).headers["location"]
    work()
    rows = everywhere.get(f"{place}/rows").json()["items"]
    assert [row["outcome"] for row in rows] == ["planned", "planned"]
    assert here.get(place).status_code == 404
    assert send(here, line(), query="?district=*").status_code == 403


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_temporary_supply_of_another_district_is_not_taken_over(
    client_of: ClientOf, work: Work
) -> None:
    client, other = client_of("wang", "西湖"), client_of("li", "上城")
    place = send(other, line(district="上城")).headers["location"]
    work()
    theirs = other.get(f"{place}/rows").json()["items"][0]["application_id"]
    place = send(client, line(replaces_id=theirs)).headers["location"]
    work()
    (row,) = client.get(f"{place}/rows").json()["items"]
    assert row["problems"][0]["en"] == f"no application {theirs}"


@pytest.fixture
def running(
    bench: Bench, wang: TestClient, house: House, grids: ServedGrids
) -> Iterator[TestClient]:
    """A server whose own workers work."""
    identity: Identity = house.identity
    app = create_app(bench.settings, grids, bench.database)
    app.state.identity = identity
    app.dependency_overrides[get_now] = lambda: StoppedClock().now
    with TestClient(app, headers=wang.headers) as client:
        yield client


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_server_works_on_what_it_is_sent(running: TestClient, bench: Bench) -> None:
    place = send(running, line(), "[]").headers["location"]
    # streamed anew until both rows are there: each answer waits for the writer before it
    while running.get(place).json()["state"] in ("waiting", "running"):
        bench.database.write(lambda _: None)
    assert running.get(place).json()["result"]["outcomes"] == {"planned": 1, "refused": 1}
