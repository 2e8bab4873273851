"""Rules over HTTP: drafted by one administrator, approved by another, in force at once."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from api.database.tables import audit
from api.rule_shelf import RuleShelf
from tests.api.resources.company import ON_SQLITE, Company

# the clock stands on 1 June 2026
LIMIT, TODAY = "on_site_limit", "2026-06-01"


def entry(**facts: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": LIMIT, "value": 700, "unit": "kVA", "source": "通知", "effective_from": TODAY,
        "decides": True, "decides_zh": "当场答复上限", "decides_en": "answered on the spot",
        "adopted_by": "营销部", "adopted_on": TODAY,
    }  # fmt: skip
    return row | facts


@pytest.fixture
def zhao(company: Company) -> TestClient:
    return company.person("zhao", role="administrator")


@pytest.fixture
def qian(company: Company) -> TestClient:
    return company.person("qian", role="administrator")


def draft(client: TestClient, *entries: dict[str, Any], **facts: Any) -> Response:
    body = {"area": "demo", "entries": list(entries) or [entry()]} | facts
    return client.post("/v1/rules/drafts", json=body)


def drafted(client: TestClient, *entries: dict[str, Any]) -> str:
    answer = draft(client, *entries)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["draft_id"])


def approve(client: TestClient, draft_id: str, **facts: Any) -> Response:
    headers = facts.pop("headers", {})
    path = f"/v1/rules/drafts/{draft_id}/approve"
    return client.post(path, json=facts, headers=headers)


def rules(client: TestClient, **asked: Any) -> dict[str, Any]:
    answer = client.get("/v1/rules", params={"area": "demo"} | asked)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def limit(client: TestClient, **asked: Any) -> float:
    (row,) = [row for row in rules(client, **asked)["items"] if row["rule_id"] == LIMIT]
    return float(row["value"])


# read ------------------------------------------------------------------------------------------


@ON_SQLITE
def test_rules_in_force_are_shown_with_their_source(zhao: TestClient) -> None:
    shown = rules(zhao, on_date="2026-01-01")
    (row,) = [row for row in shown["items"] if row["rule_id"] == "lv_access_limit"]

    assert (shown["area"], shown["is_example"], shown["on_date"]) == ("demo", True, "2026-01-01")
    assert (row["value"], row["unit"], row["verified"], row["adopted"]) == (200, "kW", True, True)
    assert row["clause"] == "§二，任务九"


@ON_SQLITE
def test_rules_that_are_as_the_etag_says_are_not_sent_again(zhao: TestClient) -> None:
    etag = zhao.get("/v1/rules", params={"area": "demo"}).headers["etag"]
    answer = zhao.get("/v1/rules", params={"area": "demo"}, headers={"If-None-Match": etag})

    assert rules(zhao)["version"] in etag
    assert (answer.status_code, answer.content) == (304, b"")


@ON_SQLITE
def test_what_is_left_to_adopt_is_listed(zhao: TestClient) -> None:
    gaps = zhao.get("/v1/rules/hangzhou/gaps").json()

    assert gaps["to_adopt"]
    assert not zhao.get("/v1/rules/demo/gaps").json()["to_adopt"]


@pytest.mark.parametrize(
    "asked",
    [{"area": "nowhere"}, {"area": "../x"}, {"area": "a\x00"}, {"on_date": "1900-01-01"},
     {"on_date": "x"}, {"version": "x"}, {}],
)  # fmt: skip
@ON_SQLITE
def test_what_cannot_be_asked_is_refused(zhao: TestClient, asked: dict[str, str]) -> None:
    params = asked if "area" in asked or not asked else {"area": "demo"} | asked

    assert zhao.get("/v1/rules", params=params).status_code == 422


# drafted ---------------------------------------------------------------------------------------


def test_a_draft_shows_what_it_changes_and_changes_nothing_yet(zhao: TestClient) -> None:
    draft_id = drafted(zhao)
    shown = zhao.get(f"/v1/rules/drafts/{draft_id}").json()
    (change,) = shown["changes"]

    assert (change["before"]["value"], change["after"]["value"]) == (1250, 700)
    assert (shown["state"], shown["is_current"], limit(zhao)) == ("draft", True, 1250)


@ON_SQLITE
def test_a_draft_that_is_not_in_order_is_refused_with_every_problem(zhao: TestClient) -> None:
    answer = draft(zhao, entry(unit="kW"), entry(id="no_such_rule"), entry(source=""))

    assert answer.status_code == 422
    assert len(answer.json()["problems"]) >= 3


@ON_SQLITE
def test_a_draft_for_days_that_have_passed_is_refused(zhao: TestClient) -> None:
    answer = draft(zhao, entry(effective_from="2026-05-31"))

    assert answer.json()["problems"][0]["field"] == "effective_from"


@ON_SQLITE
def test_a_value_by_which_no_answer_can_be_given_is_refused(zhao: TestClient) -> None:
    answer = draft(zhao, entry(id="area_class", value="Z", unit=""))

    assert answer.status_code == 422
    assert "no answer can be given" in answer.json()["detail"]


def term(rule_id: str, value: Any) -> dict[str, Any]:
    """How long something holds, or how long before others are told; only holds decide."""
    unit = "month" if rule_id in ("hold_residual_months", "validity") else "hour"
    decides = rule_id in ("hold_deciding_hours", "hold_residual_months")
    return entry(id=rule_id, value=value, unit=unit, decides=decides)


@pytest.mark.parametrize(
    ("rule_id", "value"),
    [("hold_deciding_hours", 0), ("hold_deciding_hours", -1), ("hold_deciding_hours", 10**8),
     ("hold_deciding_hours", 10**15), ("hold_residual_months", 0),
     ("hold_residual_months", 0.5), ("hold_residual_months", 10**5),
     ("hold_residual_months", 10**12),
     ("validity", {"lv": 0, "hv": 12}), ("validity", {"lv": 3, "hv": 10**5}),
     ("hold_reminder", {"deciding_hours": 10**15, "replied_hours": 720}),
     ("hold_reminder", {"deciding_hours": 12, "replied_hours": 0})],
)  # fmt: skip
@ON_SQLITE
def test_a_term_that_does_not_last_or_never_ends_is_refused(
    zhao: TestClient, rule_id: str, value: Any
) -> None:
    answer = draft(zhao, term(rule_id, value))

    assert answer.status_code == 422, answer.text
    assert rule_id in answer.json()["problems"][0]["en"]


@ON_SQLITE
def test_every_term_that_is_wrong_is_told(zhao: TestClient) -> None:
    answer = draft(zhao, term("validity", {"lv": 0, "hv": 0}), term("hold_deciding_hours", 0))

    assert len(answer.json()["problems"]) == 3


@ON_SQLITE
def test_a_term_that_lasts_is_drafted(zhao: TestClient) -> None:
    answer = draft(zhao, term("validity", {"lv": 6, "hv": 24}), term("hold_deciding_hours", 0.5))

    assert answer.status_code == 201


DEEP: Any = 1
for _ in range(60):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    "facts",
    [{"note": "a\x00"}, {"note": "\ud800"}, {"value": 10**20}, {"value": 1e400}, {"value": DEEP},
     {"a\x00": 1}, {"note": "x" * 3_000}],
)  # fmt: skip
def test_what_no_database_takes_is_refused(zhao: TestClient, facts: dict[str, Any]) -> None:
    import json

    body = json.dumps({"area": "demo", "entries": [entry(**facts)]})
    headers = {"Content-Type": "application/json"}

    assert zhao.post("/v1/rules/drafts", content=body, headers=headers).status_code == 422


# approved --------------------------------------------------------------------------------------


def test_an_approved_draft_is_in_force_at_once(zhao: TestClient, qian: TestClient) -> None:
    answer = approve(qian, drafted(zhao), note="同意")

    assert (answer.status_code, answer.json()["state"]) == (201, "approved")
    assert (limit(zhao), limit(zhao, on_date="2026-05-31")) == (700, 1250)


def test_another_process_sees_an_approval_at_once(
    company: Company, zhao: TestClient, qian: TestClient
) -> None:
    other = RuleShelf(company.house.identity.database)
    before = other.now()("demo").version
    approve(qian, drafted(zhao))

    assert before != other.now()("demo").version == rules(zhao)["version"]


def test_nobody_approves_what_they_have_made(zhao: TestClient) -> None:
    answer = approve(zhao, drafted(zhao))

    assert (answer.status_code, answer.json()["code"]) == (409, "four_eyes")
    assert limit(zhao) == 1250


def test_a_draft_is_approved_once(zhao: TestClient, qian: TestClient) -> None:
    draft_id = drafted(zhao)
    approve(qian, draft_id)
    answer = approve(qian, draft_id)

    assert (answer.status_code, answer.json()["code"]) == (409, "draft_decided")


def test_an_approval_with_a_key_happens_once(zhao: TestClient, qian: TestClient) -> None:
    draft_id, headers = drafted(zhao), {"Idempotency-Key": "k"}
    first = approve(qian, draft_id, headers=headers)

    assert approve(qian, draft_id, headers=headers).json() == first.json()


def test_a_draft_over_rules_that_changed_meanwhile_is_not_approved(
    zhao: TestClient, qian: TestClient
) -> None:
    one, other = drafted(zhao), drafted(zhao, entry(value=600))
    approve(qian, one)
    answer = approve(qian, other)

    assert (answer.status_code, answer.json()["code"]) == (409, "rules_changed")
    assert zhao.get(f"/v1/rules/drafts/{other}").json()["is_current"] is False


@ON_SQLITE
def test_a_draft_whose_day_has_passed_is_not_approved(company: Company, zhao: TestClient) -> None:
    draft_id = drafted(zhao)
    company.clock.move(days=1)
    answer = approve(company.person("sun", role="administrator"), draft_id)

    assert answer.status_code == 422
    assert answer.json()["problems"][0]["field"] == "effective_from"


def test_a_rejected_draft_changes_nothing(zhao: TestClient, qian: TestClient) -> None:
    draft_id = drafted(zhao)
    answer = qian.post(f"/v1/rules/drafts/{draft_id}/reject", json={"note": "不同意"})

    assert (answer.status_code, answer.json()["state"]) == (201, "rejected")
    assert limit(zhao) == 1250
    assert approve(qian, draft_id).status_code == 409


def test_rules_are_shown_as_they_were_at_a_version(zhao: TestClient, qian: TestClient) -> None:
    version = rules(zhao)["version"]
    approve(qian, drafted(zhao))

    assert (limit(zhao, version=version), limit(zhao)) == (1250, 700)


@ON_SQLITE
def test_a_version_rules_never_had_is_not_found(zhao: TestClient) -> None:
    answer = zhao.get("/v1/rules", params={"area": "demo", "version": "0" * 16})

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_rules")


def test_who_drafted_and_who_approved_is_in_the_audit(
    company: Company, zhao: TestClient, qian: TestClient
) -> None:
    approve(qian, drafted(zhao))
    deeds = [(row["actor"], row["action"]) for row in company.rows(audit)]

    assert deeds[-2:] == [("zhao", "rules.draft"), ("qian", "rules.approve")]


def test_drafts_are_paged_and_found_by_their_state(zhao: TestClient, qian: TestClient) -> None:
    ids = [drafted(zhao, entry(value=value)) for value in (600, 610, 620)]
    approve(qian, ids[0])
    first = zhao.get("/v1/rules/drafts", params={"limit": 2}).json()
    last = zhao.get("/v1/rules/drafts", params={"after": first["next_cursor"]}).json()
    open_ones = zhao.get("/v1/rules/drafts", params={"state": "draft", "area": "demo"}).json()

    assert [one["draft_id"] for one in first["items"] + last["items"]] == ids
    assert [one["draft_id"] for one in open_ones["items"]] == ids[1:]


def test_a_draft_that_is_not_there_is_not_found(zhao: TestClient) -> None:
    assert zhao.get("/v1/rules/drafts/rules-0").json()["code"] == "unknown_draft"
    assert approve(zhao, "rules-0").status_code == 404


# who may ---------------------------------------------------------------------------------------


@ON_SQLITE
def test_an_administrator_of_some_districts_drafts_no_rules_of_all(company: Company) -> None:
    client = company.person("sun", "西湖", role="administrator")

    assert draft(client).status_code == 403


@ON_SQLITE
def test_a_planner_reads_rules_and_drafts_none(company: Company) -> None:
    client = company.person("li", role="planner")

    assert rules(client)["items"]
    assert draft(client).status_code == 403


@ON_SQLITE
def test_an_integrator_reads_rules_and_no_drafts(company: Company, zhao: TestClient) -> None:
    draft_id, client = drafted(zhao), company.system("rules.read")

    assert rules(client)["items"]
    assert client.get("/v1/rules/drafts").status_code == 403
    assert client.get(f"/v1/rules/drafts/{draft_id}").status_code == 403


# plans and promises ----------------------------------------------------------------------------


@ON_SQLITE
def test_a_plan_made_after_an_approval_is_another_plan(
    company: Company, zhao: TestClient, qian: TestClient
) -> None:
    wang = company.person("wang", "西湖")
    name = company.planned(wang)
    approve(qian, drafted(zhao))
    wang.post(f"/v1/applications/{name}/plans")
    one, two = (wang.get(f"/v1/applications/{name}/plans/{version}").json() for version in (1, 2))

    assert one["plan_id"] != two["plan_id"]
    assert one["plan"]["rules"]["version"] != two["plan"]["rules"]["version"]
    assert "capacity_over_on_site_limit" not in str(one["plan"]["answer"])
    assert "capacity_over_on_site_limit" in str(two["plan"]["answer"])


def hold(client: TestClient, name: str) -> Response:
    body = {"version": 1, "rank": 1}
    return client.post(f"/v1/applications/{name}/hold", json=body)


@ON_SQLITE
def test_a_plan_whose_rules_changed_for_its_acceptance_day_is_not_held(
    company: Company, zhao: TestClient, qian: TestClient
) -> None:
    wang = company.person("wang", "西湖")
    name = company.planned(wang)
    approve(qian, drafted(zhao))
    answer = hold(wang, name)

    assert (answer.status_code, answer.json()["code"]) == (409, "rules_moved")


@ON_SQLITE
def test_a_plan_whose_rules_change_only_for_later_days_is_held(
    company: Company, zhao: TestClient, qian: TestClient
) -> None:
    wang = company.person("wang", "西湖")
    name = company.planned(wang)
    approve(qian, drafted(zhao, entry(effective_from="2026-06-02")))

    assert hold(wang, name).status_code == 201
