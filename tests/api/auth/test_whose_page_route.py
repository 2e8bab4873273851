"""A page says whose it is, and nobody asks in the name of who logged in since."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.auth.house import House, bearer
from tests.api.auth.test_browser_sessions_route import (
    ACTING,
    GOOD,
    READING,
    browser,
    page_of,
    sent_back,
)

__all__ = ["browser"]

NOBODYS_PAGE = {"X-Supply-Plan": ""}


@pytest.fixture
def other_tab(client: TestClient, house: House, browser: dict[str, str]) -> dict[str, str]:
    """Return the headers of a tab Wang left open in a browser where Li has logged in since."""
    house.person("li", districts=["西湖"])
    answer = client.post("/v1/sessions/browser", json={**GOOD, "name": "li"})
    client.cookies.clear()
    return {**browser, **sent_back(answer), **page_of("wang")}


@pytest.mark.parametrize(("method", "path"), READING)
def test_a_page_of_another_person_reads_nothing(
    client: TestClient, other_tab: dict[str, str], method: str, path: str
) -> None:
    answer = client.request(method, path, headers=other_tab)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize(("method", "path", "body"), ACTING)
def test_a_page_of_another_person_does_not_act_in_the_name_of_who_is_logged_in(
    client: TestClient, other_tab: dict[str, str], method: str, path: str, body: Any
) -> None:
    answer = client.request(method, path, headers=other_tab, json=body)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_who_is_logged_in_stays_so_whatever_another_tab_asked(
    client: TestClient, other_tab: dict[str, str]
) -> None:
    client.delete("/v1/sessions/current", headers=other_tab)
    answer = client.get("/v1/sessions/current", headers={**other_tab, **page_of("li")})
    assert answer.json()["name"] == "li"


def test_a_page_of_nobody_yet_asks_who_is_logged_in(
    client: TestClient, browser: dict[str, str]
) -> None:
    headers = {**browser, **NOBODYS_PAGE}
    assert client.get("/v1/sessions/current", headers=headers).json()["name"] == "wang"


def test_a_page_of_nobody_yet_acts(client: TestClient, browser: dict[str, str]) -> None:
    answer = client.delete("/v1/sessions/current", headers={**browser, **NOBODYS_PAGE})
    assert answer.status_code == 204


@pytest.mark.parametrize("name", ["王五", "li.chen@hz"])
def test_a_name_is_sent_as_an_address_would_have_it(
    client: TestClient, house: House, name: str
) -> None:
    house.person(name)
    answer = client.post("/v1/sessions/browser", json={**GOOD, "name": name})
    client.cookies.clear()
    told = client.get("/v1/sessions/current", headers={**sent_back(answer), **page_of(name)})
    assert told.json()["name"] == name


def test_a_bearer_token_says_who_asks_without_a_page(client: TestClient, house: House) -> None:
    house.person()
    headers = bearer(house.log_in().token)
    assert client.get("/v1/sessions/current", headers=headers).status_code == 200


@pytest.mark.parametrize(("name", "status"), [("wang", 200), ("li", 401)])
def test_a_bearer_token_that_comes_with_a_page_has_to_be_its_persons(
    client: TestClient, house: House, name: str, status: int
) -> None:
    house.person()
    headers = {**bearer(house.log_in().token), **page_of(name)}
    assert client.get("/v1/sessions/current", headers=headers).status_code == status
