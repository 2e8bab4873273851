from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import MakeClient
from tests.api.grids import shop_grid
from tests.api.test_plans_route import named
from tests.api.what_ifs import STEPS, shop_result


def post(client: TestClient, **fields: Any) -> Any:
    return client.post("/v1/scenarios", json={"steps": STEPS, **fields})


def refused(client: TestClient, status: int = 422, **fields: Any) -> dict[str, Any]:
    answer = post(client, **fields)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    return document


def test_a_scenario_is_answered_with_before_and_after(client: TestClient) -> None:
    answer = post(client, name="商铺扩容")
    assert answer.status_code == 200
    document = answer.json()
    assert document["violations"][0]["element_id"] == "line:3"
    assert document["what_if_id"] == shop_result().what_if_id
    assert document["scenario"] == {"name": "商铺扩容", "steps": STEPS}


def test_the_same_scenario_gives_the_same_answer_and_leaves_no_trace(client: TestClient) -> None:
    first, second = post(client), post(client)
    assert first.content == second.content
    version = client.get("/v1/grid").json()["items"][0]["version"]
    assert first.json()["grid"]["version"] == version == shop_grid().version


def test_a_bad_step_is_named_by_its_path(client: TestClient) -> None:
    steps = [*STEPS, {"name": "错", "add_load": {"node": "bus:66", "p_kw": -1}}]
    document = refused(client, steps=steps)
    assert [problem["field"] for problem in document["problems"]] == [
        "steps[2].add_load.node", "steps[2].add_load.p_kw",
    ]  # fmt: skip
    assert document["problems"][0]["en"].startswith('step 3 "错": node is "bus:66"')
    assert document["problems"][0]["zh"].startswith("第 3 步“错”：节点 node 为“bus:66”，应为")


def test_a_ring_by_accident_is_422(client: TestClient) -> None:
    document = refused(client, steps=[{"switch": {"close": "switch:2"}}])
    assert document["problems"][0]["field"] == "steps[0].allow_ring"


def test_the_grid_is_named_where_several_are_served(make_client: MakeClient) -> None:
    client = make_client(named("west"), named("east", east=1.0))
    assert refused(client)["problems"][0]["field"] == "grid"
    assert post(client, grid="east").json()["grid"]["name"] == "east"
    assert refused(client, 404, grid="north")["code"] == "unknown_grid"


@pytest.mark.parametrize(
    "content", ["", "[]", "5", '{"steps": [{"add_load": {"node": "\\ud800", "p_kw": 1}}]}']
)
def test_what_is_no_scenario_is_422_never_400_or_500(client: TestClient, content: str) -> None:
    answer = client.post(
        "/v1/scenarios", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400"])
def test_numbers_that_are_none_are_refused(client: TestClient, number: str) -> None:
    content = '{"steps": [{"add_load": {"node": "bus:6", "p_kw": 0}}]}'.replace("0", number)
    answer = client.post(
        "/v1/scenarios", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"] == "steps[0].add_load.p_kw"
