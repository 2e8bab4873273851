from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from docx import Document

from api.documents.fonts import find_font
from grid_models.errors import InputError
from tests.api.commands import SHOP, recommend


def has_font() -> bool:
    try:
        find_font()
    except InputError:
        return False
    return True


@pytest.mark.skipif(not has_font(), reason="no font with Chinese on this machine")
def test_a_plan_is_written_as_pdf(tiny: Path, tmp_path: Path) -> None:
    result = recommend(tiny, SHOP, "--pdf", str(tmp_path / "plan.pdf"))

    assert result.exit_code == 0
    assert (tmp_path / "plan.pdf").read_bytes().startswith(b"%PDF")


def test_the_reply_form_is_written_as_a_draft_for_the_customer(tiny: Path, tmp_path: Path) -> None:
    path = tmp_path / "reply.docx"
    result = recommend(tiny, SHOP, "--docx", str(path), "--detail", "customer=甲公司")

    assert result.exit_code == 0
    document = Document(BytesIO(path.read_bytes()))
    words = [c.text for table in document.tables for row in table.rows for c in row.cells]
    assert "甲公司" in words
    assert "草稿" in document.paragraphs[1].text


def test_the_low_voltage_form_is_valid_for_three_months(tiny: Path, tmp_path: Path) -> None:
    path = tmp_path / "reply.docx"
    recommend(tiny, SHOP, "--docx", str(path))

    words = "\n".join(p.text for p in Document(BytesIO(path.read_bytes())).paragraphs)
    assert "自客户签收之日起 3 个月" in words


def test_the_diagram_is_written_as_svg(tiny: Path, tmp_path: Path) -> None:
    recommend(tiny, SHOP, "--svg", str(tmp_path / "plan.svg"))

    assert (tmp_path / "plan.svg").read_text(encoding="utf-8").startswith("<svg")


def test_a_file_that_is_there_is_not_replaced_unless_asked(tiny: Path, tmp_path: Path) -> None:
    path = tmp_path / "reply.docx"
    path.write_text("old", encoding="utf-8")

    assert recommend(tiny, SHOP, "--docx", str(path)).exit_code == 2
    assert path.read_text(encoding="utf-8") == "old"
    assert recommend(tiny, SHOP, "--docx", str(path), "--force").exit_code == 0


@pytest.mark.parametrize("option", ["--docx", "--svg"])
def test_a_folder_that_is_not_there_is_named_before_anything_is_written(
    tiny: Path, tmp_path: Path, option: str
) -> None:
    other = {"--docx": "--svg", "--svg": "--docx"}[option]
    files = {"--docx": "plan.docx", "--svg": "plan.svg"}
    result = recommend(
        tiny, SHOP, option, str(tmp_path / "none" / files[option]),
        other, str(tmp_path / files[other]),
    )  # fmt: skip

    assert result.exit_code == 2
    assert f"stands in the folder {tmp_path / 'none'}, which does not exist" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_no_fault_of_ours(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    result = recommend(tiny, SHOP, "--docx", str(tmp_path / "file" / "reply.docx"))

    assert result.exit_code == 2
    assert "does not exist" in result.stderr


@pytest.mark.parametrize("given", [("--detail", "customer=甲公司"), ("--template", "own.docx")])
def test_what_is_given_for_a_reply_form_nobody_asks_for_is_not_dropped(
    tiny: Path, given: tuple[str, str]
) -> None:
    result = recommend(tiny, SHOP, *given)

    assert result.exit_code == 2
    assert "add --docx FILE" in result.stderr


def test_everything_wrong_with_the_files_is_said_at_once(tiny: Path, tmp_path: Path) -> None:
    result = recommend(
        tiny, SHOP, "--svg", str(tmp_path / "plan.txt"), "--docx", str(tmp_path / "reply.doc"),
        "--detail", "nonsense",
    )  # fmt: skip

    assert result.exit_code == 2
    assert "plan.txt" in result.stderr
    assert "reply.doc" in result.stderr
    assert "KEY=VALUE" in result.stderr


def test_no_form_is_written_where_there_is_no_option(tiny: Path, tmp_path: Path) -> None:
    path = tmp_path / "reply.docx"
    far = {"--at": "120.155,30.2801", "--kva": "5", "--max-distance-m": "1"}

    result = recommend(tiny, far, "--docx", str(path))

    assert result.exit_code == 3
    assert "未生成答复单" in result.stderr
    assert "没有可行方案" in result.stdout
    assert not path.exists()


def test_a_field_of_the_form_given_twice_is_refused(tiny: Path, tmp_path: Path) -> None:
    path = tmp_path / "reply.docx"
    details = ("--detail", "customer=甲公司", "--detail", "customer=乙公司")
    result = recommend(tiny, SHOP, "--docx", str(path), *details)

    assert result.exit_code == 2
    assert "customer" in result.stderr
    assert not path.exists()


def test_a_red_line_file_that_holds_nothing_is_refused(tiny: Path, tmp_path: Path) -> None:
    path = tmp_path / "site.geojson"
    path.write_text("null", encoding="utf-8")

    result = recommend(tiny, SHOP, "--site", str(path))

    assert result.exit_code == 2
    assert "用地红线 site" in result.stderr
