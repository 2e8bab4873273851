import numpy as np
import pandas as pd
import pytest

from grid_models.readers.columns import flags, floats, ids, list_problem, texts

ROWS = pd.DataFrame(
    {
        "whole": pd.array([1, pd.NA], dtype="Int64"),
        "mixed": [2.5, "x"],
        "nothing": [None, np.nan],
        "words": [" a ", None],
        "numbers": [7, ""],
        "yes": [True, None],
    }
)


@pytest.mark.parametrize(
    ("column", "expected"),
    [("whole", [1.0, 9.0]), ("mixed", [2.5, 9.0]), ("nothing", [9.0, 9.0]), ("none", [9.0, 9.0])],
)
def test_a_number_that_is_missing_takes_the_default(column, expected):
    assert list(floats(ROWS, column, 9.0)) == expected


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("words", ["a", "-"]),
        ("nothing", ["-", "-"]),
        ("numbers", ["7", "-"]),
        ("none", ["-", "-"]),
    ],
)
def test_a_text_that_is_missing_or_blank_takes_the_default(column, expected):
    assert list(texts(ROWS, column, "-")) == expected


@pytest.mark.parametrize("default", [True, False])
def test_a_flag_that_is_missing_takes_the_default(default):
    assert list(flags(ROWS, "yes", default=default)) == [True, default]
    assert list(flags(ROWS, "none", default=default)) == [default, default]


def test_ids_are_table_and_number():
    assert list(ids("bus", pd.Index([5, 12]))) == ["bus:5", "bus:12"]


def test_a_problem_names_its_elements_sorted_and_says_how_many():
    (problem,) = list_problem("odd", "note", "lines", ["b", "a"], zh="{n} 条", en="{n} lines")
    assert (problem.ids, problem.zh, problem.en) == (("a", "b"), "2 条", "2 lines")


def test_no_elements_are_no_problem():
    assert list_problem("odd", "note", "lines", [], zh="", en="") == []
