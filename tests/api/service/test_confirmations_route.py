"""What somebody at the site stands for becomes part of what was asked."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from httpx2 import Response

from api.database.shadow import set_shadow
from api.database.tables import audit
from tests.api.auth.house import NOW, House, bearer
from tests.api.service.talk import ASKED, ClientOf, accept, accepted, held, planned

SPOT = {"lon": 120.1633, "lat": 30.2802, "accuracy_m": 8.0}
UNSTATED = {name: value for name, value in ASKED.items() if name != "special_load"}


def confirm(client: TestClient, name: str, code: str = "route_clear", **more: Any) -> Response:
    headers = more.pop("headers", {})
    path = f"/v1/applications/{name}/confirmations"
    return client.post(path, json={"code": code} | more, headers=headers)


def listed(client: TestClient, name: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(f"/v1/applications/{name}/confirmations").json()[
        "items"
    ]
    return items


def reasons(client: TestClient, name: str, version: int) -> set[str]:
    plan = client.get(f"/v1/applications/{name}/plans/{version}").json()["plan"]
    return {reason["code"] for reason in plan["answer"]["reasons"]}


def test_who_confirms_the_way_is_named_in_what_was_asked(wang: TestClient) -> None:
    answer = confirm(wang, accepted(wang))

    assert answer.status_code == 201
    assert answer.json()["application"]["route_confirmed_by"] == "wang"


def test_nobody_states_that_another_confirmed_the_way(wang: TestClient) -> None:
    asked = ASKED | {"route_confirmed_by": "zhao"}
    for answer in (
        accept(wang, application=asked),
        wang.post("/v1/applications/drafts", json={"district": "西湖", "application": asked}),
    ):
        assert [p["field"] for p in answer.json()["problems"]] == ["route_confirmed_by"]
        assert "zhao" in answer.json()["detail"]


def test_a_draft_is_not_given_the_word_of_another(wang: TestClient) -> None:
    draft = {"district": "西湖", "application": ASKED}
    name = wang.post("/v1/applications/drafts", json=draft).json()["application_id"]
    asked = {"application": ASKED | {"route_confirmed_by": "zhao"}}

    assert wang.put(f"/v1/applications/{name}", json=asked).status_code == 422


def test_the_word_of_one_stays_in_a_draft_that_another_mends(
    wang: TestClient, client_of: ClientOf
) -> None:
    stated = ASKED | {"route_confirmed_by": "wang"}
    draft = {"district": "西湖", "application": stated}
    name = wang.post("/v1/applications/drafts", json=draft).json()["application_id"]
    zhao = client_of("zhao", "西湖", role="planner")
    answer = zhao.put(f"/v1/applications/{name}", json={"application": stated | {"kva": 630}})

    assert answer.status_code == 200, answer.text
    assert answer.json()["application"]["route_confirmed_by"] == "wang"


def test_the_way_may_be_confirmed_with_the_application(wang: TestClient) -> None:
    answer = accept(wang, application=ASKED | {"route_confirmed_by": "wang"})

    assert answer.json()["application"]["route_confirmed_by"] == "wang"


def test_a_system_passes_on_whose_word_it_has(wang: TestClient, house: House) -> None:
    _, text = house.key(scopes=["application.write", "application.read"])
    system = TestClient(wang.app, headers=bearer(text))
    answer = accept(system, application=ASKED | {"route_confirmed_by": "张工"})

    assert answer.status_code == 201, answer.text


def test_no_special_load_is_stated_once_it_is_confirmed(wang: TestClient) -> None:
    name = str(accept(wang, application=UNSTATED).json()["application_id"])

    assert confirm(wang, name, "special_load_none").json()["application"]["special_load"] == "none"


def test_the_next_plan_is_made_with_it(wang: TestClient) -> None:
    name = planned(wang, application=UNSTATED)
    confirm(wang, name, "special_load_none")
    wang.post(f"/v1/applications/{name}/plans")

    assert "special_load_not_stated" in reasons(wang, name, 1)
    assert "special_load_not_stated" not in reasons(wang, name, 2)


def test_it_is_a_change_of_the_application(wang: TestClient) -> None:
    name = accepted(wang)
    before = wang.get(f"/v1/applications/{name}").json()

    assert confirm(wang, name).json()["revision"] == before["revision"] + 1


def test_a_load_that_was_stated_is_not_overwritten(wang: TestClient) -> None:
    stated = {**ASKED, "special_load": "impact"}
    name = str(accept(wang, application=stated).json()["application_id"])
    answer = confirm(wang, name, "special_load_none")

    assert (answer.status_code, answer.json()["code"]) == (409, "stated_otherwise")
    assert 'special_load was stated as "impact"' in answer.json()["detail"]
    assert listed(wang, name) == []


def test_equipment_that_was_stated_says_otherwise_too(wang: TestClient) -> None:
    stated = {**UNSTATED, "load_kinds": ["arc_furnace"]}
    name = str(accept(wang, application=stated).json()["application_id"])
    answer = confirm(wang, name, "special_load_none")

    assert (answer.status_code, answer.json()["code"]) == (409, "stated_otherwise")


def test_what_is_held_is_confirmed_no_more(wang: TestClient) -> None:
    answer = confirm(wang, held(wang))

    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_confirm")
    assert "is held" in answer.json()["detail"]


def test_a_draft_is_not_confirmed(wang: TestClient) -> None:
    body = {"district": "西湖", "application": {"kva": 1}}
    name = wang.post("/v1/applications/drafts", json=body).json()["application_id"]

    assert confirm(wang, name).json()["code"] == "nothing_to_confirm"


def test_it_is_listed_with_who_stood_where(wang: TestClient) -> None:
    name = accepted(wang)
    confirm(wang, name, **SPOT)
    (one,) = listed(wang, name)

    assert one | SPOT | {"code": "route_clear", "confirmed_by": "wang"} == one
    assert one["en"] == "no water, railway or expressway lies between site and access"


def test_half_a_place_is_refused_with_what_is_missing(wang: TestClient) -> None:
    answer = confirm(wang, accepted(wang), lon=120.0)

    assert answer.status_code == 422
    assert [p["field"] for p in answer.json()["problems"]] == ["lat"]
    assert "lat is missing and lon is 120" in answer.json()["detail"]


@pytest.mark.parametrize(
    "wrong",
    [{"code": "all_fine"}, {"lon": 181, "lat": 0}, {"accuracy_m": 5}, {"by": "li"}, {"lat": "x"}],
)
def test_what_is_not_in_order_is_refused(wang: TestClient, wrong: dict[str, Any]) -> None:
    answer = confirm(wang, accepted(wang), **wrong)

    assert answer.status_code == 422
    assert answer.json()["problems"]


def test_who_has_seen_an_older_state_is_told(wang: TestClient) -> None:
    name = accepted(wang)
    confirm(wang, name)

    assert confirm(wang, name, headers={"If-Match": '"1"'}).status_code == 412


def test_the_same_key_confirms_once(wang: TestClient) -> None:
    name, key = accepted(wang), {"Idempotency-Key": "k"}
    first, again = (confirm(wang, name, headers=key) for _ in range(2))

    assert first.json() == again.json()
    assert len(listed(wang, name)) == 1


def test_it_is_written_down_without_the_place(wang: TestClient, house: House) -> None:
    name = accepted(wang)
    confirm(wang, name, **SPOT)

    assert house.deeds()[-1] == ("wang", "application.confirm")
    read = house.identity.database.read
    rows = read(lambda c: c.execute(sa.select(audit.c.details)).scalars().all())
    assert "120.1633" not in "".join(rows)


def test_an_application_in_shadow_mode_stays_so(wang: TestClient, house: House) -> None:
    house.identity.database.write(
        lambda c: set_shadow(c, "西湖", is_shadow=True, actor="zhao", now=NOW)
    )
    name = accepted(wang)

    assert confirm(wang, name).json()["is_shadow"] is True


def test_pages_of_confirmations_go_on_where_the_last_one_ended(wang: TestClient) -> None:
    name = accepted(wang)
    for code in ("route_clear", "special_load_none"):
        confirm(wang, name, code)
    path = f"/v1/applications/{name}/confirmations"
    first = wang.get(path, params={"limit": 1}).json()
    second = wang.get(path, params={"limit": 1, "after": first["next_cursor"]}).json()

    codes = [page["items"][0]["code"] for page in (first, second)]
    assert codes == ["route_clear", "special_load_none"]
    assert second["next_cursor"] is None
