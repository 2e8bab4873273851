from __future__ import annotations

import numpy as np
import pytest

from grid_models.compiled import compile_grid
from grid_models.demand import make_load_cases, tree_powers
from grid_models.grid import Grid
from grid_models.synthesize import synthesize_grid
from grid_models.synthesize.curves import typical_curves


@pytest.fixture(scope="module")
def district() -> Grid:
    return synthesize_grid(nodes=600, seed=1)


def test_every_load_follows_the_curve_of_its_category(district: Grid) -> None:
    assert (district.loads["curve_id"] == district.loads["category"]).all()


def test_every_class_reaches_its_peak_in_one_season() -> None:
    curves = typical_curves(["resident", "commercial", "industrial", "ev_charging"])
    greatest = curves.groupby(["curve_id", "season"])["p_pu"].max().unstack()
    assert (greatest.max(axis=1) == 1.0).all()
    assert ((greatest == 1.0).sum(axis=1) == 1).all()


def test_homes_peak_in_the_evening_and_works_by_day() -> None:
    curves = typical_curves(["resident", "industrial"])
    peak = curves.loc[curves.groupby("curve_id")["p_pu"].idxmax()].set_index("curve_id")
    assert 19 * 4 <= peak["quarter_hour"]["resident"] <= 22 * 4
    assert 8 * 4 <= peak["quarter_hour"]["industrial"] <= 17 * 4


def test_no_case_takes_more_than_the_imported_peak(district: Grid) -> None:
    compiled = compile_grid(district)
    cases = make_load_cases(compiled)
    assert len(cases) == 384
    for number, tree in enumerate(compiled.trees):
        p, q = tree_powers(compiled, number, cases)
        assert (p <= tree.p[:, None] + 1e-12).all()
        assert (q <= tree.q[:, None] + 1e-12).all()


def test_not_every_node_has_its_greatest_demand_at_the_same_hour(district: Grid) -> None:
    compiled = compile_grid(district)
    cases = make_load_cases(compiled)
    p, _ = tree_powers(compiled, 0, cases)
    assert len(set(np.argmax(p[p.max(axis=1) > 0], axis=1))) > 1
