"""Photograph the phone app: ``uv run python docs/pictures/photograph_phone.py``.

Needs Chromium and fonts with Chinese characters on the machine. Everything in the pictures is of
the demo district, which is invented.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, expect

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parents[1]))

from tests.browser.browser import launched  # noqa: E402
from tests.browser.house import House, demo_grids, serving  # noqa: E402
from tests.browser.phone import Phone, phone_of  # noqa: E402

COLOURS = 128
WORKSHOP = "120.16285, 30.28368"


def photograph(phone: Phone, name: str) -> None:
    """Keep what the phone shows, small enough for a page."""
    for shown in phone.page.get_by_test_id("map").all():
        expect(shown).to_have_attribute("data-ready", "true")
    for picture in phone.page.locator("main img").all():
        expect(picture).to_have_js_property("complete", True)
    phone.page.wait_for_load_state("networkidle")
    seen = Image.open(BytesIO(phone.page.screenshot()))
    seen.quantize(COLOURS, method=Image.Quantize.MEDIANCUT).save(
        FOLDER / f"phone-{name}.png", optimize=True
    )


def by_day(house: House, browser: Browser) -> None:
    """Go from the question to the signed form."""
    with phone_of(house, browser, device_scale_factor=2) as phone:
        phone.open().log_in()
        phone.locate()
        phone.tap("100")
        photograph(phone, "ask")
        phone.ask(kva=800, category="工业", at=WORKSHOP)
        phone.see("verdict")
        photograph(phone, "answer")
        phone.hold_and_sign("景达食品有限公司", "湖桥路 204 号")
        expect(phone.page.get_by_test_id("form-page").first).to_be_visible()
        photograph(phone, "reply")
        phone.page.goto(f"{house.url}/#/")
        phone.ask(kw=100)
        phone.see("verdict")
        phone.page.goto(f"{house.url}/#/work")
        phone.see("work-item")
        photograph(phone, "work")


def without_a_signal(house: House, browser: Browser) -> None:
    """Ask where there is none, with a pack in the pocket."""
    with phone_of(house, browser, device_scale_factor=2) as phone:
        phone.open().log_in("li")
        phone.wait_until_kept()
        phone.fetch_a_pack()
        phone.be_offline()
        phone.ask(kw=100)
        phone.see("preliminary")
        photograph(phone, "offline")


def at_night(house: House, browser: Browser) -> None:
    """Look at what the lines can still take."""
    with phone_of(house, browser, color_scheme="dark", device_scale_factor=2) as phone:
        phone.open().log_in()
        phone.open_map()
        phone.page.get_by_label("用我的位置").tap()
        phone.page.get_by_role("radio", name="按可开放容量").check()
        expect(phone.page.get_by_text("余量计算于")).to_be_visible()
        photograph(phone, "map")


if __name__ == "__main__":
    with (
        launched() as browser,
        TemporaryDirectory() as folder,
        serving(Path(folder), demo_grids()) as house,
    ):
        for walk in (by_day, without_a_signal, at_night):
            walk(house, browser)
