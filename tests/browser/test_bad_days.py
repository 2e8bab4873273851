"""Days on which something is wrong: with the place, the session, the phone or what is typed."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Route, expect

from tests.browser.browser import SHOP
from tests.browser.conftest import NewPhone
from tests.browser.house import House
from tests.browser.phone import Phone


def test_where_location_is_refused_the_map_and_coordinates_do(new_phone: NewPhone) -> None:
    phone = new_phone(permissions=[]).open().log_in()
    phone.page.get_by_test_id("locate").tap()
    expect(phone.see("place-trouble")).to_contain_text("未获定位许可")
    phone.ask(kw=100, at="120.1496, 30.27535")
    phone.see("verdict")


def test_a_place_three_kilometres_vague_is_not_taken_for_sure(new_phone: NewPhone) -> None:
    phone = new_phone(geolocation=SHOP | {"accuracy": 3_000.0}).open().log_in()
    phone.page.get_by_test_id("locate").tap()
    expect(phone.see("place-trouble")).to_contain_text("3,000 m")
    phone.tap("100")
    phone.page.get_by_test_id("send").tap()
    expect(phone.page.get_by_text("定位不够准")).to_be_visible()


def test_a_tap_on_the_map_makes_a_vague_place_sure(new_phone: NewPhone) -> None:
    phone = new_phone(geolocation=SHOP | {"accuracy": 3_000.0}).open().log_in()
    phone.page.get_by_test_id("locate").tap()
    phone.see("place-trouble")
    phone.page.get_by_test_id("map").tap(position={"x": 170, "y": 110})
    expect(phone.page.get_by_test_id("accuracy")).to_have_count(0)
    phone.tap("100")
    phone.page.get_by_test_id("send").tap()
    phone.page.wait_for_url("**/#/case/**")


def test_a_place_beyond_the_grid_is_refused_in_plain_words(phone: Phone) -> None:
    phone.ask(kw=100, at="121.9, 31.9")
    expect(phone.page.get_by_role("alert").first).to_contain_text(re.compile("电网|范围"))
    phone.tap("修改后重新提交")
    expect(phone.page.get_by_label("坐标（经度, 纬度）")).to_have_value("121.900000, 31.900000")


def test_coordinates_of_a_map_that_is_shifted_are_told_apart(phone: Phone, house: House) -> None:
    phone.page.get_by_label("坐标系").select_option("gcj02")
    phone.ask(kw=100, at="120.154300, 30.272900")
    phone.see("verdict")
    kept = house.column("applications", "asked")[-1]
    asked = kept if isinstance(kept, dict) else json.loads(str(kept))
    # GCJ-02 lies some 400 m north-east of the truth here
    assert 300 < metres(asked["lon"], asked["lat"], 120.1543, 30.2729) < 700


def test_a_session_that_ended_offline_asks_for_a_login_and_goes_on(
    phone: Phone, house: House
) -> None:
    phone.wait_until_kept()
    phone.be_offline()
    phone.ask(kw=100)
    phone.see("case-waiting")
    house.end_sessions()
    phone.be_online()
    expect(phone.see("login")).to_be_visible()
    before = house.count("applications")
    phone.log_in()
    phone.see("verdict")
    assert house.count("applications") == before + 1


def test_what_is_typed_outlives_a_reload(phone: Phone) -> None:
    phone.locate()
    phone.tap("150")
    phone.page.reload()
    expect(phone.page.get_by_role("textbox", name="容量（kW）")).to_have_value("150")
    expect(phone.page.get_by_label("坐标（经度, 纬度）")).to_have_value("120.149600, 30.275350")


def test_a_newer_server_is_told_and_nothing_is_lost(phone: Phone) -> None:
    phone.locate()
    phone.tap("150")

    def be_newer(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"build": "another"})

    phone.page.route("**/app-info", be_newer)
    phone.page.reload()
    phone.see("newer")
    expect(phone.page.get_by_role("textbox", name="容量（kW）")).to_have_value("150")


def test_a_full_phone_says_so_and_keeps_the_form(phone: Phone, house: House) -> None:
    phone.context.add_init_script(
        "IDBObjectStore.prototype.put = () => "
        "{ throw new DOMException('full', 'QuotaExceededError') }"
    )
    phone.page.reload()
    before = house.count("applications")
    phone.locate()
    phone.tap("100")
    phone.page.get_by_test_id("send").tap()
    expect(phone.page.get_by_role("alert").last).to_contain_text("存储空间不足")
    expect(phone.page.get_by_role("textbox", name="容量（kW）")).to_have_value("100")
    assert house.count("applications") == before


def test_a_wrong_clock_is_told_and_dates_follow_the_server(new_phone: NewPhone) -> None:
    phone = new_phone()
    phone.page.clock.install(time="2026-01-01T08:00:00")
    phone.open().log_in()
    expect(phone.see("clock-wrong")).to_contain_text("服务器为准")
    phone.ask(kw=100)
    phone.see("verdict")
    phone.hold_and_sign()


def test_five_hundred_characters_with_emoji_are_refused_by_name(phone: Phone) -> None:
    phone.ask(kw=100)
    phone.page.get_by_test_id("place-hold").tap()
    phone.see("held")
    phone.page.get_by_test_id("to-reply").tap()
    phone.page.get_by_label("客户名称").fill("茶" * 499 + "🍵")
    phone.page.get_by_label("用电地址").fill("湖桥路 12 号")
    expect(phone.page.get_by_text("共 500 个字，最多 200 个字")).to_be_visible()
    phone.page.get_by_test_id("preview").tap()
    expect(phone.page.get_by_role("alert")).to_be_visible()
    phone.page.get_by_label("客户名称").fill("西湖茶馆🍵")
    phone.page.get_by_test_id("preview").tap()
    expect(phone.page.get_by_role("alert")).to_contain_text("🍵")
    assert phone.page.get_by_test_id("preview-page").count() == 0


def test_capacity_others_took_is_told_with_what_is_left(new_phone: NewPhone) -> None:
    first, second = new_phone().open().log_in(), new_phone().open().log_in("li")
    for phone in (first, second):  # each is answered while nothing is held
        phone.ask(kw=100)
        phone.see("verdict")
    first.page.get_by_test_id("place-hold").tap()
    first.see("held")
    second.page.get_by_test_id("place-hold").tap()
    second.see("obstacles")
    expect(second.page.get_by_text("已按余量重新编制方案")).to_be_visible()


def test_a_late_refusal_of_before_does_not_end_a_new_session(new_phone: NewPhone) -> None:
    phone = new_phone()
    late: list[Route] = []

    def hold_back_the_first(route: Route) -> None:
        if late:
            route.continue_()
        else:
            late.append(route)

    phone.page.route("**/v1/grid", hold_back_the_first)
    with phone.page.expect_request("**/v1/grid"):
        phone.open()
    phone.log_in()
    late[0].fulfill(status=401, json={"code": "not_authenticated", "detail": "late"})
    phone.locate()
    expect(phone.page.get_by_test_id("login")).to_have_count(0)


def test_a_number_that_cannot_be_read_is_said_and_nothing_is_sent(
    phone: Phone, house: House
) -> None:
    before = house.count("applications")
    phone.locate()
    phone.tap("100")
    phone.page.get_by_text("更多：").tap()
    motor = phone.page.get_by_label("最大电动机（kW）")
    motor.fill("三十")
    phone.page.get_by_test_id("send").tap()
    expect(phone.page.get_by_role("alert").last).to_contain_text("“三十”不是以 kW 为单位的数字")
    motor.fill("30kVA")  # another unit is another number
    phone.page.get_by_test_id("send").tap()
    expect(phone.page.get_by_role("alert").last).to_contain_text("30kVA")
    assert house.count("applications") == before
    motor.fill("30kW")
    phone.page.get_by_test_id("send").tap()
    phone.see("verdict")
    kept = house.column("applications", "asked")[-1]
    asked = kept if isinstance(kept, dict) else json.loads(str(kept))
    assert asked["largest_motor_kw"] == 30


def test_coordinates_that_cannot_be_read_are_not_the_place_before(
    phone: Phone, house: House
) -> None:
    before = house.count("applications")
    phone.locate()
    phone.tap("100")
    coordinates = phone.page.get_by_label("坐标（经度, 纬度）")
    coordinates.fill("120.1633 30.28O2")
    coordinates.blur()
    phone.page.get_by_test_id("send").tap()
    expect(phone.page.get_by_role("alert").last).to_contain_text("30.28O2")
    assert house.count("applications") == before
    coordinates.fill("120.1633 30.2802")
    coordinates.blur()
    phone.page.get_by_test_id("send").tap()
    phone.page.wait_for_url("**/#/case/**")


def test_no_row_of_the_list_is_left_out_in_silence(phone: Phone) -> None:
    phone.locate()
    phone.list_equipment({"单台功率（kW）": "7.5O"}, {"单台功率（kW）": "5", "台数": "0"})
    phone.page.get_by_test_id("send").tap()
    said = phone.page.get_by_role("alert").last
    expect(said).to_contain_text("“7.5O”不是以 kW 为单位的数字")
    expect(said).to_contain_text("“0”应不小于 1")


def test_a_page_without_https_says_what_is_needed(new_phone: NewPhone) -> None:
    phone = new_phone()
    phone.page.add_init_script(
        "Object.defineProperty(window, 'isSecureContext', { get: () => false })"
    )
    phone.open()
    expect(phone.page.get_by_role("alert")).to_contain_text("https")
    expect(phone.page.get_by_test_id("login")).to_have_count(0)


def test_a_full_phone_opens_what_others_asked_all_the_same(
    new_phone: NewPhone, house: House
) -> None:
    li = new_phone().open().log_in("li")
    li.ask(kw=100)
    li.see("verdict")
    application_id = house.column("applications", "application_id")[-1]
    phone = new_phone().open().log_in()
    phone.context.add_init_script(
        "IDBObjectStore.prototype.put = () => "
        "{ throw new DOMException('full', 'QuotaExceededError') }"
    )
    phone.page.reload()
    phone.page.goto(f"{house.url}/#/application/{application_id}")
    phone.see("verdict")
    phone.see("full")


def test_who_logs_in_again_sees_the_work_at_once(phone: Phone, house: House) -> None:
    phone.ask(kw=100)
    phone.see("verdict")
    house.end_sessions()
    phone.page.goto(f"{house.url}/#/work")
    phone.log_in()
    phone.see("work-item")
    expect(phone.page.get_by_role("alert")).to_have_count(0)


def test_who_came_by_an_address_goes_back_to_the_work(new_phone: NewPhone) -> None:
    phone = new_phone().open("#/notices").log_in()
    phone.page.get_by_label("返回").tap()
    phone.page.wait_for_url("**/#/work")


def test_what_nobody_expected_is_told(phone: Phone) -> None:
    phone.page.evaluate("void Promise.reject(new Error('out of the blue'))")
    expect(phone.see("fault")).to_contain_text("out of the blue")
    assert any("out of the blue" in said for said in phone.errors)
    phone.errors.clear()


def metres(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    return float((((lon - other_lon) * 96_000) ** 2 + ((lat - other_lat) * 111_000) ** 2) ** 0.5)
