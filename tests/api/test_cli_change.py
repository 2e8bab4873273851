from __future__ import annotations

import json
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
    path.parent.mkdir(exist_ok=True)
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
        "loads.csv:2：p_kw 为“many”，应为数",
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


def refused(folder: Path, *files: Path) -> str:
    """Return what is said of files that are refused."""
    before = open_model(folder).version
    result = run("grid", "change", folder, *files)
    assert result.exit_code == 2, result.stdout
    assert open_model(folder).version == before
    assert not (folder / "changes").exists()
    return result.stderr


def test_an_id_twice_in_a_file_names_both_lines(folder: Path, tmp_path: Path) -> None:
    loads = given(tmp_path, "loads.csv", "id,p_kw\nload:1,5\nload:2,7\n load:1,6\n")
    said = refused(folder, loads)
    assert "loads.csv:4：id 为“load:1”，与 loads.csv:2 重复；每个 id 应只出现一次" in said
    assert 'loads.csv:4: id is "load:1", as at loads.csv:2' in said


def test_files_of_one_table_are_taken_together(folder: Path, tmp_path: Path) -> None:
    files = [
        given(tmp_path, "A/loads.csv", "id,p_kw\nload:1,5\n"),
        given(tmp_path, "B/loads.csv", "id,q_kvar\nload:2,7\n"),
    ]
    result = run("grid", "change", folder, *files)
    assert result.exit_code == 0, result.stderr
    model = open_model(folder)
    assert list(model.column("loads", "p_kw")) == [5.0, 120.0]
    assert list(model.column("loads", "q_kvar")) == [100.0, 7.0]


def test_an_id_in_two_files_names_both_files(folder: Path, tmp_path: Path) -> None:
    first = given(tmp_path, "A/loads.csv", "id,p_kw\nload:1,5\n")
    second = given(tmp_path, "B/loads.csv", "id,p_kw\nload:1,6\n")
    said = refused(folder, first, second).replace("\n", "")
    assert f"{second}:2：id 为“load:1”，与 {first}:2 重复" in said


@pytest.mark.parametrize(
    ("table", "column", "cell", "sentence"),
    [
        ("lines", "ampacity_a", "-5", "ampacity_a 为“-5”，应为数（> 0），未知时留空"),
        ("lines", "ampacity_a", "0", "ampacity_a 为“0”，应为数（> 0），未知时留空"),
        ("lines", "length_m", "-5", "length_m 为“-5”，应为数（>= 0）"),
        ("lines", "length_m", "", "length_m 缺值，应为数（>= 0）"),
        ("lines", "length_m", "NaN", "length_m 缺值，应为数（>= 0）"),
        ("lines", "ownership", "公用", "ownership 为“公用”，应为其中之一：public、private、"),
        ("lines", "parallel", "1.5", "parallel 为“1.5”，应为整数（>= 1）"),
        ("lines", "parallel", "1e300", "parallel 为“1e300”，应为整数（>= 1）"),
        ("lines", "is_in_service", "", "is_in_service 缺值，应为是或否"),
        ("lines", "removal_planned_on", "9999-01-01", "removal_planned_on 为“9999-01-01”"),
        ("loads", "p_kw", "1_000", "p_kw 为“1_000”，应为数"),
        ("loads", "p_kw", "1e400", "p_kw 为“1e400”，应为数"),
    ],
)  # fmt: skip
def test_a_cell_its_column_does_not_take_is_named(
    folder: Path, tmp_path: Path, table: str, column: str, cell: str, sentence: str
) -> None:
    element = {"lines": "line:1", "loads": "load:1"}[table]
    file = given(tmp_path, f"{table}.csv", f"id,{column}\n{element},{cell}\n")
    assert f"{table}.csv:2：{sentence}" in refused(folder, file)


def test_an_error_between_rows_names_the_line_that_brings_it(folder: Path, tmp_path: Path) -> None:
    loads = given(tmp_path, "loads.csv", "id,curve_id\nload:2,mine\n")
    nodes = given(tmp_path, "nodes.csv", "id,vn_kv\nbus:3,20\n")
    said = refused(folder, loads, nodes)
    assert "loads.csv:2: load:2 (curve_id=mine): 负荷所用的曲线不存在" in said
    assert "line:1: 线路两端节点的额定电压不同" in said
    assert "nodes.csv:2: bus:3 (vn_kv=20.0)" in said


def test_a_row_shorter_than_the_header_is_a_wrong_row(folder: Path, tmp_path: Path) -> None:
    lines = given(tmp_path, "lines.csv", "id,name,ampacity_a\nline:1,a\n")
    assert "lines.csv:2：此行比表头短，缺少 ampacity_a 的格" in refused(folder, lines)


def test_a_cell_beyond_the_header_is_named_with_its_line(folder: Path, tmp_path: Path) -> None:
    loads = given(tmp_path, "loads.csv", "id,p_kw\nload:1,5,,6\n")
    assert "loads.csv:2：此行比表头长，“6”不属于任何列" in refused(folder, loads)


def test_a_column_that_is_there_twice_is_named(folder: Path, tmp_path: Path) -> None:
    loads = given(tmp_path, "loads.csv", "id,p_kw,p_kw\nload:1,5,6\n")
    assert "loads.csv 的列 p_kw 出现不止一次" in refused(folder, loads)


@pytest.mark.parametrize("text", ["id,p_kw\n", "id\nload:1\n"])
def test_a_file_that_changes_nothing_is_named(folder: Path, tmp_path: Path, text: str) -> None:
    said = refused(folder, given(tmp_path, "loads.csv", text))
    assert "loads.csv 没有可更改的内容" in said.replace("\n", "")


def test_values_that_are_there_already_are_no_change(folder: Path, tmp_path: Path) -> None:
    assert "没有可更改的内容" in refused(
        folder, given(tmp_path, "loads.csv", "id,p_kw\nload:1,300\n")
    )


def test_what_a_spreadsheet_writes_is_understood(folder: Path, tmp_path: Path) -> None:
    lines = given(tmp_path, "lines.csv", "id,parallel,\nline:1,2.0,\n , \n,,,,\n")
    result = run("grid", "change", folder, lines)
    assert result.exit_code == 0, result.stderr
    assert open_model(folder).value("lines", "parallel", 0) == 2


def test_the_quality_and_what_is_new_are_said_after_a_change(folder: Path, tmp_path: Path) -> None:
    lines = given(tmp_path, "lines.csv", "id,ampacity_a\nline:1,\n")
    result = run("grid", "change", folder, lines)
    assert "数据质量 可用  （错误 0 类，警告 1 类，提示 0 类）" in result.stdout
    assert "线路没有载流量" in result.stdout
    assert "ampacity_unknown  line:1" in result.stdout


def test_a_row_of_json_may_speak_of_other_columns(folder: Path, tmp_path: Path) -> None:
    rows = [{"id": "load:1", "p_kw": 5}, {"id": "load:2", "name": "乙"}]
    loads = given(tmp_path, "loads.json", json.dumps(rows))
    result = run("grid", "change", folder, loads)
    assert result.exit_code == 0, result.stderr
    assert list(open_model(folder).column("loads", "p_kw")) == [5.0, 120.0]
