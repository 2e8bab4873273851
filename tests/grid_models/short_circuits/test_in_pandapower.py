"""Greatest and least currents at every node against pandapower's `calc_sc`."""

from __future__ import annotations

import copy
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pandapower as pp
import pandapower.shortcircuit as sc
import pytest

from grid_models.compiled import CompiledGrid, compile_grid
from grid_models.readers import read_pandapower
from grid_models.short_circuits import ShortCircuits, find_short_circuits
from tests.conftest import LoadNet
from tests.grid_models.readers.nets import add_line, add_transformer, read, small_net
from tests.grid_models.short_circuits.faults import BASIS, all_as_mesh

END_DEGREE = 80.0
FACTOR = 1.3
SAME = 1e-8
WITHOUT, WITH = replace(BASIS, converter_factor=0.0), replace(BASIS, converter_factor=FACTOR)
AT_6_PERCENT = replace(WITHOUT, c_max_lv=1.05, c_min_lv=0.95)


def stated(net: Any) -> Any:
    """Return the net with all that IEC 60909 asks of it."""
    net = copy.deepcopy(net)
    count = len(net.ext_grid)
    net.ext_grid["s_sc_max_mva"] = np.linspace(3000.0, 1500.0, count)
    net.ext_grid["s_sc_min_mva"] = np.linspace(1200.0, 900.0, count)
    net.ext_grid["rx_max"] = np.linspace(0.1, 0.4, count)
    net.ext_grid["rx_min"] = np.linspace(0.2, 0.1, count)
    net.line["endtemp_degree"] = END_DEGREE
    net.sgen["k"] = FACTOR
    net.sgen["current_source"] = True
    net.sgen["type"] = "PV"  # pandapower counts a small hydro plant as a converter too
    return net


def by_pandapower(net: Any, case: str, *, tolerance: int = 10, with_sgens: bool = False) -> Any:
    """Return the currents in kA by row of the nodes table; NaN where there is none."""
    net = copy.deepcopy(net)
    if not with_sgens:
        net.sgen = net.sgen.iloc[:0]
    with warnings.catch_warnings():
        # of habits that pandas is about to forbid, and that only currents can be trusted
        warnings.simplefilter("ignore")
        sc.calc_sc(net, case=case, fault="3ph", lv_tol_percent=tolerance, inverse_y=False)
    return net.res_bus_sc.ikss_ka.reindex(net.bus.index).to_numpy()


def compiled_of(net: Any) -> CompiledGrid:
    return compile_grid(read_pandapower(net, "net", "net.json"))


def assert_same(found: ShortCircuits, net: Any, **options: Any) -> None:
    for case, ours in (("max", found.max_ka), ("min", found.min_ka)):
        expected = by_pandapower(net, case, **options)
        assert np.isfinite(expected).any()
        np.testing.assert_allclose(ours, expected, rtol=SAME, err_msg=case)


NETS = (
    "pandapower:mv_oberrhein",
    "pandapower:create_cigre_network_mv",
    "simbench:1-MV-urban--0-sw",
    "simbench:1-MVLV-urban-5.303-0-no_sw",
)


@pytest.mark.parametrize("source", NETS)
def test_both_currents_are_pandapowers_at_every_node(load_net: LoadNet, source: str) -> None:
    net = stated(load_net(source).net)
    assert_same(find_short_circuits(compiled_of(net), WITHOUT), net)


def test_they_are_in_a_low_voltage_grid_with_a_ring(load_net: LoadNet) -> None:
    net = stated(load_net("pandapower:lv_schutterwald").net)
    compiled = compiled_of(net)
    assert compiled.meshes
    assert_same(find_short_circuits(compiled, WITHOUT), net)


def test_they_are_in_a_grid_whose_ties_are_all_closed(load_net: LoadNet) -> None:
    net = stated(load_net("simbench:1-MV-urban--0-sw").net)
    net.switch["closed"] = True
    compiled = compiled_of(net)
    assert compiled.meshes
    assert_same(find_short_circuits(compiled, WITHOUT), net)


def test_they_are_with_two_infeeds(load_net: LoadNet) -> None:
    net = copy.deepcopy(load_net("pandapower:mv_oberrhein").net)
    pp.create_ext_grid(net, int(net.line.to_bus.iloc[50]))
    net = stated(net)
    compiled = compiled_of(net)
    assert compiled.meshes
    found = find_short_circuits(compiled, WITHOUT)
    assert not found.is_bound.any()
    assert_same(found, net)


def test_they_are_at_the_narrower_voltage_band(load_net: LoadNet) -> None:
    net = stated(load_net("simbench:1-MVLV-urban-5.303-0-no_sw").net)
    assert_same(find_short_circuits(compiled_of(net), AT_6_PERCENT), net, tolerance=6)


@pytest.mark.parametrize("source", ["pandapower:mv_oberrhein", "simbench:1-MV-urban--0-sw"])
def test_converters_add_what_pandapower_adds(load_net: LoadNet, source: str) -> None:
    net = stated(load_net(source).net)
    assert len(net.sgen)
    assert_same(find_short_circuits(compiled_of(net), WITH), net, with_sgens=True)


def test_a_tree_solved_as_a_mesh_gives_the_same(load_net: LoadNet) -> None:
    compiled = compiled_of(stated(load_net("pandapower:mv_oberrhein").net))
    tree, mesh = (find_short_circuits(part, WITH) for part in (compiled, all_as_mesh(compiled)))
    np.testing.assert_allclose(mesh.max_ka, tree.max_ka, rtol=1e-9)
    np.testing.assert_allclose(mesh.min_ka, tree.min_ka, rtol=1e-9)


# --- odd ones ----------------------------------------------------------------------------------


def tapped(net: Any) -> None:
    net.trafo.loc[0, ["tap_pos", "tap_step_percent"]] = [-6, 1.5]


def higher_rated_voltage(net: Any) -> None:
    net.trafo.loc[0, ["vn_hv_kv", "vn_lv_kv"]] = [121.0, 10.5]


def derated_and_doubled(net: Any) -> None:
    net.trafo.loc[0, ["parallel", "df"]] = [2, 0.7]
    net.line.loc[0, "parallel"] = 2


def another_unit_beside(net: Any) -> None:
    """Of another ratio, so that the two circulate."""
    add_transformer(net, 0, 1, sn_mva=25.0, vn_hv_kv=115.0, vn_lv_kv=10.5)


def a_branch(net: Any) -> None:
    add_line(
        net, 4, int(pp.create_bus(net, vn_kv=10.0)), length_km=9.0, r_ohm_per_km=0.5,
        x_ohm_per_km=0.35, c_nf_per_km=10.0, max_i_ka=0.2,
    )  # fmt: skip


def a_switch_with_impedance(net: Any) -> None:
    pp.create_switch(net, 4, int(pp.create_bus(net, vn_kv=10.0)), et="b", z_ohm=0.5)


CHANGES = (
    tapped, higher_rated_voltage, derated_and_doubled, another_unit_beside, a_branch,
    a_switch_with_impedance,
)  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_they_are_whatever_the_units_are(change: Any) -> None:
    net = small_net()
    change(net)
    net = stated(net)
    assert_same(find_short_circuits(compile_grid(read(net)), WITHOUT), net)


# --- where the two differ, and by how much (docs/short-circuit.md) -----------------------------


def test_a_motor_counts_for_pandapower_alone() -> None:
    """Five times 1 MVA of rated current at most: 5 / (sqrt 3 x 10 kV)."""
    net = stated(small_net())
    pp.create_motor(
        net, 3, pn_mech_mw=0.8, cos_phi=0.9, efficiency_percent=90.0, cos_phi_n=0.8,
        efficiency_n_percent=100.0, lrc_pu=5.0, rx=0.3, vn_kv=10.0,
    )  # fmt: skip
    ours = find_short_circuits(compile_grid(read(net)), WITHOUT).max_ka
    missing = by_pandapower(net, "max") - ours
    assert 0.0 < np.nanmax(missing) <= 1.1 * 5.0 * 1.0 / (np.sqrt(3.0) * 10.0)


def test_a_constant_impedance_of_a_ward_counts_for_pandapower_alone() -> None:
    """0.5 MW beside hundreds of MVA of short circuit."""
    net = stated(small_net())
    pp.create_ward(net, 3, ps_mw=0.0, qs_mvar=0.0, pz_mw=0.5, qz_mvar=0.0)
    ours = find_short_circuits(compile_grid(read(net)), WITHOUT).max_ka
    np.testing.assert_allclose(ours, by_pandapower(net, "max"), rtol=0.01)


def test_a_battery_counts_here_alone() -> None:
    net = small_net()
    net.sgen = net.sgen.iloc[:0]
    net = stated(net)
    pp.create_storage(net, 3, p_mw=0.0, max_e_mwh=1.0, sn_mva=1.0)
    ours = find_short_circuits(compile_grid(read(net)), WITH).max_ka
    added = ours - by_pandapower(net, "max")
    own_ka = FACTOR * 1.0 / (np.sqrt(3.0) * 10.0)
    assert np.nanmax(added) == pytest.approx(own_ka, rel=1e-6)


def test_a_synchronous_machine_leaves_the_greatest_unknown_and_the_least_below() -> None:
    """The machine raises what pandapower finds by a third and more."""
    net = stated(small_net())
    alone = find_short_circuits(compile_grid(read(net)), WITHOUT).max_ka
    pp.create_gen(
        net, 3, p_mw=0.5, vm_pu=1.0, sn_mva=2.0, vn_kv=10.0, xdss_pu=0.2, rdss_ohm=0.05,
        cos_phi=0.8,
    )  # fmt: skip
    found = find_short_circuits(compile_grid(read(net)), WITHOUT)
    assert by_pandapower(net, "max")[3] > alone[3] + 0.3
    assert found.has_machine.all()
    assert np.isnan(found.max_ka).all()
    assert (found.min_ka <= by_pandapower(net, "min")).all()
