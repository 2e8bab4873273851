"""A day's work: lists, notices, confirmations on site, corrections of the map."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from playwright.sync_api import expect

from api import clock
from tests.browser.conftest import NewPhone
from tests.browser.house import House
from tests.browser.phone import Phone
from tests.browser.test_the_whole_path import WORKSHOP, confirm_at_the_desk


def test_what_was_asked_is_listed_with_its_clock(phone: Phone) -> None:
    phone.page.get_by_text("更多：").tap()
    phone.page.get_by_label("备注名称（仅存本机）").fill("湖桥路茶馆")
    phone.ask(kw=100)
    phone.see("verdict")
    phone.page.goto(f"{phone.house.url}/#/work")
    item = phone.see("work-item").filter(has_text="湖桥路茶馆")
    expect(item).to_contain_text("当场答复")
    expect(item).to_contain_text("时限")
    item.tap()
    phone.see("verdict")


def test_what_is_overdue_is_found_and_red(phone: Phone, house: House) -> None:
    phone.ask(kw=100)
    phone.see("verdict")
    application_id = str(house.column("applications", "application_id")[-1])
    make_overdue(house, application_id)
    phone.page.goto(f"{house.url}/#/work")
    phone.page.get_by_role("radio", name="超期").check()
    item = phone.see("work-item").filter(has_text=application_id[4:16])
    expect(item).to_contain_text("超期")


def test_a_colleagues_application_is_found_in_the_district(
    new_phone: NewPhone, house: House
) -> None:
    li = new_phone().open().log_in("li")
    li.ask(kw=100)
    li.see("verdict")
    application_id = str(house.column("applications", "application_id")[-1])
    wang = new_phone().open("#/work").log_in()
    search = wang.page.get_by_label("查找")
    search.fill(application_id)
    search.blur()
    expect(wang.page.get_by_text("没有申请")).to_be_visible()
    wang.page.get_by_role("radio", name="本区域").check()
    wang.see("work-item").tap()
    expect(wang.see("verdict")).to_be_visible()


def test_the_desks_word_is_noticed(phone: Phone, house: House) -> None:
    phone.ask(kva=1600, category="工业", at=WORKSHOP)
    phone.see("verdict")
    confirm_at_the_desk(house)
    phone.page.reload()  # looks at once, else within a minute
    phone.see("notice-count")
    phone.page.goto(f"{house.url}/#/notices")
    expect(phone.see("notice").first).to_contain_text("后台已就申请")
    phone.page.goto(f"{house.url}/#/work")
    expect(phone.page.get_by_test_id("notice-count")).to_have_count(0)


def test_a_tap_confirms_what_only_the_site_shows_and_plans_anew(phone: Phone, house: House) -> None:
    phone.ask(kva=800, category="工业", at=WORKSHOP, special_load=None)
    expect(phone.see("verdict")).to_have_attribute("data-mode", "back_office")
    phone.page.get_by_test_id("confirm-special_load_none").tap()
    expect(phone.page.get_by_test_id("verdict")).to_have_attribute("data-mode", "on_site")
    assert house.column("confirmations", "confirmed_by")[-1] == "wang"


def test_a_confirmation_given_without_a_signal_is_sent_later(phone: Phone) -> None:
    phone.wait_until_kept()
    phone.ask(kva=800, category="工业", at=WORKSHOP, special_load=None)
    phone.see("verdict")
    phone.be_offline()
    phone.page.get_by_test_id("confirm-special_load_none").tap()
    expect(phone.page.get_by_text("已记录，待发送")).to_be_visible()
    phone.be_online()
    expect(phone.page.get_by_test_id("verdict")).to_have_attribute("data-mode", "on_site")


def test_what_is_wrong_on_the_map_goes_to_the_data_team(phone: Phone, house: House) -> None:
    before = house.count("map_corrections")
    phone.begin_a_correction("此处新立一根水泥杆")
    phone.page.get_by_test_id("send-correction").tap()
    expect(phone.see("correction-done")).to_contain_text("已提交数据班组")
    assert house.count("map_corrections") == before + 1
    with house.talk_as("zhao") as desk:
        [last] = desk.get("/v1/map-corrections?state=open&limit=200").json()["items"][-1:]
    assert (last["kind"], last["note"]) == ("pole_here", "此处新立一根水泥杆")


def test_a_correction_is_sent_once_and_its_lines_are_one(phone: Phone, house: House) -> None:
    before = house.count("map_corrections")
    phone.begin_a_correction("电杆已移\n到路东👨‍👩‍👧")
    held = phone.hold_back("**/v1/map-corrections", "POST")
    phone.page.get_by_test_id("send-correction").tap()
    expect(phone.page.get_by_test_id("send-correction")).to_be_disabled()
    held.asked().continue_()
    phone.see("correction-done")
    assert house.count("map_corrections") == before + 1
    assert str(house.column("map_corrections", "note")[-1]).startswith("电杆已移 到路东")


def test_a_correction_refused_behind_a_closed_sheet_is_on_the_list(phone: Phone) -> None:
    phone.begin_a_correction("电杆已移到路东")
    held = phone.hold_back("**/v1/map-corrections", "POST")
    phone.page.get_by_test_id("send-correction").tap()
    held.asked()
    phone.tap("关闭")
    held.asked().fulfill(status=422, json={"detail": "不行 / no", "problems": []})
    phone.see("waiting").tap()
    expect(phone.see("errand").first).to_have_attribute("data-state", "refused")


def test_a_photo_is_kept_with_its_place(phone: Phone, house: House) -> None:
    phone.ask(kw=100)
    phone.see("verdict")
    phone.take_a_photo()
    expect(phone.see("photo")).to_have_attribute("alt", "现场照片 1")
    assert house.column("photos", "lon")[-1] == 120.1496


def test_an_equipment_list_is_added_up(phone: Phone) -> None:
    phone.locate()
    phone.list_equipment(
        {"单台功率（kW）": "30", "台数": "2", "需要系数": "0.5"},
        {"单台功率（kW）": "２０", "台数": "1", "需要系数": "0.5"},
    )
    expect(phone.see("equipment-sum")).to_contain_text("合计 80.0 kW，计及需要系数 40.0 kW")
    phone.page.get_by_test_id("send").tap()
    phone.see("verdict")


def make_overdue(house: House, application_id: str) -> None:
    """Have the limit of an application lie in the past."""
    past = clock.today() - timedelta(days=3)
    late = sa.text(
        "UPDATE applications SET limit_due_on = :past, limit_near_on = :past "
        "WHERE application_id = :name"
    ).bindparams(past=past, name=application_id)
    house.database.write(lambda connection: connection.execute(late))
