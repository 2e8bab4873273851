from __future__ import annotations

from pathlib import Path

import pytest

from api.scenario_file import ScenarioFile, read_scenario_file
from grid_models.errors import InputError
from tests.api.what_ifs import SCENARIO, written


def read(folder: Path, text: str, encoding: str = "utf-8") -> ScenarioFile:
    return read_scenario_file(written(folder, text, "a.yaml", encoding))


def refused(folder: Path, text: str, encoding: str = "utf-8") -> list[str]:
    with pytest.raises(InputError) as caught:
        read(folder, text, encoding)
    assert all(problem.zh for problem in caught.value.problems)
    return [problem.en for problem in caught.value.problems]


def test_values_are_those_of_yaml_1_2(tmp_path: Path) -> None:
    text = "a: no\nb: 12:30\nc: 0o17\nd: 1.5\ne: true\nf: ~\ng: 2026-11-23\nh: '5'\ni: line:3\n"
    # in YAML 1.1 no is false and 12:30 is 750
    assert read(tmp_path, text).document == {
        "a": "no", "b": "12:30", "c": 15, "d": 1.5, "e": True, "f": None,
        "g": "2026-11-23", "h": "5", "i": "line:3",
    }  # fmt: skip


def test_a_field_stands_on_its_line_and_a_missing_one_where_its_parent_does(
    tmp_path: Path,
) -> None:
    file = read(tmp_path, SCENARIO)
    assert file.place(("steps", 1, "replace_transformer", "type")).en == "file a.yaml line 7"
    assert file.place(("steps", 0, "add_load", "missing")).zh == "文件 a.yaml 第 5 行"
    assert file.place(("nowhere",)).en == "file a.yaml line 1"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_chinese_is_read_in_every_encoding_people_save_it_in(tmp_path: Path, encoding: str) -> None:
    assert read(tmp_path, SCENARIO, encoding).document["name"] == "商铺扩容"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [1, 2\nb: 3\n", "is no valid YAML, line 2"),
        ("a: 1\n\tb: 2\n", "is no valid YAML, line 2"),
        ("a: b: c\n", "is no valid YAML, line 1"),
        ("a: 1\n---\nb: 2\n", "is no valid YAML, line 2"),
        ("", "is empty"),
        ("# nothing but words\n", "is empty"),
        ("a: \x00\n", "cannot be read as YAML"),
        ("a: 1\na: 2\n", "file a.yaml line 2: the field a stands there twice"),
        ("a: &x [1]\nb: *x\n", "aliases (*) are not read; write it out"),
        ("? [1, 2]\n: 3\n", "line 1: a field's name has to be a text"),
        ("a: !!python/object:os.system {}\n", "line 1: the tag tag:yaml.org,2002:python/object"),
        ("a: !mine 3\n", "file a.yaml line 1: the tag !mine is not read"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(
    tmp_path: Path, text: str, sentence: str
) -> None:
    (found,) = refused(tmp_path, text)
    assert sentence in found


def test_every_field_written_twice_is_named(tmp_path: Path) -> None:
    assert len(refused(tmp_path, "a: 1\na: 2\nb: {c: 1, c: 2}\n")) == 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.yaml does not exist"):
        read_scenario_file(tmp_path / "nowhere.yaml")


def test_what_is_too_long_is_not_read(tmp_path: Path) -> None:
    assert "more than 5,000,000 characters" in refused(tmp_path, "a: " + "x" * 5_000_001)[0]


def test_what_is_nested_too_deeply_is_a_sentence(tmp_path: Path) -> None:
    assert "cannot be read as YAML" in refused(tmp_path, "[" * 1_500)[0]
