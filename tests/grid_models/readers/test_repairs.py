import numpy as np
import pandapower as pp
import pytest

from grid_models.errors import InputError
from grid_models.grid import make_table
from grid_models.printable import printable
from grid_models.readers import repairs
from grid_models.readers.pandapower import read_pandapower_network
from grid_models.schema import find_problems, verdict
from tests.grid_models.readers.nets import problem_ids, read, severities, small_net


def problem(grid, code):
    (found,) = (p for p in grid.metadata.import_problems if p.code == code)
    return found


@pytest.mark.parametrize(
    ("table", "column", "value", "becomes", "expected"),
    [
        ("ext_grid", "vm_pu", np.nan, ("sources", "v_pu"), 1.0),
        ("load", "scaling", np.nan, ("loads", "scaling"), 1.0),
        ("load", "q_mvar", "lots", ("loads", "q_kvar"), 0.0),
        ("line", "parallel", 1.5, ("lines", "parallel"), 1),
        ("line", "parallel", np.inf, ("lines", "parallel"), 1),
        ("line", "df", "", ("lines", "derating"), 1.0),
        ("line", "in_service", np.nan, ("lines", "is_in_service"), True),
        ("line", "in_service", "off", ("lines", "is_in_service"), True),
        ("switch", "closed", None, ("switches", "is_closed"), True),
        ("sgen", "scaling", [1.0], ("generators", "scaling"), 1.0),
    ],
)
def test_a_value_that_a_default_stands_for_is_listed(table, column, value, becomes, expected):
    net = small_net()
    net[table][column] = net[table][column].astype(object)
    net[table].at[0, column] = value
    grid = read(net)
    rows = grid.tables()[becomes[0]]
    assert rows[becomes[1]].loc[f"{table}:0"] == expected
    found = problem(grid, f"{column}_defaulted")
    assert (found.severity, found.table, found.ids) == ("warning", becomes[0], (f"{table}:0",))
    assert f"{expected}" in found.zh
    assert column in found.zh


@pytest.mark.parametrize(("text", "expected"), [("False", False), ("true", True), ("0", False)])
def test_a_yes_or_no_in_words_is_read(text, expected):
    net = small_net()
    net.line["in_service"] = [text, "True", "True"]
    grid = read(net)
    assert grid.lines["is_in_service"].loc["line:0"] == expected
    assert "in_service_defaulted" not in problem_ids(grid)


def test_a_column_that_is_not_there_takes_its_default_without_a_word():
    net = small_net()
    net.load = net.load.drop(columns="scaling")
    grid = read(net)
    assert grid.loads["scaling"].tolist() == [1.0, 1.0]
    assert not [code for code in problem_ids(grid) if code.endswith("_defaulted")]


def test_a_tap_changer_that_is_not_there_may_be_blank_but_not_unreadable():
    net = small_net()
    assert "tap_pos_defaulted" not in problem_ids(read(net))
    net.trafo["tap_pos"] = [np.nan, "up"]
    assert problem(read(net), "tap_pos_defaulted").ids == ("trafo:1",)


@pytest.mark.parametrize("name", ["mv_oberrhein", "cigre_mv", "kerber_landnetz_freileitung_1"])
def test_ordinary_networks_need_no_repair(name):
    codes = {p.code for p in read_pandapower_network(name).metadata.import_problems}
    assert not [code for code in codes if code.endswith("_defaulted") or code == "text_cleaned"]


@pytest.mark.parametrize("frequency", [np.nan, None, 0.0, -50.0, "fifty", np.inf, True, [50]])
def test_a_frequency_that_is_none_is_50_hz_and_listed(frequency):
    net = dict(small_net().items()) | {"f_hz": frequency}
    grid = read(net)
    assert grid.metadata.frequency_hz == 50.0
    assert problem(grid, "frequency_defaulted").severity == "warning"
    assert verdict(find_problems(grid)) != "good"


@pytest.mark.parametrize("value", [-3, 1e9, "two", 2.5, np.inf])
def test_spare_bays_that_are_no_small_number_are_listed_and_not_carried_over(value):
    net = small_net()
    net.bus["spare_bays"] = [None, None, 2, value, None, None, None]
    grid = read(net)
    assert grid.bays["node"].tolist() == ["bus:2", "bus:2"]
    assert problem(grid, "spare_bays_unusable").ids == ("bus:3",)


@pytest.mark.parametrize(("closed", "severity"), [(True, "warning"), (False, "error")])
def test_a_switch_of_unknown_kind_is_listed(closed, severity):
    net = small_net()
    pp.create_switch(net, 4, 1, et="l", closed=closed)
    net.switch.loc[2, "et"] = "z"
    grid = read(net)
    assert "switch:2" not in grid.switches.index
    assert severities(grid)["switch_of_unknown_kind"] == severity


def test_control_characters_in_names_are_replaced_and_listed():
    net = small_net()
    net.bus["name"] = [
        "\x1b[31m红\x00",
        "two\nlines",
        "turn\u202eed",
        "北站",
        " a ",
        "b\ud800",
        None,
    ]
    net.line["name"] = ["L1", "L2", "L3"]
    grid = read(net)
    clean = ["�[31m红�", "two lines", "turn�ed", "北站", "a", "b�", ""]
    assert grid.nodes["name"].tolist() == clean
    found = problem(grid, "text_cleaned")
    assert (found.severity, found.table) == ("note", "nodes")
    assert found.ids == ("bus:0", "bus:1", "bus:2", "bus:5")
    assert grid.version


def test_printable_text_stays_as_it_is():
    assert printable("文园 203 线 (a) é") == "文园 203 线 (a) é"
    assert printable("a\tb　c\x7f\x9b") == "a b c��"


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [("line", "to_bus", 1e300), ("load", "bus", 10**400), ("switch", "element", "x")],
)
def test_a_link_beyond_any_row_is_refused(table, column, value):
    net = small_net()
    net[table][column] = net[table][column].astype(object)
    net[table].at[0, column] = value
    with pytest.raises(InputError, match=f"{column} is no number: {table}:0"):
        read(net)


def test_numbers_that_are_texts_or_columns_named_twice_are_refused():
    net = small_net()
    net.line.index = ["0", "1", "1 "]
    net.load.columns = ["bus", *net.load.columns[1:]]
    with pytest.raises(InputError) as caught:
        read(net)
    texts = " / ".join(problem.en for problem in caught.value.problems)
    assert "the numbers of table line are no whole numbers" in texts
    assert "table load has columns of the same name" in texts


def test_a_point_without_coordinates_is_no_position():
    net = small_net()
    net.bus.loc[3, "geo"] = '{"type": "Point", "coordinates": []}'
    assert np.isnan(read(net).nodes["lon"].loc["bus:3"])


def test_every_default_stands_for_a_column_of_the_grid():
    for table, columns in repairs._FILLED.values():
        assert set(columns.values()) <= set(make_table(table).columns)
