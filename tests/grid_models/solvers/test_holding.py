"""Generators that hold a voltage, against pandapower, which has them by nature."""

from __future__ import annotations

import numpy as np
import pandapower as pp
import pytest

from grid_models.compiled import compile_grid
from grid_models.grid import Grid
from grid_models.readers import read_grid
from grid_models.solvers.reference import solve_reference
from grid_models.solvers.solve import solve
from tests.grid_models.grids import grid_of, line, load, source
from tests.grid_models.meshed.meshes import with_voltages_held
from tests.grid_models.readers.nets import read, small_net

VOLTAGE_PU = 1e-6


def held_oberrhein(*nodes: str, q_kvar: float) -> Grid:
    grid = read_grid("pandapower:mv_oberrhein")
    return with_voltages_held(grid, *nodes, v_pu=0.985, q_kvar=q_kvar)


GRIDS = {
    "case14": lambda: read_grid("pandapower:case14"),
    "case_ieee30": lambda: read_grid("pandapower:case_ieee30"),
    "mv_oberrhein": lambda: held_oberrhein("bus:0", "bus:81", "bus:155", q_kvar=20_000.0),
    "mv_oberrhein, at bounds": lambda: held_oberrhein("bus:81", "bus:231", q_kvar=900.0),
}


@pytest.mark.parametrize("name", GRIDS)
def test_voltages_and_loadings_are_pandapowers(name):
    grid = GRIDS[name]()
    result, expected = solve(compile_grid(grid)), solve_reference(grid)
    assert not result.failures
    assert not expected.failures
    np.testing.assert_allclose(
        result.nodes["v_pu"], expected.nodes["v_pu"], rtol=0, atol=VOLTAGE_PU
    )
    np.testing.assert_allclose(
        result.lines["loading_pct"], expected.lines["loading_pct"], rtol=0, atol=1e-3
    )


def test_what_came_to_its_bound_on_the_way_is_freed_again():
    """pandapower leaves it there, above the voltage it holds and giving all it can."""
    grid = held_oberrhein("bus:0", "bus:155", q_kvar=900.0)
    result, left = solve(compile_grid(grid)), solve_reference(grid)
    assert result.nodes.at["bus:155", "v_pu"] == pytest.approx(0.985, abs=1e-8)
    assert left.nodes.at["bus:155", "v_pu"] > 0.987


def supported(q_max_kvar: float, **values: object) -> Grid:
    """A - B, 10 km, with a load and a generator at B that holds 1 pu with so much at most."""
    generator = {"node": "B", "p_kw": 500.0, "v_pu": 1.0, "q_kvar": 77.0,
                 "q_min_kvar": -100.0, "q_max_kvar": q_max_kvar} | values  # fmt: skip
    return grid_of(
        {"A": 10.0, "B": 10.0},
        lines={"L": line("A", "B", 10_000.0)},
        loads={"P": load("B", 3000.0, 1000.0)},
        generators={"G": generator},
        sources={"grid": source("A")},
    )


def voltage(grid: Grid) -> float:
    return float(solve(compile_grid(grid)).nodes.at["B", "v_pu"])


def test_a_voltage_is_held_where_the_bounds_allow():
    assert voltage(supported(9000.0)) == pytest.approx(1.0, abs=1e-8)


def test_at_its_bound_a_generator_is_one_of_given_power():
    plain = supported(0.0, v_pu=np.nan, q_kvar=400.0)
    assert voltage(supported(400.0)) == pytest.approx(voltage(plain), abs=1e-8)
    assert voltage(supported(400.0)) < 0.99


def test_one_that_cannot_lower_a_voltage_enough_takes_its_least():
    plain = supported(0.0, v_pu=np.nan, q_kvar=-100.0)
    assert voltage(supported(400.0, v_pu=0.9)) == pytest.approx(voltage(plain), abs=1e-8)


def test_out_of_service_it_holds_nothing_and_the_part_is_a_tree():
    result = solve(compile_grid(supported(9000.0, is_in_service=False)))
    assert result.engines == {"grid": "radial"}


def test_where_a_source_holds_the_voltage_the_part_stays_a_tree():
    assert solve(compile_grid(supported(9000.0, node="A"))).engines == {"grid": "radial"}


def test_a_part_in_which_it_cannot_be_held_is_a_failure():
    grid = supported(np.nan, p_kw=-5e6, q_min_kvar=np.nan)
    assert list(solve(compile_grid(grid)).failures) == ["grid"]


def test_a_generator_of_a_pandapower_net_keeps_voltage_and_bounds():
    net = small_net()
    pp.create_gen(net, 3, p_mw=0.5, vm_pu=1.01, scaling=0.8, min_q_mvar=-0.2, max_q_mvar=0.3)
    row = read(net).generators.loc["gen:0"]
    assert row[["node", "p_kw", "scaling", "v_pu", "q_min_kvar", "q_max_kvar"]].tolist() == [
        "bus:3", 500.0, 0.8, 1.01, -200.0, 300.0,
    ]  # fmt: skip
