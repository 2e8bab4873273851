"""What a deployment may add: the company's sign-in, a map under the grid, the app installed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from api.serving import ServedGrids
from api.settings import Settings
from grid_models.crs import wgs84_to_gcj02
from tests.browser.browser import SHOP
from tests.browser.house import House, served, serving
from tests.browser.neighbours import CLIENT, BaseMap, SignIn
from tests.browser.phone import Phone, phone_of


@pytest.fixture
def with_sign_in(grids: ServedGrids, tmp_path: Path) -> Iterator[House]:
    """Return a service with the company's sign-in beside it."""
    sign_in = SignIn()
    with served(sign_in.app) as url:
        sign_in.url = url
        settings = Settings(
            oidc_issuer=url, oidc_jwks_url=f"{url}/keys", oidc_audience=CLIENT,
            oidc_client_id=CLIENT,
        )  # fmt: skip
        with serving(tmp_path, grids, settings) as house:
            yield replace(house, neighbour=url)


def test_the_companys_sign_in_lets_in_and_leaves_no_token_behind(
    with_sign_in: House, browser: Browser
) -> None:
    with phone_of(with_sign_in, browser, may_ask=with_sign_in.neighbour) as phone:
        phone.open("#/me")
        phone.page.get_by_test_id("sign-in").tap()
        expect(phone.page.get_by_role("heading", name="oidc:u-17")).to_be_visible()
        assert "code=" not in phone.page.url
        kept = phone.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
        assert "eyJ" not in kept  # how every such token begins


def test_who_came_by_the_sign_in_is_answered(with_sign_in: House, browser: Browser) -> None:
    with phone_of(with_sign_in, browser, may_ask=with_sign_in.neighbour) as phone:
        phone.open()
        phone.page.get_by_test_id("sign-in").tap()
        expect(phone.page.get_by_test_id("login")).to_have_count(0)
        phone.ask(kw=100)
        phone.see("verdict")


@pytest.mark.parametrize("system", ["cgcs2000", "gcj02"])
def test_a_map_under_the_grid_lies_where_the_grid_does(
    grids: ServedGrids, browser: Browser, tmp_path: Path, system: str
) -> None:
    base = BaseMap()
    with served(base.app) as url:
        settings = Settings.model_validate(
            {"base_map_url": f"{url}/{{z}}/{{x}}/{{y}}.png", "base_map_system": system}
        )
        with (
            serving(tmp_path, grids, settings) as house,
            phone_of(house, browser, may_ask=url) as phone,
        ):
            phone.open().log_in()
            phone.locate()
            phone.page.wait_for_load_state("networkidle")
    lon, lat = SHOP["longitude"], SHOP["latitude"]
    if system == "gcj02":
        lon, lat = wgs84_to_gcj02(lon, lat)
    nearest = max(base.asked)[0]
    assert (nearest, *tile_of(lon, lat, nearest)) in base.asked


def test_the_app_can_be_installed(phone: Phone) -> None:
    phone.wait_until_kept()
    asked = phone.context.new_cdp_session(phone.page)
    faults = asked.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # what a window nobody remembers can never be
    assert [fault["errorId"] for fault in faults] in ([], ["in-incognito"])


def test_the_app_speaks_english_as_well(phone: Phone) -> None:
    phone.page.goto(f"{phone.house.url}/#/me")
    phone.page.get_by_role("radio", name="English").check()
    expect(phone.page.get_by_role("button", name="Log out")).to_be_visible()
    phone.page.reload()
    expect(phone.page.get_by_role("button", name="Log out")).to_be_visible()


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int]:
    """Return the tile of the web's map that holds a place."""
    n, y = 2**z, math.asinh(math.tan(math.radians(lat)))
    return int((lon + 180) / 360 * n), int((1 - y / math.pi) / 2 * n)
