"""What nodes can still take, with everything the ledger has promised."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from api.database.holds import list_commitments
from api.database.tables import audit, hold_sources
from planner.capacity import CapacityQuestion, map_capacities
from planner.rules import load_rule_book
from tests.api.resources.company import LAT, LON, NOW_KW, ON_SQLITE, Company, ring_of
from tests.api.resources.test_commitments import without_node

NEAR = {"near": f"{LON},{LAT}", "radius_m": 500}


@pytest.fixture
def li(company: Company) -> TestClient:
    return company.person("li", "西湖", role="planner")


def ask(client: TestClient, **asked: Any) -> dict[str, Any]:
    answer = client.get("/v1/capacity", params=asked)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_node_can_take_what_the_capacity_map_says(company: Company, li: TestClient) -> None:
    company.held(li)
    now, name = company.clock.now, company.grids.all()[0].name
    promised = company.house.identity.database.read(lambda c: list_commitments(c, name, now))
    question = CapacityQuestion(power_factor=0.95, commitments=promised)
    rules = load_rule_book("demo").on(date(2026, 6, 1))
    table = map_capacities(company.model, rules, question).set_index("node_id")

    for node_id in ("bus:4", "bus:7"):
        answer = ask(li, node_id=node_id)
        (node,) = answer["items"]
        assert answer["promises"] == 1
        for column in ("open_capacity_kva", "hosting_capacity_kva", "free_after_promises_kva"):
            assert node[column] == pytest.approx(float(table.loc[node_id, column]), rel=1e-12)
        for column in ("hosting_binding_id", "open_binding_id", "feeder_id", "quality"):
            assert node[column] == table.loc[node_id, column]


@ON_SQLITE
def test_what_is_promised_takes_from_what_is_left(company: Company, li: TestClient) -> None:
    before = ask(li, node_id="bus:4")["items"][0]
    company.held(li)
    after = ask(li, node_id="bus:4")["items"][0]

    assert after["hosting_capacity_kva"] < before["hosting_capacity_kva"] - 700.0


@ON_SQLITE
def test_a_promise_of_two_sources_is_counted_once(company: Company, li: TestClient) -> None:
    hold_id = company.held(li)
    second = sa.insert(hold_sources).values(
        hold_id=hold_id,
        source=1,
        node_id="bus:3",
        bay_id="",
        s_kva=100.0,
        power_factor=1.0,
        demand_factor=1.0,
    )
    company.house.identity.database.write(lambda c: c.execute(second))

    assert ask(li, node_id="bus:4")["promises"] == 1


@ON_SQLITE
def test_nodes_near_a_place_are_paged(li: TestClient) -> None:
    whole = ask(li, **NEAR)["items"]
    pages, after = [], "0"
    while after is not None:
        page = ask(li, **NEAR, limit=2, after=after)
        pages += page["items"]
        after = page["next_cursor"]

    assert pages == whole
    assert {"bus:3", "bus:4"} <= {node["node_id"] for node in whole}


@ON_SQLITE
def test_farther_away_is_not_near(li: TestClient) -> None:
    assert len(ask(li, **NEAR | {"radius_m": 50})["items"]) < len(ask(li, **NEAR)["items"])
    assert ask(li, near="0,0")["items"] == ask(li, near="-1e300,90")["items"] == []


@ON_SQLITE
def test_the_answer_names_grid_and_rules(company: Company, li: TestClient) -> None:
    answer = ask(li, node_id="bus:4")

    assert answer["grid_version"] == company.grids.all()[0].version
    assert answer["rules_version"] == load_rule_book("demo").version


def test_who_looked_at_capacity_is_in_the_audit(company: Company, li: TestClient) -> None:
    ask(li, node_id="bus:4")
    last = company.rows(audit)[-1]

    assert (last["actor"], last["action"]) == ("li", "capacity.view")
    assert "bus:4" in last["details"]


@ON_SQLITE
def test_where_promises_went_astray_no_figure_is_given(company: Company, li: TestClient) -> None:
    company.held(li)
    company.publish(without_node(ring_of(NOW_KW), "bus:4"))
    company.look()
    answer = li.get("/v1/capacity", params={"node_id": "bus:3"})

    assert (answer.status_code, answer.json()["code"]) == (409, "promises_astray")


@pytest.mark.parametrize(
    "asked",
    [{}, {"node_id": "bus:3", "near": "1,1"}, {"near": "x"}, {"near": "1"}, {"near": "nan,1"},
     {"near": "1,1", "radius_m": 1e9}, {"node_id": "bus:3", "power_factor": 0},
     {"node_id": "bus:3", "area": "nowhere"}, {"node_id": "bus:3", "after": 10**20},
     {"node_id": "bus:3", "power_factor": np.nan}],
)  # fmt: skip
@ON_SQLITE
def test_what_cannot_be_asked_is_refused(li: TestClient, asked: dict[str, Any]) -> None:
    assert li.get("/v1/capacity", params=asked).status_code == 422


@pytest.mark.parametrize("node_id", ["bus:99", "a\x00", "'; DROP TABLE nodes", "😀"])
@ON_SQLITE
def test_a_node_that_is_not_there_is_not_found(li: TestClient, node_id: str) -> None:
    answer = li.get("/v1/capacity", params={"node_id": node_id})

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_node")


@ON_SQLITE
def test_capacity_is_not_for_outsiders(company: Company) -> None:
    client = company.system("plan.make")

    assert client.get("/v1/capacity", params={"node_id": "bus:3"}).status_code == 403
