"""Figures as they are told: rounded to the safe side, null where unknown."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest

from api.map.element import UnknownElementError, describe_element
from api.map.figures import Figures, free_json, loading_json
from api.map.headroom import list_headroom
from api.map.tiles import TileSet
from api.serving import serve_grid
from grid_models.grid import Grid
from planner.headroom import Headrooms
from planner.rules import load_rule_book
from tests.api.grids import shop_grid
from tests.grid_models.samples import edited

RULES = load_rule_book("demo").on(date(2026, 8, 1))
NOW = datetime(2026, 8, 1, tzinfo=UTC)
EVERYWHERE = (119.0, 29.0, 121.0, 31.0)


def figures(grid: Grid) -> Figures:
    model = serve_grid(grid).model
    return Figures(model=model, headrooms=Headrooms(model=model, rules=RULES, commitments=()))


def headroom(grid: Grid, box: tuple[float, float, float, float] = EVERYWHERE) -> dict[str, Any]:
    own = figures(grid)
    found = list_headroom(TileSet(own.model), own, box, now=NOW, most=100)
    return dict(found.model_dump(mode="json"))


def without_limits(grid: Grid) -> Grid:
    return grid.with_tables(
        lines=grid.lines.assign(ampacity_a=np.nan),
        transformers=grid.transformers.assign(sn_kva=np.nan),
    )


def test_what_is_free_is_rounded_down() -> None:
    values = np.array([1.99, -0.01, np.inf, np.nan])
    assert free_json(values) == [1.9, -0.1, "inf", None]


def test_a_loading_is_rounded_up() -> None:
    assert loading_json(np.array([99.91, np.nan])) == [100.0, None]


def test_lines_of_medium_voltage_and_distribution_transformers_are_told() -> None:
    found, grid = headroom(shop_grid()), shop_grid()

    # line:3 is of low voltage, trafo:1 a main transformer
    assert grid.lines.index[found["lines"]["row"]].tolist() == [
        "line:1", "line:2", "line:4", "line:5",
    ]  # fmt: skip
    assert grid.transformers.index[found["transformers"]["row"]].tolist() == ["trafo:2"]


def test_a_transformer_takes_what_its_board_does_by_the_power_factor_of_low_voltage() -> None:
    found = headroom(shop_grid())
    own = figures(shop_grid())
    place = own.model.place_of_node(own.model.node_rows["bus:5"])
    assert place is not None
    alone = own.headrooms.at(np.array([place.tree]), np.array([place.row]), power_factor=0.9)

    assert found["power_factor_lv"] == 0.9
    assert found["transformers"]["free_kva"] == free_json(alone.free_kva)


@pytest.mark.parametrize(
    ("changed", "is_told"), [({"is_in_service": False}, False), ({"is_in_service": True}, True)]
)
def test_nothing_is_known_of_what_carries_nothing(changed: dict[str, Any], is_told: bool) -> None:
    found = headroom(edited(shop_grid(), "lines", "line:2", **changed))["lines"]
    at = found["row"].index(1)

    assert (found["free_kva"][at] is not None) == is_told
    assert (found["loading_pct"][at] is not None) == is_told


def test_nothing_is_told_of_what_the_box_does_not_meet() -> None:
    found = headroom(shop_grid(), (120.1641, 30.29, 120.17, 30.30))

    assert (found["lines"]["row"], found["transformers"]["row"]) == ([], [])


def test_a_course_that_goes_round_a_box_does_not_meet_it() -> None:
    # line:5 runs from (120.15, 30.28) to (120.1535, 30.283): its box holds the corner, it does not
    found = headroom(shop_grid(), (120.1530, 30.2802, 120.1534, 30.2805))

    assert 4 not in found["lines"]["row"]


def test_an_element_of_no_table_of_the_map_is_not_there() -> None:
    with pytest.raises(UnknownElementError):
        describe_element(figures(shop_grid()), "load:1")


def test_a_fact_that_is_not_known_is_null() -> None:
    told = describe_element(figures(without_limits(shop_grid())), "line:2")

    assert told.facts["ampacity_a"] is None
    assert told.loading_pct is None


def test_at_the_source_nothing_binds() -> None:
    told = describe_element(figures(shop_grid()), "bus:1").model_dump(mode="json")

    assert told["free_kva"] == "inf"
