"""Without a signal: what is kept opens, what is asked waits, and everything is sent once."""

from __future__ import annotations

from playwright.sync_api import Response, Route, expect

from tests.browser.conftest import NewPhone
from tests.browser.house import House
from tests.browser.phone import Phone


def test_the_last_answer_opens_after_a_reload_without_a_signal(phone: Phone) -> None:
    phone.wait_until_kept()
    phone.ask(kw=100)
    phone.see("verdict")
    phone.be_offline()
    phone.page.reload()
    expect(phone.see("verdict")).to_have_attribute("data-mode", "on_site")
    phone.see("offline")


def test_the_map_that_was_seen_last_is_there_without_a_signal(phone: Phone) -> None:
    phone.wait_until_kept()
    with phone.page.expect_response(is_piece_of_map):  # from now on they are kept
        phone.page.reload()
    phone.page.wait_for_load_state("networkidle")
    phone.be_offline()
    with phone.page.expect_response(is_piece_of_map) as piece:
        phone.page.reload()
    assert (piece.value.ok, piece.value.from_service_worker) == (True, True)


def test_an_application_waits_for_the_signal_and_is_sent_once(phone: Phone, house: House) -> None:
    phone.wait_until_kept()
    before = house.count("applications")
    phone.be_offline()
    phone.ask(kw=100)
    phone.see("case-waiting")
    expect(phone.see("waiting")).to_contain_text("待发 1")
    assert house.count("applications") == before
    phone.be_online()
    phone.see("verdict")
    assert house.count("applications") == before + 1
    expect(phone.page.get_by_test_id("waiting")).to_have_count(0)


def test_what_was_not_sent_can_be_taken_back(phone: Phone, house: House) -> None:
    phone.wait_until_kept()
    before = house.count("applications")
    phone.be_offline()
    phone.ask(kw=100)
    phone.see("take-back").tap()
    phone.be_sure("撤回，不再发送")
    expect(phone.page.get_by_test_id("waiting")).to_have_count(0)
    phone.be_online()
    phone.page.goto(f"{house.url}/#/sending")
    expect(phone.page.get_by_text("没有待发送的内容")).to_be_visible()
    assert house.count("applications") == before


def test_what_waits_outlives_the_app(phone: Phone, house: House) -> None:
    phone.wait_until_kept()
    before = house.count("applications")
    phone.be_offline()
    phone.ask(kw=100)
    phone.page.close()
    phone.page = phone.context.new_page()
    phone.be_online()
    phone.open("#/sending")
    expect(phone.see("errand").first).to_have_attribute("data-state", "sent")
    assert house.count("applications") == before + 1


def test_a_signal_lost_while_sending_sends_once(phone: Phone, house: House) -> None:
    before = house.count("applications")
    lost: list[str] = []

    def lose_the_answer(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().text())  # the server has it, the phone hears nothing
            route.abort("connectionreset")
        else:
            route.continue_()

    phone.page.route("**/v1/applications", lose_the_answer)
    phone.ask(kw=100)
    phone.see("case-waiting")
    phone.page.goto(f"{house.url}/#/sending")
    phone.page.get_by_test_id("send-now").tap()
    expect(phone.see("errand").first).to_have_attribute("data-state", "sent")
    assert len(lost) == 1
    assert house.count("applications") == before + 1


def test_one_that_the_server_fails_at_does_not_keep_the_others(phone: Phone, house: House) -> None:
    before = house.count("applications")
    failed: list[str] = []

    def fail_at_the_first(route: Route) -> None:
        key = route.request.headers.get("idempotency-key", "")
        failed.append(key)
        if key == failed[0]:
            route.fulfill(status=500, json={"detail": "出了故障 / something broke"})
        else:
            route.continue_()

    phone.page.route("**/v1/applications", fail_at_the_first)
    phone.ask(kw=100)
    expect(phone.see("case-waiting")).to_contain_text("服务器处理这一项时出错")
    phone.page.goto(f"{house.url}/#/")
    phone.ask(kw=120)
    phone.see("verdict")
    assert house.count("applications") == before + 1
    phone.page.goto(f"{house.url}/#/sending")
    first = phone.page.get_by_test_id("errand").last
    expect(first).to_contain_text("出错")
    phone.page.unroute("**/v1/applications")
    phone.page.get_by_test_id("send-now").tap()
    expect(first).to_have_attribute("data-state", "sent")
    expect(first).not_to_contain_text("出错")
    assert house.count("applications") == before + 2


def test_two_tabs_send_once(phone: Phone, house: House) -> None:
    phone.wait_until_kept()
    before = house.count("applications")
    phone.be_offline()
    phone.ask(kw=100)
    second = phone.context.new_page()
    second.goto(f"{house.url}/#/sending")
    phone.be_online()
    expect(second.get_by_test_id("errand").first).to_have_attribute("data-state", "sent")
    phone.see("verdict")
    assert house.count("applications") == before + 1


def test_photos_wait_with_their_application(phone: Phone, house: House) -> None:
    phone.wait_until_kept()
    phone.ask(kw=100)
    phone.see("verdict")
    before = house.count("photos")
    phone.be_offline()
    phone.take_a_photo()
    expect(phone.see("photos")).to_contain_text("待发送")
    phone.be_online()
    expect(phone.page.get_by_test_id("photos")).not_to_contain_text("待发送")
    assert house.count("photos") == before + 1


def test_a_pack_gives_an_opinion_that_is_no_reply(phone: Phone) -> None:
    phone.wait_until_kept()
    phone.fetch_a_pack()
    phone.be_offline()
    phone.ask(kw=100)
    expect(phone.see("preliminary")).to_contain_text("不是答复")
    expect(phone.page.locator("main")).not_to_contain_text("受理编号")
    expect(phone.page.get_by_test_id("place-hold")).to_have_count(0)


def test_without_a_pack_there_is_no_opinion(phone: Phone) -> None:
    phone.wait_until_kept()
    phone.be_offline()
    phone.ask(kw=100)
    phone.see("case-waiting")
    expect(phone.page.get_by_test_id("preliminary")).to_have_count(0)


def test_no_hold_is_placed_without_a_signal(phone: Phone) -> None:
    phone.wait_until_kept()
    phone.ask(kw=100)
    phone.see("verdict")
    phone.be_offline()
    expect(phone.see("place-hold")).to_be_disabled()


def test_what_the_server_refuses_is_shown_and_stays(new_phone: NewPhone, house: House) -> None:
    phone = new_phone().open().log_in()
    phone.wait_until_kept()
    phone.be_offline()
    phone.ask(kw=100, at="121.9, 31.9")
    before = house.count("applications")
    phone.be_online()
    expect(phone.page.get_by_role("alert").first).to_be_visible()
    phone.page.get_by_test_id("waiting").tap()
    expect(phone.see("errand").first).to_have_attribute("data-state", "refused")
    assert house.count("applications") == before


def test_what_waits_of_a_refused_wish_goes_with_the_changed_one(phone: Phone, house: House) -> None:
    phone.wait_until_kept()
    photos, wishes = house.count("photos"), house.count("applications")
    phone.be_offline()
    phone.ask(kw=100, at="121.9, 31.9")
    phone.take_a_photo()
    phone.be_online()
    expect(phone.page.get_by_role("alert").first).to_be_visible()
    phone.tap("修改后重新提交")
    phone.ask(kw=100)
    phone.see("verdict")
    phone.see("photo")
    assert (house.count("photos"), house.count("applications")) == (photos + 1, wishes + 1)
    phone.page.goto(f"{house.url}/#/work")
    phone.see("work-item")
    expect(phone.page.get_by_test_id("work-waiting")).to_have_count(0)


def test_a_wish_nobody_knows_the_fate_of_is_not_asked_anew(phone: Phone, house: House) -> None:
    before = house.count("applications")
    answers = [
        lambda route: route.fulfill(status=422, json={"detail": "不行 / no", "problems": []}),
        lambda route: (route.fetch(), route.abort("connectionreset")),
    ]
    phone.page.route(
        "**/v1/applications",
        lambda route: answers.pop(0)(route) if answers else route.continue_(),
    )
    phone.ask(kw=100)
    case = phone.page.url
    expect(phone.page.get_by_role("button", name="修改后重新提交")).to_be_visible()
    phone.page.goto(f"{house.url}/#/sending")
    phone.tap("重试")
    phone.page.goto(case)
    phone.see("case-waiting")
    expect(phone.page.get_by_role("button", name="修改后重新提交")).to_have_count(0)
    phone.page.goto(f"{house.url}/#/sending")
    phone.page.get_by_test_id("send-now").tap()
    expect(phone.see("errand").first).to_have_attribute("data-state", "sent")
    assert house.count("applications") == before + 1


def test_a_form_that_is_begun_is_not_replaced_without_a_word(phone: Phone, house: House) -> None:
    phone.ask(kw=100, at="121.9, 31.9")
    case = phone.page.url
    expect(phone.page.get_by_role("alert").first).to_be_visible()
    phone.page.goto(f"{house.url}/#/")
    phone.tap("200")
    phone.page.goto(case)
    phone.tap("修改后重新提交")
    phone.be_sure("取消")
    phone.page.goto(f"{house.url}/#/")
    expect(phone.page.get_by_role("textbox", name="容量（kW）")).to_have_value("200")


def test_a_pack_leaves_what_disturbs_others_to_the_desk(phone: Phone) -> None:
    phone.wait_until_kept()
    phone.fetch_a_pack()
    phone.be_offline()
    phone.ask(kw=100, special_load="冲击")
    expect(phone.see("preliminary")).to_contain_text("需转后台")


def is_piece_of_map(response: Response) -> bool:
    return "/tiles/" in response.url
