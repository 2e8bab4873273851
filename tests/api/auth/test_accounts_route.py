from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.auth.house import PASSWORD, House, bearer

NEW = {"name": "li", "role": "manager", "districts": ["西湖"], "password": "a long password"}


@pytest.fixture
def admin(house: House) -> dict[str, str]:
    """Return the header of an administrator of every district."""
    house.person("admin-zhao", role="administrator")
    return bearer(house.log_in("admin-zhao").token)


@pytest.fixture
def local_admin(house: House) -> dict[str, str]:
    """Return the header of an administrator of one district."""
    house.person("admin-qian", role="administrator", districts=["西湖"])
    return bearer(house.log_in("admin-qian").token)


def test_an_account_is_added_and_logs_in(client: TestClient, admin: dict[str, str]) -> None:
    answer = client.post("/v1/accounts", json=NEW, headers=admin)
    assert answer.status_code == 201
    assert answer.json()["is_active"] is True
    login = {"name": "li", "password": "a long password"}
    assert client.post("/v1/sessions", json=login).status_code == 201


def test_no_answer_holds_a_password_or_its_hash(client: TestClient, admin: dict[str, str]) -> None:
    added = client.post("/v1/accounts", json=NEW, headers=admin)
    listed = client.get("/v1/accounts", headers=admin)
    assert "a long password" not in added.text + listed.text
    assert "argon2" not in added.text + listed.text


@pytest.mark.parametrize("role", ["manager", "planner", "auditor"])
def test_accounts_are_for_administrators(client: TestClient, house: House, role: str) -> None:
    house.person(role=role)
    head = bearer(house.log_in().token)
    statuses = {
        client.get("/v1/accounts", headers=head).status_code,
        client.post("/v1/accounts", json=NEW, headers=head).status_code,
        client.patch("/v1/accounts/x", json={}, headers=head).status_code,
    }
    assert statuses == {403}


def test_a_name_that_is_taken_is_a_conflict(client: TestClient, admin: dict[str, str]) -> None:
    client.post("/v1/accounts", json=NEW, headers=admin)
    answer = client.post("/v1/accounts", json=NEW, headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")


def test_all_that_is_wrong_is_named_at_once(client: TestClient, admin: dict[str, str]) -> None:
    body = {"name": "", "role": "root", "districts": [""], "password": "secret"}
    answer = client.post("/v1/accounts", json=body, headers=admin)
    assert answer.status_code == 422
    fields = [problem["field"] for problem in answer.json()["problems"]]
    assert fields == ["name", "role", "districts", "password"]
    assert '"secret"' not in answer.text


def test_accounts_come_in_pages(client: TestClient, house: House, admin: dict[str, str]) -> None:
    for name in ("a", "b"):
        house.person(name)
    first = client.get("/v1/accounts?limit=2", headers=admin).json()
    second = client.get(f"/v1/accounts?limit=2&after={first['next_cursor']}", headers=admin).json()
    assert [item["name"] for item in first["items"]] == ["admin-zhao", "a"]
    assert [item["name"] for item in second["items"]] == ["b"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "after=-1", "after=x", f"after={2**63}"])
def test_a_page_that_cannot_be_is_refused(
    client: TestClient, admin: dict[str, str], query: str
) -> None:
    answer = client.get(f"/v1/accounts?{query}", headers=admin)
    assert answer.status_code == 422
    assert [p["field"] for p in answer.json()["problems"]] == [query.partition("=")[0]]


def change(
    client: TestClient, head: dict[str, str], account_id: str, **body: Any
) -> tuple[int, Any]:
    answer = client.patch(f"/v1/accounts/{account_id}", json=body, headers=head)
    return answer.status_code, answer.json()


def test_role_and_districts_are_changed(
    client: TestClient, house: House, admin: dict[str, str]
) -> None:
    account = house.person()
    status, changed = change(client, admin, account.account_id, role="auditor", districts=["上城"])
    assert (status, changed["role"], changed["districts"]) == (200, "auditor", ["上城"])


def test_what_is_left_out_stays(client: TestClient, house: House, admin: dict[str, str]) -> None:
    account = house.person(districts=["西湖"])
    _, changed = change(client, admin, account.account_id, role="auditor")
    assert changed["districts"] == ["西湖"]


def test_an_account_is_ended(client: TestClient, house: House, admin: dict[str, str]) -> None:
    account = house.person()
    head = bearer(house.log_in().token)
    change(client, admin, account.account_id, is_active=False)
    assert client.get("/v1/grid", headers=head).status_code == 401


def test_a_forgotten_password_is_replaced(
    client: TestClient, house: House, admin: dict[str, str]
) -> None:
    account = house.person()
    assert change(client, admin, account.account_id, password="another long one")[0] == 200  # noqa: S106
    assert house.log_in("wang", "another long one")


def test_a_change_is_made_whole_or_not_at_all(
    client: TestClient, house: House, admin: dict[str, str]
) -> None:
    account = house.person()
    change(client, admin, account.account_id, role="auditor", password="short")  # noqa: S106
    token = house.log_in().token
    assert client.post("/v1/plans", json={}, headers=bearer(token)).status_code == 422  # a planner


def test_an_unknown_account_is_not_found(client: TestClient, admin: dict[str, str]) -> None:
    status, answer = change(client, admin, "account-x", role="auditor")
    assert (status, answer["code"]) == (404, "unknown_account")


# One district ---------------------------------------------------------------------------------


@pytest.mark.parametrize("districts", [["*"], ["上城"], ["西湖", "上城"]])
def test_an_administrator_of_one_district_gives_no_other(
    client: TestClient, local_admin: dict[str, str], districts: list[str]
) -> None:
    answer = client.post("/v1/accounts", json={**NEW, "districts": districts}, headers=local_admin)
    assert answer.status_code == 403


def test_an_administrator_of_one_district_gives_that(
    client: TestClient, local_admin: dict[str, str]
) -> None:
    assert client.post("/v1/accounts", json=NEW, headers=local_admin).status_code == 201


def test_an_account_of_another_district_is_not_found(
    client: TestClient, house: House, local_admin: dict[str, str]
) -> None:
    account = house.person(districts=["上城"])
    assert change(client, local_admin, account.account_id, is_active=False)[0] == 404


def test_an_administrator_of_one_district_does_not_reach_further_by_a_change(
    client: TestClient, house: House, local_admin: dict[str, str]
) -> None:
    account = house.person(districts=["西湖"])
    assert change(client, local_admin, account.account_id, districts=["*"])[0] == 403


# One's own password ---------------------------------------------------------------------------


def change_own(client: TestClient, head: dict[str, str], present: str, new: str) -> int:
    return client.put(
        "/v1/accounts/current/password",
        json={"present_password": present, "new_password": new},
        headers=head,
    ).status_code


def test_anyone_changes_their_own_password(client: TestClient, house: House) -> None:
    house.person()
    head = bearer(house.log_in().token)
    assert change_own(client, head, PASSWORD, "another long one") == 204
    assert house.log_in("wang", "another long one")


def test_the_present_password_is_asked_for(client: TestClient, house: House) -> None:
    house.person()
    head = bearer(house.log_in().token)
    assert change_own(client, head, "a wrong password", "another long one") == 401


def test_guessing_the_present_password_is_stopped(client: TestClient, house: House) -> None:
    house.person()
    head = bearer(house.log_in().token)
    statuses = [change_own(client, head, "a wrong password", "another long one") for _ in range(4)]
    assert statuses == [401, 401, 401, 429]


def test_a_key_has_no_password(client: TestClient, house: House) -> None:
    _, text = house.key()
    assert change_own(client, bearer(text), PASSWORD, "another long one") == 401
