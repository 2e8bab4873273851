from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from grid_models.grid import Grid
from tests.api.conftest import MakeClient
from tests.api.grids import shop_grid
from tests.cases.drawing import place
from tests.planner.town import SITE as TOWN_SITE
from tests.planner.town import town

SHOP: dict[str, Any] = {"at": [120.1633, 30.2802], "kw": 60, "special_load": "none"}


def named(name: str, *, east: float = 0.0) -> Grid:
    """Return the tiny grid under another name, moved by some degrees."""
    grid = shop_grid()
    grid = grid.with_tables(
        nodes=grid.nodes.assign(lon=grid.nodes["lon"] + east),
        lines=grid.lines.assign(geometry=None),
    )
    return replace(grid, metadata=replace(grid.metadata, name=name))


def refused(client: TestClient, body: Any, status: int = 422) -> dict[str, Any]:
    answer = client.post("/v1/plans", json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    return document


def test_an_application_is_answered_with_a_plan(client: TestClient) -> None:
    answer = client.post("/v1/plans", json=SHOP)
    assert answer.status_code == 200
    plan = answer.json()
    assert plan["schema"] == "supply-plan/1"
    assert plan["answer"]["mode"] == "on_site"
    assert plan["options"][0]["kind"] == "lv_public"
    assert plan["application"]["on_date"] == "2026-08-01"


def test_the_same_application_gives_the_same_plan(client: TestClient) -> None:
    first, second = (client.post("/v1/plans", json=SHOP).content for _ in range(2))
    assert first == second


def test_no_option_is_an_answer_not_an_error(client: TestClient) -> None:
    answer = client.post("/v1/plans", json={**SHOP, "kw": None, "kva": 6000, "max_distance_m": 1})
    assert answer.status_code == 200
    assert answer.json()["answer"]["mode"] == "no_option"


def test_equipment_gives_power_and_demand(client: TestClient) -> None:
    equipment = [{"name": "空调", "kw": 20, "count": 4, "demand_factor": 0.5}]
    body = {"at": SHOP["at"], "equipment": equipment, "special_load": "none"}
    plan = client.post("/v1/plans", json=body).json()
    assert plan["application"]["kw"] == 80.0
    assert plan["application"]["max_demand_kw"] == 40.0


def test_a_list_of_more_than_the_capacity_asked_is_refused(client: TestClient) -> None:
    body = {"at": SHOP["at"], "kva": 100, "equipment": [{"kw": 101}], "special_load": "none"}
    (problem,) = refused(client, body)["problems"]
    assert problem["field"] == "kva"
    assert "demand factors included, is 101 kW" in problem["en"]
    assert client.post("/v1/plans", json=body | {"kva": 101}).status_code == 200


def test_commitments_change_the_plan(client: TestClient) -> None:
    promise = {"commitment_id": "A1", "node_id": "bus:5", "s_kva": 200}
    plain = client.post("/v1/plans", json=SHOP).json()
    promised = client.post("/v1/plans", json={**SHOP, "commitments": [promise]}).json()
    assert promised["plan_id"] != plain["plan_id"]


@pytest.mark.parametrize(
    ("fields", "field", "names"),
    [
        ({"kw": 0}, "kw", '"0"'),
        ({"kw": -5}, "kw", '"-5"'),
        ({"kva": 100}, "kw", '"100"'),
        ({"kw": None}, "kw", "both missing"),
        ({"kw": "inf"}, "kw", '"inf"'),
        ({"power_factor": 1.01}, "power_factor", '"1.01"'),
        ({"importance": "vip"}, "importance", '"vip"'),
        ({"category": "zoo"}, "category", '"zoo"'),
        ({"business": "barter"}, "business", '"barter"'),
        ({"at": [120.15, 31.0]}, "at", "120.15,31"),
        ({"at": [30.28, 120.1633]}, "at", "give 120.1633,30.28"),
        ({"at": None}, "at", "missing"),
        ({"area": "atlantis"}, "area", "atlantis"),
        ({"area": "../../etc/passwd"}, "area", "../../etc/passwd"),
        ({"on_date": "1990-01-01"}, "on_date", "1990-01-01"),
        ({"equipment": "/etc/passwd"}, "equipment", "list of objects"),
        ({"commitments": {"s_kva": 1}}, "commitments", "list of objects"),
        ({"kW": 5}, "kW", "did you mean kw"),
    ],
)
def test_bad_input_is_422_and_names_the_value(
    client: TestClient, fields: dict[str, Any], field: str, names: str
) -> None:
    document = refused(client, {**SHOP, **fields})
    assert document["code"] == "bad_input"
    (problem,) = document["problems"]
    assert problem["field"] == field
    assert names in problem["en"]


@pytest.mark.parametrize(
    "path", ["/v1/plans", "/v1/plans/pdf", "/v1/plans/diagram", "/v1/scenarios"]
)
def test_a_field_that_stands_twice_is_refused_not_the_last_one_taken(
    client: TestClient, path: str
) -> None:
    body = json.dumps(SHOP).replace('"kw": 60', '"kw": 600, "kw": 60')
    answer = client.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert "kw stands more than once" in answer.json()["problems"][0]["en"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_numbers_that_are_none_are_refused(client: TestClient, number: str) -> None:
    body = json.dumps(SHOP).replace("60", number)
    answer = client.post("/v1/plans", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"] == "kw"


def test_all_problems_come_at_once(client: TestClient) -> None:
    body = {
        "at": [1, 2],
        "kw": -1,
        "importance": "vip",
        "equipment": [{"kw": "x"}],
        "commitments": [{"commitment_id": "A1", "node_id": "bus:99", "s_kva": 1}],
    }
    fields = [problem["field"] for problem in refused(client, body)["problems"]]
    assert fields == ["equipment[0].kw", "commitments[0].node_id", "at", "kw", "importance"]


def test_equipment_that_contradicts_the_power_is_refused(client: TestClient) -> None:
    document = refused(client, {**SHOP, "equipment": [{"kw": 50}]})
    assert "sums to 50 kW" in document["problems"][0]["en"]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '"text"', "[" * 100_000, "\xff", "1" * 5_000]
)
def test_a_body_that_is_no_json_object_is_422_never_400(client: TestClient, content: str) -> None:
    answer = client.post(
        "/v1/plans",
        content=content.encode("latin-1"),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 422
    assert answer.json()["code"] == "malformed_body"


def test_text_that_cannot_be_written_is_refused(client: TestClient) -> None:
    body = json.dumps({**SHOP, "route_confirmed_by": "\ud800"})
    answer = client.post("/v1/plans", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422


def test_an_unknown_grid_is_404(client: TestClient) -> None:
    assert refused(client, {**SHOP, "grid": "nowhere"}, 404)["code"] == "unknown_grid"


def test_a_grid_is_found_by_version_and_by_name(client: TestClient) -> None:
    for wanted in ("tiny", shop_grid().version):
        assert client.post("/v1/plans", json={**SHOP, "grid": wanted}).status_code == 200


def test_two_grids_never_mix(make_client: MakeClient) -> None:
    west, east = named("west"), named("east", east=1.0)
    client = make_client(west, east)
    here = {**SHOP, "grid": "west"}
    there = {**SHOP, "at": [121.1633, 30.2802], "grid": "east"}
    plans = [client.post("/v1/plans", json=body).json() for body in (here, there, here)]
    assert [plan["grid"]["version"] for plan in plans] == [west.version, east.version, west.version]
    assert plans[0] == plans[2]
    assert {option["sources"][0]["access_point"]["lon"] // 1 for option in plans[1]["options"]} == {
        121.0
    }


def test_a_site_of_one_grid_is_outside_the_other(make_client: MakeClient) -> None:
    client = make_client(named("west"), named("east", east=1.0))
    assert "outside grid" in refused(client, {**SHOP, "grid": "east"})["problems"][0]["en"]


def test_which_of_several_grids_must_be_said(make_client: MakeClient) -> None:
    client = make_client(named("west"), named("east", east=1.0))
    problem = refused(client, SHOP)["problems"][0]
    assert problem["field"] == "grid"
    assert "west" in problem["en"]
    assert "east" in problem["en"]


def test_a_grid_without_coordinates_says_why_it_cannot_answer(make_client: MakeClient) -> None:
    grid = shop_grid()
    nodes = grid.nodes.assign(lon=float("nan"), lat=float("nan"))
    client = make_client(grid.with_tables(nodes=nodes, lines=grid.lines.assign(geometry=None)))
    assert "has no coordinates" in refused(client, SHOP)["problems"][0]["en"]


def test_a_grid_without_a_source_says_why_it_cannot_answer(make_client: MakeClient) -> None:
    grid = shop_grid()
    client = make_client(grid.with_tables(sources=grid.sources.iloc[:0]))
    assert "has no source" in refused(client, SHOP)["problems"][0]["en"]


def test_without_a_grid_named_every_other_problem_is_named_too(make_client: MakeClient) -> None:
    client = make_client(named("east"), named("west", east=1.0))
    body = {**SHOP, "kw": -5, "phases": 2, "commitments": [{"commitment_id": "A"}]}
    fields = {problem["field"] for problem in refused(client, body)["problems"]}
    assert fields >= {"grid", "kw", "phases", "commitments[0].node_id", "commitments[0].s_kva"}


def test_a_search_across_the_country_is_refused(client: TestClient) -> None:
    (problem,) = refused(client, {**SHOP, "max_distance_m": 1e9})["problems"]
    assert problem["field"] == "max_distance_m"


def test_a_bay_that_is_not_in_the_grid_is_refused(client: TestClient) -> None:
    promise = {"commitment_id": "A", "node_id": "bus:4", "s_kva": 10, "bay_id": "bay:none"}
    (problem,) = refused(client, {**SHOP, "commitments": [promise]})["problems"]
    assert problem["field"] == "commitments[0].bay_id"


def test_a_plan_is_given_as_pdf(client: TestClient) -> None:
    answer = client.post("/v1/plans/pdf", json=SHOP)

    if answer.status_code == 503:
        assert answer.json()["code"] == "no_font"
    else:
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF")


def test_the_diagram_of_a_plan_is_svg(client: TestClient) -> None:
    answer = client.post("/v1/plans/diagram", json=SHOP)

    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.startswith("<svg")


@pytest.mark.parametrize("part", ["pdf", "diagram"])
def test_no_cache_keeps_a_plan_on_paper(client: TestClient, part: str) -> None:
    answer = client.post(f"/v1/plans/{part}", json=SHOP)

    if answer.status_code != 503:  # no font
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert ("sandbox" in answer.headers.get("content-security-policy", "")) == (
            part == "diagram"
        )


def test_a_plan_without_an_option_has_no_diagram(client: TestClient) -> None:
    assert client.post("/v1/plans/diagram", json={**SHOP, "kw": 9_000}).status_code == 204


def test_who_is_too_large_for_10_kv_is_answered_with_a_dedicated_line(
    make_client: MakeClient,
) -> None:
    body = {"at": place(*TOWN_SITE), "kva": 60_000, "special_load": "none"}
    plan = make_client(town()).post("/v1/plans", json=body).json()
    assert plan["answer"]["mode"] == "back_office"
    option = plan["options"][0]
    assert (option["kind"], option["supply_kv"]) == ("hv_dedicated", 110.0)
    assert option["headroom"]["hosting_capacity_kva"] == "inf"
