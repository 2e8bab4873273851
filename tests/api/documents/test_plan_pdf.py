from __future__ import annotations

from dataclasses import replace
from functools import cache
from io import BytesIO

import pytest
from pypdf import PdfReader

from api.documents.fonts import find_font
from api.documents.pdf import make_plan_pdf
from api.documents.sheet import make_sheet
from grid_models.errors import InputError
from grid_models.model import GridModel
from planner.plan import SupplyPlan
from tests.api.plans import sample_plan
from tests.grid_models.samples import tiny_grid


def has_font() -> bool:
    try:
        find_font()
    except InputError:
        return False
    return True


needs_font = pytest.mark.skipif(not has_font(), reason="no font with Chinese on this machine")


@cache
def text_of(mode: str) -> str:
    pdf = make_plan_pdf(sample_plan(mode=mode), GridModel.of(tiny_grid()), "示例规则")
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def titles(plan: SupplyPlan) -> list[str]:
    return [s.title for s in make_sheet(plan, GridModel.of(tiny_grid()), "示例规则").sections]


@needs_font
@pytest.mark.parametrize(
    "word", ["供电方案", "当场答复", "位置图", "单线图", "费用估算", "数据与规则"]
)
def test_the_pdf_of_a_plan_says_in_chinese(word: str) -> None:
    assert word in text_of("on_site")


@needs_font
def test_the_pdf_carries_plan_id_grid_version_and_data_date() -> None:
    plan = sample_plan()

    for fact in (plan.plan_id, plan.grid.version, str(plan.grid.load_date)):
        assert fact in text_of("on_site")


@needs_font
def test_the_same_plan_gives_the_same_pdf() -> None:
    plan, model = sample_plan(), GridModel.of(tiny_grid())

    assert make_plan_pdf(plan, model, "示例规则") == make_plan_pdf(plan, model, "示例规则")


@needs_font
def test_a_plan_without_an_option_has_a_pdf_as_well() -> None:
    plan = replace(sample_plan(mode="no_option"), options=())

    pdf = make_plan_pdf(plan, GridModel.of(tiny_grid()), "示例规则")

    assert "没有可行方案" in PdfReader(BytesIO(pdf)).pages[0].extract_text()


def test_the_plan_is_marked_as_an_estimate_that_holds_no_capacity() -> None:
    marks = make_sheet(sample_plan(), GridModel.of(tiny_grid()), "示例规则").marks

    assert "费用为估算" in marks
    assert "示例规则" in marks
    assert "本方案不占用容量，不作为答复单" in marks


def test_every_check_of_the_first_option_has_a_row() -> None:
    plan = sample_plan()
    sheet = make_sheet(plan, GridModel.of(tiny_grid()), "示例规则")

    checks = next(s for s in sheet.sections if s.title.endswith("的校验"))

    assert len(checks.rows) == len(plan.options[0].checks)


def test_a_plan_without_an_option_shows_what_was_refused_and_no_empty_parts() -> None:
    found = titles(replace(sample_plan(mode="no_option"), options=()))

    assert "单线图" not in found
    assert found[-1] == "数据与规则"


def test_every_row_has_as_many_cells_as_its_table_has_columns() -> None:
    sheet = make_sheet(sample_plan(), GridModel.of(tiny_grid()), "示例规则")

    for section in sheet.sections:
        wanted = len(section.columns) or 2
        assert {len(row) for row in section.rows} <= {wanted}, section.title
