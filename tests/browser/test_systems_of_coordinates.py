"""A place may be told in any of four systems; what shifts it is fetched when one is chosen."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from grid_models.crs import wgs84_to_gcj02
from tests.browser.phone import Phone

PLACE = (120.16285, 30.28368)
TYPED = "120.162850, 30.283680"


def coordinates(phone: Phone) -> Locator:
    return phone.page.get_by_label("坐标（经度, 纬度）")


def test_a_place_is_shown_in_the_system_that_is_chosen(phone: Phone) -> None:
    coordinates(phone).fill(TYPED)
    coordinates(phone).blur()
    phone.page.get_by_label("坐标系").select_option("gcj02")
    lon, lat = (float(side) for side in wgs84_to_gcj02(*PLACE))
    expect(coordinates(phone)).to_have_value(f"{lon:.6f}, {lat:.6f}")


def test_a_place_typed_in_another_system_stays_where_it_is(phone: Phone) -> None:
    lon, lat = (float(side) for side in wgs84_to_gcj02(*PLACE))
    phone.page.get_by_label("坐标系").select_option("gcj02")
    coordinates(phone).fill(f"{lon:.8f}, {lat:.8f}")
    coordinates(phone).blur()
    phone.page.get_by_label("坐标系").select_option("cgcs2000")
    expect(coordinates(phone)).to_have_value(TYPED)
