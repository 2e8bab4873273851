from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from grid_models.compiled import CompiledGrid, Tree, compile_grid
from grid_models.edits import ReplaceConductor, ReplaceTransformer, apply
from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.network import Branches
from grid_models.revalued import revalue
from grid_models.revalued_model import RevaluedModel
from tests.grid_models.edits import LARGER, THICKER
from tests.grid_models.samples import tiny_grid

# In tiny_grid line:4 is open at one end, and in the tree at the other.
EDITS = {
    "a thicker line": {"lines": [THICKER]},
    "a line open at one end": {"lines": [replace(THICKER, element_id="line:4")]},
    "two lines and a transformer": {
        "lines": [THICKER, replace(THICKER, element_id="line:1")], "transformers": [LARGER],
    },
}  # fmt: skip
Edits = dict[str, list[ReplaceConductor | ReplaceTransformer]]


def revalued(edits: Edits, grid: Grid) -> tuple[CompiledGrid | None, Grid]:
    after = grid
    for edit in (edit for own in edits.values() for edit in own):
        after = apply(edit, after)
    changed = {table: [edit.element_id for edit in own] for table, own in edits.items()}
    return revalue(compile_grid(grid), after, changed), after


@pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS)
def test_the_trees_are_those_of_the_grid_compiled_anew(edits: Edits) -> None:
    found, after = revalued(edits, tiny_grid())
    assert found is not None
    for own, wanted in zip(found.trees, compile_grid(after).trees, strict=True):
        for column in fields(Tree):
            np.testing.assert_array_equal(getattr(own, column.name), getattr(wanted, column.name))


@pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS)
def test_the_branches_are_those_of_the_grid_compiled_anew(edits: Edits) -> None:
    found, after = revalued(edits, tiny_grid())
    assert found is not None
    wanted = compile_grid(after).network.branches
    for column in fields(Branches):
        np.testing.assert_array_equal(
            getattr(found.network.branches, column.name), getattr(wanted, column.name)
        )


def test_the_trees_before_keep_their_values() -> None:
    grid = tiny_grid()
    before, r = compile_grid(grid), compile_grid(grid).trees[0].r.copy()
    revalue(before, apply(THICKER, grid), {"lines": ["line:2"]})
    np.testing.assert_array_equal(before.trees[0].r, r)


def test_a_conductor_of_no_impedance_is_compiled_anew() -> None:
    ideal = replace(THICKER, r_ohm_per_km=0.0, x_ohm_per_km=0.0)
    assert revalued({"lines": [ideal]}, tiny_grid())[0] is None


def test_a_value_that_is_missing_is_compiled_anew() -> None:
    unknown = replace(THICKER, x_ohm_per_km=float("nan"))
    assert revalued({"lines": [unknown]}, tiny_grid())[0] is None


def test_a_line_out_of_service_is_compiled_anew() -> None:
    grid = tiny_grid()
    lines = grid.lines.assign(is_in_service=grid.lines.index != "line:2")
    assert revalued({"lines": [THICKER]}, grid.with_tables(lines=lines))[0] is None


def test_one_of_two_lines_in_parallel_is_compiled_anew() -> None:
    grid = tiny_grid()
    lines = grid.lines.copy()
    lines.loc["line:6"] = lines.loc["line:2"]
    assert revalued({"lines": [THICKER]}, grid.with_tables(lines=lines))[0] is None


def model_after(edit: ReplaceConductor) -> tuple[RevaluedModel, GridModel]:
    """Return the model laid over the tiny grid's, and the one made anew."""
    before = GridModel.of(tiny_grid())
    found, after = revalued({"lines": [edit]}, before.grid)
    assert found is not None
    laid_over = RevaluedModel(compiled=found, version="", problems=(), whole=before, like=before)
    return laid_over, GridModel.of(after)


def test_the_solution_has_the_new_values() -> None:
    laid_over, anew = model_after(THICKER)
    np.testing.assert_array_equal(laid_over.state(0).v, anew.state(0).v)


def test_the_limits_have_the_new_values() -> None:
    laid_over, anew = model_after(THICKER)
    np.testing.assert_array_equal(laid_over.limits(0, {}).limit_kva, anew.limits(0, {}).limit_kva)


def test_first_sections_are_those_of_the_lines_in_service() -> None:
    laid_over, anew = model_after(replace(THICKER, element_id="line:1"))
    assert laid_over.is_first_section.any()
    np.testing.assert_array_equal(laid_over.is_first_section, anew.is_first_section)


def test_feeders_and_boards_are_as_before() -> None:
    laid_over, anew = model_after(THICKER)
    for name in ("feeder_head", "board", "busbar", "length_m", "is_trunk"):
        np.testing.assert_array_equal(
            getattr(laid_over.topology(0), name), getattr(anew.topology(0), name)
        )


def test_ties_are_as_before() -> None:
    laid_over, anew = model_after(THICKER)
    assert anew.tie_places
    assert laid_over.tie_places == anew.tie_places
