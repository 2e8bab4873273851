import pandapower as pp
import pandas as pd
import pytest

from tests.grid_models.readers.nets import read, small_net


def add_three_winding(net, **values):
    """Add one whose middle leg has no impedance."""
    pp.create_transformer3w_from_parameters(
        net, 0, 2, 4, vn_hv_kv=110.0, vn_mv_kv=10.0, vn_lv_kv=10.0, sn_hv_mva=40.0, sn_mv_mva=40.0,
        sn_lv_mva=40.0, vk_hv_percent=10.0, vk_mv_percent=7.0, vk_lv_percent=17.0,
        vkr_hv_percent=0.0, vkr_mv_percent=0.0, vkr_lv_percent=0.0, pfe_kw=30.0, i0_percent=0.1,
        **values,
    )  # fmt: skip


def add_impedance(net, **values):
    pp.create_impedance(net, 2, 3, rft_pu=0.01, xft_pu=0.02, sn_mva=10.0, **values)


def add_xward(net, **values):
    pp.create_xward(net, 3, 0.1, 0.0, 0.0, 0.0, 0.1, 0.5, 1.0, **values)


def add_dcline(net, **values):
    pp.create_dcline(net, 2, 4, 0.1, 1.0, 0.001, 1.0, 1.0, **values)


ADDERS = {
    "trafo3w": add_three_winding,
    "impedance": add_impedance,
    "xward": add_xward,
    "dcline": add_dcline,
}


@pytest.mark.parametrize("table", ADDERS)
def test_an_element_that_cannot_be_carried_over_is_an_error(table):
    net = small_net()
    ADDERS[table](net)
    (problem,) = read(net).metadata.import_problems
    assert (problem.code, problem.severity) == ("element_not_carried", "error")
    assert (problem.table, problem.ids) == (table, (f"{table}:0",))


@pytest.mark.parametrize("table", ADDERS)
def test_out_of_service_it_is_a_note(table):
    net = small_net()
    ADDERS[table](net, in_service=False)
    (problem,) = read(net).metadata.import_problems
    assert (problem.severity, problem.ids) == ("note", (f"{table}:0",))


def test_the_sentence_says_how_many_and_what_they_are():
    net = small_net()
    add_impedance(net)
    add_impedance(net)
    (problem,) = read(net).metadata.import_problems
    assert problem.en.startswith("2 impedances are not carried over")
    assert problem.zh.startswith("2 个阻抗支路未导入")


def test_elements_of_a_kind_nobody_has_heard_of_are_listed_too():
    net = small_net()
    net["heat_exchanger"] = pd.DataFrame({"bus": [3], "in_service": [True]})
    (problem,) = read(net).metadata.import_problems
    assert (problem.table, problem.ids) == ("heat_exchanger", ("heat_exchanger:0",))


def test_a_controller_is_a_warning():
    net = small_net()
    net["controller"] = pd.DataFrame({"object": [None, None], "in_service": [True, False]})
    (problem,) = read(net).metadata.import_problems
    assert (problem.code, problem.severity) == ("controller_not_run", "warning")
    assert problem.ids == ("controller:0",)


def test_results_and_empty_tables_are_nothing_to_list():
    net = small_net()
    pp.runpp(net)
    assert not read(net).metadata.import_problems
