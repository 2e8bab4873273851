"""Generators that hold a voltage: what is impossible or implausible is found, with its ids."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from grid_models.grid import Grid, Problem, make_table
from grid_models.schema import find_problems
from tests.grid_models.samples import added, edited, tiny_grid

CODES = {"reactive_bounds_turned", "setpoints_differ", "setpoint_implausible"}
ORDINARY = {"v_pu": 1.0, "p_kw": 500.0, "q_min_kvar": -100.0, "q_max_kvar": 100.0}


def with_generators(grid: Grid | None = None, /, **generators: dict[str, Any]) -> Grid:
    """Return the tiny grid with generators by id."""
    rows = pd.DataFrame.from_dict(
        {name: {"node": "bus:3"} | ORDINARY | row for name, row in generators.items()},
        orient="index",
    )
    return (grid or tiny_grid()).with_tables(generators=make_table("generators", rows))


def found(grid: Grid) -> list[tuple[str, str, tuple[str, ...], str]]:
    return [(p.code, p.table, p.ids, p.severity) for p in find_problems(grid)]


def problem(grid: Grid, code: str) -> Problem:
    return next(p for p in find_problems(grid) if p.code == code)


def test_an_ordinary_generator_that_holds_a_voltage_is_no_problem() -> None:
    twins = with_generators(G={}, H={}, beside_the_source={"node": "bus:1"})
    assert found(twins) == []


def test_reactive_bounds_that_are_turned_round_are_found() -> None:
    grid = with_generators(G={"q_min_kvar": 200.0}, right={"q_min_kvar": 100.0})
    assert found(grid) == [("reactive_bounds_turned", "generators", ("G",), "error")]


@pytest.mark.parametrize("bounds", [{"q_min_kvar": np.nan}, {"q_max_kvar": np.nan}])
def test_a_bound_that_is_not_known_is_not_turned_round(bounds: dict[str, float]) -> None:
    assert found(with_generators(G=bounds)) == []


@pytest.mark.parametrize("v_pu", [0.89, 1.11])
def test_a_voltage_nobody_would_hold_is_a_warning(v_pu: float) -> None:
    grid = with_generators(G={"v_pu": v_pu})
    assert found(grid) == [("setpoint_implausible", "generators", ("G",), "warning")]
    assert "不合常理" in problem(grid, "setpoint_implausible").zh
    assert "implausible" in problem(grid, "setpoint_implausible").en


@pytest.mark.parametrize("v_pu", [0.9, 1.1])
def test_the_ends_of_the_plausible_range_belong_to_it(v_pu: float) -> None:
    assert found(with_generators(G={"v_pu": v_pu})) == []


def test_two_generators_that_hold_different_voltages_at_one_node_are_found() -> None:
    grid = with_generators(G={"v_pu": 1.02}, H={"v_pu": 0.99}, far={"node": "bus:7"})
    assert found(grid) == [("setpoints_differ", "generators", ("G", "H"), "error")]
    said = problem(grid, "setpoints_differ")
    for sentence in (said.zh, said.en):
        assert "G 1.02 ≠ H 0.99" in sentence


def test_so_are_a_generator_and_the_source_at_its_node_each_in_its_table() -> None:
    grid = with_generators(G={"node": "bus:1", "v_pu": 1.02})
    assert found(grid) == [
        ("setpoints_differ", "generators", ("G",), "error"),
        ("setpoints_differ", "sources", ("source:1",), "error"),
    ]
    assert "G 1.02 ≠ source:1 1" in problem(grid, "setpoints_differ").en


def coupled(**values: Any) -> Grid:
    """Return the tiny grid with a closed coupler between bus:3 and bus:7."""
    return added(
        tiny_grid(), "switches", "coupler", "switch:1", node="bus:3", element_id="bus:7",
        element_kind="node", **values,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("switch", "differ"), [({}, True), ({"is_closed": False}, False), ({"z_ohm": 0.5}, False)]
)
def test_nodes_that_a_closed_coupler_joins_are_one_bus(
    switch: dict[str, Any], differ: bool
) -> None:
    grid = with_generators(coupled(**switch), G={"v_pu": 1.02}, H={"node": "bus:7", "v_pu": 0.99})
    assert ("setpoints_differ" in [code for code, *_ in found(grid)]) is differ


def test_what_is_out_of_service_or_holds_nothing_contradicts_nothing() -> None:
    odd = {"v_pu": 1.2, "q_min_kvar": 900.0}
    grid = with_generators(
        G={}, resting=odd | {"is_in_service": False}, free=odd | {"v_pu": np.nan}
    )
    assert found(grid) == []


def test_a_generator_at_an_unknown_node_is_not_compared() -> None:
    grid = with_generators(G={"node": "nowhere", "v_pu": 1.02}, H={"node": "nothing", "v_pu": 0.99})
    assert [code for code, *_ in found(grid)] == ["node_unknown"]


def test_two_sources_alone_are_not_its_matter() -> None:
    grid = with_generators(G={})
    grid = added(grid, "sources", "source:2", "source:1")
    assert "setpoints_differ" not in [
        code for code, *_ in found(edited(grid, "sources", "source:2", v_pu=1.02))
    ]
