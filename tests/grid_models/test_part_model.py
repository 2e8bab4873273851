from __future__ import annotations

import numpy as np
import pytest

from grid_models.compiled import compile_grid
from grid_models.edits import Edit, added_ids, apply
from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.part_model import PartModel
from grid_models.spatial import Spatial, build_spatial_index
from tests.grid_models.edits import BOARD, THICKER
from tests.grid_models.samples import tiny_grid

SITE, REACH_M = (120.157, 30.2803), 2_000.0
LEVELS = {"every level": None, "10 kV": (10.0,), "low voltage": (0.4,)}
EDITS = {"a conductor replaced": THICKER, "a board added": BOARD}


def part_after(edit: Edit) -> tuple[PartModel, Grid]:
    whole = GridModel.of(tiny_grid())
    after = apply(edit, whole.grid)
    part = PartModel(
        compiled=compile_grid(after), version="", problems=(), whole=whole,
        added=tuple(added_ids(edit).get("nodes", ())),
    )  # fmt: skip
    return part, after


def places(edit: Edit, levels_kv: tuple[float, ...] | None) -> tuple[Spatial, Spatial]:
    """Return the part's places, and those of an index of its own."""
    part, after = part_after(edit)
    own = part.spatial if levels_kv is None else part.spatial_at(levels_kv)
    return own, build_spatial_index(after, levels_kv)


@pytest.mark.parametrize("levels_kv", LEVELS.values(), ids=LEVELS)
@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_the_nodes_near_are_those_of_an_index_of_its_own(
    edit: Edit, levels_kv: tuple[float, ...] | None
) -> None:
    found, wanted = (index.near_nodes(*SITE, REACH_M) for index in places(edit, levels_kv))
    assert len(wanted.rows)
    np.testing.assert_array_equal(found.rows, wanted.rows)
    np.testing.assert_array_equal(found.distance_m, wanted.distance_m)


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_the_lines_near_are_those_in_service(edit: Edit) -> None:
    part, after = part_after(edit)
    found = after.lines.index[part.spatial.near_lines(*SITE, REACH_M).rows]
    assert set(found) == set(after.lines.index[after.lines["is_in_service"]])


def test_a_point_on_a_line_lies_where_it_did() -> None:
    own, wanted = places(THICKER, (10.0,))
    # line:4 stands one row farther down behind the conductor that was replaced
    assert own.place_on_line(4, 100.0, *SITE) == wanted.place_on_line(4, 100.0, *SITE)


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_the_nodes_that_have_a_place_are_those_of_an_index_of_its_own(edit: Edit) -> None:
    own, wanted = places(edit, None)
    np.testing.assert_array_equal(own.node_rows, wanted.node_rows)
