from __future__ import annotations

import re
import runpy
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from docx import Document

from api.documents.reply_fields import REQUIRED, ReplyDetails, read_details
from api.documents.reply_form import make_reply_form
from api.documents.signatures import GivenSignature, read_signatures
from grid_models.errors import InputError
from grid_models.model import GridModel
from planner.plan import Envelope, PartialSupply, SupplyPlan
from tests.api.documents.strokes import stroke
from tests.api.plans import sample_plan
from tests.grid_models.samples import tiny_grid

ROOT = Path(__file__).parents[3]
DETAILS = ReplyDetails(customer="甲公司", address="文园路 1 号", phone="0571-0000")


def form(plan: SupplyPlan, template: Path | None = None) -> str:
    """Return the words of a form, tables included."""
    made = make_reply_form(
        plan, GridModel.of(tiny_grid()), DETAILS,
        rules_title="示例规则", valid_months=3, template=template,
    )  # fmt: skip
    document = Document(BytesIO(made))
    cells = [c.text for table in document.tables for row in table.rows for c in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


def template_of(folder: Path, *fields: str) -> Path:
    document = Document()
    for field in fields:
        document.add_paragraph(f"{{{{ {field} }}}}")
    path = folder / "own.docx"
    document.save(str(path))
    return path


def signed_form(template: Path | None = None, size: tuple[int, int] = (600, 200)) -> Any:
    """Return a form that the customer signed on a screen, as Word opens it."""
    given = GivenSignature(
        role="customer", name="张三 <b>{{ 1 }}",
        signed_at=datetime(2026, 6, 1, 9, 31, tzinfo=UTC), image=stroke(*size),
    )  # fmt: skip
    made = make_reply_form(
        sample_plan(), GridModel.of(tiny_grid()), DETAILS, rules_title="示例规则",
        valid_months=3, template=template, signatures=read_signatures([given]),
    )  # fmt: skip
    return Document(BytesIO(made))


def sentences(plan: SupplyPlan, template: Path) -> str:
    with pytest.raises(InputError) as refused:
        form(plan, template)
    return "\n".join(problem.zh for problem in refused.value.problems)


def test_a_low_voltage_plan_takes_the_low_voltage_form() -> None:
    assert "低压供电方案答复单" in form(sample_plan())


def with_part(plan: SupplyPlan, kind: str, *days: Envelope) -> SupplyPlan:
    partial = PartialSupply(
        wish_kw=760.0, load_kw=190.0, season=None, quarter_hour=None, envelope=days
    )
    return replace(plan, options=(replace(plan.options[0], kind=kind, partial=partial),))


def test_a_limited_supply_states_what_may_be_drawn_when() -> None:
    allowed = (760.0,) * 8 + (427.5,) * 12 + (760.0,) * 4
    day = Envelope(season="summer", allowed_kw=allowed, left_out_kwh=3_990.0)
    words = form(with_part(sample_plan(), "limited_supply", day))
    assert "不超过：夏季 0–8 时 760 kW，8–20 时 428 kW，20–24 时 760 kW" in words
    assert "（限额供电）" in words


def test_a_first_stage_states_what_it_is_limited_to() -> None:
    assert "第一期不超过 190 kW" in form(with_part(sample_plan(), "staged_supply"))


def test_a_template_without_the_limits_is_refused_for_a_limited_supply(tmp_path: Path) -> None:
    own = template_of(tmp_path, *REQUIRED)
    plan = with_part(sample_plan(), "staged_supply")

    assert "分时限额" in sentences(plan, own)
    assert form(sample_plan(), own)


def test_a_work_is_told_by_name_and_without_a_figure_of_the_grid() -> None:
    plan = sample_plan()
    work = replace(
        plan.options[0].works[0], due_on="2027-06-01",
        zh="先接入，2027-06-01 前改造 城西 2 号变 (trafo:2)（接入后负载率 86.1%，超过 80%）",
    )  # fmt: skip
    words = form(replace(plan, options=(replace(plan.options[0], works=(work,)),)))

    assert "2027-06-01 前由供电企业改造" in words
    assert "86.1" not in words
    assert "(trafo:2)" not in words


def test_a_10_kv_plan_takes_the_high_voltage_form() -> None:
    plan = sample_plan()
    at_mv = replace(plan, options=(replace(plan.options[0], supply_kv=10.0),))

    assert "高压供电方案答复单" in form(at_mv)


def test_a_form_without_a_hold_says_that_it_is_a_draft() -> None:
    assert "草稿：未占用容量，不作为答复" in form(sample_plan())


def test_no_mark_of_the_template_is_left_over() -> None:
    assert not re.search(r"\{\{|\{%|undefined", form(sample_plan()))


def test_the_customer_is_printed_as_given() -> None:
    assert "甲公司" in form(sample_plan())


def test_the_validity_runs_from_the_signature() -> None:
    assert "自客户签收之日起 3 个月" in form(sample_plan())


def test_the_companys_own_template_is_filled(tmp_path: Path) -> None:
    own = template_of(tmp_path, *REQUIRED)

    assert sample_plan().plan_id in form(sample_plan(), own)


def test_a_template_that_lacks_fields_is_refused_with_each_of_them(tmp_path: Path) -> None:
    own = template_of(tmp_path, *(field for field in REQUIRED if field not in ("marks", "plan_id")))

    said = sentences(sample_plan(), own)

    assert "缺少必需的栏目“方案编号”（plan_id）" in said
    assert "（marks）" in said


def test_a_template_with_a_field_nobody_knows_is_told_the_nearest_one(tmp_path: Path) -> None:
    own = template_of(tmp_path, *REQUIRED, "customr")

    assert "“customr”不是答复单的栏目，是否指“customer”" in sentences(sample_plan(), own)


def test_a_template_that_is_no_word_file_is_refused(tmp_path: Path) -> None:
    own = tmp_path / "own.docx"
    own.write_text("hello", encoding="utf-8")

    assert "不是 Word 文件" in sentences(sample_plan(), own)


def test_a_template_with_a_broken_mark_is_refused(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("{{ plan_id ")
    own = tmp_path / "own.docx"
    document.save(str(own))

    assert "填写标记有误" in sentences(sample_plan(), own)


def test_a_template_reaches_nothing_but_its_fields(tmp_path: Path) -> None:
    own = template_of(tmp_path, *REQUIRED, "plan_id.__class__.__mro__")

    assert "填写标记有误" in sentences(sample_plan(), own)


def test_a_plan_without_an_option_has_no_form(tmp_path: Path) -> None:
    plan = replace(sample_plan(mode="no_option"), options=())

    assert "没有可行方案" in sentences(plan, template_of(tmp_path, *REQUIRED))


def test_unknown_details_are_refused_with_what_there_is() -> None:
    with pytest.raises(InputError) as refused:
        read_details({"custommer": "甲"})

    assert "可填写：application_no" in refused.value.problems[0].zh


def test_markup_in_a_customers_name_stays_text() -> None:
    made = make_reply_form(
        sample_plan(), GridModel.of(tiny_grid()), ReplyDetails(customer="<b>{{ 1 }}&甲"),
        rules_title="示例规则", valid_months=3,
    )  # fmt: skip

    words = "".join(
        cell.text for table in Document(BytesIO(made)).tables for row in table.rows
        for cell in row.cells
    )  # fmt: skip
    assert "<b>{{ 1 }}&甲" in words


@pytest.mark.parametrize("level", ["lv", "hv"])
def test_the_templates_are_what_their_script_makes(level: str) -> None:
    script = runpy.run_path(str(ROOT / "docs" / "templates" / "make_reply_templates.py"))

    made = script["make_template"](level).element.xml

    stored = Document(str(ROOT / "api" / "documents" / f"reply_{level}.docx")).element.xml
    assert made == stored


def test_days_are_named_with_their_clock() -> None:
    plan = sample_plan()
    schedule = replace(plan.options[0].schedule, limit_days=22, limit_clock="working")
    at_mv = replace(plan.options[0], supply_kv=10.0, schedule=schedule)

    assert "不超过 22 个工作日" in form(replace(plan, options=(at_mv,)))
    assert "不超过 8 天" in form(plan)


def test_a_single_phase_supply_has_220_v() -> None:
    plan = sample_plan()

    assert "交流 220 V" in form(replace(plan, application={**plan.application, "phases": 1}))


def test_every_source_has_its_boundary() -> None:
    plan = sample_plan()
    option = plan.options[0]
    dual = replace(option, supply_kv=10.0, sources=(*option.sources, *option.sources))
    made = form(replace(plan, options=(dual,)))

    assert "电源 1：" in made
    assert "；电源 2：" in made


def test_an_existing_supply_has_no_line_of_no_length() -> None:
    plan = sample_plan()
    source = plan.options[0].sources[0]
    there = replace(source, access_point=replace(source.access_point, kind="existing_node"))
    option = replace(plan.options[0], supply_kv=10.0, sources=(there,))

    assert "利用现有线路" in form(replace(plan, options=(option,)))


def test_a_template_cut_short_is_refused(tmp_path: Path) -> None:
    whole, cut = template_of(tmp_path, *REQUIRED), tmp_path / "cut.docx"
    with ZipFile(whole) as old, ZipFile(cut, "w") as new:
        for item in old.infolist():
            content = old.read(item.filename)
            is_body = item.filename == "word/document.xml"
            new.writestr(item, content[:-60] if is_body else content)

    assert "不是 Word 文件" in sentences(sample_plan(), cut)


def test_a_template_that_asks_for_the_impossible_is_refused(tmp_path: Path) -> None:
    own = template_of(tmp_path, *REQUIRED, "1 // 0")

    assert "填写标记有误" in sentences(sample_plan(), own)


def test_a_signature_stands_beside_the_words_that_ask_for_it() -> None:
    cell = signed_form().tables[-1].cell(0, 1)

    assert cell.text.startswith("客户签收：")
    assert len(cell._tc.xpath(".//pic:pic")) == 1


def test_below_it_stand_name_and_moment_as_they_are() -> None:
    table = signed_form().tables[-1]

    assert table.cell(1, 1).text == "张三 <b>{{ 1 }}　2026-06-01 17:31"
    assert table.cell(1, 0).text.startswith("日期：")


@pytest.mark.parametrize(
    ("size", "millimetres"), [((600, 200), (45.0, 15.0)), ((300, 300), (16.0, 16.0))]
)
def test_a_signature_keeps_its_shape_in_its_room(
    size: tuple[int, int], millimetres: tuple[float, float]
) -> None:
    (shape,) = signed_form(size=size).inline_shapes

    assert (shape.width.mm, shape.height.mm) == pytest.approx(millimetres, abs=0.01)


def test_the_companys_own_template_may_have_a_place_for_a_signature(tmp_path: Path) -> None:
    own = template_of(tmp_path, *REQUIRED, "customer_signature")

    assert len(signed_form(own).inline_shapes) == 1


def test_a_template_without_a_place_for_it_has_no_signature(tmp_path: Path) -> None:
    assert len(signed_form(template_of(tmp_path, *REQUIRED)).inline_shapes) == 0
