"""What a screen says is so: what is held, sent, old, refused or confirmed, and until when."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import NewPhone
from tests.browser.house import House
from tests.browser.phone import Phone
from tests.browser.test_the_whole_path import WORKSHOP, confirm_at_the_desk


def test_nothing_is_said_to_have_arrived_before_it_has(phone: Phone) -> None:
    held = phone.hold_back("**/v1/applications", "POST")
    phone.ask(kw=100)
    expect(phone.see("case-waiting")).to_contain_text("正在发送")
    held.asked().fulfill(status=503, json={"detail": "busy"})
    expect(phone.page.get_by_test_id("case-waiting")).to_contain_text("尚未发送")


def test_one_that_was_accepted_is_listed_once(phone: Phone) -> None:
    phone.page.route("**/plans", lambda route: route.abort())
    phone.ask(kw=100)
    expect(phone.page.get_by_text("受理编号")).to_be_visible()
    expect(phone.see("case-waiting")).to_contain_text("已受理")
    number = phone.page.get_by_text("受理编号").inner_text().split()[-1]
    phone.page.goto(f"{phone.house.url}/#/work")
    expect(phone.page.get_by_test_id("work-item").filter(has_text=number)).to_have_count(1)
    expect(phone.page.get_by_test_id("work-waiting")).to_have_count(0)


def test_an_application_from_elsewhere_without_a_plan_has_it_made(
    phone: Phone, house: House
) -> None:
    asked = {"at": [120.1496, 30.27535], "kw": 100, "category": "commercial"}
    with house.talk_as("zhao") as desk:
        body = {"district": "西湖", "application": asked | {"special_load": "none"}}
        application_id = desk.post("/v1/applications", json=body).json()["application_id"]
    phone.page.goto(f"{house.url}/#/application/{application_id}")
    expect(phone.see("case-waiting")).to_contain_text("尚无方案")
    phone.page.get_by_test_id("make-plan").tap()
    phone.see("verdict")


def test_an_old_answer_says_of_when_it_is_while_the_server_is_asked(phone: Phone) -> None:
    phone.ask(kw=100)
    phone.see("verdict")
    application_id = phone.house.column("applications", "application_id")[-1]
    phone.hold_back(f"**/v1/applications/{application_id}")
    phone.page.goto(f"{phone.house.url}/#/work")
    phone.see("work-item")
    phone.page.go_back()
    expect(phone.see("unchecked")).to_contain_text("尚未与服务器核对")


def test_a_signed_form_says_of_when_it_is_without_a_signal(phone: Phone) -> None:
    phone.wait_until_kept()
    phone.ask(kw=100)
    phone.hold_and_sign()
    phone.be_offline()
    phone.page.reload()
    phone.see("reply-made")
    expect(phone.see("unchecked")).to_contain_text("尚未与服务器核对")


def test_what_is_held_stays_so_when_an_older_answer_comes_late(phone: Phone) -> None:
    phone.ask(kw=100)
    phone.see("verdict")
    application_id = phone.house.column("applications", "application_id")[-1]
    held = phone.hold_back(f"**/v1/applications/{application_id}")
    phone.page.reload()
    before = held.asked().fetch()
    phone.hold()
    with phone.page.expect_response(re.compile(r"/plans\?")):
        held.asked().fulfill(response=before)
    phone.page.wait_for_load_state("networkidle")
    expect(phone.page.get_by_test_id("held")).to_be_visible()


def test_what_is_held_is_what_is_shown_whatever_is_planned_since(
    phone: Phone, house: House
) -> None:
    phone.ask(kw=100)
    phone.hold()
    application_id = house.column("applications", "application_id")[-1]
    with house.talk_as("zhao") as desk:
        desk.post(f"/v1/applications/{application_id}/plans").raise_for_status()
    with phone.page.expect_response(re.compile(r"/plans\?")):
        phone.page.reload()
    phone.page.wait_for_load_state("networkidle")
    expect(phone.see("verdict")).to_have_attribute("data-version", "1")
    phone.see("held")


def test_nothing_is_held_while_a_confirmation_is_under_way(phone: Phone) -> None:
    phone.ask(kva=800, category="工业", at=WORKSHOP, special_load=None)
    phone.see("verdict")
    held = phone.hold_back("**/confirmations", "POST")
    phone.page.get_by_test_id("confirm-special_load_none").tap()
    expect(phone.page.get_by_test_id("place-hold")).to_be_disabled()
    held.asked().continue_()
    expect(phone.page.get_by_test_id("verdict")).to_have_attribute("data-mode", "on_site")
    expect(phone.page.get_by_test_id("place-hold")).to_be_enabled()


def test_nor_while_the_phone_looks_where_it_is(new_phone: NewPhone) -> None:
    phone = new_phone()
    phone.page.add_init_script("navigator.geolocation.getCurrentPosition = () => undefined")
    phone.open().log_in()
    phone.ask(kva=800, category="工业", at=WORKSHOP, special_load=None)
    phone.see("verdict")
    phone.page.get_by_test_id("confirm-special_load_none").tap()
    expect(phone.page.get_by_test_id("place-hold")).to_be_disabled()
    expect(phone.page.get_by_test_id("verdict")).to_have_attribute("data-mode", "on_site")
    expect(phone.page.get_by_test_id("place-hold")).to_be_enabled()


def test_the_customer_is_shown_the_plan_once_somebody_logs_in_again(
    phone: Phone, house: House
) -> None:
    phone.ask(kw=100)
    phone.see("option-1")
    case = phone.page.url
    phone.page.goto(f"{house.url}/#/me")
    phone.see("log-out")
    house.end_sessions()
    phone.page.goto(f"{case}/customer")
    phone.log_in()
    phone.see("customer")


def test_what_the_desk_has_confirmed_is_not_waited_for(phone: Phone, house: House) -> None:
    phone.ask(kva=1600, category="工业", at=WORKSHOP)
    phone.hold()
    expect(phone.see("desk-word")).to_contain_text("后台确认后方可答复")
    confirm_at_the_desk(house)
    phone.page.reload()
    expect(phone.see("desk-word")).to_contain_text("后台已确认")


def test_giving_up_is_asked_once_more(phone: Phone, house: House) -> None:
    phone.ask(kw=100)
    phone.hold()
    phone.tap("放弃预留")
    phone.be_sure("取消")
    phone.see("held")
    phone.tap("放弃预留")
    phone.be_sure("放弃预留")
    phone.see("place-hold")
    assert house.column("applications", "state")[-1] == "planned"


def test_a_photo_that_was_refused_is_not_said_to_wait(phone: Phone) -> None:
    phone.ask(kw=100)
    phone.see("verdict")
    refused = {"code": "too_many_photos", "detail": "照片已满 / there are enough"}
    phone.page.route("**/photos?*", lambda route: route.fulfill(status=409, json=refused))
    phone.take_a_photo()
    expect(phone.see("photo-refused")).to_contain_text("被退回")
    expect(phone.page.get_by_test_id("photos")).not_to_contain_text("待发送")


def test_days_are_said_with_their_kind_and_their_own_date(phone: Phone) -> None:
    phone.ask(kw=100)
    option = phone.see("option-1")
    expect(option).to_contain_text(re.compile(r"预计 \d+ 个工作日 至 20\d\d-\d\d-\d\d"))
    expect(option).to_contain_text(re.compile(r"时限 8 个自然日 至 20\d\d-\d\d-\d\d"))


def test_the_customer_is_not_shown_what_has_ended(phone: Phone, house: House) -> None:
    phone.ask(kw=100)
    phone.see("option-1")
    phone.page.get_by_test_id("customer-view").tap()
    phone.see("customer")
    application_id = house.column("applications", "application_id")[-1]
    with house.talk_as("zhao") as desk:
        body = {"to": "withdrawn", "reason": "客户改变主意"}
        desk.post(f"/v1/applications/{application_id}/moves", json=body).raise_for_status()
    phone.page.reload()
    expect(phone.see("ended")).to_contain_text("已撤回")
    expect(phone.page.get_by_test_id("customer")).to_have_count(0)
    phone.leave_the_customer()
    expect(phone.page.get_by_test_id("customer-view")).to_have_count(0)


def test_a_phone_that_is_turned_is_signed_anew(phone: Phone) -> None:
    phone.ask(kw=100)
    phone.hold()
    phone.page.get_by_test_id("to-reply").tap()
    phone.fill_in_and_look("西湖茶馆", "湖桥路 12 号")
    phone.sign_with_a_finger()
    expect(phone.see("sign")).to_be_enabled()
    phone.page.set_viewport_size({"width": 844, "height": 390})
    expect(phone.see("sign")).to_be_disabled()
    phone.sign_here()
    phone.see("reply-made")
