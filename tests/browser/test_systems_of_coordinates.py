"""A place may be told in any of four systems; what shifts it is fetched when one is chosen."""

from __future__ import annotations

import json

from playwright.sync_api import Locator, expect

from grid_models.crs import wgs84_to_gcj02
from tests.browser.browser import SHOP
from tests.browser.house import House
from tests.browser.phone import Phone

PLACE = (120.16285, 30.28368)


def coordinates(phone: Phone) -> Locator:
    return phone.page.get_by_label("坐标（经度, 纬度）")


def test_a_place_the_phone_told_is_shown_in_the_system_that_is_chosen(phone: Phone) -> None:
    phone.locate()
    phone.page.get_by_label("坐标系").select_option("gcj02")
    lon, lat = (float(side) for side in wgs84_to_gcj02(SHOP["longitude"], SHOP["latitude"]))
    expect(coordinates(phone)).to_have_value(f"{lon:.6f}, {lat:.6f}")


def test_numbers_that_were_typed_stay_when_their_system_is_said(phone: Phone, house: House) -> None:
    lon, lat = (float(side) for side in wgs84_to_gcj02(*PLACE))
    typed = f"{lon:.6f}, {lat:.6f}"
    coordinates(phone).fill(typed)
    coordinates(phone).blur()
    phone.page.get_by_label("坐标系").select_option("gcj02")
    expect(coordinates(phone)).to_have_value(typed)
    phone.tap("100")
    phone.page.get_by_test_id("send").tap()
    phone.see("verdict")
    kept = house.column("applications", "asked")[-1]
    asked = kept if isinstance(kept, dict) else json.loads(str(kept))
    assert (round(asked["lon"], 5), round(asked["lat"], 5)) == PLACE
