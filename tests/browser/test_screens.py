"""Every screen: usable by all, within its policy, for who may see it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPhone
from tests.browser.house import House
from tests.browser.phone import Phone

AXE = Path(__file__).parents[2] / "api" / "web" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")
LEAST_TARGET_PX = 44
FOUR_DIGITS_PX = 110  # 1250 in letters twice as large, within the edges of a field


def screens(phone: Phone) -> Iterator[str]:
    """Go through every screen, in the order of a day's work."""
    page, url = phone.page, phone.house.url
    phone.locate()
    yield "ask"
    page.get_by_role("radio", name="设备清单").check()
    phone.tap("增加设备")
    page.locator("details > summary").first.tap()
    yield "ask with everything"
    page.get_by_role("radio", name="设备容量 kW").check()
    phone.ask(kw=100, special_load=None)
    phone.see("option-1")
    case = phone.case_id()
    for summary in page.locator("details > summary").all():
        summary.tap()
    expect(page.get_by_test_id("diagram")).to_be_visible()
    yield "answer with everything"
    page.get_by_test_id("customer-view").tap()
    phone.see("customer")
    yield "customer's view"
    phone.leave_the_customer()
    page.goto(f"{url}/#/case/{case}/compare")
    phone.see("comparison")
    yield "comparison"
    page.goto(f"{url}/#/case/{case}")
    page.get_by_test_id("place-hold").tap()
    phone.see("held")
    yield "held"
    page.get_by_test_id("to-reply").tap()
    page.get_by_label("客户名称").fill("西湖茶馆")
    page.get_by_label("用电地址").fill("湖桥路 12 号")
    page.get_by_test_id("preview").tap()
    phone.see("sign")
    yield "form before it is signed"
    page.goto(f"{url}/#/work")
    phone.see("work-item")
    yield "work"
    page.goto(f"{url}/#/notices")
    yield "notices"
    page.goto(f"{url}/#/sending")
    phone.see("errand")
    yield "sending"
    page.goto(f"{url}/#/me")
    phone.see("packs")
    yield "me"
    phone.open_map()
    page.get_by_test_id("map").tap(position={"x": 180, "y": 200})
    phone.see("tapped")
    yield "map"
    page.get_by_test_id("correct").tap()
    expect(page.get_by_role("dialog")).to_be_visible()
    yield "correction"


def serious_faults(page: Page) -> list[str]:
    """Return what axe finds that keeps somebody from using the screen."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{fault['id']}: {[node['target'] for node in fault['nodes']]}"
        for fault in found
        if fault["impact"] in SERIOUS
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_screen_has_a_serious_fault_of_accessibility(new_phone: NewPhone, scheme: str) -> None:
    phone = new_phone(color_scheme=scheme).open()
    phone.see("login")
    faults = {"login": serious_faults(phone.page)}
    phone.log_in()
    faults |= {name: serious_faults(phone.page) for name in screens(phone)}
    assert {name: found for name, found in faults.items() if found} == {}


def test_a_serious_fault_would_be_found(phone: Phone) -> None:
    phone.page.evaluate("document.body.append(document.createElement('img'))")
    assert [fault.partition(":")[0] for fault in serious_faults(phone.page)] == ["image-alt"]


def test_everything_to_touch_is_large_enough_on_a_small_phone(new_phone: NewPhone) -> None:
    phone = new_phone(viewport={"width": 360, "height": 640}).open().log_in()
    small = {name: too_small(phone.page) for name in screens(phone)}
    assert {name: found for name, found in small.items() if found} == {}


def test_no_screen_is_wider_than_a_small_phone_with_letters_twice_as_large(
    new_phone: NewPhone,
) -> None:
    phone = new_phone(viewport={"width": 360, "height": 640})
    phone.page.add_init_script(
        "addEventListener('DOMContentLoaded', () => {"
        "document.documentElement.style.fontSize = '200%' })"
    )
    phone.open().log_in()
    wide = {
        name: phone.page.evaluate("document.documentElement.scrollWidth") for name in screens(phone)
    }
    assert {name: width for name, width in wide.items() if width > 360} == {}


def test_what_is_asked_of_anybody_else_would_be_found(phone: Phone) -> None:
    phone.page.evaluate("fetch('http://localhost:9/').catch(() => undefined)")
    assert any("http://localhost:9/" in fault for fault in phone.errors)
    phone.errors.clear()


def test_a_script_put_into_the_page_is_not_run(phone: Phone) -> None:
    phone.page.evaluate(
        """() => {
            const script = document.createElement('script')
            script.textContent = 'window.wasRun = true'
            document.body.append(script)
        }"""
    )
    assert phone.page.evaluate("window.wasRun") is None
    assert len(phone.errors) == 1
    assert "Content Security Policy" in phone.errors.pop()


def test_no_script_can_read_the_session(phone: Phone) -> None:
    kept = phone.page.evaluate(
        "JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}])"
    )
    assert "sps_" not in kept
    [cookie] = [c for c in phone.context.cookies() if c["name"] == "supply_plan_session"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")


def test_who_may_only_read_is_offered_nothing_else(new_phone: NewPhone, house: House) -> None:
    wang = new_phone().open().log_in()
    wang.ask(kw=100)
    wang.see("verdict")
    [application_id] = house.column("applications", "application_id")[-1:]
    sun = new_phone().open().log_in("sun")
    sun.page.goto(f"{house.url}/#/application/{application_id}")
    sun.see("verdict")
    for test_id in ("place-hold", "photos", "confirmations"):
        expect(sun.page.get_by_test_id(test_id)).to_have_count(0)


def test_the_customers_view_is_left_by_a_finger_that_stays(phone: Phone) -> None:
    phone.ask(kw=100)
    phone.see("option-1")
    phone.page.get_by_test_id("customer-view").tap()
    phone.see("customer")
    phone.page.reload()
    phone.see("customer")
    expect(phone.page.get_by_label("返回")).to_have_count(0)
    phone.page.get_by_test_id("leave-customer").tap()
    phone.see("customer")
    phone.leave_the_customer()
    expect(phone.page.get_by_test_id("option-1")).to_be_visible()


def go_back_and_be_sent_here(page: Page) -> None:
    """Take the phone's own way back, and wait until the page has come here again."""
    page.evaluate("moves = 0; addEventListener('popstate', () => moves++); history.back()")
    page.wait_for_function("() => moves === 2")


def test_the_phones_own_way_back_does_not_leave_the_customers_view(phone: Phone) -> None:
    phone.ask(kw=100)
    phone.see("option-1")
    phone.page.get_by_test_id("customer-view").tap()
    phone.see("customer")
    go_back_and_be_sent_here(phone.page)
    phone.see("customer")
    phone.page.reload()
    phone.see("customer")
    go_back_and_be_sent_here(phone.page)
    phone.see("customer")
    phone.leave_the_customer()


def test_large_letters_leave_room_to_read_and_to_tap(new_phone: NewPhone) -> None:
    phone = new_phone(viewport={"width": 360, "height": 640})
    phone.page.add_init_script(
        "addEventListener('DOMContentLoaded', () => {"
        "document.documentElement.style.fontSize = '200%' })"
    )
    phone.open().log_in()
    phone.page.get_by_role("radio", name="设备清单").check()
    phone.tap("增加设备")
    send, tabs = phone.see("send").bounding_box(), phone.page.get_by_role("navigation")
    bar = tabs.bounding_box()
    assert send is not None
    assert bar is not None
    assert send["y"] + send["height"] <= bar["y"]
    field = phone.page.get_by_label("单台功率（kW）").bounding_box()
    assert field is not None
    assert field["width"] >= FOUR_DIGITS_PX


def test_what_is_reached_by_a_key_is_not_behind_the_bars(phone: Phone) -> None:
    phone.page.get_by_text("更多：").tap()
    phone.page.evaluate("scrollTo(0, 0)")
    phone.page.get_by_label("备注名称").evaluate("field => field.focus({ preventScroll: true })")
    hidden = []
    for _ in range(12):
        phone.page.keyboard.press("Tab")
        # what scrolls has come to rest in the frame after the next
        phone.page.evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        hidden += phone.page.evaluate(_BEHIND_THE_BAR)
    assert hidden == []


_BEHIND_THE_BAR = """() => {
    const at = document.activeElement.getBoundingClientRect()
    const bar = document.querySelector('.send').getBoundingClientRect()
    const isOfBar = document.activeElement.closest('.send, nav, header')
    return !isOfBar && at.bottom > bar.top + 1 ? [document.activeElement.outerHTML] : []
}"""


def too_small(page: Page) -> list[str]:
    """Return what can be tapped and is smaller than a finger, but for words within a text."""
    found: list[str] = page.evaluate(_TOO_SMALL, LEAST_TARGET_PX)
    return found


_TOO_SMALL = """(least) => {
    const touched = 'button, a[href], select, summary, .chips span,' +
        'input:not([type=radio]):not([type=checkbox]):not([type=file])'
    const isSmall = box => box.height < least - 0.5 || box.width < least - 0.5
    return [...document.querySelectorAll(touched)]
        .filter(e => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
        .filter(e => !e.closest('p, .ol-attribution'))
        .map(e => [e, e.getBoundingClientRect()])
        .filter(([, box]) => box.width > 0 && isSmall(box))
        .map(([e, box]) => `${e.outerHTML.slice(0, 80)} ${box.width} x ${box.height}`)
}"""
