"""The least capacity over many cases is the least of the capacities in each."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from grid_models.capacity_hours import LeastCapacity, LeastExport
from grid_models.capacity_map import TreeCapacity, map_export, map_tree
from grid_models.demand import trees_at
from grid_models.exact.fold import fold_tree
from grid_models.exact.holding import find_holding
from grid_models.exact.largest import largest_loads
from grid_models.limits import find_bounds, find_export_bounds
from grid_models.model import GridModel
from grid_models.solvers.radial import solve_tree
from grid_models.synthesize import synthesize_grid
from tests.grid_models.capacities import BY_RULE, LEGAL_V

POWER_FACTOR, K = 0.95, 0.8
HOURS = slice(96, 192, 5)  # of a summer day


@pytest.fixture(scope="module")
def model() -> GridModel:
    return GridModel.of(synthesize_grid(nodes=600, seed=5, load_date=date(2026, 11, 1)))


@pytest.fixture(scope="module", params=["as drawn", "with limits broken"])
def found(
    request: pytest.FixtureRequest, model: GridModel
) -> tuple[LeastCapacity, dict[int, TreeCapacity]]:
    """Return the least capacities of a tree, and its capacities in every case by themselves."""
    heavy = 1.0 if request.param == "as drawn" else 1.8
    cases = model.load_cases.take(np.arange(len(model.load_cases))[HOURS])
    least = LeastCapacity.start(len(model.tree(1)))
    alone = {}
    limits = model.limits(1, LEGAL_V)
    for k, drawn in trees_at(model.compiled, 1, cases):
        tree = type(drawn)(
            **{name: getattr(drawn, name) for name in drawn.__dataclass_fields__}
            | {"p": heavy * drawn.p, "q": heavy * drawn.q}
        )
        state = solve_tree(tree)
        bounds = find_bounds(state, limits, BY_RULE)
        folded = fold_tree(tree, state, bounds)
        facts = {
            "peak_loading_pct": state.loading_pct, "promised_kva": np.zeros(len(tree)), "k": K,
            "power_factor": POWER_FACTOR,
        }  # fmt: skip
        least.take(k, folded, state, limits, bounds, **facts)
        alone[k] = map_tree(folded, state, limits, bounds, **facts)
    return least, alone


@pytest.mark.parametrize("number", ["open_kva", "free_kva", "hosting_kva"])
def test_every_number_is_the_least_of_all_cases(found, number: str) -> None:
    least, alone = found
    every = np.min([getattr(one, number) for one in alone.values()], axis=0)
    np.testing.assert_allclose(getattr(least.capacity, number), every, rtol=2e-6)


def test_the_hours_that_bind_differ(found) -> None:
    least, _ = found
    assert len(set(least.hosting_case)) > 1
    assert len(set(least.open_case)) > 1


def test_the_case_named_is_one_in_which_the_row_has_that_capacity(found) -> None:
    least, alone = found
    rows = range(len(least.hosting_case))
    hosting = [alone[case].hosting_kva[k] for k, case in zip(rows, least.hosting_case, strict=True)]
    np.testing.assert_allclose(least.capacity.hosting_kva, hosting, rtol=2e-6)
    opened = [alone[case].open_kva[k] for k, case in zip(rows, least.open_case, strict=True)]
    np.testing.assert_array_equal(least.capacity.open_kva, opened)


def test_what_binds_is_what_binds_in_that_case(found) -> None:
    least, alone = found
    bound = least.capacity.hosting_code
    codes = [alone[case].hosting_code[k] for k, case in enumerate(least.hosting_case)]
    assert (bound == np.array(codes, dtype=object)).mean() == 1.0
    assert (least.capacity.quality == [alone[c].quality[k] for k, c in
                                       enumerate(least.hosting_case)]).all()  # fmt: skip


@pytest.mark.parametrize(("share", "holds"), [(0.99, True), (1.01, False)])
def test_a_load_holds_up_to_the_largest_one(model: GridModel, share: float, holds: bool) -> None:
    tree, state = model.tree(0), model.state(0)
    bounds = find_bounds(state, model.limits(0, LEGAL_V), BY_RULE)
    folded = fold_tree(tree, state, bounds)
    largest = largest_loads(folded, np.arange(len(tree)), power_factor=POWER_FACTOR)
    fall = folded.node[:, 0] - largest.w
    found = find_holding(folded, share * largest.s_pu, fall, spare=0.0, power_factor=POWER_FACTOR)
    bound = np.isfinite(largest.s_pu) & (largest.s_pu > 0.0)
    assert (found[bound] == holds).all()
    assert found[largest.s_pu == 0.0].all()


def test_what_has_no_size_does_not_hold(model: GridModel) -> None:
    tree = model.tree(0)
    bounds = find_bounds(model.state(0), model.limits(0, LEGAL_V), BY_RULE)
    folded = fold_tree(tree, model.state(0), bounds)
    for size in (np.inf, np.nan):
        sizes = np.full(len(tree), size)
        found = find_holding(folded, sizes, 0.0 * tree.r, spare=0.0, power_factor=1.0)
        assert not found[1:].any()


@pytest.mark.parametrize(("share", "holds"), [(0.99, True), (1.01, False)])
def test_generation_holds_up_to_the_largest(model: GridModel, share: float, holds: bool) -> None:
    tree, state = model.tree(0), model.state(0)
    bounds = find_export_bounds(state, model.limits(0, LEGAL_V), BY_RULE)
    folded = fold_tree(tree, state, bounds)
    largest = largest_loads(folded, np.arange(len(tree)), power_factor=1.0, injects=True)
    fall = folded.node[:, 0] - largest.w
    found = find_holding(
        folded, share * largest.s_pu, fall, spare=0.0, power_factor=1.0, injects=True
    )
    bound = np.isfinite(largest.s_pu) & (largest.s_pu > 0.0)
    assert bound.sum() > 50
    assert (found[bound] == holds).all()


def test_the_least_generation_is_the_least_of_all_cases(model: GridModel) -> None:
    cases = model.export_cases.take(np.arange(len(model.export_cases))[HOURS])
    limits, least, alone = model.limits(1, LEGAL_V), LeastExport.start(len(model.tree(1))), {}
    for k, tree in trees_at(model.compiled, 1, cases):
        state = solve_tree(tree)
        bounds = find_export_bounds(state, limits, BY_RULE)
        folded = fold_tree(tree, state, bounds)
        least.take(k, folded, state, limits, bounds, power_factor=1.0)
        alone[k] = map_export(tree, state, limits, bounds, power_factor=1.0)
    every = np.min([one.kva for one in alone.values()], axis=0)
    np.testing.assert_allclose(least.export.kva, every, rtol=2e-6)
    own = [alone[case].kva[k] for k, case in enumerate(least.case)]
    np.testing.assert_allclose(least.export.kva, own, rtol=2e-6)
