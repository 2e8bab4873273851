import numpy as np
import pandas as pd
import pytest
from shapely import box

from grid_models.errors import InputError
from grid_models.readers.assumptions import apply_assumptions, parse_assumptions
from tests.grid_models.readers.nets import read, small_net
from tests.grid_models.tapped import with_changer


def assumed(net, *texts):
    return apply_assumptions(read(net), parse_assumptions(texts))


def refusals(action):
    with pytest.raises(InputError) as caught:
        action()
    assert {problem.field for problem in caught.value.problems} == {"--assume"}
    return [problem.en for problem in caught.value.problems]


def test_the_owner_of_everything_unknown_is_filled():
    grid = assumed(small_net(), "ownership=public", "spare_bays=1")
    for rows in (grid.nodes, grid.lines, grid.transformers, grid.bays):
        assert set(rows["ownership"]) == {"public"}


def test_bays_take_the_owner_of_their_node():
    net = small_net()
    net.bus["ownership"] = ["public"] * 3 + ["private"] * 4
    bays = assumed(net, "spare_bays=2").bays
    assert list(bays.index) == ["bus:3/bay:1", "bus:3/bay:2"]
    assert list(bays["node"]) == ["bus:3", "bus:3"]
    assert list(bays["ownership"]) == ["private", "private"]
    assert bays["is_spare"].all()


def test_the_laying_assumed_counts_for_the_bays():
    net = small_net()
    net.line["type"] = None
    grid = assumed(net, "laying=cable", "spare_bays=1")
    assert set(grid.lines["laying"]) == {"cable"}
    assert list(grid.bays["node"]) == ["bus:3", "bus:4"]


def test_no_spare_bays_can_be_stated_too():
    grid = assumed(small_net(), "spare_bays=0")
    assert grid.bays.empty
    assert grid.metadata.assumptions == {"spare_bays": "0"}


def test_bays_a_file_states_are_not_doubled():
    net = small_net()
    net.bus["spare_bays"] = [0, 0, 0, 2, 0, 0, 0]
    assert list(assumed(net, "spare_bays=2").bays.index) == ["bus:3/bay:1", "bus:3/bay:2"]


def test_the_basis_of_the_loads_is_filled_and_is_the_grids():
    grid = assumed(small_net(), "load_basis=declared")
    assert set(grid.loads["load_basis"]) == {"declared"}
    assert grid.metadata.load_basis == "declared"


def test_no_restricted_areas_means_that_they_are_known():
    assert not read(small_net()).metadata.has_restricted_areas
    assert assumed(small_net(), "restricted_areas=none").metadata.has_restricted_areas


def test_the_short_circuit_power_of_a_source_is_filled():
    net = small_net()
    net.ext_grid["s_sc_max_mva"] = np.nan
    grid = assumed(net, "source_short_circuit_mva=3000")
    assert list(grid.sources["short_circuit_mva"]) == [3000.0]


def test_what_short_circuits_need_of_a_source_is_filled():
    grid = assumed(
        small_net(), "source_short_circuit_r_x=0.1", "source_short_circuit_min_mva=900",
        "source_short_circuit_min_r_x=0",
    )  # fmt: skip
    row = grid.sources.iloc[0]
    assert row["short_circuit_r_x"] == 0.1
    assert row["short_circuit_min_mva"] == 900.0
    assert row["short_circuit_min_r_x"] == 0.0


def test_main_transformers_take_the_band_assumed_and_boards_do_not():
    grid = assumed(small_net(), "tap_set_point_pu=1.02", "tap_band_pu=0.025")
    rows = grid.transformers
    assert list(rows["tap_set_point_pu"].dropna().items()) == [("trafo:0", 1.02)]
    assert list(rows["tap_band_pu"].dropna().items()) == [("trafo:0", 0.025)]


def test_a_band_that_the_file_states_otherwise_is_a_contradiction():
    grid = with_changer(read(small_net()), "trafo:0", tap_band_pu=0.03)
    (sentence,) = refusals(lambda: apply_assumptions(grid, {"tap_band_pu": "0.025"}))
    assert "trafo:0 0.03" in sentence


def test_assumptions_stand_sorted_in_the_metadata():
    grid = assumed(small_net(), "spare_bays=2", "ownership=public")
    assert list(grid.metadata.assumptions.items()) == [("ownership", "public"), ("spare_bays", "2")]


def test_without_assumptions_nothing_changes():
    grid = read(small_net())
    assert apply_assumptions(grid, {}).version == grid.version


@pytest.mark.parametrize(
    "text",
    [
        "owner=public",
        "ownership",
        "ownership=",
        "ownership=unknown",
        "ownership=Public",
        "spare_bays=two",
        "spare_bays=-1",
        "spare_bays=2.5",
        "spare_bays=100",
        "load_basis=unknown",
        "laying=buried",
        "restricted_areas=some",
        "source_short_circuit_mva=0",
        "source_short_circuit_mva=nan",
        "source_short_circuit_mva=inf",
        "source_short_circuit_mva=strong",
        "source_short_circuit_min_mva=0",
        "source_short_circuit_r_x=-0.1",
        "source_short_circuit_min_r_x=inf",
        "tap_set_point_pu=0.7",
        "tap_set_point_pu=high",
        "tap_band_pu=0",
        "tap_band_pu=nan",
        "",
    ],
)
def test_an_assumption_nobody_can_mean_is_refused(text):
    (sentence,) = refusals(lambda: parse_assumptions([text]))
    assert text in sentence


def test_a_key_given_twice_is_refused():
    stated = ["ownership=public", "ownership=public"]
    assert refusals(lambda: parse_assumptions(stated)) == ["ownership is given twice; give it once"]


def test_everything_wrong_is_said_at_once():
    stated = ["owner=public", "spare_bays=many", "laying=cable", "laying=overhead"]
    assert len(refusals(lambda: parse_assumptions(stated))) == 3


def test_an_owner_the_file_states_otherwise_is_a_contradiction():
    net = small_net()
    net.line["ownership"] = ["private", None, "public"]
    assert refusals(lambda: assumed(net, "ownership=public")) == [
        "ownership=public contradicts the file, which says otherwise in 1 places: line:0 private"
    ]


def test_a_laying_the_file_states_otherwise_is_a_contradiction():
    (sentence,) = refusals(lambda: assumed(small_net(), "laying=cable"))
    assert "line:1 overhead" in sentence


def test_bays_the_file_states_otherwise_are_a_contradiction():
    net = small_net()
    net.bus["spare_bays"] = [0, 0, 0, 3, 0, 0, 0]
    (sentence,) = refusals(lambda: assumed(net, "spare_bays=2"))
    assert "bus:3 3" in sentence


def test_a_short_circuit_power_the_file_states_otherwise_is_a_contradiction():
    (sentence,) = refusals(lambda: assumed(small_net(), "source_short_circuit_mva=3000"))
    assert "ext_grid:0 5000.0" in sentence


def test_restricted_areas_in_the_grid_contradict_that_there_are_none():
    grid = read(small_net()).with_tables(
        restricted_areas=pd.DataFrame({"reason": ["park"], "geometry": [box(0, 0, 1, 1)]}, ["a:1"])
    )
    (sentence,) = refusals(lambda: apply_assumptions(grid, {"restricted_areas": "none"}))
    assert "a:1 park" in sentence


def test_every_contradiction_is_said_at_once():
    net = small_net()
    net.load["load_basis"] = ["snapshot", "declared"]
    sentences = refusals(lambda: assumed(net, "load_basis=declared", "laying=cable"))
    assert len(sentences) == 2
