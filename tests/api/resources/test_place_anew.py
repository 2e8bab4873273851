"""A promise whose node a new version lacks is placed anew by the desk."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy.engine import Connection

from api.database.tables import audit, hold_sources, holds
from grid_models.place import Place
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
    answer = place(chen, astray, "bus:x")

    assert before.json()["code"] == "promises_astray"
    assert answer.json()["sources"][0]["node_id"] == "bus:x"
    assert answer.json()["check"]["result"] == "not_looked_at"
    assert chen.post(f"/v1/applications/{name}/plans").status_code == 201


def test_others_count_it_where_it_was_placed(
    company: Company, chen: TestClient, astray: str
) -> None:
    place(chen, astray, "bus:x")
    name = company.planned(chen)
    plan = chen.get(f"/v1/applications/{name}/plans/1").json()["plan"]

    # what it takes leaves the line to the site no room for another 800 kVA
    assert all(option["kind"] != "mv_public_tee" for option in plan["options"])


def test_who_placed_it_is_written_down(company: Company, chen: TestClient, astray: str) -> None:
    place(chen, astray, "bus:x")
    (deed,) = [row for row in company.rows(audit) if row["action"] == "promise.place"]

    assert deed["actor"] == "chen"


@pytest.mark.parametrize("node_ids", [[], ["bus:4"], ["bus:3"], ["bus:x", "bus:x"], ["a\x00"], [7]])
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
    place(chen, astray, "bus:x")
    other = company.held(chen, kva=50)
    company.look()
    items = chen.get("/v1/commitments").json()["items"]

    assert [one["hold_id"] for one in items] == [astray, other]
    assert items[0]["check"]["checked_at"] is not None


def test_once_it_is_placed_no_look_on_another_version_counts(
    company: Company, chen: TestClient
) -> None:
    hold_id = company.held(chen)
    for grid in (ring_of(NOW_KW + 1.0), without_node(ring_of(NOW_KW), "bus:4")):
        company.publish(grid)
        company.look()
    place(chen, hold_id, "bus:x")
    company.publish(ring_of(NOW_KW + 1.0))
    company.watch.reload()
    (one,) = chen.get("/v1/commitments").json()["items"]

    assert one["check"]["result"] == "not_looked_at"


@pytest.mark.parametrize(("rests_on_all", "count"), [(False, 1), (True, 2)])
def test_of_other_trees_only_promises_that_rest_on_all_are_looked_at_again(
    company: Company,
    chen: TestClient,
    astray: str,
    monkeypatch: pytest.MonkeyPatch,
    rests_on_all: bool,
    count: int,
) -> None:
    place(chen, astray, "bus:x")
    company.held(chen, kva=50)
    company.look()

    # as if every node were a tree of its own, and the first one placed once more
    def lie_apart(_: object, node_id: str) -> Place:
        return Place(tree=sum(node_id.encode()), row=0)

    monkeypatch.setattr("api.ledger.recheck.Recheck._place_of", lie_apart)
    company.house.identity.database.write(lambda c: spread(c, astray, rests_on_all))
    place(chen, astray, "bus:x")

    waiting = [one for one in chen.get("/v1/commitments").json()["items"] if not looked_at(one)]
    assert len(waiting) == count


def spread(connection: Connection, hold_id: str, rests_on_all: bool) -> None:
    """Let one promise be astray again, the other one stand elsewhere, and all be looked at."""
    there = hold_sources.c.hold_id == hold_id
    connection.execute(sa.update(hold_sources).where(there).values(node_id="bus:4"))
    connection.execute(sa.update(hold_sources).where(~there).values(node_id="bus:7"))
    connection.execute(sa.update(holds).values(rests_on_all=rests_on_all, is_to_be_checked=False))


def looked_at(item: dict[str, Any]) -> bool:
    return bool(item["check"]["result"] != "not_looked_at")


def test_a_manager_places_nothing(company: Company, astray: str) -> None:
    assert place(company.person("wang", "西湖"), astray, "bus:x").status_code == 403
