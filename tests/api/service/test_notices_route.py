"""What happened, one sentence each, after what was seen last."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import Connection

from api.database.notices import Notice
from api.database.outbox import KINDS, tell_one
from api.database.tables import webhooks
from api.notices import SENTENCES, sentence_of
from tests.api.auth.house import NOW, House, bearer
from tests.api.service.talk import LAT, LON, ClientOf, accept, accepted, held, move, planned

PATH = "/v1/notices"


@pytest.fixture
def li(client_of: ClientOf) -> TestClient:
    return client_of("li", "西湖")


def notices(client: TestClient, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def kinds(client: TestClient, **query: Any) -> list[str]:
    return [item["kind"] for item in notices(client, **query)]


def test_what_happened_to_what_i_brought_is_told_in_order(wang: TestClient) -> None:
    planned(wang)

    assert kinds(wang) == ["application.accepted", "application.planned", "plan.made"]


def test_it_is_a_sentence_with_what_it_is_about(wang: TestClient) -> None:
    name = accepted(wang)
    (one,) = notices(wang)

    assert one["application_id"] == name
    assert (one["zh"], one["en"]) == (f"申请 {name} 已受理", f"application {name} was accepted")
    assert one["details"]["state"] == "accepted"


def test_what_others_brought_is_told_to_who_asks_for_all(wang: TestClient, li: TestClient) -> None:
    accepted(li)

    assert kinds(wang) == []
    assert kinds(wang, mine=False) == ["application.accepted"]


def test_what_a_planner_did_to_mine_is_told_to_me(wang: TestClient, client_of: ClientOf) -> None:
    name = planned(wang)
    move(client_of("chen", "西湖", role="planner"), name, "withdrawn")

    assert kinds(wang)[-1] == "application.withdrawn"


def test_other_districts_are_not_told_of(wang: TestClient, client_of: ClientOf) -> None:
    accept(client_of("zhou", "上城"), district="上城")

    assert kinds(wang, mine=False) == []


def test_after_the_last_one_seen_only_what_is_new_is_told(wang: TestClient) -> None:
    name = accepted(wang)
    seen = notices(wang)[-1]["number"]
    assert notices(wang, after=seen) == []
    move(wang, name, "withdrawn")

    assert kinds(wang, after=seen) == ["application.withdrawn"]


def test_who_has_seen_nothing_is_told_the_newest(wang: TestClient) -> None:
    planned(wang)

    assert kinds(wang, limit=2) == ["application.planned", "plan.made"]


def test_pages_go_on_where_the_last_one_ended(wang: TestClient) -> None:
    planned(wang)
    first = wang.get(PATH, params={"after": 0, "limit": 2}).json()
    rest = wang.get(PATH, params={"after": first["next_cursor"], "limit": 2}).json()

    assert [item["kind"] for item in rest["items"]] == ["plan.made"]
    assert rest["next_cursor"] is None


def test_a_hold_says_until_when_by_the_clock_of_the_place(wang: TestClient) -> None:
    name = held(wang)
    (placed,) = [one for one in notices(wang) if one["kind"] == "hold.placed"]

    # 09:30 UTC on 1 June, 72 hours later, in Shanghai
    assert placed["zh"] == f"申请 {name} 的容量已占用至 2026-06-04 17:30"


def test_my_correction_is_told_of_without_an_application(wang: TestClient) -> None:
    body = {"district": "西湖", "kind": "other", "lon": LON, "lat": LAT}
    name = wang.post("/v1/map-corrections", json=body).json()["correction_id"]
    (one,) = notices(wang)

    assert (one["kind"], one["application_id"]) == ("correction.opened", None)
    assert name in one["zh"]


def test_the_test_of_a_webhook_is_nobodys_news(house: House, client_of: ClientOf) -> None:
    everywhere = client_of("wu", "*")
    house.identity.database.write(_webhook_test)

    assert kinds(everywhere, mine=False) == []


def _webhook_test(connection: Connection) -> None:
    connection.execute(
        webhooks.insert().values(
            webhook_id="w", url="https://example.org", is_inside=False, districts=["*"],
            kinds=["*"], secret="", is_active=True, made_by="zhao", created_at=NOW,
            changed_at=NOW,
        )
    )  # fmt: skip
    tell_one(connection, "w", NOW)


def test_an_outsider_has_call_backs_instead(wang: TestClient, house: House) -> None:
    _, text = house.key(scopes=["application.read"], districts=["西湖"])
    answer = TestClient(wang.app, headers=bearer(text)).get(PATH)

    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


# Sentences ------------------------------------------------------------------------------------

FACTS = {
    "application_id": "app-7", "job_id": "job-7", "correction_id": "map-7", "version": 2,
    "rank": 1, "decision": "confirm",
    "mode": "on_site", "expires_at": None, "has_run_out": True, "limit_due_on": "2026-06-30",
    "grid_version": "v2", "grid_name": "ring",
}  # fmt: skip


def said(kind: str, **more: Any) -> tuple[str, str]:
    notice = Notice(number=1, kind=kind, application_id=None, happened_at=NOW, payload=FACTS | more)
    message = sentence_of(notice)
    return message.zh, message.en


def test_every_kind_the_service_writes_has_a_sentence() -> None:
    assert set(SENTENCES) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_sentence_names_what_it_is_about(kind: str) -> None:
    about = {"job": "job-7", "correction": "map-7"}.get(kind.partition(".")[0], "app-7")

    assert all(about in text for text in said(kind))


@pytest.mark.parametrize(
    ("kind", "more", "en"),
    [
        ("hold.changed", {}, "the capacity of application app-7 stays held without an end"),
        ("hold.released", {}, "the hold of application app-7 ran out"),
        ("hold.released", {"has_run_out": False}, "the hold of application app-7 was given up"),
        (
            "plan.made",
            {},
            "version 2 of the plan of application app-7 was made; it can be answered on the spot",
        ),
        ("desk.decided", {}, "the desk stands for option 1 of application app-7"),
        ("application.limit_past", {}, "the limit of application app-7, 2026-06-30, is past"),
    ],
)
def test_a_sentence_says_what_is_told(kind: str, more: dict[str, Any], en: str) -> None:
    assert said(kind, **more)[1] == en
