"""The desk, clocks and shadow mode over HTTP."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.api.service.talk import ASKED, ClientOf, accepted, confirm, held, planned, reply


@pytest.fixture
def chen(client_of: ClientOf) -> TestClient:
    return client_of("chen", "西湖", role="planner")


def test_a_manager_does_not_decide_for_the_desk(wang: TestClient) -> None:
    assert confirm(wang, held(wang)).status_code == 403


def test_a_planner_confirms_and_the_manager_replies(wang: TestClient, chen: TestClient) -> None:
    name = held(wang)
    assert reply(wang, name).json()["code"] == "not_confirmed"
    decided = confirm(chen, name)

    assert decided.status_code == 201
    assert decided.json()["items"][-1]["kind"] == "confirm"
    assert reply(wang, name).status_code == 201


def test_who_brought_it_hears_that_the_desk_decided(wang: TestClient, chen: TestClient) -> None:
    name = planned(wang)
    confirm(chen, name)
    last = wang.get("/v1/notices").json()["items"][-1]

    assert last["kind"] == "desk.decided"
    assert (last["application_id"], last["details"]["rank"]) == (name, 1)


def test_what_waits_for_the_desk_is_listed_until_it_is_decided(
    wang: TestClient, chen: TestClient
) -> None:
    name = planned(wang)
    waiting = chen.get("/v1/desk/waiting").json()["items"]
    confirm(chen, name)

    assert [item["application_id"] for item in waiting] == [name]
    assert chen.get("/v1/desk/waiting").json()["items"] == []


def test_the_overrides_of_a_month_are_a_table(wang: TestClient, chen: TestClient) -> None:
    confirm(chen, planned(wang))
    table = chen.get("/v1/desk/overrides", params={"month": "2026-06"}).json()

    assert table["month"] == "2026-06"
    assert {item["reason_code"] for item in table["items"]} == {"site_visited"}
    assert chen.get("/v1/desk/overrides", params={"month": "2026-05"}).json()["items"] == []


@pytest.mark.parametrize("month", ["2026-13", "2026", "二月", "0000-01", "9999-12"])
def test_a_month_that_is_none_is_refused(chen: TestClient, month: str) -> None:
    assert chen.get("/v1/desk/overrides", params={"month": month}).status_code == 422


def test_an_administrator_puts_a_district_into_shadow_mode(
    client_of: ClientOf, wang: TestClient
) -> None:
    zhao = client_of("zhao", "*", role="administrator")
    answer = zhao.post("/v1/desk/shadow", json={"district": "西湖", "is_shadow": True})
    name = accepted(wang)

    assert answer.status_code == 201
    assert [d["district"] for d in wang.get("/v1/desk/shadow").json()["items"]] == ["西湖"]
    assert wang.get(f"/v1/applications/{name}").json()["is_shadow"]


def test_shadow_mode_of_a_district_ends(client_of: ClientOf, wang: TestClient) -> None:
    zhao = client_of("zhao", "*", role="administrator")
    for is_shadow in (True, True, False):
        zhao.post("/v1/desk/shadow", json={"district": "西湖", "is_shadow": is_shadow})

    assert wang.get("/v1/desk/shadow").json()["items"] == []


def test_nobody_sets_the_mode_of_another_district(client_of: ClientOf) -> None:
    zhao = client_of("zhao", "上城", role="administrator")
    answer = zhao.post("/v1/desk/shadow", json={"district": "西湖", "is_shadow": True})

    assert answer.status_code == 403


# Clocks ---------------------------------------------------------------------------------------


def test_an_accepted_application_has_a_clock(wang: TestClient) -> None:
    found = wang.get(f"/v1/applications/{accepted(wang)}").json()

    assert found["limit_due_on"] is not None
    assert found["light"] in ("green", "yellow", "red")


def test_a_clock_stands_and_runs_again(wang: TestClient) -> None:
    # 22 working days from 1 June, the 19th is the Dragon Boat Festival: 2 July;
    # 3-5 and 8-10 June do not count: 10 July
    name = planned(wang, application={**ASKED, "on_date": "2026-06-01"})
    path = f"/v1/applications/{name}/pauses"
    before = wang.get(f"/v1/applications/{name}").json()
    asked = {"reason": "customer_design_build", "from_on": "2026-06-03", "note": "客户设计"}
    stopped = wang.post(path, json=asked).json()
    number = stopped["pauses"][0]["pause"]
    again = wang.post(f"{path}/{number}/end", json={"until_on": "2026-06-10"}).json()

    assert before["limit_due_on"] == "2026-07-02"
    assert (stopped["limit_due_on"], stopped["light"]) == (None, "unknown")
    assert again["limit_due_on"] == "2026-07-10"


def test_applications_whose_clock_stands_are_listed(wang: TestClient) -> None:
    name = planned(wang, application={**ASKED, "on_date": "2026-06-01"})
    asked = {"reason": "customer_design_build", "from_on": "2026-06-03"}
    stopped = wang.post(f"/v1/applications/{name}/pauses", json=asked)
    found = wang.get("/v1/applications", params={"light": "unknown"}).json()

    assert stopped.status_code == 201, stopped.text
    assert [one["application_id"] for one in found["items"]] == [name]


def test_a_pause_that_is_not_there_is_not_ended(wang: TestClient) -> None:
    path = f"/v1/applications/{planned(wang)}/pauses/7/end"
    answer = wang.post(path, json={"until_on": "2026-08-11"})

    assert (answer.status_code, answer.json()["code"]) == (409, "no_open_pause")


def test_overdue_applications_are_listed(wang: TestClient) -> None:
    accepted(wang)

    assert wang.get("/v1/applications", params={"light": "red"}).status_code == 200
    assert wang.get("/v1/applications", params={"light": "blue"}).status_code == 422
