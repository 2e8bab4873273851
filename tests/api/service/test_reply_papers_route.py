"""The reply form on a phone: signed on the screen, shown page by page."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from docx import Document
from fastapi.testclient import TestClient
from PIL import Image
from pypdf import PdfReader

from api.database.tables import audit, reply_forms
from tests.api.auth.house import NOW, House, StoppedClock
from tests.api.documents.strokes import blank, stroke
from tests.api.documents.test_plan_pdf import needs_font
from tests.api.service.papers import (
    BOTH,
    CUSTOMER,
    fields,
    form,
    kept_forms,
    page,
    preview,
    seen,
    sign,
    signature,
    words,
)
from tests.api.service.talk import ClientOf, reply, state

pytestmark = needs_font
HELD_AT = NOW


def written(house: House, action: str) -> list[dict[str, Any]]:
    query = sa.select(audit.c.details).where(audit.c.action == action).order_by(audit.c.number)
    found = house.identity.database.read(lambda c: list(c.execute(query).scalars()))
    return [json.loads(details) for details in found]


# As PDF ---------------------------------------------------------------------------------------


def test_the_form_is_kept_as_pdf_as_well(wang: TestClient, name: str) -> None:
    made = reply(wang, name).json()
    answer = form(wang, name)

    assert answer.headers["content-type"] == "application/pdf"
    assert hashlib.sha256(answer.content).hexdigest() == made["pdf_hash"]
    assert len(PdfReader(BytesIO(answer.content)).pages) == made["page_count"]
    assert "甲公司" in words(answer.content)
    assert "至2027-06-01止" in words(answer.content)
    assert "草稿" not in words(answer.content)


def test_without_a_wish_the_form_is_in_word(wang: TestClient, name: str) -> None:
    reply(wang, name)
    answer = wang.get(f"/v1/applications/{name}/reply/form")

    assert answer.content == form(wang, name, "docx").content
    assert answer.headers["content-disposition"].endswith('.docx"')


def test_a_page_is_a_picture_of_it(wang: TestClient, name: str) -> None:
    reply(wang, name)
    answer = page(wang, name)

    assert answer.headers["content-type"] == "image/png"
    assert Image.open(BytesIO(answer.content)).size == (1191, 1684)


def test_a_page_that_is_not_there_is_said_to_be_so(wang: TestClient, name: str) -> None:
    count = reply(wang, name).json()["page_count"]

    assert page(wang, name, count + 1).json()["code"] == "unknown_page"


def test_no_cache_keeps_a_form_and_no_browser_takes_it_for_anything_else(
    wang: TestClient, name: str
) -> None:
    answers = [preview(wang, name), preview(wang, name, format="png")]
    reply(wang, name)
    answers += [form(wang, name), form(wang, name, "docx"), page(wang, name)]

    assert [a.headers["cache-control"] for a in answers] == ["private, no-store"] * 5
    assert [a.headers["x-content-type-options"] for a in answers] == ["nosniff"] * 5


def test_no_page_before_there_is_a_form(wang: TestClient, name: str) -> None:
    assert page(wang, name).json()["code"] == "unknown_form"


def test_who_looks_at_page_after_page_is_written_down_once(
    wang: TestClient, name: str, house: House, clock: StoppedClock
) -> None:
    reply(wang, name)
    page(wang, name)
    page(wang, name)
    assert house.deeds().count(("wang", "reply.read")) == 1

    clock.move(minutes=11)
    page(wang, name)
    assert house.deeds().count(("wang", "reply.read")) == 2


def test_each_who_looks_is_written_down(
    wang: TestClient, client_of: ClientOf, name: str, house: House
) -> None:
    reply(wang, name)
    page(wang, name)
    page(client_of("zhou", "西湖"), name)

    assert [deed for deed in house.deeds() if deed[1] == "reply.read"] == [
        ("wang", "reply.read"), ("zhou", "reply.read"),
    ]  # fmt: skip


def test_a_form_that_was_made_in_word_alone_is_still_read(
    wang: TestClient, name: str, house: House
) -> None:
    reply(wang, name)
    house.identity.database.write(
        lambda c: c.execute(sa.update(reply_forms).values(pdf=None, pdf_hash=None, page_count=None))
    )

    assert form(wang, name, "docx").status_code == 200
    assert form(wang, name).json()["code"] == "unknown_form"
    assert page(wang, name).status_code == 404
    assert wang.get(f"/v1/applications/{name}/reply").json()["page_count"] is None


def test_erasing_takes_pdf_and_pages_too(
    wang: TestClient, name: str, client_of: ClientOf, house: House
) -> None:
    made = sign(wang, name).json()
    zhao = client_of("zhao", "*", role="administrator")
    assert zhao.delete(f"/v1/applications/{name}/reply/form").status_code == 204

    for answer in (form(wang, name, "docx"), form(wang, name), page(wang, name)):
        assert (answer.status_code, answer.json()["code"]) == (410, "erased")
    ((row),) = kept_forms(house)
    assert (row.form, row.pdf, row.pdf_hash) == (None, None, made["pdf_hash"])


def test_outsiders_see_no_page_and_no_preview(wang: TestClient, name: str, house: House) -> None:
    reply(wang, name)
    _, key = house.key("marketing", scopes=("application.read",))
    wang.headers["Authorization"] = f"Bearer {key}"

    for answer in (page(wang, name), form(wang, name), preview(wang, name)):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


# What is typed --------------------------------------------------------------------------------


@pytest.mark.parametrize("customer", ['#panic("x")', "$x$ @a *b*", '"\\" </w:t>', "{{ phone }}"])
def test_a_name_is_printed_whatever_it_looks_like(
    wang: TestClient, name: str, customer: str
) -> None:
    reply(wang, name, details=CUSTOMER | {"customer": customer})

    assert customer.replace(" ", "") in words(form(wang, name).content)


@pytest.mark.parametrize("customer", ["甲" * 500, "甲\u202e公司", "甲\u0007", "甲😀", "\ud800"])
def test_a_name_that_cannot_be_printed_promises_nothing(
    wang: TestClient, name: str, customer: str, house: House
) -> None:
    body = {"signed_on": "2026-06-01", "details": CUSTOMER | {"customer": customer}}
    answer = wang.post(
        f"/v1/applications/{name}/reply", content=json.dumps(body),
        headers={"Content-Type": "application/json"},
    )  # fmt: skip

    assert [field.split(".")[-1] for field in fields(answer)] == ["customer"]
    assert (state(wang, name), kept_forms(house)) == ("held", [])


# Signatures -----------------------------------------------------------------------------------


def test_signatures_are_printed_on_both(wang: TestClient, name: str) -> None:
    assert sign(wang, name).status_code == 201
    (only,) = PdfReader(BytesIO(form(wang, name).content)).pages
    in_word = Document(BytesIO(form(wang, name, "docx").content))

    assert len(only.images) == len(in_word.inline_shapes) == 2
    assert "张三丰2026-06-0117:30" in words(form(wang, name).content)


def test_of_signatures_role_moment_and_who_signed_for_the_company_are_written_down(
    wang: TestClient, name: str, house: House
) -> None:
    sign(wang, name, "k-1")

    (made,) = written(house, "reply.make")
    assert made["signed"] == [
        {"role": "customer", "at": "2026-06-01T09:30:00+00:00"},
        {"role": "company", "at": "2026-06-01T09:30:00+00:00", "name": "wang"},
    ]
    kept = house.all_that_is_kept()
    assert "张三丰" not in kept
    assert BOTH[0]["image"][:60] not in kept


@pytest.mark.parametrize("minutes", [-5, 0, 5])
def test_a_device_may_be_some_minutes_wrong(wang: TestClient, name: str, minutes: int) -> None:
    at = (HELD_AT + timedelta(minutes=minutes)).isoformat()

    assert sign(wang, name, signatures=[signature(signed_at=at)]).status_code == 201


@pytest.mark.parametrize("seconds", [-301, 301, 86_400 * 400])
def test_a_signature_of_another_time_is_refused_with_both_times(
    wang: TestClient, name: str, seconds: int, house: House
) -> None:
    at = (HELD_AT + timedelta(seconds=seconds)).isoformat()
    answer = sign(wang, name, signatures=[signature(signed_at=at)])

    assert fields(answer) == ["signatures.customer.signed_at"]
    assert f"signed_at is {at}; it must lie between 2026-06-01T17:30:00+08:00" in answer.text
    assert (state(wang, name), kept_forms(house)) == ("held", [])


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_moment_at_the_edge_of_time_is_refused(wang: TestClient, name: str, at: str) -> None:
    answer = sign(wang, name, signatures=[signature(signed_at=at)])

    assert fields(answer) == ["signatures.customer.signed_at"]


def test_a_moment_without_its_offset_is_refused(wang: TestClient, name: str) -> None:
    answer = sign(wang, name, signatures=[signature(signed_at="2026-06-01T17:30:00")])

    assert fields(answer) == ["signatures.0.signed_at"]


def test_a_wrong_day_and_a_wrong_moment_are_told_at_once(wang: TestClient, name: str) -> None:
    late = signature(signed_at="2026-06-02T17:30:00+08:00")
    answer = sign(wang, name, signed_on="2026-06-03", signatures=[late])

    assert fields(answer) == ["signed_on", "signatures.customer.signed_at"]


def test_an_empty_signature_promises_nothing(wang: TestClient, name: str, house: House) -> None:
    answer = sign(wang, name, signatures=[signature(image=blank())])

    assert "the signature is empty" in answer.text
    assert (state(wang, name), kept_forms(house)) == ("held", [])


def test_a_picture_too_large_is_refused_with_both_figures(wang: TestClient, name: str) -> None:
    heavy = base64.b64encode(base64.b64decode(stroke()) + bytes(300_000)).decode()
    answer = sign(wang, name, signatures=[signature(image=heavy)])

    assert fields(answer) == ["signatures.customer.image"]
    assert "give at most 200000" in answer.text


def test_two_signatures_of_one_role_are_refused(wang: TestClient, name: str) -> None:
    assert fields(sign(wang, name, signatures=[signature(), signature()])) == ["signatures"]


def test_what_is_wrong_with_names_and_signatures_is_told_at_once(
    wang: TestClient, name: str
) -> None:
    answer = sign(
        wang, name, details=CUSTOMER | {"contact": "\u200f"},
        signatures=[signature(name="张😀", image="AAAA")],
    )  # fmt: skip

    assert fields(answer) == [
        "contact", "signatures.customer.image", "signatures.customer.name",
    ]  # fmt: skip


def test_a_signed_reply_that_is_sent_twice_is_made_once(
    wang: TestClient, name: str, house: House
) -> None:
    looked_at = seen(wang, name)
    first = sign(wang, name, "k-1", previewed=looked_at)
    again = sign(wang, name, "k-1", previewed=looked_at)

    assert first.json() == again.json()
    assert len(kept_forms(house)) == 1
