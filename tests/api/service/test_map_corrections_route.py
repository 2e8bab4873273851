"""What the map shows otherwise than it is goes to the data team; the grid stays as it is."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from httpx2 import Response

from api.database.tables import outbox
from api.serving import ServedGrids
from tests.api.auth.house import House
from tests.api.service.talk import LAT, LON, ClientOf

PATH = "/v1/map-corrections"
HERE = {"district": "西湖", "kind": "line_gone", "lon": LON, "lat": LAT}


@pytest.fixture
def chen(client_of: ClientOf) -> TestClient:
    return client_of("chen", "西湖", role="planner")


def correct(client: TestClient, **more: Any) -> Response:
    headers = more.pop("headers", {})
    return client.post(PATH, json=HERE | more, headers=headers)


def opened(client: TestClient, **more: Any) -> str:
    answer = correct(client, **more)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["correction_id"])


def move(client: TestClient, name: str, to: str, note: str = "") -> Response:
    return client.post(f"{PATH}/{name}/moves", json={"to": to, "note": note})


def listed(client: TestClient, **query: Any) -> list[str]:
    items = client.get(PATH, params=query).json()["items"]
    return [item["correction_id"] for item in items]


def test_a_correction_is_open_and_says_what_of_which_version(
    wang: TestClient, grids: ServedGrids
) -> None:
    answer = correct(wang, element_id="line:1", accuracy_m=5.0, note="拆了").json()

    wanted = HERE | {"state": "open", "element_id": "line:1", "note": "拆了", "opened_by": "wang"}
    assert answer | wanted == answer
    assert answer["grid_version"] == grids.all()[0].version


def test_the_grid_stays_as_it_is(wang: TestClient, grids: ServedGrids) -> None:
    before = grids.all()[0].version
    opened(wang, element_id="line:1")

    assert grids.all()[0].version == before
    assert wang.get("/v1/grid").json()["items"][0]["version"] == before


def test_an_element_the_grid_does_not_have_is_not_found(wang: TestClient) -> None:
    answer = correct(wang, element_id="line:99")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_element")
    assert 'has no element "line:99"' in answer.json()["detail"]


def test_a_grid_that_is_not_served_is_not_found(wang: TestClient) -> None:
    assert correct(wang, grid="elsewhere").json()["code"] == "unknown_grid"


def test_a_place_far_from_the_grid_is_refused_with_how_far(wang: TestClient) -> None:
    answer = correct(wang, lon=LON + 1)  # about 96 km east

    assert answer.status_code == 422
    assert "m outside grid" in answer.json()["detail"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "ugly"}, {"note": "x" * 401}, {"note": "a\nb"}, {"lat": None}, {"lon": 200},
        {"element_id": ""}, {"element_id": "a\x00"}, {"district": "*"}, {"photo": 1},
    ],
)  # fmt: skip
def test_what_is_not_in_order_is_refused(wang: TestClient, wrong: dict[str, Any]) -> None:
    assert correct(wang, **wrong).status_code == 422


def test_another_district_is_not_corrected(wang: TestClient) -> None:
    assert correct(wang, district="上城").status_code == 403


def test_the_data_team_is_told_without_what_was_typed(wang: TestClient, house: House) -> None:
    name = opened(wang, note="问老李")
    (event,) = house.identity.database.read(lambda c: c.execute(sa.select(outbox)).all())

    assert (event.kind, event.subject, event.district) == ("correction.opened", name, "西湖")
    assert event.payload["correction_kind"] == "line_gone"
    assert "李" not in str(event.payload)


def test_it_is_taken_then_done(wang: TestClient, chen: TestClient) -> None:
    name = opened(wang)
    move(chen, name, "taken")
    answer = move(chen, name, "done", "已更新台账").json()

    assert (answer["state"], answer["moved_by"]) == ("done", "chen")
    assert answer["move_note"] == "已更新台账"


@pytest.mark.parametrize(("first", "then"), [("done", "taken"), ("refused", "done")])
def test_what_has_ended_does_not_go_on(
    wang: TestClient, chen: TestClient, first: str, then: str
) -> None:
    name = opened(wang)
    move(chen, name, first)
    answer = move(chen, name, then)

    assert (answer.status_code, answer.json()["code"]) == (409, "move_not_allowed")
    assert f"is {first} and cannot become {then}" in answer.json()["detail"]


def test_it_is_not_taken_twice(wang: TestClient, chen: TestClient) -> None:
    name = opened(wang)
    move(chen, name, "taken")

    assert move(chen, name, "taken").status_code == 409


def test_corrections_are_listed_by_state(wang: TestClient, chen: TestClient) -> None:
    first, second = opened(wang), opened(wang)
    move(chen, first, "taken")

    assert listed(wang) == [first, second]
    assert listed(wang, state="open") == [second]
    assert listed(wang, state=["open", "taken"]) == [first, second]


def test_pages_go_on_where_the_last_one_ended(wang: TestClient) -> None:
    names = [opened(wang) for _ in range(3)]
    first = wang.get(PATH, params={"limit": 2}).json()
    rest = wang.get(PATH, params={"limit": 2, "after": first["next_cursor"]}).json()

    seen = [item["correction_id"] for page in (first, rest) for item in page["items"]]
    assert (seen, rest["next_cursor"]) == (names, None)


def test_the_same_key_opens_one(wang: TestClient) -> None:
    first, again = (opened(wang, headers={"Idempotency-Key": "k"}) for _ in range(2))

    assert first == again
    assert listed(wang) == [first]


def test_who_opened_and_moved_it_is_written_down(
    wang: TestClient, chen: TestClient, house: House
) -> None:
    move(chen, opened(wang), "refused")

    deeds = [deed for deed in house.deeds() if deed[1].startswith("correction.")]
    assert deeds == [("wang", "correction.add"), ("chen", "correction.move")]
