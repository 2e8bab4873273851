import numpy as np
import pandapower as pp
import pandas as pd
import pytest

from tests.grid_models.readers.nets import (
    assert_same_flow,
    problem_ids,
    read,
    severities,
    small_net,
)


def test_a_load_keeps_its_power_and_scaling_apart():
    row = read(small_net()).loads.loc["load:0"]
    assert list(row[["node", "p_kw", "q_kvar", "scaling"]]) == ["bus:3", 1200.0, 400.0, 0.9]


def test_loads_that_follow_the_voltage_keep_their_shares():
    net = small_net()
    net.load[["const_z_p_percent", "const_i_p_percent"]] = [[30.0, 20.0], [0.0, 0.0]]
    net.load[["const_z_q_percent", "const_i_q_percent"]] = [[10.0, 40.0], [0.0, 0.0]]
    row = read(net).loads.loc["load:0"]
    shares = ["const_z_p_pct", "const_i_p_pct", "const_z_q_pct", "const_i_q_pct"]
    assert list(row[shares]) == [30.0, 20.0, 10.0, 40.0]
    assert_same_flow(net)


def test_the_shares_of_nets_before_pandapower_3_count_for_p_and_q():
    net = small_net()
    net.load = net.load.drop(columns=[name for name in net.load if name.startswith("const_")])
    net.load["const_z_percent"], net.load["const_i_percent"] = [30.0, 0.0], [20.0, 0.0]
    row = read(net).loads.loc["load:0"]
    shares = ["const_z_p_pct", "const_i_p_pct", "const_z_q_pct", "const_i_q_pct"]
    assert list(row[shares]) == [30.0, 20.0, 30.0, 20.0]


def test_the_basis_of_loads_is_unknown():
    grid = read(small_net())
    assert set(grid.loads["load_basis"]) == {"unknown"}
    assert grid.metadata.load_basis == "unknown"


def test_a_motor_is_a_load():
    net = small_net()
    pp.create_motor(
        net,
        3,
        pn_mech_mw=0.9,
        cos_phi=0.8,
        efficiency_percent=90.0,
        loading_percent=50.0,
        scaling=0.5,
    )
    row = read(net).loads.loc["motor:0"]
    # 900 kW / 0.9 x 50 % = 500 kW; q = 500 x tan(acos 0.8) = 375 kvar
    assert list(row[["p_kw", "q_kvar", "scaling"]]) == pytest.approx([500.0, 375.0, 0.5])
    assert_same_flow(net)


def test_a_ward_is_a_load_and_a_shunt():
    net = small_net()
    pp.create_ward(net, 3, ps_mw=0.3, qs_mvar=0.1, pz_mw=0.2, qz_mvar=-0.4)
    grid = read(net)
    assert list(grid.loads.loc["ward:0", ["p_kw", "q_kvar"]]) == [300.0, 100.0]
    assert list(grid.shunts.loc["ward:0", ["p_kw", "q_kvar"]]) == [200.0, -400.0]
    assert_same_flow(net)


def asymmetric(net, **powers):
    zero = {f"{axis}_{phase}_{unit}": 0.0 for axis, unit in (("p", "mw"), ("q", "mvar"))
            for phase in "abc"}  # fmt: skip
    pp.create_asymmetric_load(net, 6, scaling=0.5, **(zero | powers))


PHASES = ["phase_a_pct", "phase_b_pct", "phase_c_pct"]


def test_an_asymmetric_load_of_one_power_factor_is_one_load_with_shares_of_phases():
    net = small_net()
    asymmetric(net, p_a_mw=0.01, p_b_mw=0.03, q_a_mvar=0.002, q_b_mvar=0.006)
    grid = read(net)
    row = grid.loads.loc["asymmetric_load:0"]
    assert list(row[["p_kw", "q_kvar", "scaling"]]) == pytest.approx([40.0, 8.0, 0.5])
    assert list(row[PHASES]) == pytest.approx([25.0, 75.0, 0.0])
    assert problem_ids(grid) == {"asymmetry_ignored": ("asymmetric_load:0",)}
    assert_same_flow(net)


def test_an_asymmetric_load_of_several_power_factors_is_a_load_a_phase():
    net = small_net()
    asymmetric(net, p_a_mw=0.01, p_b_mw=0.02, q_a_mvar=0.001, q_b_mvar=0.002, q_c_mvar=0.003)
    grid = read(net)
    names = tuple(f"asymmetric_load:0:{phase}" for phase in "abc")
    rows = grid.loads.loc[list(names)]
    assert list(rows["p_kw"]) == pytest.approx([10.0, 20.0, 0.0])
    assert list(rows["q_kvar"]) == pytest.approx([1.0, 2.0, 3.0])
    assert rows[PHASES].to_numpy().tolist() == [[100.0, 0, 0], [0, 100.0, 0], [0, 0, 100.0]]
    assert problem_ids(grid) == {"asymmetry_ignored": names}
    assert_same_flow(net)


def test_the_phases_of_a_delta_load_and_of_a_plain_one_are_not_known():
    net = small_net()
    asymmetric(net, p_a_mw=0.01, p_b_mw=0.03, type="delta")
    assert read(net).loads[PHASES].isna().all(axis=None)


def test_a_file_may_state_the_phases_of_its_loads():
    net = small_net()
    for column, share in zip(PHASES, (100.0, 0.0, 0.0), strict=True):
        net.load[column] = share
    assert (read(net).loads["phase_a_pct"] == 100.0).all()


def test_an_asymmetric_generator_is_the_sum_of_its_phases():
    net = small_net()
    pp.create_asymmetric_sgen(net, 6, p_a_mw=0.01, p_b_mw=0.02, p_c_mw=0.005)
    assert read(net).generators.loc["asymmetric_sgen:0", "p_kw"] == pytest.approx(35.0)
    assert_same_flow(net)


def test_a_static_generator_gives_power_and_keeps_its_kind():
    row = read(small_net()).generators.loc["sgen:0"]
    assert list(row[["node", "p_kw", "q_kvar", "kind"]]) == ["bus:6", 20.0, 1.0, "PV"]


def test_a_storage_that_charges_gives_negative_power():
    net = small_net()
    pp.create_storage(net, 3, p_mw=0.2, q_mvar=0.05, max_e_mwh=1.0)
    row = read(net).generators.loc["storage:0"]
    assert list(row[["p_kw", "q_kvar", "kind"]]) == [-200.0, -50.0, "storage"]
    assert_same_flow(net)


def test_a_shunt_keeps_its_steps_and_its_rated_voltage():
    net = small_net()
    pp.create_shunt(net, 3, q_mvar=-0.3, p_mw=0.01, vn_kv=10.5, step=2, max_step=4)
    row = read(net).shunts.loc["shunt:0"]
    assert list(row[["p_kw", "q_kvar", "vn_kv", "step"]]) == [10.0, -300.0, 10.5, 2.0]
    assert_same_flow(net)


def with_shunt_table(net, step):
    pp.create_shunt(net, 3, q_mvar=0.0, step=step, max_step=3)
    net.shunt["step_dependency_table"] = True
    net.shunt["id_characteristic_table"] = pd.Series([0], dtype="Int64")
    net["shunt_characteristic_table"] = pd.DataFrame(
        {"id_characteristic": 0, "step": [1, 2], "q_mvar": [-0.3, -0.5], "p_mw": [0.0, 0.01]}
    )
    return net


def test_a_shunt_that_follows_a_table_takes_its_present_step():
    net = with_shunt_table(small_net(), step=2)
    row = read(net).shunts.loc["shunt:0"]
    assert list(row[["p_kw", "q_kvar", "step"]]) == [10.0, -500.0, 1.0]
    assert_same_flow(net)


def test_a_step_the_shunt_table_does_not_have_is_an_error():
    grid = read(with_shunt_table(small_net(), step=3))
    assert problem_ids(grid) == {"shunt_table_missing": ("shunt:0",)}
    assert severities(grid) == {"shunt_table_missing": "error"}


def test_an_external_grid_keeps_voltage_angle_and_short_circuit_power():
    row = read(small_net()).sources.loc["ext_grid:0"]
    values = row[["node", "v_pu", "angle_degree", "short_circuit_mva"]]
    assert list(values) == ["bus:0", 1.02, 3.0, 5000.0]


def test_a_short_circuit_power_that_is_not_stated_is_unknown():
    net = small_net()
    net.ext_grid = net.ext_grid.drop(columns="s_sc_max_mva")
    assert np.isnan(read(net).sources.loc["ext_grid:0", "short_circuit_mva"])


def test_an_external_grid_keeps_what_short_circuits_need():
    net = small_net()
    net.ext_grid[["rx_max", "s_sc_min_mva", "rx_min"]] = [0.1, 900.0, 0.2]
    row = read(net).sources.loc["ext_grid:0"]
    names = ["short_circuit_r_x", "short_circuit_min_mva", "short_circuit_min_r_x"]
    assert list(row[names]) == [0.1, 900.0, 0.2]


@pytest.mark.parametrize("nothing", [np.nan, 0.0, -1.0])
def test_a_least_strength_that_is_none_is_unknown(nothing):
    net = small_net()
    net.ext_grid["s_sc_min_mva"] = nothing
    assert np.isnan(read(net).sources.loc["ext_grid:0", "short_circuit_min_mva"])


def test_a_generator_keeps_its_rated_power_where_it_states_one():
    net = small_net()
    rated = pp.create_sgen(net, 4, p_mw=0.1, sn_mva=0.5)
    silent = pp.create_sgen(net, 4, p_mw=0.1)
    battery = pp.create_storage(net, 4, p_mw=0.1, max_e_mwh=1.0, sn_mva=0.25)
    known = read(net).generators["sn_kva"]
    assert known[f"sgen:{rated}"] == 500.0
    assert np.isnan(known[f"sgen:{silent}"])
    assert known[f"storage:{battery}"] == 250.0


def test_a_slack_generator_is_a_source():
    net = small_net()
    net.ext_grid = net.ext_grid.drop(index=0)
    pp.create_gen(net, 0, p_mw=0.0, vm_pu=1.01, slack=True)
    grid = read(net)
    assert list(grid.sources.loc["gen:0", ["node", "v_pu"]]) == ["bus:0", 1.01]
    assert not grid.metadata.import_problems
    assert_same_flow(net)
