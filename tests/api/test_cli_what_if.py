from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api.commands import run
from tests.api.what_ifs import BAD, SCENARIO, written


def test_the_page_says_what_is_broken_and_since_when(tiny: Path, tmp_path: Path) -> None:
    done = run("whatif", tiny, written(tmp_path, SCENARIO))
    assert done.exit_code == 0, done.output
    assert "情景推演  商铺扩容  示例规则" in done.stdout
    assert "新增越限 1 项，消除 0 项" in done.stdout
    assert "第 1 步 充电站" in done.stdout
    assert "line:3" in done.stdout
    assert all(len(line) <= 100 for line in done.stdout.splitlines())


def test_json_is_all_there_is_on_stdout(tiny: Path, tmp_path: Path) -> None:
    done = run("whatif", tiny, written(tmp_path, SCENARIO), "--json")
    document = json.loads(done.stdout)
    assert document["schema"] == "supply-plan/what-if/1"
    assert [step["name"] for step in document["steps"]] == ["充电站", "增容"]
    (violation,) = document["violations"]
    assert (violation["element_id"], violation["status"], violation["step"]) == ("line:3", "new", 1)


@pytest.mark.parametrize("ending", [".json", ".gpkg", ".html", ".HTML"])
def test_the_ending_says_what_is_written(tiny: Path, tmp_path: Path, ending: str) -> None:
    output = tmp_path / "deep" / f"结果{ending}"
    output.parent.mkdir()
    done = run("whatif", tiny, written(tmp_path, SCENARIO), "-o", output)
    assert done.exit_code == 0, done.output
    assert output.stat().st_size > 5_000
    assert list(output.parent.iterdir()) == [output]


def test_the_file_and_stdout_hold_the_same_json(tiny: Path, tmp_path: Path) -> None:
    output = tmp_path / "a.json"
    done = run("whatif", tiny, written(tmp_path, SCENARIO), "-o", output, "--json")
    assert json.loads(output.read_text(encoding="utf-8")) == json.loads(done.stdout)


def test_a_file_that_is_there_is_replaced_only_by_force(tiny: Path, tmp_path: Path) -> None:
    output, scenario = tmp_path / "a.json", written(tmp_path, SCENARIO)
    output.write_text("mine")
    refused = run("whatif", tiny, scenario, "-o", output)
    assert (refused.exit_code, output.read_text()) == (2, "mine")
    assert "exists already; replace it with --force" in refused.stderr
    assert run("whatif", tiny, scenario, "-o", output, "--force").exit_code == 0
    assert output.read_text() != "mine"


def test_bad_steps_are_named_with_file_line_and_step_and_nothing_is_written(
    tiny: Path, tmp_path: Path
) -> None:
    output = tmp_path / "a.gpkg"
    done = run("whatif", tiny, written(tmp_path, BAD), "-o", output)
    assert (done.exit_code, done.stdout, output.exists()) == (2, "", False)
    assert "文件 情景.yaml 第 4 行，第 1 步“充电站”：节点 node 为“bus:66”，应为" in done.stderr
    assert 'file 情景.yaml line 5, step 1 "充电站": p_kw is "-200"; give' in done.stderr


def test_a_ring_by_accident_is_named_with_file_line_and_step(tiny: Path, tmp_path: Path) -> None:
    ring = "steps:\n  - name: 合环\n    switch: {close: switch:2}\n"
    done = run("whatif", tiny, written(tmp_path, ring))
    assert done.exit_code == 2
    assert (
        'file 情景.yaml line 2, step 1 "合环": closes a ring below the source source:1'
        in done.stderr
    )


def test_problems_of_every_input_come_at_once(tmp_path: Path) -> None:
    done = run("whatif", tmp_path / "none", tmp_path / "no.yaml", "-o", tmp_path / "a.docx")
    assert done.exit_code == 2
    assert "choose one of .json, .gpkg, .html" in done.stderr
    assert "no.yaml does not exist" in done.stderr
    assert "none does not exist" in done.stderr


@pytest.mark.parametrize("output", ["folder.json", "/proc/nowhere/a.json", "none/a.json"])
def test_a_place_that_cannot_be_written_is_a_sentence(
    tiny: Path, tmp_path: Path, output: str
) -> None:
    (tmp_path / "folder.json").mkdir()
    done = run("whatif", tiny, written(tmp_path, SCENARIO), "-o", tmp_path / output)
    assert done.exit_code == 2
    assert "output file" in done.stderr
