"""From opening the app to the signed reply form, as a customer manager goes."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.phone import Phone


def test_low_voltage_is_answered_and_signed_on_the_spot(phone: Phone, house: House) -> None:
    phone.ask(kw=100)
    expect(phone.see("verdict")).to_have_attribute("data-mode", "on_site")
    phone.hold_and_sign()
    assert "replied" in house.column("applications", "state")


def test_ten_kilovolts_are_answered_and_signed_on_the_spot(phone: Phone) -> None:
    phone.ask(kva=630, category="工业")
    expect(phone.see("verdict")).to_have_attribute("data-mode", "on_site")
    phone.hold_and_sign("景达食品有限公司", "湖桥路 204 号")


def test_the_desk_confirms_before_the_form_is_signed(phone: Phone, house: House) -> None:
    phone.ask(kva=1600, category="工业")
    expect(phone.see("verdict")).to_have_attribute("data-mode", "back_office")
    expect(phone.see("reasons")).to_contain_text("1,250")
