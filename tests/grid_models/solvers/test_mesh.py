"""What is no tree: closed rings and several infeeds, by power-grid-model, against pandapower."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandapower as pp
import pytest

from grid_models.compiled import compile_grid
from grid_models.solvers.result import PowerFlowResult
from grid_models.solvers.solve import solve
from tests.grid_models.grids import grid_of, line, load, source
from tests.grid_models.readers.nets import add_line, add_transformer, read, small_net

VOLTAGE_PU = 1e-7
LOADING_POINTS = 1e-4
WIRE = {"r_ohm_per_km": 0.2, "x_ohm_per_km": 0.3, "c_nf_per_km": 200.0, "max_i_ka": 0.25}


def close_a_ring(net: Any) -> None:
    middle = pp.create_bus(net, vn_kv=10.0)
    add_line(net, 2, middle, length_km=1.5, **WIRE)
    add_line(net, middle, 4, length_km=0.7, **WIRE)
    pp.create_load(net, middle, p_mw=0.8, q_mvar=0.2)


def feed_from_two_sides(net: Any) -> None:
    pp.create_ext_grid(net, pp.create_bus(net, vn_kv=10.0), vm_pu=1.03, va_degree=-148.0)
    add_line(net, 4, 7, length_km=2.0, **WIRE)


def put_an_unequal_line_in_parallel(net: Any) -> None:
    add_line(net, 3, 2, length_km=1.8, **WIRE)


def put_an_unequal_transformer_in_parallel(net: Any) -> None:
    add_transformer(
        net, 0, 1, sn_mva=16.0, vn_hv_kv=110.0, vn_lv_kv=10.5, vk_percent=9.0, tap_side="hv",
        tap_pos=2, tap_neutral=0, tap_step_percent=1.5, tap_changer_type="Ratio",
    )  # fmt: skip


def turn_the_phase_of_a_transformer_in_parallel(net: Any) -> None:
    add_transformer(net, 0, 1, sn_mva=25.0, vn_hv_kv=110.0, vn_lv_kv=10.5, shift_degree=151.0)


def lean_the_leakage_to_one_side(net: Any) -> None:
    close_a_ring(net)
    net.trafo["leakage_resistance_ratio_hv"] = [0.1, 0.9]
    net.trafo["leakage_reactance_ratio_hv"] = [0.1, 0.9]
    net.trafo["i0_percent"] = 8.0


def let_loads_follow_the_voltage(net: Any) -> None:
    close_a_ring(net)
    net.load.loc[0, ["const_z_p_percent", "const_i_p_percent"]] = [40.0, 30.0]
    net.load.loc[0, ["const_z_q_percent", "const_i_q_percent"]] = [20.0, 70.0]


def add_shunts(net: Any) -> None:
    close_a_ring(net)
    pp.create_shunt(net, 3, q_mvar=-0.6, p_mw=0.02)
    pp.create_shunt(net, 6, q_mvar=0.03, vn_kv=0.41)


def leave_a_line_open_at_one_end(net: Any) -> None:
    close_a_ring(net)
    add_line(net, 3, 1, length_km=4.0, **WIRE)
    pp.create_switch(net, 1, len(net.line) - 1, et="l", closed=False)


def join_by_a_switch_with_impedance(net: Any) -> None:
    close_a_ring(net)
    net.switch.loc[0, "z_ohm"] = 0.2


def hang_a_line_from_a_bus_to_itself(net: Any) -> None:
    close_a_ring(net)
    add_line(net, 4, 4, length_km=5.0, **WIRE)


CHANGES = [
    close_a_ring,
    feed_from_two_sides,
    put_an_unequal_line_in_parallel,
    put_an_unequal_transformer_in_parallel,
    turn_the_phase_of_a_transformer_in_parallel,
    lean_the_leakage_to_one_side,
    let_loads_follow_the_voltage,
    add_shunts,
    leave_a_line_open_at_one_end,
    join_by_a_switch_with_impedance,
    hang_a_line_from_a_bus_to_itself,
]


@pytest.fixture(scope="module", params=CHANGES, ids=lambda change: change.__name__)
def solved(request: pytest.FixtureRequest) -> tuple[PowerFlowResult, Any]:
    change: Callable[[Any], None] = request.param
    net = small_net()
    change(net)
    pp.runpp(net, tolerance_mva=1e-10, calculate_voltage_angles=True)
    return solve(compile_grid(read(net))), net


def test_power_grid_model_solves_it(solved):
    result, _ = solved
    assert not result.failures
    assert set(result.engines.values()) == {"power-grid-model"}


def test_every_node_has_pandapowers_voltage(solved):
    result, net = solved
    np.testing.assert_allclose(result.nodes["v_pu"], net.res_bus.vm_pu, rtol=0, atol=VOLTAGE_PU)


def test_every_node_has_pandapowers_angle(solved):
    result, net = solved
    apart = result.nodes["angle_degree"].to_numpy() - net.res_bus.va_degree.to_numpy()
    np.testing.assert_allclose((apart + 180.0) % 360.0, 180.0, atol=1e-5)


def test_every_line_has_pandapowers_loading(solved):
    result, net = solved
    found, expected = result.lines["loading_pct"], net.res_line.loading_percent
    # what is left of a line from a bus to itself is a shunt without a current of its own
    own = (net.line.from_bus != net.line.to_bus).to_numpy()
    assert found[~own].isna().all()
    np.testing.assert_allclose(found[own], expected[own], rtol=0, atol=LOADING_POINTS)


def test_every_transformer_has_pandapowers_loading(solved):
    result, net = solved
    found, expected = result.transformers["loading_pct"], net.res_trafo.loading_percent
    np.testing.assert_allclose(found, expected, rtol=0, atol=LOADING_POINTS)


@pytest.mark.parametrize(
    ("table", "end", "column"),
    [
        ("lines", "i_from_a", "i_from_ka"),
        ("lines", "i_to_a", "i_to_ka"),
        ("transformers", "i_from_a", "i_hv_ka"),
        ("transformers", "i_to_a", "i_lv_ka"),
    ],
)
def test_every_end_carries_pandapowers_current(solved, table, end, column):
    result, net = solved
    expected = net.res_line if table == "lines" else net.res_trafo
    found = getattr(result, table)[end].to_numpy()
    known = ~np.isnan(found)
    wanted = 1000.0 * expected[column].to_numpy()[known]
    np.testing.assert_allclose(found[known], wanted, rtol=0, atol=1e-4)


def ring(p_kw: float) -> PowerFlowResult:
    grid = grid_of(
        dict.fromkeys("ABCD", 10.0),
        lines={
            "L": line("A", "B"), "M": line("B", "C"), "N": line("C", "A"), "tree": line("D", "D"),
        },
        loads={"P": load("C", p_kw)},
        sources={"ring": source("A"), "alone": source("D")},
    )  # fmt: skip
    return solve(compile_grid(grid))


def test_a_mesh_without_solution_is_a_failure_and_the_trees_are_solved():
    result = ring(5_000_000.0)
    assert list(result.failures) == ["ring"]
    assert "ring" in result.failures["ring"]
    assert result.nodes["v_pu"].isna().tolist() == [True, True, True, False]


def test_meshes_and_trees_of_one_grid_each_have_their_engine():
    assert ring(500.0).engines == {"alone": "radial", "ring": "power-grid-model"}


def test_a_line_from_a_node_to_itself_makes_no_ring():
    """The charging of ten kilometres raises the voltage at the end of another line."""

    def end_voltage(**extra: Any) -> float:
        grid = grid_of(
            {"A": 10.0, "B": 10.0},
            lines={"L": line("A", "B", 5000.0)} | extra,
            sources={"grid": source("A")},
        )
        result = solve(compile_grid(grid))
        assert result.engines == {"grid": "radial"}
        return float(result.nodes.at["B", "v_pu"])

    assert end_voltage(loop=line("B", "B", 10_000.0)) > end_voltage() > 1.0
