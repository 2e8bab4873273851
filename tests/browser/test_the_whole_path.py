"""From opening the app to the signed reply form, as a customer manager goes."""

from __future__ import annotations

from dateutil.relativedelta import relativedelta
from playwright.sync_api import Route, expect

from api import clock
from tests.browser.conftest import NewPhone
from tests.browser.house import House
from tests.browser.phone import Phone

WORKSHOP = "120.16285, 30.28368"


def test_low_voltage_is_answered_and_signed_on_the_spot(phone: Phone) -> None:
    phone.ask(kw=100)
    expect(phone.see("verdict")).to_have_attribute("data-mode", "on_site")
    phone.hold_and_sign()
    # three months from today, the last day included, as the form says
    last = (clock.today() + relativedelta(months=3)).isoformat()
    expect(phone.see("reply-made")).to_contain_text(last)


def test_ten_kilovolts_are_answered_and_signed_on_the_spot(phone: Phone) -> None:
    phone.ask(kva=800, category="工业", at=WORKSHOP)
    expect(phone.see("verdict")).to_have_attribute("data-mode", "on_site")
    expect(phone.see("option-1")).to_contain_text("湖桥 204 线")
    phone.hold_and_sign("景达食品有限公司", "湖桥路 204 号")


def test_what_the_desk_judges_is_signed_once_it_has(phone: Phone, house: House) -> None:
    phone.ask(kva=1600, category="工业", at=WORKSHOP)
    expect(phone.see("verdict")).to_have_attribute("data-mode", "back_office")
    expect(phone.see("reasons")).to_contain_text("1,250")
    phone.page.get_by_test_id("place-hold").tap()
    phone.see("held")
    confirm_at_the_desk(house)
    phone.sign("景达食品有限公司", "湖桥路 204 号")


def test_the_desk_is_waited_for(phone: Phone) -> None:
    phone.ask(kva=1600, category="工业", at=WORKSHOP)
    phone.page.get_by_test_id("place-hold").tap()
    phone.see("held")
    phone.page.get_by_test_id("to-reply").tap()
    phone.page.get_by_label("客户名称").fill("景达食品有限公司")
    phone.page.get_by_label("用电地址").fill("湖桥路 204 号")
    phone.page.get_by_test_id("preview").tap()
    expect(phone.page.get_by_role("alert")).to_contain_text("尚未")


def test_without_a_hold_there_is_no_form(phone: Phone) -> None:
    phone.ask(kw=100)
    phone.see("verdict")
    phone.page.goto(f"{phone.house.url}/#/case/{phone.case_id()}/reply")
    phone.page.get_by_label("客户名称").fill("西湖茶馆")
    phone.page.get_by_label("用电地址").fill("湖桥路 12 号")
    phone.page.get_by_test_id("preview").tap()
    expect(phone.page.get_by_role("alert")).to_be_visible()


def test_the_common_case_takes_three_taps(new_phone: NewPhone) -> None:
    phone = new_phone().open().log_in()
    phone.page.evaluate("taps = 0; addEventListener('click', () => taps++, true)")
    phone.locate()
    phone.tap("100")
    phone.page.get_by_test_id("send").tap()
    phone.see("verdict")
    assert phone.page.evaluate("taps") == 3


def test_the_customer_sees_no_figure_of_the_grid(phone: Phone) -> None:
    phone.ask(kw=100)
    phone.see("option-1")
    phone.page.get_by_test_id("customer-view").tap()
    expect(phone.see("customer")).to_contain_text("可以供电")
    expect(phone.page.locator("main")).not_to_contain_text("可承载")
    expect(phone.page.get_by_test_id("rejected")).to_have_count(0)


def test_an_application_that_was_withdrawn_is_not_green(phone: Phone, house: House) -> None:
    phone.ask(kw=100)
    phone.see("verdict")
    application_id = str(house.column("applications", "application_id")[-1])
    with house.talk_as("zhao") as desk:
        body = {"to": "withdrawn", "reason": "客户改变主意"}
        desk.post(f"/v1/applications/{application_id}/moves", json=body).raise_for_status()
    phone.page.reload()
    expect(phone.see("ended")).to_contain_text("已撤回")
    expect(phone.page.get_by_test_id("verdict")).to_contain_text("原答复")
    expect(phone.page.get_by_test_id("place-hold")).to_have_count(0)


def test_another_word_on_the_form_is_looked_at_and_signed_anew(phone: Phone) -> None:
    phone.ask(kw=100)
    phone.page.get_by_test_id("place-hold").tap()
    phone.see("held")
    phone.page.get_by_test_id("to-reply").tap()
    phone.fill_in_and_look("西湖茶馆", "湖桥路 12 号")
    phone.page.get_by_label("客户名称").fill("别家公司")
    expect(phone.page.get_by_test_id("preview-page")).to_have_count(0)
    expect(phone.page.get_by_test_id("sign")).to_have_count(0)


def test_a_signal_lost_while_signing_is_settled_by_asking(phone: Phone, house: House) -> None:
    phone.ask(kw=100)
    phone.page.get_by_test_id("place-hold").tap()
    phone.see("held")

    def lose_the_answer(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()  # the server has it, the phone hears nothing
            phone.context.set_offline(True)
            route.abort("connectionreset")
        else:
            route.continue_()

    phone.page.route("**/reply", lose_the_answer)
    phone.page.get_by_test_id("to-reply").tap()
    phone.fill_in_and_look("西湖茶馆", "湖桥路 12 号")
    phone.sign_here()
    expect(phone.see("check-reply")).to_be_visible()
    assert house.column("applications", "state")[-1] == "replied"
    phone.be_online()
    phone.see("reply-made")


def confirm_at_the_desk(house: House) -> None:
    """Have a planner stand for the first option of what came last."""
    with house.talk_as("zhao") as desk:
        waiting = desk.get("/v1/desk/waiting?limit=200").json()["items"]
        path = f"/v1/applications/{waiting[-1]['application_id']}"
        versions = desk.get(f"{path}/plans").json()["items"]
        plan = desk.get(f"{path}/plans/{versions[-1]['version']}").json()["plan"]
        doubts = {reason["code"]: "site_visited" for reason in plan["answer"]["reasons"]}
        body = {"version": versions[-1]["version"], "rank": 1, "note": "电话核实"}
        answer = desk.post(f"{path}/decisions", json=body)
        if answer.status_code == 422:
            answer = desk.post(f"{path}/decisions", json=body | {"overrides": doubts})
        assert answer.status_code == 201, answer.text
