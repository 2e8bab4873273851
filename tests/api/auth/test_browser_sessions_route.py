"""A session a browser keeps as a cookie: who may act with it, and when it ends."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from http.cookies import Morsel, SimpleCookie
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from api.auth.caller import ACTIONS, PERMISSIONS
from api.main import create_app
from api.serving import ServedGrids
from tests.api.auth.house import NOW, PASSWORD, House, StoppedClock, bearer
from tests.api.auth.issuer import claims, ec_key, rsa_key, running_sign_in, token

GOOD = {"name": "wang", "password": PASSWORD}
OWN_PAGE = {"X-Supply-Plan": "wang"}
NAME = "supply_plan_session"
# 2033-05-18T03:33:20Z: of tokens that are made before the tests run
LATE = 2_000_000_000


def cookie_of(answer: Response) -> Morsel[str]:
    """Return the cookie an answer sets."""
    return SimpleCookie(answer.headers["set-cookie"])[NAME]


def kept(cookie: str) -> dict[str, str]:
    return {"Cookie": f"{NAME}={cookie}"}


def sent_back(answer: Response) -> dict[str, str]:
    """Return the headers of a browser that keeps what an answer set."""
    return kept(cookie_of(answer).value)


def page_of(name: str) -> dict[str, str]:
    """Return what a page sends that takes itself to be somebody's."""
    return {"X-Supply-Plan": quote(name, safe="")}


@pytest.fixture
def browser(client: TestClient, house: House) -> dict[str, str]:
    """Return the headers of a browser in which Wang has logged in."""
    house.person(districts=["西湖"])
    answer = client.post("/v1/sessions/browser", json=GOOD)
    client.cookies.clear()
    return sent_back(answer)


# Logging in ----------------------------------------------------------------------------------


def test_a_login_tells_who_it_is_and_no_token(client: TestClient, house: House) -> None:
    house.person(districts=["西湖"])
    answer = client.post("/v1/sessions/browser", json=GOOD)
    assert answer.status_code == 201
    assert answer.json() == {
        "name": "wang", "role": "planner", "districts": ["西湖"],
        "may": [action for action in ACTIONS if action in PERMISSIONS["planner"]],
        "expires_at": "2026-06-01T17:30:00Z",
    }  # fmt: skip
    assert "sps_" not in answer.text


def test_no_script_and_no_other_site_has_the_cookie(client: TestClient, house: House) -> None:
    house.person()
    cookie = cookie_of(client.post("/v1/sessions/browser", json=GOOD))
    assert cookie.value.startswith("sps_")
    assert cookie["httponly"] is True
    assert cookie["samesite"].lower() == "strict"
    assert cookie["path"] == "/v1"
    assert cookie["domain"] == ""


def test_the_cookie_ends_with_the_session(client: TestClient, house: House) -> None:
    house.person()
    cookie = cookie_of(client.post("/v1/sessions/browser", json=GOOD))
    assert (parsedate_to_datetime(cookie["expires"]) - NOW).total_seconds() == 8 * 3_600


@pytest.mark.parametrize(("scheme", "secure"), [("https", True), ("http", "")])
def test_over_https_it_is_never_sent_over_http(
    client: TestClient, house: House, scheme: str, secure: object
) -> None:
    house.person()
    answer = client.post(f"{scheme}://testserver/v1/sessions/browser", json=GOOD)
    assert cookie_of(answer)["secure"] == secure


def test_an_answer_that_sets_it_is_not_to_be_stored(client: TestClient, house: House) -> None:
    house.person()
    answer = client.post("/v1/sessions/browser", json=GOOD)
    assert answer.headers["cache-control"] == "private, no-store"


def test_a_wrong_password_sets_none(client: TestClient, house: House) -> None:
    house.person()
    answer = client.post("/v1/sessions/browser", json={**GOOD, "password": "a wrong password"})
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")
    assert "set-cookie" not in answer.headers


def test_failures_of_browsers_and_programs_count_together(client: TestClient, house: House) -> None:
    house.person()
    wrong = {**GOOD, "password": "a wrong password"}
    for path in ("/v1/sessions", "/v1/sessions/browser", "/v1/sessions"):
        client.post(path, json=wrong)
    assert client.post("/v1/sessions/browser", json=GOOD).status_code == 429


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
def test_a_form_of_another_site_logs_nobody_in(
    client: TestClient, house: House, kind: str | None
) -> None:
    house.person()
    answer = client.post(
        "/v1/sessions/browser",
        content=f'{{"name": "wang", "password": "{PASSWORD}"}}'.encode(),
        headers={} if kind is None else {"Content-Type": kind},
    )
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers


# Acting with it ------------------------------------------------------------------------------

READING = [("GET", "/v1/grid"), ("GET", "/v1/sessions/current"), ("GET", "/v1/words")]
ACTING: list[tuple[str, str, Any]] = [
    ("POST", "/v1/plans", {"at": [120.1633, 30.2802], "kw": 60, "special_load": "none"}),
    ("PUT", "/v1/accounts/current/password", {}),
    ("PATCH", "/v1/accounts/x", {"role": "auditor"}),
    ("DELETE", "/v1/sessions/current", None),
]


@pytest.mark.parametrize(("method", "path"), READING)
def test_the_cookie_alone_reads(
    client: TestClient, browser: dict[str, str], method: str, path: str
) -> None:
    assert client.request(method, path, headers=browser).status_code == 200


@pytest.mark.parametrize(("method", "path", "body"), ACTING)
def test_the_cookie_alone_does_not_act(
    client: TestClient, browser: dict[str, str], method: str, path: str, body: Any
) -> None:
    answer = client.request(method, path, headers=browser, json=body)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize(("method", "path", "body"), ACTING)
def test_a_page_of_ours_acts_with_it(
    client: TestClient, browser: dict[str, str], method: str, path: str, body: Any
) -> None:
    answer = client.request(method, path, headers={**browser, **OWN_PAGE}, json=body)
    assert answer.status_code != 401


def test_who_asks_by_a_bearer_token_is_who_it_says(
    client: TestClient, house: House, browser: dict[str, str]
) -> None:
    house.person("chen", role="auditor")
    both = {**browser, **bearer(house.log_in("chen").token)}
    assert client.get("/v1/sessions/current", headers=both).json()["name"] == "chen"


def test_a_bad_bearer_token_is_not_made_good_by_a_cookie(
    client: TestClient, browser: dict[str, str]
) -> None:
    answer = client.get("/v1/sessions/current", headers={**browser, **bearer("sps_0")})
    assert answer.status_code == 401


@pytest.mark.parametrize("cookie", ["", "sps_0", "spk_0_0", "a.b.c", "%00", "\xe4"])
def test_a_forged_cookie_is_nobody(client: TestClient, cookie: str) -> None:
    answer = client.get("/v1/grid", headers=[(b"Cookie", f"{NAME}={cookie}".encode("latin-1"))])
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


# Its end -------------------------------------------------------------------------------------


def test_logging_out_has_the_browser_forget_it(client: TestClient, browser: dict[str, str]) -> None:
    answer = client.delete("/v1/sessions/current", headers={**browser, **OWN_PAGE})
    cookie = cookie_of(answer)
    assert answer.status_code == 204
    assert (cookie.value, cookie["path"], cookie["max-age"]) == ("", "/v1", "0")


def test_logging_out_ends_the_session(client: TestClient, browser: dict[str, str]) -> None:
    client.delete("/v1/sessions/current", headers={**browser, **OWN_PAGE})
    assert client.get("/v1/grid", headers=browser).status_code == 401


def test_a_session_that_is_over_is_401(
    client: TestClient, browser: dict[str, str], clock: StoppedClock
) -> None:
    clock.move(hours=8)
    answer = client.get("/v1/sessions/current", headers=browser)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_a_session_just_before_its_end_is_good(
    client: TestClient, browser: dict[str, str], clock: StoppedClock
) -> None:
    clock.move(hours=7, minutes=59)
    assert client.get("/v1/sessions/current", headers=browser).status_code == 200


# Who asks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["manager", "planner", "auditor", "administrator"])
def test_a_person_is_told_all_their_role_allows(
    client: TestClient, house: House, role: str
) -> None:
    house.person(role=role)
    told = client.get("/v1/sessions/current", headers=bearer(house.log_in().token)).json()
    assert told["role"] == role
    assert set(told["may"]) == PERMISSIONS[role]
    assert told["expires_at"] == "2026-06-01T17:30:00Z"


def test_a_key_is_told_what_its_scopes_leave_and_no_end(client: TestClient, house: House) -> None:
    _, text = house.key("marketing", scopes=["plan.make", "application.read"], districts=["西湖"])
    assert client.get("/v1/sessions/current", headers=bearer(text)).json() == {
        "name": "key:marketing", "role": "integrator", "districts": ["西湖"],
        "may": ["application.read", "plan.make"], "expires_at": None,
    }  # fmt: skip


# The company's sign-in -----------------------------------------------------------------------


def _signed_in(house: House, grids: ServedGrids, sent: str) -> tuple[TestClient, Response]:
    with running_sign_in() as sign_in:
        app = create_app(sign_in.settings(), grids, house.identity.database)
        client = TestClient(app, raise_server_exceptions=False)
        answer = client.post("/v1/sessions/sign-in", json={"token": sent})
    client.cookies.clear()
    return client, answer


def test_a_token_of_the_sign_in_becomes_the_cookie(house: House, grids: ServedGrids) -> None:
    sent = token(exp=LATE)
    client, answer = _signed_in(house, grids, sent)
    cookie = cookie_of(answer)

    assert answer.status_code == 201
    assert answer.json()["name"] == "oidc:u-17"
    assert answer.json()["expires_at"] == "2033-05-18T03:33:20Z"
    assert cookie.value == sent
    assert parsedate_to_datetime(cookie["expires"]).timestamp() == LATE
    assert client.get("/v1/grid", headers=sent_back(answer)).status_code == 200


def test_logging_out_forgets_a_token_of_the_sign_in(house: House, grids: ServedGrids) -> None:
    client, answer = _signed_in(house, grids, token())
    out = client.delete(
        "/v1/sessions/current", headers={**sent_back(answer), **page_of("oidc:u-17")}
    )
    assert out.status_code == 204
    assert cookie_of(out).value == ""


def test_a_program_does_not_log_out_of_the_sign_in(house: House, grids: ServedGrids) -> None:
    sent = token()
    client, _ = _signed_in(house, grids, sent)
    answer = client.delete("/v1/sessions/current", headers=bearer(sent))
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_session")


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (token(rsa_key(1), exp=LATE), 401, "not_authenticated"),
        (token(ec_key(), algorithm="ES256", exp=LATE), 401, "not_authenticated"),
        (token(aud="another", exp=LATE), 401, "not_authenticated"),
        (token(iss="https://elsewhere.example", exp=LATE), 401, "not_authenticated"),
        (token(exp=claims()["iat"] - 3_600), 401, "not_authenticated"),
        (token(exp=None), 401, "not_authenticated"),
        (token(role=None, exp=LATE), 403, "not_allowed"),
        (token(role="guest", exp=LATE), 403, "not_allowed"),
        ("", 401, "not_authenticated"),
        ("a.b.c", 401, "not_authenticated"),
        ("\ud800.b.c", 401, "not_authenticated"),
    ],
    ids=[
        "forged", "another key", "another audience", "another issuer", "over", "endless",
        "no role", "no role of ours", "empty", "none", "half a character",
    ],
)  # fmt: skip
def test_a_token_that_is_not_good_is_not_kept(
    house: House, grids: ServedGrids, sent: str, status: int, code: str
) -> None:
    with running_sign_in() as sign_in:
        app = create_app(sign_in.settings(), grids, house.identity.database)
        client = TestClient(app, raise_server_exceptions=False)
        answer = client.post(
            "/v1/sessions/sign-in",
            content=b'{"token": "\\ud800.b.c"}' if "\ud800" in sent else f'{{"token": "{sent}"}}',
            headers={"Content-Type": "application/json"},
        )
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(("groups", "status"), [(2_000, 201), (3_000, 422)])
def test_a_token_a_browser_would_drop_is_refused(
    house: House, grids: ServedGrids, groups: int, status: int
) -> None:
    # a character of a claim takes 4/3 characters of the token
    _, answer = _signed_in(house, grids, token(groups="x" * groups))
    assert answer.status_code == status
    assert ("set-cookie" in answer.headers) == (status == 201)
    fields = [problem["field"] for problem in answer.json().get("problems", [])]
    assert fields == (["token"] if status == 422 else [])


def test_a_token_of_another_kind_is_no_sign_in(house: House, grids: ServedGrids) -> None:
    house.person()
    for sent in (house.log_in().token, house.key()[1]):
        _, answer = _signed_in(house, grids, sent)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
        assert "set-cookie" not in answer.headers


def test_without_a_sign_in_no_token_of_one_is_kept(client: TestClient) -> None:
    answer = client.post("/v1/sessions/sign-in", json={"token": token()})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
