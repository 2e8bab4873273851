from __future__ import annotations

from pathlib import Path

import pytest

from api.curve_rows import read_curves
from api.files import read_curve_rows
from grid_models.errors import InputError

HEADER = "curve_id,season,quarter_hour,p_pu,q_pu\n"
ROW = "居民,summer,10,0.5,0.4\n"


def read(folder: Path, content: str | bytes) -> tuple[list[dict[str, object]], list[str]]:
    """Return the points of a file and what is wrong with it."""
    path = folder / "curves.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    points, problems = read_curves(read_curve_rows(path))
    assert all(problem.zh for problem in problems)
    return points.to_dict("records"), [problem.en for problem in problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_curves_are_read_in_the_encodings_spreadsheets_write(tmp_path: Path, encoding: str) -> None:
    (point,), problems = read(tmp_path, (HEADER + ROW).encode(encoding))
    assert problems == []
    assert (point["curve_id"], point["season"], point["quarter_hour"]) == ("居民", "summer", 10)
    assert (point["p_pu"], point["q_pu"]) == (0.5, 0.4)


def test_full_width_digits_and_chinese_seasons_are_read(tmp_path: Path) -> None:
    (point,), problems = read(tmp_path, HEADER + "居民,夏,１０,０．５,0.4\n")
    assert problems == []
    assert (point["season"], point["quarter_hour"], point["p_pu"]) == ("summer", 10, 0.5)


def test_season_and_reactive_factor_may_be_left_out(tmp_path: Path) -> None:
    (point,), problems = read(tmp_path, "curve_id,quarter_hour,p_pu\n居民,10,0.5\n")
    assert problems == []
    assert (point["season"], point["q_pu"]) == ("all", 0.5)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("A,summer,10,-0.1,0", 'p_pu is "-0.1"; give 0 or a number above it'),
        ("A,summer,10,NaN,0", 'p_pu is "NaN"; give 0 or a number above it'),
        ("A,summer,10,,0", "p_pu is missing; give 0 or a number above it"),
        ("A,summer,10,0.5 kW,0", 'p_pu is "0.5 kW"; give 0 or a number above it'),
        ("A,summer,10,0.5,inf", 'q_pu is "inf"; give a number'),
        ("A,summer,96,0.5,0", 'quarter_hour is "96"; give a whole number from 0 (00:00) to 95'),
        ("A,summer,18:30,0.5,0", 'quarter_hour is "18:30"; give a whole number of at least 0'),
        ("A,summer,,0.5,0", "quarter_hour is missing; give a whole number from 0 to 95"),
        ("A,monsoon,10,0.5,0", 'season is "monsoon"; give one of spring, summer, autumn'),
        (",summer,10,0.5,0", "curve_id is missing; give the curve_id of its loads"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_with_its_line(
    tmp_path: Path, row: str, said: str
) -> None:
    (sentence,) = read(tmp_path, HEADER + ROW + row + "\n")[1]
    assert sentence.startswith(f"curves.csv:3: {said}")


def test_a_point_whose_factor_is_refused_is_still_a_point(tmp_path: Path) -> None:
    """So that the curve is not said to lack it as well."""
    points, problems = read(tmp_path, HEADER + "A,summer,10,-1,0\n")
    assert (len(points), len(problems)) == (1, 1)


def test_a_column_that_curves_do_not_have_is_named_once(tmp_path: Path) -> None:
    problems = read(tmp_path, "curve_id,quarter_hour,p_pu,q_kvar\nA,1,1,1\nA,2,1,1\n")[1]
    assert len(problems) == 1
    assert 'the column "q_kvar" is none of a curve; they are curve_id, season,' in problems[0]


def test_a_file_without_points_is_refused(tmp_path: Path) -> None:
    assert read(tmp_path, HEADER)[1] == [
        "the file of curves is empty; give 96 rows a curve and season"
    ]


def test_a_file_without_a_column_it_needs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lacks the column quarter_hour"):
        read(tmp_path, "curve_id,p_pu\nA,1\n")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not text in UTF-8 or GBK"):
        read(tmp_path, b"\xff\xff\xff")
