"""What a page of ours is told before anybody logs in."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.browser_files import find_build
from api.database import Database
from api.dependencies import get_now
from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings

SIGN_IN = {
    "oidc_issuer": "https://sign-in.example", "oidc_jwks_url": "https://sign-in.example/keys",
    "oidc_audience": "supply-plan",
}  # fmt: skip


def told(**settings: Any) -> Any:
    """Return what a service with some settings tells anybody."""
    app = create_app(Settings(**settings), ServedGrids([]), Database.open("sqlite://"))
    app.dependency_overrides[get_now] = lambda: datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
    answer = TestClient(app).get("/app-info")
    assert answer.status_code == 200
    return answer.json()


def test_a_deployment_that_sets_nothing_has_no_sign_in_map_or_search() -> None:
    assert told() == {
        "version": version("supply-plan-assistant"), "build": find_build(),
        "now": "2026-06-01T09:30:00Z", "sign_in": None, "base_map": None, "has_places": False,
    }  # fmt: skip


def test_a_sign_in_is_told_to_a_deployment_whose_browsers_use_it() -> None:
    assert told(**SIGN_IN)["sign_in"] is None
    assert told(**SIGN_IN, oidc_client_id="phone")["sign_in"] == {
        "issuer": "https://sign-in.example", "client_id": "phone", "scope": "openid",
    }  # fmt: skip


def test_a_base_map_is_told_with_its_coordinates() -> None:
    url = "https://tiles.example/{z}/{x}/{y}.png"
    settings = {"base_map_url": url, "base_map_system": "gcj02", "base_map_attribution": "© 甲"}
    assert told(**settings)["base_map"] == {"url": url, "system": "gcj02", "attribution": "© 甲"}


def test_where_addresses_are_looked_up_stays_with_the_server() -> None:
    info = told(places_url="https://places.example/search?tk=secret&q={q}")
    assert info["has_places"] is True
    assert "secret" not in str(info)


@pytest.mark.parametrize(
    "settings",
    [
        {"base_map_url": "https://tiles.example/x.png"},
        {"base_map_url": "javascript:alert(1)//{z}/{x}/{y}"},
        {"base_map_url": "https://tiles.example/{z}/{x}.png"},
        {"base_map_url": "https://地图.example/{z}/{x}/{y}.png"},
        {"base_map_url": "https://tiles.example;x/{z}/{x}/{y}.png"},
        {"base_map_url": "https://{s}.tiles.example/{z}/{x}/{y}"},
        {"base_map_system": "bd09"},
        {"places_url": "https://places.example/search"},
        {"places_kind": "google"},
    ],
)
def test_a_setting_that_cannot_work_is_refused_at_the_start(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        Settings(**settings)  # type: ignore[arg-type]
