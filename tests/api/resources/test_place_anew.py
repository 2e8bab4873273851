"""A promise whose node a new version lacks is placed anew by the desk."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from api.database.tables import audit
from tests.api.resources.company import NOW_KW, Company, ring_of
from tests.api.resources.test_capacity_route import without_node


@pytest.fixture
def chen(company: Company) -> TestClient:
    return company.person("chen", "西湖", role="planner")


@pytest.fixture
def astray(company: Company) -> str:
    """Return a promise whose node is gone, and with it all planning on the grid."""
    hold_id = company.held(company.person("wang", "西湖"))
    company.publish(without_node(ring_of(NOW_KW), "bus:4"))
    company.look()
    return hold_id


def place(client: TestClient, hold_id: str, *node_ids: str, **more: Any) -> Response:
    body = {"node_ids": list(node_ids)} | more
    return client.post(f"/v1/commitments/{hold_id}/place", json=body)


def test_once_it_is_placed_others_are_planned_again(
    company: Company, chen: TestClient, astray: str
) -> None:
    name = company.accept(chen)
    before = chen.post(f"/v1/applications/{name}/plans")
    answer = place(chen, astray, "bus:3")

    assert before.json()["code"] == "promises_astray"
    assert answer.json()["sources"][0]["node_id"] == "bus:3"
    assert answer.json()["check"]["result"] == "not_looked_at"
    assert chen.post(f"/v1/applications/{name}/plans").status_code == 201


def test_others_count_it_where_it_was_placed(
    company: Company, chen: TestClient, astray: str
) -> None:
    place(chen, astray, "bus:3")
    name = company.planned(chen)
    plan = chen.get(f"/v1/applications/{name}/plans/1").json()["plan"]

    # what it takes leaves the line to the site no room for another 800 kVA
    assert all(option["kind"] != "mv_public_tee" for option in plan["options"])


def test_who_placed_it_is_written_down(company: Company, chen: TestClient, astray: str) -> None:
    place(chen, astray, "bus:3")
    (deed,) = [row for row in company.rows(audit) if row["action"] == "promise.place"]

    assert deed["actor"] == "chen"


@pytest.mark.parametrize("node_ids", [[], ["bus:4"], ["bus:3", "bus:3"], ["a\x00"], [7]])
def test_a_place_the_grid_does_not_have_is_refused(
    chen: TestClient, astray: str, node_ids: list[Any]
) -> None:
    assert place(chen, astray, *node_ids).status_code == 422


def test_a_promise_whose_node_is_there_stays_where_it_is(
    company: Company, chen: TestClient
) -> None:
    hold_id = company.held(company.person("wang", "西湖"))

    assert place(chen, hold_id, "bus:3").status_code == 422


def test_once_one_is_placed_all_are_looked_at_again(
    company: Company, chen: TestClient, astray: str
) -> None:
    place(chen, astray, "bus:3")
    other = company.held(chen, kva=50)
    company.look()
    items = chen.get("/v1/commitments").json()["items"]

    assert [one["hold_id"] for one in items] == [astray, other]
    assert items[0]["check"]["checked_at"] is not None


def test_a_manager_places_nothing(company: Company, astray: str) -> None:
    assert place(company.person("wang", "西湖"), astray, "bus:3").status_code == 403
