import numpy as np
import pandapower as pp
import pandas as pd
import pytest

from tests.grid_models.readers.nets import (
    add_line,
    assert_same_flow,
    problem_ids,
    read,
    severities,
    small_net,
)

COPPER = {"r_ohm_per_km": 0.2, "x_ohm_per_km": 0.1, "c_nf_per_km": 250.0, "max_i_ka": 0.3}


def test_the_small_net_flows_as_in_pandapower():
    assert_same_flow(small_net())


def test_ids_are_table_and_number_in_the_file():
    net = small_net()
    net.line = net.line.rename(index={1: 12})
    grid = read(net)
    assert list(grid.lines.index) == ["line:0", "line:12", "line:2"]
    assert list(grid.switches.index) == ["switch:0", "switch:1"]
    assert list(grid.sources.index) == ["ext_grid:0"]


def test_units_become_metres_amperes_and_kilovolt_amperes():
    grid = read(small_net())
    assert grid.lines.loc["line:0", "length_m"] == pytest.approx(1100.0)
    assert grid.lines.loc["line:0", "ampacity_a"] == pytest.approx(400.0)
    assert grid.transformers.loc["trafo:1", "sn_kva"] == pytest.approx(400.0)
    assert grid.transformers.loc["trafo:1", "pfe_w"] == pytest.approx(5000.0)


def test_parallel_circuits_derating_charging_and_conductance_are_kept():
    net = small_net()
    net.line["parallel"], net.line["df"], net.line["g_us_per_km"] = [2, 1, 1], 0.8, 30.0
    row = read(net).lines.loc["line:0"]
    assert list(row[["parallel", "derating", "c_nf_per_km", "g_us_per_km"]]) == [2, 0.8, 340, 30]
    assert_same_flow(net)


def test_cs_is_cable_ol_overhead_and_anything_else_unknown():
    net = small_net()
    net.line.loc[2, "type"] = None
    assert list(read(net).lines["laying"]) == ["cable", "overhead", "unknown"]


def test_the_standard_type_is_the_conductor_type():
    net = small_net()
    net.line["std_type"] = ["NA2XS2Y 1x185", None, None]
    assert list(read(net).lines["conductor_type"]) == ["NA2XS2Y 1x185", "", ""]


@pytest.mark.parametrize("rating_ka", [99.0, 99999.0, 0.0, -1.0])
def test_a_rating_nobody_can_mean_is_unknown_and_listed(rating_ka):
    net = small_net()
    net.line.loc[1, "max_i_ka"] = rating_ka
    grid = read(net)
    assert np.isnan(grid.lines.loc["line:1", "ampacity_a"])
    assert problem_ids(grid) == {"ampacity_fake": ("line:1",)}


def test_a_rating_that_is_not_stated_is_unknown():
    net = small_net()
    net.line.loc[1, "max_i_ka"] = np.nan
    grid = read(net)
    assert np.isnan(grid.lines.loc["line:1", "ampacity_a"])
    assert not grid.metadata.import_problems


def test_what_is_out_of_service_stays_so():
    net = small_net()
    add_line(net, 2, 4, length_km=1.0, in_service=False, **COPPER)
    net.load.loc[1, "in_service"] = False
    grid = read(net)
    assert not grid.lines.loc["line:3", "is_in_service"]
    assert not grid.loads.loc["load:1", "is_in_service"]
    assert_same_flow(net)


def test_a_line_to_a_bus_out_of_service_still_charges():
    net = small_net()
    bus = pp.create_bus(net, vn_kv=10.0, in_service=False)
    add_line(net, 3, bus, length_km=5.0, **COPPER)
    assert_same_flow(net)


def test_an_open_ring_stays_open():
    net = small_net()
    add_line(net, 2, 4, length_km=1.0, **COPPER)
    pp.create_switch(net, 4, 3, et="l", closed=False, type="DS")
    assert not read(net).switches.loc["switch:2", "is_closed"]
    assert_same_flow(net)


def test_a_transformer_opened_at_its_high_side_feeds_nothing():
    net = small_net()
    pp.create_switch(net, 4, 1, et="t", closed=False)
    row = read(net).switches.loc["switch:2"]
    assert list(row[["element_id", "element_kind", "node"]]) == ["trafo:1", "transformer", "bus:4"]
    assert_same_flow(net)


def test_a_switch_between_buses_keeps_its_impedance():
    net = small_net()
    net.switch.loc[0, "z_ohm"] = 0.4
    row = read(net).switches.loc["switch:0"]
    assert list(row[["node", "element_id", "element_kind", "z_ohm"]]) == [
        "bus:1",
        "bus:2",
        "node",
        0.4,
    ]
    assert_same_flow(net)


@pytest.mark.parametrize("z_ohm", [np.nan, -1.0])
def test_a_switch_without_usable_impedance_joins_its_buses(z_ohm):
    net = small_net()
    net.switch.loc[0, "z_ohm"] = z_ohm
    assert read(net).switches.loc["switch:0", "z_ohm"] == 0.0


def test_switches_are_named_by_what_they_can_break():
    net = small_net()
    for kind in ("LS", "DS", None):
        pp.create_switch(net, 4, 1, et="l", type=kind)
    assert list(read(net).switches["kind"]) == [
        "circuit_breaker",
        "load_break",
        "load_break",
        "disconnector",
        "unknown",
    ]


def test_the_rated_current_of_a_switch_is_kept():
    net = small_net()
    net.switch.loc[1, "in_ka"] = 0.63
    assert read(net).switches.loc["switch:1", "rated_a"] == pytest.approx(630.0)


def test_a_switch_at_no_end_of_its_line_goes_where_pandapower_puts_it():
    net = small_net()
    net.switch.loc[1, "bus"] = 6
    grid = read(net)
    assert grid.switches.loc["switch:1", "node"] == "bus:2"
    assert problem_ids(grid) == {"switch_astray": ("switch:1",)}


def test_a_switch_at_a_three_winding_transformer_is_listed():
    net = small_net()
    net.switch.loc[1, "et"] = "t3"
    grid = read(net)
    assert list(grid.switches.index) == ["switch:0"]
    assert severities(grid) == {"switch_not_carried": "note"}


def test_a_line_without_impedance_is_kept_as_it_is():
    net = small_net()
    add_line(net, 4, 3, length_km=0.0, **COPPER)
    assert read(net).lines.loc["line:3", "length_m"] == 0.0


def test_facts_a_file_states_under_our_names_are_carried_over():
    net = small_net()
    net.bus["ownership"] = ["public"] * 6 + ["private"]
    net.bus["kind"] = ["busbar", "busbar", "busbar", "switchgear", "pole", None, ""]
    net.bus["substation_id"] = ["S1", "S1", "S1", None, None, None, None]
    net.line["ownership"] = ["public", None, " private "]
    net.line["laying"] = ["cable", "", "overhead"]
    net.line["removal_planned_on"] = ["2027-03-01", None, None]
    net.trafo["ownership"] = ["public", "private"]
    net.load["load_basis"] = ["declared", None]
    net.load["category"] = ["industrial", "resident"]
    grid = read(net)
    assert list(grid.nodes["ownership"]) == ["public"] * 6 + ["private"]
    assert list(grid.nodes["kind"][3:]) == ["switchgear", "pole", "node", "node"]
    assert list(grid.nodes["substation_id"][2:4]) == ["S1", ""]
    assert list(grid.lines["ownership"]) == ["public", "unknown", "private"]
    assert list(grid.lines["laying"]) == ["cable", "unknown", "overhead"]
    assert grid.lines.loc["line:0", "removal_planned_on"] == pd.Timestamp("2027-03-01")
    assert list(grid.transformers["ownership"]) == ["public", "private"]
    assert list(grid.loads["load_basis"]) == ["declared", "unknown"]
    assert list(grid.loads["category"]) == ["industrial", "resident"]


def test_a_date_nobody_can_read_is_listed():
    net = small_net()
    net.line["removal_planned_on"] = ["next spring", None, "2027-03-01"]
    grid = read(net)
    assert problem_ids(grid) == {"date_unreadable": ("line:0",)}
    assert grid.lines.loc["line:2", "removal_planned_on"] == pd.Timestamp("2027-03-01")


def test_spare_bays_a_file_states_become_bays_owned_as_their_node():
    net = small_net()
    net.bus["spare_bays"] = [0, 0, 0, 2, np.nan, 0, 0]
    net.bus["ownership"] = "public"
    bays = read(net).bays
    assert list(bays.index) == ["bus:3/bay:1", "bus:3/bay:2"]
    assert list(bays["ownership"]) == ["public", "public"]
    assert bays["is_spare"].all()


def test_the_weakest_basis_of_the_loads_is_the_grids():
    net = small_net()
    net.load["load_basis"] = ["measured_peak", "snapshot"]
    assert read(net).metadata.load_basis == "snapshot"
