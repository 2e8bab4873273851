"""Jobs over HTTP: asked for, followed, cancelled, and whose they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from api.dependencies import get_now
from api.jobs.bench import Bench
from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings
from tests.api.auth.house import House, StoppedClock, bearer
from tests.api.grids import shop_grid
from tests.api.jobs.acts import Acts, line

ClientOf = Callable[..., TestClient]
Work = Callable[[], None]
STEPS = [{"add_load": {"node": "bus:3", "p_kw": 10}}]


@pytest.fixture
def acts(bench: Bench, clock: StoppedClock) -> Acts:
    return Acts(bench.database, clock)


@pytest.fixture
def zhao(client_of: ClientOf) -> TestClient:
    return client_of("zhao", "西湖", role="planner")


def ask(client: TestClient, kind: str = "capacity_map", **facts: Any) -> Response:
    key = facts.pop("key", None)
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/v1/jobs", json={"kind": kind} | facts, headers=headers)


def asked(client: TestClient, kind: str = "capacity_map", **facts: Any) -> str:
    answer = ask(client, kind, **facts)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["job_id"])


def fields(answer: Response) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {problem["field"] for problem in answer.json()["problems"]}


# Asked for ------------------------------------------------------------------------------------


def test_a_map_is_asked_for_worked_on_and_fetched(zhao: TestClient, work: Work) -> None:
    answer = ask(zhao)
    place = answer.headers["location"]
    assert (answer.status_code, answer.json()["state"], place) == (
        202, "waiting", f"/v1/jobs/{answer.json()['job_id']}",
    )  # fmt: skip
    work()
    job = zhao.get(place).json()
    assert (job["state"], job["files"]) == ("done", ["capacity.parquet", "promises.json"])
    file = zhao.get(f"{place}/files/capacity.parquet")
    assert file.content.startswith(b"PAR1")
    assert file.headers["content-type"] == "application/vnd.apache.parquet"
    assert file.headers["content-disposition"] == 'attachment; filename="capacity.parquet"'
    assert file.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_scenario_in_a_job_says_what_the_scenario_route_says(
    zhao: TestClient, work: Work
) -> None:
    job_id = asked(zhao, "scenario", asked={"steps": STEPS})
    work()
    job = zhao.get(f"/v1/jobs/{job_id}").json()
    file = zhao.get(f"/v1/jobs/{job_id}/files/{job['result']['file']}")
    assert file.json() == zhao.post("/v1/scenarios", json={"steps": STEPS}).json()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_who_saw_a_scenario_or_a_file_is_in_the_audit(
    zhao: TestClient, house: House, work: Work
) -> None:
    job_id = asked(zhao, "scenario", asked={"steps": STEPS})
    work()
    zhao.get(f"/v1/jobs/{job_id}/files/what_if.json")
    zhao.get(f"/v1/jobs/{job_id}/files/none.json")
    zhao.post("/v1/scenarios", json={"steps": STEPS})
    views = [deed[:2] for deed in house.deeds() if deed[1].endswith(".view")]
    assert views == [("zhao", "job.view"), ("zhao", "scenario.view")]


IMPOSSIBLE: list[tuple[str, dict[str, Any], str]] = [
    ("capacity_map", {"power_factor": 2}, "power_factor"),
    ("capacity_map", {"format": "exe"}, "format"),
    ("capacity_map", {"scheduler": "tcp://10.0.0.1:8786"}, "scheduler"),
    ("capacity_map", {"hour": "18:30"}, "hour"),
    ("capacity_map", {"on_date": "2026-02-30"}, "on_date"),
    ("capacity_map", {"area": "../demo"}, "area"),
    ("capacity_map", {"area": "a\x00"}, "asked"),
    ("scenario", {}, "steps"),
    ("scenario", {"steps": STEPS, "name": "\x00"}, "asked"),
    ("bulk", {}, "kind"),
    ("import", {}, "kind"),
]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_no_worker_could_do_is_refused_at_once(zhao: TestClient) -> None:
    named = [fields(ask(zhao, kind, asked=given)) for kind, given, _ in IMPOSSIBLE]
    assert [field in found for found, (_, _, field) in zip(named, IMPOSSIBLE, strict=True)] == [
        True
    ] * len(IMPOSSIBLE)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_no_database_takes_is_refused(zhao: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    for text in ('"\\ud800"', "NaN", "1e400", "[" * 900 + "]" * 900, "[" * 9000):
        body = '{"kind": "scenario", "asked": {"steps": [], "name": ' + text + "}}"
        assert zhao.post("/v1/jobs", content=body, headers=headers).status_code == 422, text[:9]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_grid_that_is_not_served_is_not_found(zhao: TestClient) -> None:
    assert ask(zhao, asked={"grid": "elsewhere"}).status_code == 404


def test_the_same_key_asks_for_one_job(zhao: TestClient) -> None:
    assert asked(zhao, key="k") == asked(zhao, key="k")
    assert ask(zhao, key="k", asked={"format": "csv"}).status_code == 409
    assert len(zhao.get("/v1/jobs").json()["items"]) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_more_of_a_callers_jobs_wait_than_may(
    zhao: TestClient, client_of: ClientOf, acts: Acts
) -> None:
    most = Settings().job_max_waiting
    for _ in range(most):
        acts.add(actor="zhao")
    answer = ask(zhao)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_jobs")
    assert ask(client_of("qian", "西湖", role="planner")).status_code == 202
    acts.take()
    assert ask(zhao).status_code == 202


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_retry_is_answered_as_at_first_whatever_was_changed_since(
    zhao: TestClient, house: House, clock: StoppedClock
) -> None:
    first = ask(zhao, key="k")
    # a server that has not loaded its grids yet
    bare = create_app(Settings(), ServedGrids([shop_grid()]), house.identity.database)
    bare.dependency_overrides[get_now] = lambda: clock.now
    later = TestClient(bare, headers=zhao.headers)
    assert ask(later).status_code == 503
    again = ask(later, key="k")
    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["location"] == first.headers["location"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_only_planners_ask_for_jobs(client_of: ClientOf) -> None:
    assert ask(client_of("wang", "西湖", role="manager")).status_code == 403


# Whose they are -------------------------------------------------------------------------------


def test_a_job_of_another_district_is_not_there(client_of: ClientOf, acts: Acts) -> None:
    other = client_of("li", "上城", role="planner")
    for job_id in (acts.add("capacity_map"), acts.add_bulk(line()), acts.add(district="*")):
        place = f"/v1/jobs/{job_id}"
        answers = [
            other.get(place), other.get(f"{place}/rows"), other.get(f"{place}/files/a.csv"),
            other.post(f"{place}/cancel"),
        ]  # fmt: skip
        told = {(a.status_code, a.json()["code"]) for a in answers}
        assert told == {(404, "unknown_job")}
    assert other.get("/v1/jobs").json()["items"] == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_job_that_never_was_is_answered_alike(zhao: TestClient, acts: Acts) -> None:
    there, never = acts.add(district="上城"), "job-" + "0" * 32
    texts = [
        zhao.get(f"/v1/jobs/{name}").text.replace(name, "X") for name in (there, never)
    ]  # fmt: skip
    assert texts[0] == texts[1]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_a_grid_can_take_is_not_for_outsiders(
    client_of: ClientOf, house: House, acts: Acts
) -> None:
    client = client_of("wang", "西湖")
    _, text = house.key(scopes=["application.read"], districts=["西湖"])
    client.headers["Authorization"] = f"Bearer {text}"
    inside, bulk = acts.add("capacity_map"), acts.add_bulk(line())
    assert [job["job_id"] for job in client.get("/v1/jobs").json()["items"]] == [bulk]
    assert client.get(f"/v1/jobs/{inside}").status_code == 404


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_auditor_sees_jobs_and_cancels_none(client_of: ClientOf, acts: Acts) -> None:
    auditor = client_of("sun", "西湖", role="auditor")
    job_id = acts.add("capacity_map")
    assert auditor.get(f"/v1/jobs/{job_id}").status_code == 200
    assert auditor.post(f"/v1/jobs/{job_id}/cancel").status_code == 403


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_whose_a_job_is_has_to_be_said_by_who_has_several_districts(
    client_of: ClientOf,
) -> None:
    client = client_of("li", "上城", "西湖", role="planner")
    assert fields(ask(client)) == {"district"}
    assert fields(ask(client, district="a\x00")) == {"district"}
    assert ask(client, district="上城").json()["district"] == "上城"
    assert ask(client, district="*").status_code == 403
    assert ask(client, district="滨江").status_code == 403


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_job_of_who_is_everywhere_is_everywhere(client_of: ClientOf) -> None:
    assert ask(client_of("li", "*", role="planner")).json()["district"] == "*"


# Followed -------------------------------------------------------------------------------------


def test_jobs_are_listed_by_page_state_and_kind(zhao: TestClient, acts: Acts) -> None:
    jobs = [acts.add("scenario"), acts.add("capacity_map"), acts.add_bulk(line())]
    acts.take()
    first = zhao.get("/v1/jobs?limit=2").json()
    second = zhao.get(f"/v1/jobs?limit=2&after={first['next_cursor']}").json()
    assert [job["job_id"] for job in first["items"] + second["items"]] == jobs
    assert second["next_cursor"] is None
    for query, wanted in (("state=running", jobs[:1]), ("kind=bulk", jobs[2:]),
                          ("kind=bulk&kind=scenario", [jobs[0], jobs[2]])):  # fmt: skip
        assert [j["job_id"] for j in zhao.get(f"/v1/jobs?{query}").json()["items"]] == wanted


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_odd_question_is_refused(zhao: TestClient) -> None:
    for query in ("state=odd", "kind=a%00", "limit=0", f"after={10**20}"):
        assert zhao.get(f"/v1/jobs?{query}").status_code == 422, query


def test_a_job_is_cancelled_once(zhao: TestClient, acts: Acts) -> None:
    place = f"/v1/jobs/{acts.add('capacity_map')}"
    answers = [zhao.post(f"{place}/cancel") for _ in range(2)]
    assert [(a.status_code, a.json()["state"]) for a in answers] == [(201, "cancelled")] * 2


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_has_ended_is_not_cancelled(zhao: TestClient, work: Work) -> None:
    job_id = asked(zhao, "scenario", asked={"steps": STEPS})
    work()
    answer = zhao.post(f"/v1/jobs/{job_id}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "job_ended")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_file_that_is_not_given_out_is_not_found(zhao: TestClient, acts: Acts) -> None:
    place = f"/v1/jobs/{acts.add_bulk(line())}/files"
    for name in ("capacity.csv", ".input", "..%2Fa", "a%00", "长"):
        assert zhao.get(f"{place}/{name}").status_code in (404, 422), name


def test_asking_cancelling_and_ending_are_in_the_audit(
    zhao: TestClient, house: House, work: Work
) -> None:
    asked(zhao, "scenario", asked={"steps": STEPS})
    zhao.post(f"/v1/jobs/{asked(zhao)}/cancel")
    work()
    deeds = [deed for deed in house.deeds() if deed[1].startswith("job.")]
    assert deeds == [
        ("zhao", "job.add"), ("zhao", "job.add"), ("zhao", "job.cancel"),
        ("zhao", "job.cancelled"), ("zhao", "job.done"),
    ]  # fmt: skip


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_key_follows_what_it_sent(client_of: ClientOf, house: House, work: Work) -> None:
    client = client_of("wang", "西湖")
    scopes = ["application.read", "application.write", "plan.make"]
    _, text = house.key(scopes=scopes, districts=["西湖"])
    headers = bearer(text) | {"Content-Type": "application/x-ndjson"}
    job_id = client.post("/v1/applications/bulk", content=line().encode(), headers=headers).json()[
        "job_id"
    ]
    work()
    (row,) = client.get(f"/v1/jobs/{job_id}/rows", headers=bearer(text)).json()["items"]
    assert row["outcome"] == "planned"
