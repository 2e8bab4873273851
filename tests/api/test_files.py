from __future__ import annotations

from pathlib import Path

import pytest

from api.files import read_commitment_rows, read_equipment_rows, read_json
from api.rows import Row
from grid_models.errors import InputError

EQUIPMENT = "name,kw,count,demand_factor\n水泵,30,2,0.5\n\n风机,40,1,\n"


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_csv_is_read_in_the_encodings_spreadsheets_write(tmp_path: Path, encoding: str) -> None:
    rows = read_equipment_rows(write(tmp_path, "list.csv", EQUIPMENT.encode(encoding)))
    assert rows == [
        Row("list.csv:2", {"name": "水泵", "kw": "30", "count": "2", "demand_factor": "0.5"}),
        Row("list.csv:4", {"name": "风机", "kw": "40", "count": "1", "demand_factor": ""}),
    ]


def test_json_is_read_like_csv(tmp_path: Path) -> None:
    path = write(tmp_path, "list.json", '[{"kw": 30}]')
    assert read_equipment_rows(path) == [Row("list.json[0]", {"kw": 30})]


def test_a_field_that_stands_twice_in_json_is_refused_not_the_last_one_taken(
    tmp_path: Path,
) -> None:
    promise = '[{"commitment_id": "A", "node_id": "bus:5", "s_kva": 5000, "s_kva": 1}]'
    with pytest.raises(InputError, match="gives s_kva more than once"):
        read_commitment_rows(write(tmp_path, "p.json", promise))


def test_a_missing_column_is_named_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        read_commitment_rows(write(tmp_path, "p.csv", "commitment_id,kva\nA,1\nB,2\n"))
    assert [problem.en.split(";")[0] for problem in refused.value.problems] == [
        "file p.csv lacks the column node_id",
        "file p.csv lacks the column s_kva",
    ]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.csv does not exist"):
        read_equipment_rows(tmp_path / "nothing.csv")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_json(tmp_path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not text in UTF-8 or GBK"):
        read_equipment_rows(write(tmp_path, "list.csv", b"\xff\xff\xff"))


@pytest.mark.parametrize("content", ['{"schema": "supply', "", "plan", "[1,"])
def test_a_truncated_or_foreign_file_is_no_json(tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError, match="is not a complete JSON file"):
        read_json(write(tmp_path, "plan.json", content))


@pytest.mark.parametrize("content", ["[" * 100_000, "1" * 5_000, "[NaN]", "[-Infinity]"])
def test_json_beyond_all_measure_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError, match=r"not a (complete JSON|JSON file that can)"):
        read_json(write(tmp_path, "plan.json", content))


def test_a_row_longer_than_the_header_is_refused_by_the_reader_of_rows(tmp_path: Path) -> None:
    (row,) = read_equipment_rows(write(tmp_path, "list.csv", "kw\n30,40\n"))
    assert row.values == {"kw": "30", "extra cell": ["40"]}
