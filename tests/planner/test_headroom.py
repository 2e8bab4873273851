"""The headroom of places is what the capacity map says of them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from grid_models.model import GridModel
from planner.application import Commitment
from planner.capacity import CapacityQuestion, map_capacities
from planner.headroom import Headrooms
from planner.rules import load_rule_book
from tests.api.grids import shop_grid
from tests.grid_models.samples import edited

RULES = load_rule_book("demo").on(date(2026, 8, 1))
PROMISED = Commitment(commitment_id="c", node_id="bus:6", s_kva=60.0, demand_factor=0.8)


@pytest.fixture(scope="module")
def model() -> GridModel:
    return GridModel.of(shop_grid())


def at_nodes(model: GridModel, *commitments: Commitment, power_factor: float = 0.95):
    places = [model.place_of_node(row) for row in range(len(model.grid.nodes))]
    tree, row = (np.array([getattr(place, name) for place in places]) for name in ("tree", "row"))
    headrooms = Headrooms(model=model, rules=RULES, commitments=commitments)
    return headrooms.at(tree, row, power_factor=power_factor)


@pytest.mark.parametrize("power_factor", [0.9, 0.95])
@pytest.mark.parametrize("commitments", [(), (PROMISED,)])
def test_it_is_the_lesser_of_what_the_capacity_map_has(
    model: GridModel, commitments: tuple[Commitment, ...], power_factor: float
) -> None:
    question = CapacityQuestion(power_factor=power_factor, commitments=commitments)
    table = map_capacities(model, RULES, question)
    found = at_nodes(model, *commitments, power_factor=power_factor)

    least = table[["free_after_promises_kva", "hosting_capacity_kva"]].min(axis=1)
    np.testing.assert_allclose(found.free_kva, least, rtol=1e-9)
    assert found.quality.tolist() == table["quality"].tolist()


def test_the_loading_is_that_of_the_present_state_without_promises(model: GridModel) -> None:
    place = model.place_of_transformer(model.row_of("transformers", "trafo:2"))
    assert place is not None
    found = Headrooms(model=model, rules=RULES, commitments=(PROMISED,)).at(
        np.array([place.tree]), np.array([place.row]), power_factor=0.9
    )
    # 120 kW and 40 kvar on 400 kVA, with some tenths of a percent of losses and magnetising
    assert found.loading_pct[0] == pytest.approx(100.0 * np.hypot(120.0, 40.0) / 400.0, rel=0.04)


def test_the_loading_is_unknown_where_the_limit_is(model: GridModel) -> None:
    model = GridModel.of(edited(shop_grid(), "lines", "line:2", ampacity_a=np.nan))
    place = model.place_of_line(model.row_of("lines", "line:2"))
    assert place is not None
    found = Headrooms(model=model, rules=RULES, commitments=()).at(
        np.array([place.tree]), np.array([place.row]), power_factor=0.9
    )
    assert np.isnan(found.loading_pct[0])


def test_nothing_is_known_outside_every_tree(model: GridModel) -> None:
    found = Headrooms(model=model, rules=RULES, commitments=()).at(
        np.array([-1, -2]), np.array([0, 0]), power_factor=0.9
    )
    assert np.isnan(found.free_kva).all()
    assert found.quality.tolist() == ["unknown", "unknown"]


def test_nothing_is_known_where_the_present_state_has_no_solution() -> None:
    model = GridModel.of(edited(shop_grid(), "loads", "load:2", p_kw=1e6))
    found = at_nodes(model)

    assert np.isnan(found.free_kva).all()
    assert np.isnan(found.loading_pct).all()
