"""What closed switches let through limits what lies behind them."""

from __future__ import annotations

import pytest

from grid_models.compiled import compile_grid
from grid_models.limits import find_limits
from grid_models.switch_limits import switch_limits
from tests.grid_models.grids import bridge, coil, grid_of, line, load, opened, source


def switch(node: str, element: str, kind: str = "line", **values):
    return opened(node, element, kind) | {"is_closed": True} | values


def two_nodes(**tables):
    return grid_of(
        {"A": 10.0, "B": 10.0},
        lines={"L": line("A", "B", ampacity_a=300.0)},
        loads={"P": load("B", 100.0)},
        sources={"grid": source("A")},
        **tables,
    )


def limit_of(grid, row: int = 1) -> float:
    """Limit over rated current of a row."""
    compiled = compile_grid(grid)
    limits = find_limits(compiled.network, compiled.trees[0], {})
    return float(1.0 / limits.factor[row])


def test_a_line_carries_no_more_than_its_switch():
    grid = two_nodes(switches={"S": switch("A", "L", rated_a=60.0)})
    assert limit_of(grid) == pytest.approx(60.0 / 300.0)


def test_an_open_switch_limits_nothing():
    grid = two_nodes(switches={"S": opened("B", "L") | {"rated_a": 60.0}})
    assert switch_limits(grid).empty


def test_a_limit_that_names_a_switch_counts_for_its_line():
    grid = two_nodes(
        switches={"S": switch("A", "L", rated_a=630.0)},
        limits={"x": {"element_id": "S", "limit_a": 150.0, "source": "relay"}},
    )
    assert limit_of(grid) == pytest.approx(150.0 / 300.0)


def test_a_switch_of_a_transformers_low_side_counts_in_currents_of_its_high_side():
    """630 A at 0.4 kV are 25.2 A at 10 kV; 1,000 kVA are 57.7 A."""
    grid = grid_of(
        {"A": 10.0, "B": 0.4},
        transformers={"T": coil("A", "B", 1000.0, 10.0, 0.4)},
        loads={"P": load("B", 100.0)},
        sources={"grid": source("A")},
        switches={"S": switch("B", "T", "transformer", rated_a=630.0)},
    )
    assert switch_limits(grid)["limit_a"].tolist() == pytest.approx([630.0 * 0.4 / 10.0])
    assert limit_of(grid) == pytest.approx(25.2 / 57.735, rel=1e-4)


def outgoing(**more):
    """Busbar A, its breaker to the line's own node, the line."""
    return grid_of(
        {"A": 10.0, "X": 10.0, "B": 10.0, "C": 10.0},
        lines={"L": line("X", "B", ampacity_a=300.0)} | more.pop("lines", {}),
        loads={"P": load("B", 100.0)},
        sources={"grid": source("A")},
        switches={"S": bridge("A", "X", rated_a=60.0)},
        **more,
    )


def test_an_outgoing_switch_between_two_nodes_limits_the_line_alone_behind_it():
    assert switch_limits(outgoing())["element_id"].tolist() == ["L"]


def test_where_two_lines_leave_behind_a_switch_it_limits_neither():
    assert switch_limits(outgoing(lines={"M": line("X", "C")})).empty


def test_an_unknown_rating_stays_unknown_whatever_the_switch_carries():
    grid = two_nodes(switches={"S": switch("A", "L", rated_a=60.0)})
    grid = grid.with_tables(lines=grid.lines.assign(ampacity_a=float("nan")))
    compiled = compile_grid(grid)
    limits = find_limits(compiled.network, compiled.trees[0], {})
    assert not limits.is_known[1]
