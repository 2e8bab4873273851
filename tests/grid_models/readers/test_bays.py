import pandapower as pp
import pytest

from grid_models.readers.bays import find_cable_stations
from tests.grid_models.readers.nets import read, small_net


def stations(net):
    grid = read(net)
    return list(grid.nodes.index[find_cable_stations(grid)])


def test_a_node_where_a_cable_ends_is_a_station():
    assert stations(small_net()) == ["bus:3"]


def test_behind_an_open_switch_the_busbar_is_none():
    net = small_net()
    net.switch.loc[0, "closed"] = False
    assert stations(net) == ["bus:2", "bus:3"]


def test_an_overhead_line_makes_no_station():
    net = small_net()
    net.line["type"] = "ol"
    assert stations(net) == []


@pytest.mark.parametrize("kv", [10.0, 20.0])
def test_stations_are_at_10_and_20_kilovolts(kv):
    net = small_net()
    net.bus.loc[3, "vn_kv"] = kv
    assert stations(net) == ["bus:3"]


def test_at_other_voltages_there_are_none():
    net = small_net()
    net.bus.loc[3, "vn_kv"] = 6.0
    assert stations(net) == []


def test_the_busbar_of_a_source_at_medium_voltage_is_no_station():
    net = small_net()
    net.ext_grid.loc[0, "bus"] = 3
    assert stations(net) == []


def test_a_35_kilovolt_transformer_makes_a_substation():
    net = small_net()
    net.bus.loc[0, "vn_kv"] = 35.0
    pp.create_bus(net, vn_kv=10.0)
    assert stations(net) == ["bus:3"]


def test_a_20_kilovolt_transformer_makes_none():
    net = small_net()
    net.bus.loc[0, "vn_kv"] = 20.0
    assert stations(net) == ["bus:2", "bus:3"]
