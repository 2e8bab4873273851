from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString

from grid_models.edits import (
    CUSTOMER_NODE,
    NEW_LINE,
    NEW_LOAD,
    SPLIT_NODE,
    AddedLoad,
    AddLoads,
    ConnectCustomer,
    Edit,
    apply,
    revert,
)
from grid_models.errors import InputError
from grid_models.grid import Grid
from grid_models.schema import find_problems
from tests.grid_models.edits import LARGER, OTHER_EDITS
from tests.grid_models.samples import added, edited, emptied, tiny_grid

AT_NODE = ConnectCustomer(
    element_id="bus:3",
    position=None,
    lon=120.1565,
    lat=30.2790,
    length_m=150.0,
    parallel=2,
    r_ohm_per_km=0.2,
    x_ohm_per_km=0.1,
    c_nf_per_km=300.0,
    ampacity_a=240.0,
    conductor_type="YJV22-8.7/15-3x95",
    laying="cable",
    p_kw=500.0,
    q_kvar=160.0,
    bay_id="bay:1",
)
ON_LINE = replace(AT_NODE, element_id="line:2", position=0.25, bay_id="")
PROMISED = AddLoads(
    loads=(
        AddedLoad(load_id="promise:1", node_id="bus:4", p_kw=95.0, q_kvar=31.2),
        AddedLoad(load_id="promise:2", node_id="bus:3", p_kw=190.0, q_kvar=62.4, bay_id="bay:1"),
    )
)


def grid_with_limits() -> Grid:
    """Return the tiny grid with two limits of `line:2`, one of `line:1` and one of `trafo:2`."""
    return tiny_grid().with_tables(
        limits=pd.DataFrame(
            {
                "element_id": ["line:2", "line:1", "trafo:2", "line:2"],
                "limit_a": [400.0, 300.0, 20.0, 380.0],
                "season": ["summer", "all", "all", "winter"],
            },
            index=["limit:1", "limit:2", "limit:3", "limit:4"],
        )
    )


def refusals(edit: Edit, grid: Grid) -> list[str]:
    with pytest.raises(InputError) as caught:
        apply(edit, grid)
    assert all(problem.zh for problem in caught.value.problems)
    return [problem.en for problem in caught.value.problems]


def test_a_customer_at_a_node_gets_a_line_a_node_and_a_load() -> None:
    grid = apply(AT_NODE, tiny_grid())
    line, node, load = (
        grid.lines.loc[NEW_LINE],
        grid.nodes.loc[CUSTOMER_NODE],
        grid.loads.loc[NEW_LOAD],
    )
    assert (line["from_node"], line["to_node"]) == ("bus:3", CUSTOMER_NODE)
    assert (line["length_m"], line["parallel"], line["laying"]) == (150.0, 2, "cable")
    assert (line["r_ohm_per_km"], line["x_ohm_per_km"], line["c_nf_per_km"]) == (0.2, 0.1, 300.0)
    assert (line["ampacity_a"], line["conductor_type"]) == (240.0, "YJV22-8.7/15-3x95")
    assert (node["vn_kv"], node["lon"], node["lat"]) == (10.0, 120.1565, 30.2790)
    assert (load["node"], load["p_kw"], load["q_kvar"]) == (CUSTOMER_NODE, 500.0, 160.0)
    assert SPLIT_NODE not in grid.nodes.index


def test_the_bay_a_customer_takes_is_no_longer_spare() -> None:
    assert not apply(AT_NODE, tiny_grid()).bays["is_spare"].loc["bay:1"]


def test_a_tee_splits_the_line_at_its_position_from_the_from_node() -> None:
    lines = apply(ON_LINE, tiny_grid()).lines
    first, second = lines.loc["line:2#1"], lines.loc["line:2#2"]
    assert "line:2" not in lines.index
    assert (first["from_node"], first["to_node"]) == ("bus:3", SPLIT_NODE)
    assert (second["from_node"], second["to_node"]) == (SPLIT_NODE, "bus:4")
    assert (first["length_m"], second["length_m"]) == (150.0, 450.0)
    assert lines.loc[NEW_LINE, "from_node"] == SPLIT_NODE


def test_the_parts_of_a_split_line_keep_its_other_values() -> None:
    grid = edited(tiny_grid(), "lines", "line:2", parallel=2, derating=0.9, g_us_per_km=1.5)
    whole, lines = grid.lines.loc["line:2"], apply(ON_LINE, grid).lines
    differing = ["from_node", "to_node", "length_m", "geometry"]
    for part in ("line:2#1", "line:2#2"):
        pd.testing.assert_series_equal(
            lines.loc[part].drop(differing), whole.drop(differing), check_names=False
        )


def test_the_split_stands_on_the_line_at_its_level() -> None:
    node = apply(ON_LINE, tiny_grid()).nodes.loc[SPLIT_NODE]
    # A quarter of the way from 120.1570 to 120.1630, along a parallel.
    assert node["lon"] == pytest.approx(120.1585, abs=1e-7)
    assert node["lat"] == pytest.approx(30.2800, abs=1e-7)
    assert node["vn_kv"] == 10.0


def test_a_bent_course_is_cut_where_the_split_lies() -> None:
    bend = (120.1600, 30.2810)
    course = LineString([(120.1570, 30.2800), bend, (120.1630, 30.2800)])
    grid = edited(tiny_grid(), "lines", "line:2", geometry=course)
    made = apply(replace(ON_LINE, position=0.75), grid)
    split = (made.nodes.loc[SPLIT_NODE, "lon"], made.nodes.loc[SPLIT_NODE, "lat"])
    first, second = made.lines.loc[["line:2#1", "line:2#2"], "geometry"]
    assert list(first.coords) == [(120.1570, 30.2800), bend, split]
    assert list(second.coords) == [split, (120.1630, 30.2800)]
    # Three quarters of the way: half way down the second leg.
    assert split == pytest.approx((120.1615, 30.2805), abs=1e-6)


def test_a_line_without_a_place_is_split_without_one() -> None:
    grid = edited(tiny_grid(), "lines", "line:2", geometry=None)
    grid = edited(grid, "nodes", "bus:4", lon=np.nan, lat=np.nan)
    made = apply(ON_LINE, grid)
    assert np.isnan(made.nodes.loc[SPLIT_NODE, "lon"])
    assert made.lines.loc["line:2#1", "geometry"] is None


def test_switches_at_the_ends_of_a_split_line_stay_at_their_ends() -> None:
    # switch:2 is open at bus:3, the to_node of line:4
    grid = added(tiny_grid(), "switches", "switch:3", "switch:2", node="bus:7", is_closed=True)
    switches = apply(replace(ON_LINE, element_id="line:4"), grid).switches
    assert switches["element_id"].to_dict() == {
        "switch:1": "line:1",
        "switch:2": "line:4#2",
        "switch:3": "line:4#1",
    }
    assert not switches["is_closed"].loc["switch:2"]


def test_limits_of_a_split_line_hold_for_both_parts() -> None:
    limits = apply(ON_LINE, grid_with_limits()).limits
    assert list(zip(limits["element_id"], limits["limit_a"], strict=True)) == [
        ("line:2#1", 400.0),
        ("line:2#2", 400.0),
        ("line:1", 300.0),
        ("trafo:2", 20.0),
        ("line:2#1", 380.0),
        ("line:2#2", 380.0),
    ]


def test_another_transformer_keeps_voltages_and_taps() -> None:
    grid = edited(tiny_grid(), "transformers", "trafo:2", tap_pos=2.0, tap_side="hv", derating=0.8)
    made = apply(LARGER, grid).transformers.loc["trafo:2"]
    assert (made["sn_kva"], made["vk_pct"], made["vkr_pct"]) == (630.0, 4.5, 0.98)
    assert (made["pfe_w"], made["i0_pct"], made["derating"]) == (570.0, 0.4, 1.0)
    assert (made["vn_hv_kv"], made["vn_lv_kv"], made["tap_pos"], made["tap_side"]) == (
        10.0,
        0.4,
        2.0,
        "hv",
    )


def test_limits_of_the_transformer_that_was_replaced_do_not_hold_for_the_new_one() -> None:
    made = apply(LARGER, grid_with_limits())
    assert "trafo:2" not in set(made.limits["element_id"])
    assert not made.transformers.loc["trafo:2#replaced", "is_in_service"]


def test_promised_loads_are_added_and_take_their_bays() -> None:
    grid = apply(PROMISED, tiny_grid())
    assert grid.loads.loc["promise:1", ["node", "p_kw", "q_kvar"]].tolist() == [
        "bus:4",
        95.0,
        31.2,
    ]
    assert not grid.bays["is_spare"].loc["bay:1"]


def test_an_edited_grid_is_still_a_sound_one() -> None:
    made = tiny_grid()
    for edit in (PROMISED, LARGER, ON_LINE):
        made = apply(edit, made)
    assert not [problem for problem in find_problems(made) if problem.severity == "error"]


# ---------------------------------------------------------------------- taking back

POSITIONS = st.floats(1e-4, 1.0 - 1e-4)
PLACES = st.tuples(st.floats(120.151, 120.169), st.floats(30.2795, 30.283))


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    """Grids whose line:2 has any length, any course or none, and limits."""
    bends = draw(st.lists(PLACES, max_size=3))
    course = LineString([(120.1570, 30.2800), *bends, (120.1630, 30.2800)])
    return edited(
        grid_with_limits(),
        "lines",
        "line:2",
        length_m=draw(st.floats(1.0, 1e4)),
        geometry=draw(st.sampled_from([None, course])),
    )


CUSTOMERS = st.builds(
    lambda element, position: replace(ON_LINE, element_id=element, position=position),
    st.sampled_from(["line:1", "line:2", "line:3", "line:4"]),
    POSITIONS,
)
EDITS = st.one_of(CUSTOMERS, st.sampled_from([AT_NODE, LARGER, PROMISED, *OTHER_EDITS]))


@settings(max_examples=25, deadline=None)
@given(grid=grids(), edit=EDITS)
def test_an_edit_taken_back_leaves_the_same_grid(grid: Grid, edit: Edit) -> None:
    assert revert(edit, apply(edit, grid)).version == grid.version


@settings(max_examples=5, deadline=None)
@given(grid=grids(), edit=CUSTOMERS)
def test_an_edit_taken_back_leaves_later_ones_in_place(grid: Grid, edit: Edit) -> None:
    later = [LARGER, PROMISED]
    made, alone = apply(edit, grid), grid
    for other in later:
        made, alone = apply(other, made), apply(other, alone)
    back = revert(edit, made)
    for table, rows in alone.tables().items():
        pd.testing.assert_frame_equal(back.tables()[table].loc[rows.index], rows)
        assert len(back.tables()[table]) == len(rows)


def test_a_split_on_a_vertex_of_the_course_leaves_the_vertex_when_taken_back() -> None:
    course = LineString([(120.1570, 30.2800), (120.1600, 30.2800), (120.1630, 30.2800)])
    grid = edited(tiny_grid(), "lines", "line:2", geometry=course)
    edit = replace(ON_LINE, position=0.5)
    assert revert(edit, apply(edit, grid)).lines.loc["line:2", "geometry"] == course


def test_an_edit_can_be_made_in_a_grid_without_loads() -> None:
    grid = emptied(tiny_grid(), "loads")
    assert revert(ON_LINE, apply(ON_LINE, grid)).version == grid.version


def test_a_transformer_out_of_service_is_out_of_service_again() -> None:
    grid = edited(tiny_grid(), "transformers", "trafo:2", is_in_service=False)
    assert revert(LARGER, apply(LARGER, grid)).version == grid.version


def test_an_edit_that_was_not_made_cannot_be_taken_back() -> None:
    with pytest.raises(InputError, match="no trafo:2#replaced among its transformers"):
        revert(LARGER, tiny_grid())


# ---------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("edit", "name"),
    [
        (replace(AT_NODE, element_id="bus:99"), "bus:99"),
        (replace(ON_LINE, element_id="line:99"), "line:99"),
        (replace(LARGER, element_id="trafo:99"), "trafo:99"),
        (AddLoads(loads=(replace(PROMISED.loads[0], node_id="bus:99"),)), "bus:99"),
        (replace(AT_NODE, bay_id="bay:99"), "bay:99"),
    ],
)
def test_what_the_grid_does_not_have_is_refused(edit: Edit, name: str) -> None:
    assert refusals(edit, tiny_grid())[0].startswith(f"the grid has no {name} among")


@pytest.mark.parametrize("position", [-0.1, 0.0, 1.0, 5.0, float("nan")])
def test_a_position_beyond_the_ends_is_refused(position: float) -> None:
    [sentence] = refusals(replace(ON_LINE, position=position), tiny_grid())
    assert sentence.startswith(f"position {position} on a line has to lie between 0 and 1")


def test_a_second_customer_under_the_same_ids_is_refused() -> None:
    sentences = refusals(AT_NODE, apply(ON_LINE, tiny_grid()))
    assert [sentence.split()[3] for sentence in sentences] == [CUSTOMER_NODE, NEW_LINE, NEW_LOAD]


def test_a_bay_that_is_taken_is_refused() -> None:
    assert refusals(AT_NODE, apply(PROMISED, tiny_grid())) == [
        "bay bay:1 is taken; choose a spare one"
    ]


def test_one_bay_is_not_promised_twice() -> None:
    first, second = PROMISED.loads
    twice = AddLoads(loads=(replace(first, bay_id="bay:1"), second))
    assert refusals(twice, tiny_grid()) == ["bay bay:1 is taken; choose a spare one"]


def test_every_reason_is_named_at_once() -> None:
    edit = replace(ON_LINE, element_id="line:99", position=2.0, bay_id="bay:99")
    assert len(refusals(edit, tiny_grid())) == 3
