"""Set-points no tap changer can hold: each is named, and then the tap stands."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grid_models.changers import find_changers
from grid_models.compiled import compile_grid
from grid_models.grid import Grid, Problem
from grid_models.schema import find_problems
from tests.grid_models.samples import added, edited, tiny_grid
from tests.grid_models.tapped import with_changer

CODES = {
    "tap_band_missing", "tap_range_missing", "tap_not_turning", "tap_position_odd",
    "tap_band_narrow", "tap_not_alone",
}  # fmt: skip


def main_transformer(**facts: Any) -> Grid:
    return with_changer(tiny_grid(), "trafo:1", **facts)


def found(grid: Grid) -> list[tuple[str, tuple[str, ...], str]]:
    return [(p.code, p.ids, p.severity) for p in find_problems(grid)]


def test_a_changer_that_can_hold_its_set_point_is_no_problem_and_moves() -> None:
    assert found(main_transformer()) == []
    assert [c.transformer_id for own in find_changers(compile_grid(main_transformer())).values()
            for c in own] == ["trafo:1"]  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"tap_band_pu": np.nan}, "tap_band_missing"),
        ({"tap_set_point_pu": np.nan}, "tap_band_missing"),
        ({"tap_min": np.nan}, "tap_range_missing"),
        ({"tap_max": np.nan}, "tap_range_missing"),
        ({"tap_step_pct": 0.0}, "tap_range_missing"),
        ({"tap_min": 0.0, "tap_max": 0.0}, "tap_range_missing"),
        ({"tap_min": -1e9, "tap_max": 1e9}, "tap_range_missing"),
        ({"tap_min": -8.5}, "tap_range_missing"),
        ({"tap_side": ""}, "tap_not_turning"),
        ({"tap_changer_type": "ideal"}, "tap_not_turning"),
        ({"tap_step_degree": 60.0}, "tap_not_turning"),
        ({"tap_pos": 0.5}, "tap_position_odd"),
        # 1.25 % more turns than 0.9 are 1.389 %
        ({"tap_band_pu": 0.0141}, "tap_band_narrow"),
        # 1 - 8 x 12.5 % are no turns at all
        ({"tap_step_pct": 12.5, "tap_band_pu": 0.2}, "tap_band_narrow"),
    ],
)
def test_what_cannot_be_held_is_named_and_the_tap_stands(facts: dict[str, Any], code: str) -> None:
    grid = main_transformer(**facts)
    assert (code, ("trafo:1",), "warning") in found(grid)
    assert find_changers(compile_grid(grid)) == {}


def test_a_band_just_as_wide_as_the_widest_step_is_held() -> None:
    # 1.02 x 0.0125 / 0.9
    assert found(main_transformer(tap_band_pu=0.014167)) == []
    assert found(main_transformer(tap_band_pu=0.014166)) != []


@pytest.mark.parametrize(
    ("column", "value", "allowed"),
    [
        ("tap_set_point_pu", 0.79, ">= 0.8, <= 1.2"),
        ("tap_set_point_pu", 1.21, ">= 0.8, <= 1.2"),
        ("tap_band_pu", 0.0, "> 0, <= 0.2"),
        ("tap_band_pu", 0.21, "> 0, <= 0.2"),
    ],
)
def test_a_number_nobody_sets_is_an_error_and_the_tap_stands(
    column: str, value: float, allowed: str
) -> None:
    grid = main_transformer(**{column: value})
    (problem,) = find_problems(grid)
    assert (problem.code, problem.severity) == (f"{column}_out_of_range", "error")
    assert allowed in problem.en
    assert find_changers(compile_grid(grid)) == {}


def test_a_position_outside_the_range_is_named_and_the_tap_stands() -> None:
    grid = main_transformer(tap_pos=9.0)
    assert {code for code, *_ in found(grid)} == {"tap_out_of_range", "tap_position_odd"}
    assert find_changers(compile_grid(grid)) == {}


def test_a_changer_beside_another_is_named() -> None:
    twin = added(main_transformer(), "transformers", "trafo:9", "trafo:1")
    (problem,) = [p for p in find_problems(twin) if p.code == "tap_not_alone"]
    assert problem.ids == ("trafo:1", "trafo:9")


def test_a_leg_of_a_star_is_named_and_its_tap_stands() -> None:
    star = edited(main_transformer(), "nodes", "bus:2", kind="star")
    assert ("tap_not_alone", ("trafo:1",), "warning") in found(star)
    assert find_changers(compile_grid(star)) == {}


def problem(grid: Grid, code: str) -> Problem:
    return next(p for p in find_problems(grid) if p.code == code)


def test_the_sentence_says_what_would_be_right() -> None:
    narrow = problem(main_transformer(tap_band_pu=0.01), "tap_band_narrow")
    assert "as wide as the widest step" in narrow.en
    assert "最宽的一档" in narrow.zh
