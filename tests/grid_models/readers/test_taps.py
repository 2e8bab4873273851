import copy

import numpy as np
import pandas as pd
import pytest
from pandapower.toolbox import nets_equal

from tests.grid_models.readers.nets import (
    add_transformer,
    assert_same_flow,
    problem_ids,
    read,
    severities,
    small_net,
)

RATIO = {
    "tap_side": "hv",
    "tap_neutral": 0.0,
    "tap_pos": -2.0,
    "tap_min": -9.0,
    "tap_max": 9.0,
    "tap_step_percent": 1.5,
    "tap_changer_type": "Ratio",
}
SECOND = {name.replace("tap_", "tap2_"): value for name, value in RATIO.items()}


def tapped(**values):
    """Return the small net with a tap changer on its main transformer."""
    net = small_net()
    for name, value in values.items():
        if name not in net.trafo:
            blank = None if isinstance(value, str) else np.nan
            net.trafo[name] = pd.Series([blank] * 2, dtype=object if blank is None else float)
        net.trafo.loc[0, name] = value
    return net


@pytest.mark.parametrize("side", ["hv", "lv"])
@pytest.mark.parametrize(
    ("kind", "step"),
    [
        ("Ratio", {"tap_step_percent": 1.5, "tap_step_degree": np.nan}),
        ("Ratio", {"tap_step_percent": 1.5, "tap_step_degree": 30.0}),
        ("Symmetrical", {"tap_step_percent": 1.5, "tap_step_degree": 90.0}),
        ("Ideal", {"tap_step_percent": np.nan, "tap_step_degree": 1.0}),
        ("Ideal", {"tap_step_percent": 1.5, "tap_step_degree": np.nan}),
    ],
)
def test_every_kind_of_tap_changer_means_what_it_means_in_pandapower(kind, side, step):
    assert_same_flow(tapped(**RATIO | step | {"tap_changer_type": kind, "tap_side": side}))


def test_a_ratio_changer_is_read_as_it_stands():
    row = read(tapped(**RATIO)).transformers.loc["trafo:0"]
    changer = ["tap_side", "tap_neutral", "tap_pos", "tap_min", "tap_max", "tap_step_pct"]
    assert list(row[changer]) == ["hv", 0.0, -2.0, -9.0, 9.0, 1.5]
    assert row["tap_changer_type"] == "ratio"


def test_a_transformer_without_tap_changer_stands_at_zero():
    row = read(small_net()).transformers.loc["trafo:1"]
    assert list(row[["tap_side", "tap_pos", "tap_neutral", "tap_step_pct"]]) == ["", 0.0, 0.0, 0.0]


@pytest.mark.parametrize("gap", ["tap_pos", "tap_neutral"])
def test_a_position_of_which_half_is_unknown_counts_no_step(gap):
    net = tapped(**RATIO | {gap: np.nan})
    row = read(net).transformers.loc["trafo:0"]
    assert row["tap_pos"] == row["tap_neutral"]
    assert_same_flow(net)


def test_a_tap_without_type_has_no_effect_and_is_listed():
    net = tapped(**RATIO | {"tap_changer_type": None})
    grid = read(net)
    assert grid.transformers.loc["trafo:0", "tap_changer_type"] == ""
    assert problem_ids(grid) == {"tap_changer_type_missing": ("trafo:0",)}
    assert_same_flow(net)


def test_a_tap_without_type_at_neutral_is_nothing_to_list():
    grid = read(tapped(**RATIO | {"tap_changer_type": None, "tap_pos": 0.0}))
    assert not grid.metadata.import_problems


@pytest.mark.parametrize(
    ("is_shifter", "step", "kind"),
    [
        (False, {"tap_step_percent": 1.5, "tap_step_degree": 0.0}, "Ratio"),
        (True, {"tap_step_percent": np.nan, "tap_step_degree": 1.0}, "Ideal"),
    ],
)
def test_the_flag_of_nets_before_pandapower_3_says_which_kind_it_is(is_shifter, step, kind):
    flagged = tapped(**RATIO | step)
    flagged.trafo = flagged.trafo.drop(columns="tap_changer_type")
    flagged.trafo["tap_phase_shifter"] = [is_shifter, False]
    typed = tapped(**RATIO | step | {"tap_changer_type": kind})
    pd.testing.assert_frame_equal(read(flagged).transformers, read(typed).transformers)


def test_without_flag_or_type_no_tap_counts():
    net = tapped(**RATIO)
    net.trafo = net.trafo.drop(columns="tap_changer_type")
    assert read(net).transformers.loc["trafo:0", "tap_changer_type"] == ""
    assert_same_flow(net)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (RATIO, SECOND | {"tap2_pos": 3.0}),
        (RATIO, SECOND | {"tap2_pos": 3.0, "tap2_step_degree": 60.0}),
        (RATIO | {"tap_pos": 0.0}, SECOND | {"tap2_side": "lv"}),
        (RATIO, SECOND | {"tap2_side": "lv", "tap2_changer_type": "Ideal"}),
        (RATIO | {"tap_changer_type": "Ideal"}, SECOND | {"tap2_side": "lv"}),
    ],
)
def test_a_second_tap_changer_is_folded_into_the_first(first, second):
    net = tapped(**first | second)
    assert severities(read(net)) == {"second_tap_changer_folded": "note"}
    assert_same_flow(net)


def test_a_second_tap_changer_at_neutral_changes_nothing():
    grid = read(tapped(**RATIO | SECOND | {"tap2_pos": 0.0}))
    assert grid.transformers.loc["trafo:0", "tap_pos"] == -2.0
    assert not grid.metadata.import_problems


def test_ratio_changers_off_neutral_on_both_sides_are_an_error():
    grid = read(tapped(**RATIO | SECOND | {"tap2_side": "lv"}))
    assert problem_ids(grid) == {"second_tap_changer_lost": ("trafo:0",)}
    assert severities(grid) == {"second_tap_changer_lost": "error"}
    assert grid.transformers.loc["trafo:0", "tap_pos"] == -2.0


def with_table(net, steps=(-2, -1, 0)):
    net.trafo["tap_dependency_table"] = [True, False]
    net.trafo["id_characteristic_table"] = pd.Series([7, pd.NA], dtype="Int64")
    net["trafo_characteristic_table"] = pd.DataFrame(
        {
            "id_characteristic": 7,
            "step": steps,
            "voltage_ratio": [0.96, 0.98, 1.0][: len(steps)],
            "angle_deg": [1.5, 0.7, 0.0][: len(steps)],
            "vk_percent": [9.5, 9.8, 10.0][: len(steps)],
            "vkr_percent": [0.9, 0.95, 1.0][: len(steps)],
        }
    )
    return net


@pytest.mark.parametrize("side", ["hv", "lv"])
def test_a_tap_table_is_folded_at_the_present_position(side):
    net = with_table(tapped(**RATIO | {"tap_side": side, "tap_changer_type": "Tabular"}))
    grid = read(net)
    assert severities(grid) == {"tap_table_folded": "note"}
    assert list(grid.transformers.loc["trafo:0", ["vk_pct", "vkr_pct"]]) == [9.5, 0.9]
    assert_same_flow(net)


def test_a_position_the_tap_table_does_not_have_is_an_error():
    grid = read(with_table(tapped(**RATIO), steps=(-1, 0)))
    assert problem_ids(grid) == {"tap_table_missing": ("trafo:0",)}
    assert severities(grid) == {"tap_table_missing": "error"}


def test_an_impedance_that_follows_a_curve_of_old_form_is_an_error():
    net = small_net()
    net.trafo = net.trafo.drop(columns="tap_dependency_table")
    net.trafo["tap_dependent_impedance"] = [True, False]
    assert problem_ids(read(net)) == {"tap_table_missing": ("trafo:0",)}


def test_the_phase_shift_of_the_vector_group_is_kept():
    net = small_net()
    net.trafo["vector_group"] = ["YNd5", None]
    grid = read(net)
    assert list(grid.transformers["shift_degree"]) == [150.0, 150.0]
    assert list(grid.transformers["vector_group"]) == ["YNd5", ""]


@pytest.mark.parametrize("side", ["hv", "lv"])
def test_a_transformer_listed_low_side_first_keeps_its_meaning(side):
    net = small_net()
    net.trafo = net.trafo.drop(index=0)
    values = RATIO | {"tap_side": side, "tap_step_degree": 20.0, "sn_mva": 25.0}
    values |= {"leakage_resistance_ratio_hv": 0.3, "leakage_reactance_ratio_hv": 0.4}
    add_transformer(net, 1, 0, vn_hv_kv=10.5, vn_lv_kv=110.0, index=0, **values)
    net.trafo = net.trafo.sort_index()
    for column in ("leakage_resistance_ratio_hv", "leakage_reactance_ratio_hv"):
        net.trafo[column] = net.trafo[column].fillna(0.5)
    grid = read(net)
    assert list(grid.transformers.loc["trafo:0", ["hv_node", "lv_node"]]) == ["bus:0", "bus:1"]
    assert problem_ids(grid) == {"transformer_ends_swapped": ("trafo:0",)}
    assert_same_flow(net)


def test_units_in_parallel_and_derating_are_kept():
    net = small_net()
    net.trafo["parallel"], net.trafo["df"] = [2, 1], [0.8, 1.0]
    row = read(net).transformers.loc["trafo:0"]
    assert (row["parallel"], row["derating"], row["sn_kva"]) == (2, 0.8, 25000.0)
    assert_same_flow(net)


def test_unequal_leakage_of_the_two_sides_is_kept():
    net = small_net()
    net.trafo["leakage_resistance_ratio_hv"] = [0.2, 0.5]
    net.trafo["leakage_reactance_ratio_hv"] = [0.7, 0.5]
    net.trafo["i0_percent"] = 5.0
    assert_same_flow(net)


def test_reading_changes_nothing_in_the_net():
    net = with_table(tapped(**RATIO | SECOND))
    before = copy.deepcopy(net)
    read(net)
    assert nets_equal(net, before)
