"""The map over hours is the least of every single hour, though few nodes are computed in each.

::

    A --L-- B --M-- C      homes and a shop at B, a home and a roof at C
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from grid_models.grid import QUARTER_HOURS
from grid_models.model import GridModel
from planner.application import Commitment
from planner.capacity import CapacityQuestion, map_capacities
from planner.capacity_hours import Hours
from planner.capacity_way import explain_way
from planner.rules import load_rule_book
from planner.together import check_together
from tests.grid_models.demand.streets import HOME, ROOF, SHOP, shaped, street

RULES = load_rule_book("demo").on(date(2026, 8, 1))
NUMBERS = ["open_capacity_kva", "hosting_capacity_kva", "export_capacity_kva"]
HOURS = {"open_capacity_kva": "open_hour", "hosting_capacity_kva": "hosting_hour",
         "export_capacity_kva": "export_hour"}  # fmt: skip


def day(season: str = "all") -> list[pd.DataFrame]:
    """Homes in the evening, shops and the roof at noon."""
    return [
        shaped(HOME, {76: 1.0, 48: 0.6, 12: 0.1}, rest=0.3, season=season),
        shaped(SHOP, {48: 1.0, 76: 0.5, 12: 0.1}, rest=0.4, season=season),
        shaped(ROOF, {48: 1.0, 50: 0.8}, rest=0.0, season=season),
    ]


def table(model: GridModel, hours: Hours | None, **asked: object) -> pd.DataFrame:
    return map_capacities(
        model, RULES, CapacityQuestion(power_factor=0.95, hours=hours, **asked)
    ).set_index("node_id")


@pytest.fixture(scope="module")
def model() -> GridModel:
    return GridModel.of(street(day()))


@pytest.fixture(scope="module")
def hourly(model: GridModel) -> list[pd.DataFrame]:
    return [table(model, Hours(quarter_hour=k)) for k in range(QUARTER_HOURS)]


@pytest.mark.parametrize("number", NUMBERS)
def test_every_number_is_the_least_of_all_hours(model, hourly, number: str) -> None:
    least = np.min([one[number] for one in hourly], axis=0)
    np.testing.assert_allclose(table(model, Hours())[number], least, rtol=1e-6)


@pytest.mark.parametrize("number", NUMBERS)
def test_the_hour_that_is_named_is_one_in_which_the_number_is_so(
    model, hourly, number: str
) -> None:
    found = table(model, Hours())
    by_name = {one[HOURS[number]].iloc[1]: one for one in hourly}
    for node in ("B", "C"):
        own = by_name[found.loc[node, HOURS[number]]]
        assert own.loc[node, number] == pytest.approx(found.loc[node, number], rel=1e-6)


def test_a_season_counts_with_its_own_limits() -> None:
    entries = {
        season: {"element_id": "L", "limit_a": limit_a, "source": "relay", "season": season}
        for season, limit_a in (("summer", 100.0), ("winter", 250.0))
    }
    grid = street(day("summer") + day("winter"), limits=entries)
    model = GridModel.of(grid)
    summer, winter = (table(model, Hours(season=season)) for season in ("summer", "winter"))
    # 150 A at 10 kV are 2,598 kVA; the curves of the two seasons are the same
    more = winter.loc["B", "open_capacity_kva"] - summer.loc["B", "open_capacity_kva"]
    k = RULES.number("open_capacity_k")
    assert more == pytest.approx(k * 150.0 * np.sqrt(3.0) * 10.0, rel=1e-9)
    assert (
        table(model, Hours()).loc["B", "open_capacity_kva"]
        == (summer.loc["B", "open_capacity_kva"])
    )


def test_without_hours_the_least_limit_of_any_season_counts() -> None:
    entries = {
        season: {"element_id": "L", "limit_a": limit_a, "source": "relay", "season": season}
        for season, limit_a in (("summer", 100.0), ("winter", 250.0))
    }
    both = table(GridModel.of(street(limits=entries)), None)
    one = table(GridModel.of(street(limits={"summer": entries["summer"]})), None)
    pd.testing.assert_frame_equal(both, one)


def test_what_is_promised_never_makes_room_for_generation(model) -> None:
    held = Commitment(
        commitment_id="P1", node_id="C", s_kva=500.0, demand_factor=1.0, power_factor=0.95,
        expires_on=date(2027, 8, 1),
    )  # fmt: skip
    for hours in (None, Hours()):
        with_it = table(model, hours, commitments=(held,))
        without = table(model, hours)
        assert with_it["export_capacity_kva"].equals(without["export_capacity_kva"])
        assert with_it.loc["C", "hosting_capacity_kva"] < without.loc["C", "hosting_capacity_kva"]


def test_what_has_no_solution_in_one_hour_is_unknown() -> None:
    # 1,000 times the homes' load has no voltage solution at 19:00
    grid = street([shaped(HOME, {76: 2_000.0}, rest=0.3), *day()[1:]])
    found = table(GridModel.of(grid), Hours())
    assert found["hosting_capacity_kva"].isna().all()
    assert set(found["quality"]) == {"unknown"}
    assert found["export_capacity_kva"].isna().all()


def test_the_way_is_told_for_the_hour_that_binds(model) -> None:
    row = table(model, Hours()).loc["C"]
    place = model.place_of_node(model.node_rows["C"])
    assert place is not None
    way = explain_way(model, place, RULES, (), str(row["open_hour"]))
    least = min(way, key=lambda element: element.open_kva)
    assert least.element_id == row["open_binding_id"]
    assert least.open_kva == pytest.approx(row["open_capacity_kva"], rel=1e-9)


def test_loads_together_take_the_least_of_all_hours(model) -> None:
    load = Commitment(commitment_id="P1", node_id="C", s_kva=1_000.0, power_factor=0.95)
    (found,) = check_together(model, RULES, (), (load,), Hours())
    alone = table(model, Hours()).loc["C"]
    assert found.share * 1_000.0 == pytest.approx(alone["hosting_capacity_kva"], rel=5e-5)
    assert found.hour == alone["hosting_hour"]
