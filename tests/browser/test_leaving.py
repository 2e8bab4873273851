"""Who logs out, or is followed by another, leaves nothing there and nothing undone."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.phone import Phone


def test_who_logs_out_leaves_nothing_on_the_phone(phone: Phone) -> None:
    phone.ask(kw=100)
    phone.hold()
    phone.page.get_by_test_id("to-reply").tap()
    phone.page.get_by_label("客户名称").fill("张三的茶馆")
    phone.log_out()
    assert kept(phone) == []
    assert "张三" not in phone.page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}])"
    )


def test_who_logs_out_is_out_whatever_was_asked_before(phone: Phone) -> None:
    phone.page.goto(f"{phone.house.url}/#/me")
    phone.page.add_init_script(_SLOW_TO_FORGET)
    held = phone.hold_back("**/v1/sessions/current")
    phone.page.reload()
    answer = held.asked().fetch()
    phone.page.get_by_test_id("log-out").tap()
    phone.be_sure("退出登录")
    phone.page.wait_for_function("() => window.goOn")
    with phone.page.expect_response("**/v1/sessions/current"):
        held.asked().fulfill(response=answer)
    phone.page.evaluate("goOn()")
    expect(phone.see("login")).to_be_visible()
    expect(phone.page.get_by_test_id("log-out")).to_have_count(0)


# the pieces of the map are not forgotten before the test says so, the first time
_SLOW_TO_FORGET = """
    if (!sessionStorage.wasSlow) {
        sessionStorage.wasSlow = 'yes'
        const keys = caches.keys.bind(caches)
        caches.keys = () => new Promise(done => { window.goOn = () => done(keys()) })
    }
"""


def test_no_tab_goes_on_showing_it(phone: Phone, house: House) -> None:
    phone.ask(kw=100)
    phone.hold()
    phone.page.get_by_test_id("to-reply").tap()
    phone.page.get_by_label("客户名称").fill("张三的茶馆")
    second = phone.context.new_page()
    second.goto(f"{house.url}/#/")
    Phone(house=house, context=phone.context, page=second).log_out()
    expect(phone.see("login")).to_be_visible()
    expect(phone.page.get_by_label("客户名称")).to_have_count(0)
    assert "张三" not in stored(phone)


def test_no_tab_asks_anything_more_though_the_server_has_not_heard_of_it(
    phone: Phone, house: House
) -> None:
    phone.wait_until_kept()
    phone.ask(kw=100)
    phone.see("verdict")
    second = Phone(house=house, context=phone.context, page=phone.context.new_page())
    second.open("#/me")
    for each in (phone, second):
        each.hold_back("**/v1/sessions/current", "DELETE")
    phone.page.goto(f"{house.url}/#/work")
    phone.see("work-item")
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(request.url))
    second.page.get_by_test_id("log-out").tap()
    with phone.page.expect_event("load"):
        second.be_sure("退出登录")
    expect(phone.page.get_by_test_id("work-item")).to_have_count(0)
    assert [url for url in asked if "/v1/" in url and "/v1/sessions" not in url] == []


def test_an_application_that_is_being_opened_is_not_kept_after_a_log_out(
    phone: Phone, house: House
) -> None:
    phone.ask(kw=100)
    phone.see("verdict")
    phone.log_out()
    phone.log_in()
    application_id = house.column("applications", "application_id")[-1]
    held = phone.hold_back(f"**/v1/applications/{application_id}")
    phone.page.goto(f"{house.url}/#/application/{application_id}")
    held.asked()
    second = Phone(house=house, context=phone.context, page=phone.context.new_page())
    second.open().log_out()
    phone.see("login")
    assert kept(phone) == []


def test_a_log_out_without_a_signal_empties_the_phone_and_is_told_later(phone: Phone) -> None:
    phone.wait_until_kept()
    phone.page.goto(f"{phone.house.url}/#/me")
    phone.see("log-out")
    phone.be_offline()
    phone.log_out()
    with phone.page.expect_response(lambda answer: answer.request.method == "DELETE") as told:
        phone.be_online()
    assert told.value.url.endswith("/v1/sessions/current")


def test_what_is_under_way_at_a_log_out_neither_comes_back_nor_blocks_the_next(
    phone: Phone, house: House
) -> None:
    held = phone.hold_back("**/v1/applications", "POST")
    phone.ask(kw=100)
    held.asked()
    phone.log_out()
    phone.log_in()
    phone.page.goto(f"{house.url}/#/")
    phone.ask(kw=120)
    phone.see("verdict")
    assert [row["caseId"] for row in kept(phone, "errands")] == [phone.case_id()]
    expect(phone.page.get_by_test_id("fault")).to_have_count(0)


def test_what_waits_of_one_is_not_sent_in_the_name_of_the_next(phone: Phone, house: House) -> None:
    phone.wait_until_kept()
    before = len(house.column("applications", "accepted_by"))
    phone.be_offline()
    for kw in (100, 120):
        phone.ask(kw=kw)
        phone.page.goto(f"{house.url}/#/")
    held = phone.hold_back("**/v1/applications", "POST")
    phone.be_online()
    held.asked()
    second = phone.context.new_page()
    house.end_sessions()
    second.goto(house.url)
    li = Phone(house=house, context=phone.context, page=second).log_in("li")
    held.asked().continue_()
    li.ask(kw=110)
    li.see("verdict")
    expect(li.page.get_by_test_id("waiting")).to_have_count(0)
    assert house.column("applications", "accepted_by")[before:] == ["li"]
    expect(phone.page.get_by_test_id("login")).to_have_count(0)
    assert {row["owner"] for row in kept(phone, "errands") if row["state"] != "sent"} == {"wang"}


def test_a_tab_left_open_does_not_send_in_anothers_name(phone: Phone, house: House) -> None:
    phone.wait_until_kept()
    phone.be_offline()
    phone.ask(kw=100)
    phone.see("case-waiting")
    house.end_sessions()
    before = house.count("applications")
    second = phone.context.new_page()
    phone.be_online()
    second.goto(house.url)
    li = Phone(house=house, context=phone.context, page=second).log_in("li")
    # the first tab hears of it, and is Li's from now on
    expect(phone.page.get_by_text("本机没有这份申请")).to_be_visible()
    li.page.goto(f"{house.url}/#/me")
    expect(li.page.get_by_role("heading", name="li")).to_be_visible()
    assert house.count("applications") == before


def test_what_one_asked_another_does_not_see(phone: Phone) -> None:
    phone.ask(kw=100)
    phone.see("verdict")
    case = phone.page.url
    phone.house.end_sessions()
    phone.page.reload()
    phone.log_in("li")
    phone.page.goto(case)
    expect(phone.page.get_by_text("本机没有这份申请")).to_be_visible()


def stored(phone: Phone) -> str:
    """Return what a tab and the browser keep for it beside the database."""
    return str(phone.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])"))


def kept(phone: Phone, table: str = "cases") -> list[dict[str, Any]]:
    """Return what the phone's database holds."""
    rows: list[dict[str, Any]] = phone.page.evaluate(
        """table => new Promise(done => {
            const opened = indexedDB.open('supply-plan')
            opened.onsuccess = () => {
                const asked = opened.result.transaction(table).objectStore(table).getAll()
                asked.onsuccess = () => done(JSON.parse(JSON.stringify(asked.result)))
            }
        })""",
        table,
    )
    return rows
