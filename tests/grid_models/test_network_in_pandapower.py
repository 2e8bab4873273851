from __future__ import annotations

from typing import Any

import numpy as np
import pandapower as pp
import pytest

from grid_models.compiled import compile_grid
from grid_models.solvers.solve import solve
from tests.grid_models.readers.nets import add_line, assert_same_flow, read, small_net
from tests.grid_models.samples import added, edited


def open_at(bus: int, element: int, et: str) -> Any:
    return lambda net: pp.create_switch(net, bus, element, et=et, closed=False)


def set_to(table: str, row: Any, **values: Any) -> Any:
    def change(net: Any) -> None:
        for column, value in values.items():
            net[table].loc[row, column] = value

    return change


def with_line(**values: Any) -> Any:
    ordinary = {
        "length_km": 3.0, "r_ohm_per_km": 0.1, "x_ohm_per_km": 0.1, "c_nf_per_km": 400.0,
        "max_i_ka": 0.3,
    }  # fmt: skip
    return lambda net: add_line(net, **(ordinary | values))


CHANGES = {
    "a line open at its from end, which leaves its load without supply": open_at(2, 0, "l"),
    "a line open at its to end, whose charging current still flows": open_at(4, 1, "l"),
    "a second line open at its far end": lambda net: pp.create_switch(
        net, 4, with_line(start=3, end=4)(net), et="l", closed=False
    ),
    "a transformer open at its high side": open_at(4, 1, "t"),
    "a transformer open at its low side, whose iron still takes its losses": open_at(5, 1, "t"),
    "a switch with impedance": set_to("switch", 0, z_ohm=0.3),
    "an open switch between buses": set_to("switch", 0, closed=False),
    "a bus out of service": set_to("bus", 6, in_service=False),
    "a line out of service": set_to("line", 1, in_service=False),
    "a transformer out of service": set_to("trafo", 1, in_service=False),
    "two equal lines in parallel": set_to("line", 1, parallel=2, df=0.8),
    "a shunt": lambda net: pp.create_shunt(net, 4, q_mvar=-0.4, p_mw=0.01, step=2, vn_kv=10.5),
    "constant impedance": set_to("load", 0, const_z_p_percent=60.0, const_z_q_percent=30.0),
    # pandapower lets a generator at the same bus follow the voltage too, so not at bus 6
    "constant current": set_to("load", 0, const_i_p_percent=100.0, const_i_q_percent=100.0),
    "a mixture": set_to("load", 0, const_z_p_percent=30.0, const_i_p_percent=30.0),
    "unequal leakage": set_to(
        "trafo",
        [0, 1],
        leakage_resistance_ratio_hv=[0.5, 0.2],
        leakage_reactance_ratio_hv=[0.5, 0.9],
        i0_percent=[0.2, 5.0],
    ),
    "a source at 1.05 pu and 20 degrees": set_to("ext_grid", 0, vm_pu=1.05, va_degree=20.0),
    "conductance of a line": set_to("line", 0, g_us_per_km=500.0),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_pandapower_finds_the_same_voltages_and_loadings_with(change):
    net = small_net()
    change(net)
    assert_same_flow(net)


def test_the_charging_current_of_an_open_line_is_found_at_its_closed_end():
    net = small_net()
    open_at(4, 1, "l")(net)
    pp.runpp(net, tolerance_mva=1e-10)
    found = solve(compile_grid(read(net))).lines.loc["line:1"]
    assert found["i_from_a"] == pytest.approx(1000.0 * net.res_line.at[1, "i_from_ka"], abs=1e-6)
    assert found["i_from_a"] > 0.01
    assert found["i_to_a"] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("shift", [0.0, 30.0, 150.0, 330.0])
def test_the_angle_behind_a_transformer_is_pandapowers(shift):
    net = small_net()
    net.trafo["shift_degree"] = shift
    pp.runpp(net, tolerance_mva=1e-10, calculate_voltage_angles=True)
    found = solve(compile_grid(read(net))).nodes["angle_degree"].to_numpy()
    apart = (found - net.res_bus["va_degree"].to_numpy() + 180.0) % 360.0 - 180.0
    np.testing.assert_allclose(apart, 0.0, atol=1e-6)


def test_a_line_without_impedance_flows_as_a_closed_switch_in_pandapower():
    net = small_net()
    pp.create_switch(net, 3, pp.create_bus(net, vn_kv=10.0), et="b")
    pp.create_load(net, 7, p_mw=0.5, q_mvar=0.1)
    pp.runpp(net, tolerance_mva=1e-10)
    grid = read(net)
    bridged = added(
        grid.with_tables(switches=grid.switches.drop(index="switch:2")),
        "lines", "line:3", "line:0", from_node="bus:3", to_node="bus:7", length_m=0.0,
    )  # fmt: skip
    found = solve(compile_grid(bridged)).nodes["v_pu"]
    np.testing.assert_allclose(found, net.res_bus["vm_pu"], rtol=0, atol=1e-9)


def test_a_line_past_a_closed_switch_takes_its_charging_in_pandapower_too():
    net = small_net()
    with_line(start=1, end=2)(net)
    pp.runpp(net, tolerance_mva=1e-10)
    found = solve(compile_grid(read(net))).nodes["v_pu"]
    np.testing.assert_allclose(found, net.res_bus["vm_pu"], rtol=0, atol=1e-9)


def test_nothing_is_said_about_a_node_without_supply():
    grid = edited(read(small_net()), "switches", "switch:0", is_closed=False)
    nodes = solve(compile_grid(grid)).nodes
    assert nodes["v_pu"].isna().tolist() == [False, False, True, True, True, True, True]
