from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from io import BytesIO
from typing import Any

import pypdfium2
import pytest
from docx import Document
from pypdf import PdfReader

from api.documents.reply_fields import ReplyDetails
from api.documents.reply_form import make_reply_form
from api.documents.reply_pdf import PREVIEW, make_reply_pdf, refuse_undrawable
from api.documents.signatures import GivenSignature, Signature, read_signatures
from grid_models.errors import InputError
from grid_models.model import GridModel
from planner.plan import SupplyPlan
from tests.api.documents.strokes import stroke
from tests.api.documents.test_plan_pdf import needs_font
from tests.api.plans import sample_plan
from tests.grid_models.samples import tiny_grid

pytestmark = needs_font

DETAILS = ReplyDetails(customer="甲公司", address="文园路 1 号", phone="0571-0000")
FACTS: dict[str, Any] = {
    "rules_title": "示例规则", "valid_months": 3, "rank": 1, "valid_until": date(2026, 9, 1),
}  # fmt: skip
SIGNED_AT = datetime(2026, 6, 1, 9, 31, tzinfo=UTC)


def at_mv() -> SupplyPlan:
    plan = sample_plan()
    return replace(plan, options=(replace(plan.options[0], supply_kv=10.0),))


PLANS = {"lv": sample_plan, "hv": at_mv}


@cache
def model() -> GridModel:
    return GridModel.of(tiny_grid())


def signed(**names: str) -> tuple[Signature, ...]:
    return read_signatures([
        GivenSignature(role=role, name=name, signed_at=SIGNED_AT, image=stroke(600 + k))  # type: ignore[arg-type]
        for k, (role, name) in enumerate(names.items())
    ])  # fmt: skip


def pdf_of(plan: SupplyPlan, details: ReplyDetails = DETAILS, **facts: Any) -> bytes:
    return make_reply_pdf(plan, model(), details, **(FACTS | facts))


def pages(pdf: bytes) -> list[str]:
    """Words of each page without the spaces that lines and cells bring."""
    read = PdfReader(BytesIO(pdf)).pages
    return [re.sub(r"[\s\u200b]", "", page.extract_text()) for page in read]


def words(plan: SupplyPlan, details: ReplyDetails = DETAILS, **facts: Any) -> str:
    return "".join(pages(pdf_of(plan, details, **facts)))


def refused(details: ReplyDetails, *signatures: GivenSignature) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as found:
        refuse_undrawable(details, signatures)
    return [(problem.field, problem.zh) for problem in found.value.problems]


@pytest.mark.parametrize("level", PLANS)
def test_it_says_all_that_the_form_in_word_says(level: str) -> None:
    plan, both = PLANS[level](), signed(company="李四", customer="张三")
    made = make_reply_form(plan, model(), DETAILS, signatures=both, **FACTS)
    document = Document(BytesIO(made))
    cells = [c.text for table in document.tables for row in table.rows for c in row.cells]
    on_paper = words(plan, signatures=both)

    said = [re.sub(r"\s", "", text) for text in (*(p.text for p in document.paragraphs), *cells)]
    assert [text for text in said if text not in on_paper] == []


def test_a_form_with_a_hold_is_no_draft_and_no_preview() -> None:
    said = words(sample_plan())

    assert "草稿" not in said
    assert "预览" not in said


def test_a_preview_says_so_on_every_page() -> None:
    plan = sample_plan()
    works = plan.options[0].works * 60
    long = replace(plan, options=(replace(plan.options[0], works=works),))
    found = pages(pdf_of(long, stamp=PREVIEW))

    assert len(found) > 1
    # across the page, and above it
    assert [page.count("预览·未签署·不作为答复") for page in found] == [2] * len(found)


@pytest.mark.parametrize(
    "name",
    [
        '#panic("x")', "$ x^2 $", "@ref <label>", "*粗* _斜_ `码`", "甲\\ // 公司 /* */ [x] {y}",
        '"引号" \'单\' -- ... ~ =', "{{ customer }} {% if %}", "http://example.org/#a", "&lt;",
    ],
)  # fmt: skip
def test_what_people_typed_is_printed_as_they_typed_it(name: str) -> None:
    both = signed(company=name, customer=name)
    said = words(sample_plan(), replace(DETAILS, customer=name), signatures=both)

    assert said.count(name.replace(" ", "")) == 3


@pytest.mark.parametrize("typed", ["W" * 200, "Ж" * 200, "…" * 200, "甲" * 200, "abcd-" * 40])
def test_the_longest_text_stays_in_its_cell(typed: str) -> None:
    pdf = pdf_of(sample_plan(), replace(DETAILS, customer=typed), signatures=signed(customer=typed))
    # 27 mm and half of the rest from the left edge ends the cell; the signature ends at the margin
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0]
        text = page.get_textpage()
        right = max(text.get_charbox(k)[2] for k in range(text.count_chars()))
        at = text.search("用电地址").get_next()
        address_left = text.get_charbox(at[0])[0]
        in_cell = [
            text.get_charbox(k)[2] for k in range(at[0]) if text.get_text_range(k, 1) == typed[0]
        ]
        text.close()
        page.close()

    assert right <= (210 - 20) * 72 / 25.4
    assert max(in_cell) < address_left


def test_names_and_moments_stand_below_the_signatures() -> None:
    pdf = pdf_of(sample_plan(), signatures=signed(company="李四", customer="张三"))
    (page,) = PdfReader(BytesIO(pdf)).pages

    assert len(page.images) == 2
    (said,) = pages(pdf)
    assert "李四2026-06-0117:31" in said
    assert "张三2026-06-0117:31" in said


def test_who_did_not_sign_on_a_screen_has_room_on_paper() -> None:
    pdf = pdf_of(sample_plan(), signatures=signed(company="李四"))
    (page,) = PdfReader(BytesIO(pdf)).pages

    assert len(page.images) == 1
    assert pages(pdf)[0].count("日期：") == 1


def test_the_same_form_is_the_same_bytes() -> None:
    assert pdf_of(sample_plan()) == pdf_of(sample_plan())


def test_characters_the_font_lacks_are_named() -> None:
    details = replace(DETAILS, customer="甲😀公司🏭😀", contact="ไทย")
    given = GivenSignature(role="customer", name="张🙂", signed_at=SIGNED_AT, image="")

    assert refused(details, given) == [
        ("customer", "答复单“customer”中的字符“😀🏭”无法打印，请改用汉字、字母或常用符号"),
        ("contact", "答复单“contact”中的字符“ไทย”无法打印，请改用汉字、字母或常用符号"),
        (
            "signatures.customer.name",
            "答复单“signatures.customer.name”中的字符“🙂”无法打印，请改用汉字、字母或常用符号",
        ),
    ]


def test_rare_characters_of_names_are_printed() -> None:
    name = "䶮𬬭·艾孜买提①㊣Ω"
    refuse_undrawable(replace(DETAILS, customer=name))

    assert name in words(sample_plan(), replace(DETAILS, customer=name))
