"""The audit over HTTP: who saw and did what."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.database.audit import find_breaks
from tests.api.resources.company import ON_SQLITE, Company


@pytest.fixture
def wu(company: Company) -> TestClient:
    return company.person("wu", role="auditor")


def deeds(client: TestClient, **asked: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/audit", params=asked)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def test_deeds_are_listed_in_the_order_they_were_done(company: Company, wu: TestClient) -> None:
    name = company.planned(company.person("wang", "西湖"))
    (added, moved, made) = deeds(wu, subject=name)

    assert [one["action"] for one in (added, moved, made)] == [
        "application.add", "application.move", "plan.make",
    ]  # fmt: skip
    assert made["details"]["version"] == 1
    assert made["previous_hash"] == moved["hash"]


def test_deeds_are_found_by_who_and_what(company: Company, wu: TestClient) -> None:
    company.planned(company.person("wang", "西湖"))
    found = deeds(wu, actor="wang", action="plan.make")

    assert {(one["actor"], one["action"]) for one in found} == {("wang", "plan.make")}


def test_looking_at_the_audit_is_written_into_it(wu: TestClient) -> None:
    deeds(wu, actor="zhao")
    last = deeds(wu, action="audit.view")[-1]

    assert (last["actor"], last["details"]) == ("wu", {"after": 0, "of_action": "audit.view"})


def test_who_looked_at_a_plan_is_in_the_audit(company: Company, wu: TestClient) -> None:
    wang = company.person("wang", "西湖")
    name = company.planned(wang)
    wang.get(f"/v1/applications/{name}/plans/1")
    (seen,) = deeds(wu, action="plan.view")

    assert (seen["actor"], seen["subject"], seen["district"]) == ("wang", name, "西湖")
    assert seen["details"] == {"version": 1}


def test_who_looked_at_promises_is_in_the_audit(company: Company, wu: TestClient) -> None:
    company.person("wang", "西湖").get("/v1/commitments", params={"state": "replied"})
    (seen,) = deeds(wu, action="commitments.view")

    assert seen["details"] == {"after": 0, "state": ["replied"]}


@ON_SQLITE
def test_what_could_not_be_shown_was_not_seen(company: Company, wu: TestClient) -> None:
    wang = company.person("wang", "西湖")
    name = company.planned(wang)
    wang.get(f"/v1/applications/{name}/plans/7")

    assert deeds(wu, action="plan.view") == []


def test_an_auditor_of_a_district_sees_its_deeds_only(company: Company) -> None:
    mine = company.planned(company.person("wang", "西湖"))
    company.planned(company.person("sun", "拱墅"), "拱墅")
    found = deeds(company.person("wu", "西湖", role="auditor"))

    assert {one["subject"] for one in found} == {mine}
    assert {one["district"] for one in found} == {"西湖"}  # none about no district


def test_the_audit_is_paged(company: Company, wu: TestClient) -> None:
    company.planned(company.person("wang", "西湖"))
    first = wu.get("/v1/audit", params={"limit": 2}).json()
    next_ones = deeds(wu, after=first["next_cursor"])

    assert [one["number"] for one in first["items"]] == [1, 2]
    assert next_ones[0]["number"] == 3


def test_the_chain_holds_with_views_in_it(company: Company, wu: TestClient) -> None:
    deeds(wu)
    deeds(wu, subject="x")

    assert not company.house.identity.database.read(lambda c: list(find_breaks(c)))


@pytest.mark.parametrize("role", ["manager", "planner", "administrator"])
@ON_SQLITE
def test_only_auditors_look_at_the_audit(company: Company, role: str) -> None:
    assert company.person("wang", role=role).get("/v1/audit").status_code == 403


@pytest.mark.parametrize("subject", ["a\x00", "x" * 81, "a\nb"])
def test_what_no_database_takes_is_refused(wu: TestClient, subject: str) -> None:
    assert wu.get("/v1/audit", params={"subject": subject}).status_code == 422
