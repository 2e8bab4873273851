"""The reply form before it is signed: shown, marked, and kept nowhere."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO

from fastapi.testclient import TestClient
from PIL import Image

from tests.api.auth.house import House, StoppedClock
from tests.api.documents.test_plan_pdf import needs_font
from tests.api.service.papers import (
    CUSTOMER,
    fields,
    form,
    kept_forms,
    page,
    preview,
    seen,
    sign,
    words,
)
from tests.api.service.talk import ClientOf, held, planned, reply, state

pytestmark = needs_font
MARK = "预览·未签署·不作为答复"


def test_a_preview_shows_what_the_form_would_say_and_that_it_is_none(
    wang: TestClient, name: str
) -> None:
    seen = words(preview(wang, name).content)
    reply(wang, name, details=CUSTOMER)
    made = words(form(wang, name).content)

    assert MARK in seen
    assert MARK not in made
    assert seen.replace(MARK, "") == made


def test_a_preview_of_a_page_is_a_picture(wang: TestClient, name: str) -> None:
    answer = preview(wang, name, format="png", page=1)

    assert (answer.headers["content-type"], answer.headers["x-page-count"]) == ("image/png", "1")
    assert Image.open(BytesIO(answer.content)).size == (1191, 1684)


def test_which_form_was_shown_is_told_with_every_page_and_kind(wang: TestClient, name: str) -> None:
    answers = [preview(wang, name), preview(wang, name), preview(wang, name, format="png")]
    (told,) = {answer.headers["x-form-hash"] for answer in answers}

    assert told == seen(wang, name, signed_on="2026-06-01")
    assert told != seen(wang, name, details=CUSTOMER | {"phone": "0571-0000"})


def test_which_form_it_is_can_be_counted_again(wang: TestClient, name: str) -> None:
    hold = wang.get(f"/v1/applications/{name}").json()["hold"]
    plan = wang.get(f"/v1/applications/{name}/plans/1").json()["plan"]
    blank = {"account_no": "", "application_no": "", "phone": ""}
    said = {
        "details": CUSTOMER | blank, "option_rank": hold["option_rank"],
        "plan_id": plan["plan_id"], "valid_months": 12, "valid_until": "2027-06-01",
    }  # fmt: skip
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    assert seen(wang, name) == hashlib.sha256(text.encode()).hexdigest()


def test_a_preview_has_no_page_beyond_its_last(wang: TestClient, name: str) -> None:
    assert preview(wang, name, format="png", page=2).json()["code"] == "unknown_page"


def test_a_preview_keeps_nothing_but_who_saw_it(wang: TestClient, name: str, house: House) -> None:
    before = house.deeds()
    preview(wang, name)

    assert (state(wang, name), kept_forms(house)) == ("held", [])
    assert house.deeds() == [*before, ("wang", "reply_preview.view")]
    assert "甲公司" not in house.all_that_is_kept()


def test_no_preview_without_a_hold(wang: TestClient) -> None:
    assert preview(wang, planned(wang)).json()["code"] == "no_hold"


def test_no_preview_and_no_form_once_the_hold_has_run_out(
    wang: TestClient, name: str, clock: StoppedClock, house: House
) -> None:
    clock.move(hours=73)
    wang.headers["Authorization"] = f"Bearer {house.log_in(now=clock.now).token}"
    answers = (preview(wang, name), sign(wang, name, signed_on="2026-06-04"))

    assert [(a.status_code, a.json()["code"]) for a in answers] == [(409, "no_hold")] * 2
    assert kept_forms(house) == []


def test_no_preview_before_the_desk_has_confirmed(wang: TestClient) -> None:
    assert preview(wang, held(wang)).json()["code"] == "not_confirmed"


def test_no_preview_after_the_reply(wang: TestClient, name: str) -> None:
    reply(wang, name)

    assert preview(wang, name).json()["code"] == "move_not_allowed"


def test_a_preview_is_refused_where_the_reply_would_be(wang: TestClient, name: str) -> None:
    assert fields(preview(wang, name, signed_on="2026-06-02")) == ["signed_on"]
    assert fields(preview(wang, name, details=CUSTOMER | {"phone": "😀"})) == ["phone"]


def test_nothing_of_another_district_is_previewed_or_shown(
    wang: TestClient, name: str, client_of: ClientOf
) -> None:
    li = client_of("li", "上城")
    unseen = [preview(li, name)]
    reply(wang, name)
    unseen += [page(li, name), form(li, name)]

    assert [(a.status_code, a.json()["code"]) for a in unseen] == [(404, "unknown_application")] * 3
