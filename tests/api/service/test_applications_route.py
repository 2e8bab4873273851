"""Applications over HTTP, from the first word to the supply, on both databases."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.auth.house import House, StoppedClock
from tests.api.service.talk import (
    ASKED,
    ClientOf,
    accept,
    accepted,
    hold,
    move,
    planned,
    state,
)  # fmt: skip

# Accepted and planned -------------------------------------------------------------------------


def test_a_complete_application_is_accepted(wang: TestClient) -> None:
    answer = accept(wang)

    assert answer.status_code == 201
    assert answer.json()["state"] == "accepted"
    assert answer.json()["application"]["kva"] == 800.0


def test_an_application_that_is_not_in_order_is_refused_with_every_problem(
    wang: TestClient,
) -> None:
    answer = accept(wang, application={**ASKED, "kva": -1, "sources": 7})

    assert answer.status_code == 422
    assert {problem["field"] for problem in answer.json()["problems"]} >= {"kva", "sources"}


def test_promises_are_the_ledgers_not_the_callers(wang: TestClient) -> None:
    promise = {"commitment_id": "c", "node_id": "bus:4", "s_kva": 1.0}
    answer = accept(wang, application={**ASKED, "commitments": [promise]})

    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"] == "commitments"


def test_a_plan_is_made_and_kept(wang: TestClient) -> None:
    name = planned(wang)
    plan = wang.get(f"/v1/applications/{name}/plans/1").json()

    assert (plan["version"], plan["plan"]["answer"]["mode"]) == (1, "back_office")
    assert state(wang, name) == "planned"


def test_a_version_that_is_not_there_is_not_found(wang: TestClient) -> None:
    answer = wang.get(f"/v1/applications/{planned(wang)}/plans/2")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_plan")


# Odd texts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("district", "a\x00"), ("district", "*"), ("district", ""), ("district", "x" * 81),
        ("replaces_id", "a\x00"), ("replaces_id", "x" * 41), ("completed_on", "2026-02-30"),
        ("nonsense", 1),
    ],
)  # fmt: skip
def test_what_no_database_takes_is_refused(wang: TestClient, field: str, value: Any) -> None:
    answer = accept(wang, **{field: value})

    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"] == field


def test_half_a_character_is_refused(wang: TestClient) -> None:
    body = b'{"district": "\\ud800", "application": {"at": [0, 0], "kw": 1}}'
    headers = {"Content-Type": "application/json"}

    assert wang.post("/v1/applications", content=body, headers=headers).status_code == 422


@pytest.mark.parametrize("path", ["%00", "a%00b", "%F0%9F%98%80", "x" * 61])
@pytest.mark.parametrize(
    ("role", "method", "route"),
    [
        ("manager", "GET", "/v1/applications/{}"),
        ("administrator", "PATCH", "/v1/accounts/{}"),
        ("administrator", "POST", "/v1/keys/{}/revoke"),
    ],
)
def test_an_id_the_service_never_gave_is_refused(
    client_of: ClientOf, role: str, method: str, route: str, path: str
) -> None:
    client = client_of("zhao", "*", role=role)

    assert client.request(method, route.format(path), json={}).status_code == 422


@pytest.mark.parametrize("reason", ["a\x00", "x" * 401])
def test_a_reason_is_one_line(wang: TestClient, reason: str) -> None:
    assert move(wang, accepted(wang), "withdrawn", reason=reason).status_code == 422


# Held ----------------------------------------------------------------------------------------


def test_capacity_is_held(wang: TestClient) -> None:
    name = planned(wang)
    answer = hold(wang, name)

    assert answer.status_code == 201
    assert answer.json()["state"] == "deciding"
    assert state(wang, name) == "held"


def test_what_is_held_for_one_is_refused_to_the_other_with_what_stands_against_it(
    wang: TestClient,
) -> None:
    first, second = planned(wang), planned(wang)
    hold(wang, first)
    answer = hold(wang, second)

    assert (answer.status_code, answer.json()["code"]) == (409, "capacity_gone")
    assert [o["element_id"] for o in answer.json()["obstacles"]] == ["line:1"]
    assert "接入后负载率" in answer.json()["obstacles"][0]["zh"]


def test_who_comes_second_gets_a_plan_with_what_is_left_and_a_place_in_the_queue(
    wang: TestClient,
) -> None:
    first, second, third = planned(wang), planned(wang), planned(wang)
    hold(wang, first)
    answer = hold(wang, third).json()

    assert answer["plan"]["version"] == 2
    assert all(option["kind"] != "mv_public_tee" for option in answer["plan"]["plan"]["options"])
    assert answer["place"] == {"element_id": "line:1", "position": 2, "count": 2}
    assert state(wang, second) == state(wang, third) == "planned"


def test_an_option_that_is_not_there_is_refused(wang: TestClient) -> None:
    answer = hold(wang, planned(wang), rank=99)

    assert (answer.status_code, answer.json()["code"]) == (422, "no_such_option")


def test_when_a_short_hold_has_run_out_the_next_one_gets_it(
    wang: TestClient, clock: StoppedClock, house: House
) -> None:
    first, second = planned(wang), planned(wang)
    hold(wang, first)
    clock.move(hours=72)
    wang.headers["Authorization"] = f"Bearer {house.log_in(now=clock.now).token}"

    assert hold(wang, second).status_code == 201
    assert state(wang, first) == "planned"


# Once ----------------------------------------------------------------------------------------


def test_the_same_key_and_application_are_one_application(wang: TestClient) -> None:
    first, again = accept(wang, "k-1"), accept(wang, "k-1")

    assert first.json() == again.json()
    assert len(wang.get("/v1/applications").json()["items"]) == 1


def test_the_same_key_with_another_application_is_refused(wang: TestClient) -> None:
    accept(wang, "k-1")
    answer = accept(wang, "k-1", application={**ASKED, "kva": 630})

    assert (answer.status_code, answer.json()["code"]) == (409, "key_reused")


def test_a_hold_asked_twice_is_held_once(wang: TestClient) -> None:
    name = planned(wang)
    first, again = hold(wang, name, "k-2"), hold(wang, name, "k-2")

    assert first.json() == again.json()
    assert again.status_code == 201


def test_an_answer_is_kept_for_thirty_days(
    wang: TestClient, clock: StoppedClock, house: House
) -> None:
    first = accept(wang, "k-1").json()
    for days, is_kept in ((29, True), (2, False)):
        clock.move(days=days)
        wang.headers["Authorization"] = f"Bearer {house.log_in(now=clock.now).token}"
        accept(wang, f"other-{days}")
        assert (accept(wang, "k-1").json() == first) == is_kept


def test_without_a_key_a_second_hold_is_refused(wang: TestClient) -> None:
    name = planned(wang)
    hold(wang, name)
    answer = hold(wang, name)

    assert (answer.status_code, answer.json()["code"]) == (409, "move_not_allowed")


def test_a_refusal_is_not_kept(wang: TestClient) -> None:
    first, second = planned(wang), planned(wang)
    hold(wang, first)
    assert hold(wang, second, "k-3").status_code == 409
    move(wang, first, "withdrawn", reason="不办了")

    assert hold(wang, second, "k-3").status_code == 201


# Moved on -------------------------------------------------------------------------------------


def test_a_customer_may_withdraw(wang: TestClient) -> None:
    name = planned(wang)

    assert move(wang, name, "withdrawn", reason="不办了").json()["state"] == "withdrawn"


def test_nobody_agrees_to_what_was_not_replied(wang: TestClient) -> None:
    name = planned(wang)
    hold(wang, name)
    answer = move(wang, name, "agreed")

    assert (answer.status_code, answer.json()["code"]) == (409, "move_not_allowed")


def test_nothing_is_built_that_is_not_held(wang: TestClient) -> None:
    answer = move(wang, planned(wang), "in_construction")

    assert (answer.status_code, answer.json()["code"]) == (409, "no_hold")


@pytest.mark.parametrize(
    ("to", "facts"), [("energised", {}), ("agreed", {"measured_peak_kva": 3.0})]
)
def test_the_measured_peak_belongs_to_energising(
    wang: TestClient, to: str, facts: dict[str, Any]
) -> None:
    answer = move(wang, planned(wang), to, **facts)

    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"] == "measured_peak_kva"


def test_who_has_seen_an_older_state_is_told(wang: TestClient) -> None:
    name = accepted(wang)
    seen = wang.get(f"/v1/applications/{name}").headers["ETag"]
    wang.post(f"/v1/applications/{name}/plans")
    answer = move(wang, name, "withdrawn", headers={"If-Match": seen})

    assert (answer.status_code, answer.json()["code"]) == (412, "changed_meanwhile")
    assert state(wang, name) == "planned"


def test_who_has_seen_the_present_state_may_change_it(wang: TestClient) -> None:
    name = accepted(wang)
    seen = wang.get(f"/v1/applications/{name}").headers["ETag"]

    assert move(wang, name, "withdrawn", headers={"If-Match": seen}).status_code == 201


# Lists ----------------------------------------------------------------------------------------


def test_lists_are_paged(wang: TestClient) -> None:
    names = [accepted(wang) for _ in range(3)]
    first = wang.get("/v1/applications", params={"limit": 2}).json()
    rest = wang.get("/v1/applications", params={"limit": 2, "after": first["next_cursor"]}).json()

    assert [item["application_id"] for item in first["items"] + rest["items"]] == names
    assert rest["next_cursor"] is None


def test_lists_show_the_states_asked_for(wang: TestClient) -> None:
    accepted(wang)
    name = planned(wang)
    found = wang.get("/v1/applications", params={"state": "planned"}).json()["items"]

    assert [item["application_id"] for item in found] == [name]


def test_a_state_that_is_none_is_named(wang: TestClient) -> None:
    answer = wang.get("/v1/applications", params={"state": "lost"})

    assert answer.status_code == 422
    assert 'state is "lost"' in answer.json()["detail"]


# Whose ----------------------------------------------------------------------------------------


@pytest.fixture
def li(client_of: ClientOf) -> TestClient:
    return client_of("li", "上城")


def test_nobody_accepts_for_another_district(li: TestClient) -> None:
    assert accept(li).status_code == 403


def test_the_applications_of_another_district_are_not_listed(
    wang: TestClient, li: TestClient
) -> None:
    accepted(wang)

    assert li.get("/v1/applications").json()["items"] == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("POST", "/plans", None),
        ("GET", "/plans/1", None),
        ("POST", "/hold", {"version": 1, "rank": 1}),
        ("POST", "/moves", {"to": "withdrawn"}),
    ],
)
def test_an_application_of_another_district_is_as_if_it_were_not_there(
    wang: TestClient, li: TestClient, method: str, path: str, body: Any
) -> None:
    name = planned(wang)
    own = li.request(method, f"/v1/applications/{name}{path}", json=body)
    none = li.request(method, f"/v1/applications/app-none{path}", json=body)

    assert own.status_code == none.status_code == 404
    assert own.json()["code"] == none.json()["code"]
    assert state(wang, name) == "planned"


def test_a_temporary_supply_of_another_district_cannot_be_taken_over(
    wang: TestClient, li: TestClient
) -> None:
    answer = accept(li, district="上城", replaces_id=accepted(wang))

    assert answer.status_code == 404


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_who_only_looks_on_promises_nothing(client_of: ClientOf, role: str) -> None:
    assert accept(client_of("zhao", "西湖", role=role)).status_code == 403


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400"])
def test_a_number_that_is_none_is_refused(wang: TestClient, number: str) -> None:
    body = json.dumps({"district": "西湖", "application": ASKED}).replace("800", number)
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    answer = wang.post("/v1/applications", content=body, headers=headers)

    assert (answer.status_code, answer.json()["problems"][0]["field"]) == (422, "kva")
