"""Promises made on an earlier version of a grid, held against a later one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from grid_models.catalogue import load_catalogue
from grid_models.grid import Grid
from planner.plan import plan_to_json
from planner.promise import promise_of
from planner.recheck import Kept, check_promise, find_node
from planner.terms import Terms
from tests.planner.example import commitment, rule_book, unexamined
from tests.planner.remedies.rings import LOADS_KW, asked_for, ring, ring_plan

LIGHT_KW = {"bus:3": 100.0, "bus:4": 100.0, "bus:5": 100.0, "bus:6": 100.0}


def option_on(grid: Grid) -> Mapping[str, Any]:
    option: Mapping[str, Any] = plan_to_json(ring_plan(grid))["options"][0]
    return option


def look(before: Grid, after: Grid, *others: Any, is_building: bool = False) -> Kept:
    """Promise the first option on a grid and look at it on another one."""
    option, asked, book = option_on(before), asked_for(), rule_book()
    taken = promise_of(option, asked, unexamined(before), book.on(asked.on_date), hold_id="hold-1")
    return check_promise(
        option, asked, unexamined(after), book, Terms.of(load_catalogue()),
        taken=taken, others=others, is_building=is_building,
    )  # fmt: skip


def codes(kept: Kept) -> list[str]:
    return [reason.code for reason in kept.reasons]


@pytest.fixture(scope="module")
def light() -> Grid:
    """A ring whose nearest point is a spare bay of the unit at the site."""
    grid = ring(LIGHT_KW)
    assert option_on(grid)["sources"][0]["access_point"]["bay_id"] == "bay:1"
    return grid


def without_bay(grid: Grid) -> Grid:
    is_spare = grid.bays["is_spare"].mask(grid.bays.index == "bay:1", False)
    return grid.with_tables(bays=grid.bays.assign(is_spare=is_spare))


def moved(grid: Grid, by_degrees: float) -> Grid:
    is_it = grid.nodes.index == "bus:3"
    lat = grid.nodes["lat"].mask(is_it, grid.nodes["lat"] + by_degrees)
    return grid.with_tables(nodes=grid.nodes.assign(lat=lat))


def test_a_promise_on_the_same_grid_is_kept(light: Grid) -> None:
    assert look(light, light).is_kept is True


def test_a_promise_whose_bay_is_in_use_is_not_kept(light: Grid) -> None:
    kept = look(light, without_bay(light))

    assert (kept.is_kept, codes(kept)) == (False, ["no_spare_bay"])


def test_of_a_bay_in_use_once_works_go_on_nothing_is_claimed(light: Grid) -> None:
    kept = look(light, without_bay(light), is_building=True)

    assert (kept.is_kept, codes(kept)) == (None, ["point_changed"])


@pytest.mark.parametrize(("by_degrees", "kept"), [(1e-5, True), (1e-3, None)])
def test_a_point_that_was_moved_is_another_one(
    light: Grid, by_degrees: float, kept: bool | None
) -> None:
    assert look(light, moved(light, by_degrees)).is_kept is kept


def test_a_promise_counted_elsewhere_than_its_point_is_not_proved(light: Grid) -> None:
    option, asked, book = option_on(light), asked_for(), rule_book()
    taken = promise_of(option, asked, unexamined(light), book.on(asked.on_date), hold_id="hold-1")
    kept = check_promise(
        option, asked, unexamined(light), book, Terms.of(load_catalogue()),
        taken=[replace(taken[0], node_id="bus:6")], others=(), is_building=False,
    )  # fmt: skip

    assert (kept.is_kept, codes(kept)) == (None, ["point_changed"])


@pytest.mark.parametrize(("kind", "position"), [("line_tee", 0.5), ("station_bay", None)])
def test_a_point_the_grid_lacks_is_at_no_node(
    light: Grid, kind: str, position: float | None
) -> None:
    point = {"kind": kind, "element_id": "gone:1", "position": position}

    assert find_node({"measures": []}, point, unexamined(light)) is None


def test_where_a_promise_to_others_went_astray_nothing_is_proved(light: Grid) -> None:
    kept = look(light, light, commitment("bus:99", 100.0))

    assert (kept.is_kept, codes(kept)) == (None, ["others_astray"])


def test_what_fails_without_the_astray_one_is_not_kept(light: Grid) -> None:
    kept = look(light, light, commitment("bus:99", 100.0), commitment("bus:4", 3_000.0))

    assert kept.is_kept is False


def test_an_option_after_works_is_kept_where_it_is_offered_again() -> None:
    grid = ring(LOADS_KW)
    assert option_on(grid)["measures"]

    assert look(grid, grid).is_kept is True


def test_an_option_after_works_that_is_not_offered_again_is_for_the_desk() -> None:
    kept = look(ring(LOADS_KW), ring(LIGHT_KW))

    assert (kept.is_kept, codes(kept)) == (None, ["not_offered_anew"])
