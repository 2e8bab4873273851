from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from grid_models.grid import Grid
from grid_models.schema import find_problems
from tests.grid_models.demand.streets import HOME, SHOP, curves_of, flat, street

SUMMER = [flat(HOME, 0.5, season="summer"), flat(SHOP, 0.5, season="summer")]


def with_curves(*parts: pd.DataFrame) -> Grid:
    return street(parts)


def codes(grid: Grid) -> dict[str, int]:
    return {
        problem.code: len(problem.ids)
        for problem in find_problems(grid)
        if problem.table == "curves" or problem.code.startswith("curve_")
    }


def test_whole_curves_have_no_problem():
    assert codes(with_curves(*SUMMER)) == {}


def test_a_grid_without_curves_has_no_problem_with_them():
    assert codes(street()) == {}


FAULTS: Mapping[str, tuple[list[pd.DataFrame], int]] = {
    "curve_incomplete": ([flat(HOME, 0.5).iloc[:95]], 95),
    "curve_repeated": ([flat(HOME, 0.5), flat(HOME, 0.5).iloc[[7]]], 1),
    "curve_season_missing": ([*SUMMER, flat(SHOP, 0.5, season="winter")], 96),
    "curve_least_above_greatest": ([flat(HOME, 0.5).assign(q_least_pu=0.6)], 96),
    "curve_unit_too_large": ([flat(HOME, 40.0)], 96),
    "curve_unit_too_small": ([flat(HOME, 0.001)], 96),
}
CODES = {"curve_unknown", *FAULTS}


@pytest.mark.parametrize("code", FAULTS)
def test_a_curve_that_cannot_be_used_is_named_by_its_points(code):
    parts, points = FAULTS[code]
    found = codes(with_curves(*parts))
    found.pop("id_duplicate", None)  # a point given twice has one id
    assert found == {code: points}


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("p_pu", -0.1, "p_pu_out_of_range"),
        ("p_pu", np.nan, "p_pu_missing"),
        ("q_pu", np.nan, "q_pu_missing"),
        ("quarter_hour", 96, "quarter_hour_out_of_range"),
        ("season", "monsoon", "season_not_listed"),
    ],
)
def test_a_point_out_of_range_is_named(column, value, code):
    curves = curves_of(flat(HOME, 0.5))
    curves.loc[curves.index[3], column] = value
    grid = street([flat(HOME, 0.5)]).with_tables(curves=curves)
    assert codes(grid)[code] == 1


def test_loads_and_generators_of_an_unknown_curve_are_named():
    grid = street([flat(HOME, 0.5)])
    roof = grid.generators.assign(curve_id="sunny")
    loads = grid.loads.assign(curve_id=[HOME, "tower", "tower"])
    found = {
        problem.table: problem.ids
        for problem in find_problems(grid.with_tables(loads=loads, generators=roof))
        if problem.code == "curve_unknown"
    }
    assert found == {"loads": ("home:2", "shop:1"), "generators": ("roof:1",)}


def test_curves_survive_their_folder(tmp_path):
    from grid_models.storage import read_stored_grid, write_grid

    grid = street([flat(HOME, 0.5, season="winter").assign(p_least_pu=0.1)])
    write_grid(grid, tmp_path / "grid")
    stored = read_stored_grid(tmp_path / "grid")
    pd.testing.assert_frame_equal(stored.curves, grid.curves)
    assert stored.loads["curve_id"].tolist() == [HOME, "", HOME]
