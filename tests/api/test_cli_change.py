from __future__ import annotations

from pathlib import Path

import pytest

from grid_models.storage import write_grid
from grid_models.stored.opening import open_model
from tests.api.commands import run
from tests.grid_models.samples import tiny_grid


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_grid(tiny_grid(), tmp_path / "grid")
    return tmp_path / "grid"


def given(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode("gbk"))
    return path


def test_rows_of_several_tables_take_the_values_of_the_files(folder: Path, tmp_path: Path) -> None:
    before = open_model(folder)
    load = str(before.column("loads", "id")[0])
    loads = given(tmp_path, "loads.csv", f"id,p_kw,name\n{load}, 12.5 ,新店\n")
    lines = given(
        tmp_path, "lines.csv",
        "id,ampacity_a,is_in_service,removal_planned_on\nline:1,,true,2027-05-01\n",
    )  # fmt: skip
    result = run("grid", "change", folder, loads, lines)
    assert result.exit_code == 0, result.stderr
    model = open_model(folder)
    assert model.version in result.stdout
    assert model.version != before.version
    assert (model.value("loads", "p_kw", 0), model.value("loads", "name", 0)) == (12.5, "新店")
    line = model.row_of("lines", "line:1")
    assert str(model.value("lines", "removal_planned_on", line))[:10] == "2027-05-01"
    assert model.value("lines", "ampacity_a", line) != model.value("lines", "ampacity_a", line)


def test_everything_wrong_in_the_files_is_said_at_once(folder: Path, tmp_path: Path) -> None:
    version = open_model(folder).version
    files = [
        given(tmp_path, "loads.csv", "id,p_kw\nload:1,many\n,3\n"),
        given(tmp_path, "lines.csv", "id,parallel,is_in_service\nline:1,1.5,maybe\n"),
        given(tmp_path, "mine.csv", "id\nx\n"),
        given(tmp_path, "bays.csv", "name\nx\n"),
    ]
    result = run("grid", "change", folder, *files)
    assert result.exit_code == 2
    for sentence in (
        "loads.csv:3 缺少 id",
        "lines.csv:2：parallel 为“1.5”，应为整数",
        "lines.csv:2：is_in_service 为“maybe”，应为是或否",
        "文件 mine.csv 应以表名命名",
        "文件 bays.csv 缺少列 id",
    ):
        assert sentence in result.stderr, sentence
    assert open_model(folder).version == version


def test_a_cell_that_is_no_number_is_named_with_its_line(folder: Path, tmp_path: Path) -> None:
    loads = given(tmp_path, "loads.csv", "id,p_kw\nload:1,many\n")
    result = run("grid", "change", folder, loads)
    assert "loads.csv:2：p_kw 为“many”，应为数" in result.stderr
    assert result.exit_code == 2


def test_what_the_grid_refuses_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    loads = given(tmp_path, "loads.csv", "id,p_mw\nload:none,1\n")
    result = run("grid", "change", folder, loads)
    assert result.exit_code == 2
    assert "没有列“p_mw”" in result.stderr
    assert "没有 load:none" in result.stderr
