"""The capacity map over hours: each node the least of them, with the hour that binds."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from grid_models.demand import add_curves, make_load_cases
from grid_models.model import GridModel
from planner.capacity import CapacityQuestion, map_capacities
from planner.capacity_hours import Hours
from planner.rules import load_rule_book
from tests.api.grids import shop_grid

RULES = load_rule_book("demo").on(date(2026, 8, 1))


@pytest.fixture(scope="module")
def model() -> GridModel:
    """Return the tiny grid with two hours that matter: full load at 18:30, a tenth at night."""
    grid = shop_grid()
    loads = grid.loads.assign(curve_id="day")
    hour = np.arange(96)
    share = np.where(hour == 74, 1.0, np.where(hour < 24, 0.1, 0.5))
    curve = pd.DataFrame(
        {"curve_id": "day", "season": "all", "quarter_hour": hour, "p_pu": share, "q_pu": share,
         "p_least_pu": share, "q_least_pu": share}
    )  # fmt: skip
    return GridModel.of(add_curves(grid.with_tables(loads=loads), curve, where="tests"))


def table(model: GridModel, hours: Hours | None) -> pd.DataFrame:
    return map_capacities(model, RULES, CapacityQuestion(power_factor=0.95, hours=hours))


def test_every_node_takes_least_at_the_hour_of_greatest_load(model) -> None:
    least, evening = table(model, Hours()), table(model, Hours(quarter_hour=74))
    np.testing.assert_array_equal(least["hosting_capacity_kva"], evening["hosting_capacity_kva"])
    bound = least[np.isfinite(least["hosting_capacity_kva"]) & (least["hosting_capacity_kva"] > 0)]
    assert set(bound["hosting_hour"]) == {make_load_cases(model.compiled).cases[74].name}


def test_at_night_more_can_be_taken(model) -> None:
    night, evening = table(model, Hours(quarter_hour=0)), table(model, Hours(quarter_hour=74))
    loaded = np.isfinite(evening["open_capacity_kva"])
    # an idle cable charges a little more at the higher voltage of the night
    assert (night["open_capacity_kva"] >= evening["open_capacity_kva"] - 0.1).all()
    assert (night["open_capacity_kva"] > evening["open_capacity_kva"])[loaded].any()


def test_the_hour_at_which_every_load_is_as_imported_is_the_map_without_hours(model) -> None:
    imported, evening = table(model, None), table(model, Hours(quarter_hour=74))
    np.testing.assert_allclose(
        imported["hosting_capacity_kva"], evening["hosting_capacity_kva"], rtol=1e-12
    )
