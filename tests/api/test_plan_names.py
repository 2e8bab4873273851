"""The names that come with a kept plan: what people call the elements it speaks of."""

from __future__ import annotations

from typing import Any

import pytest

from api.plan_names import names_in
from grid_models.model import GridModel
from tests.api.grids import shop_grid


@pytest.fixture(scope="module")
def model() -> GridModel:
    """Return the tiny grid where line 1, transformer 1 and bus 2 have names."""
    grid = shop_grid()
    tables = {"lines": grid.lines, "transformers": grid.transformers, "nodes": grid.nodes}
    names = {"line:1": "文园 203 线", "trafo:1": "文园公变", "bus:2": "3号杆"}
    return GridModel.of(
        grid.with_tables(
            **{
                table: rows.assign(name=[names.get(str(one), "") for one in rows.index])
                for table, rows in tables.items()
            }
        )
    )


def plan(*options: Any, rejected: Any = ()) -> dict[str, Any]:
    return {"options": list(options), "rejected": list(rejected)}


def test_an_access_point_and_a_feeder_are_named(model: GridModel) -> None:
    source = {"feeder_id": "line:1", "access_point": {"element_id": "bus:2", "bay_id": None}}
    named = names_in(plan({"sources": [source]}), model)
    assert named == {"line:1": "文园 203 线", "bus:2": "3号杆"}


def test_all_that_lies_upstream_is_named(model: GridModel) -> None:
    source = {"upstream": ["trafo:1", "line:1"]}
    named = names_in(plan({"sources": [source]}), model)
    assert named == {"trafo:1": "文园公变", "line:1": "文园 203 线"}


def test_what_was_not_taken_is_named_as_well(model: GridModel) -> None:
    refused = {"kind": "mv_public_tee", "access_point": {"element_id": "line:1"}}
    assert names_in(plan(rejected=[refused]), model) == {"line:1": "文园 203 线"}


def test_a_part_of_a_line_has_the_name_of_the_line(model: GridModel) -> None:
    checks = [{"code": "thermal_line", "element_id": "line:1#2"}]
    assert names_in(plan({"checks": checks}), model) == {"line:1#2": "文园 203 线"}


def test_what_is_new_is_called_by_what_it_is(model: GridModel) -> None:
    checks = [{"element_id": "new:line:1"}, {"element_id": "new:node:1"}]
    named = names_in(plan({"checks": checks}), model)
    assert named == {"new:line:1": "新建线路", "new:node:1": "用户受电点"}


@pytest.mark.parametrize("element_id", ["line:2", "line:999", "", "nonsense"])
def test_what_has_no_name_keeps_its_id(model: GridModel, element_id: str) -> None:
    assert names_in(plan({"feeder_id": element_id}), model) == {}


def test_what_is_no_id_is_not_looked_up(model: GridModel) -> None:
    source = {"feeder_id": None, "kind": "line:1", "conductor": {"name": "line:1"}, "grid_id": 7}
    assert names_in(plan({"sources": [source]}), model) == {}


def test_a_plan_without_options_names_nothing(model: GridModel) -> None:
    assert names_in(plan(), model) == {}
