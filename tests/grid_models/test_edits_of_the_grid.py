from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from grid_models.compiled import compile_grid
from grid_models.edits import (
    ChangePowers,
    Edit,
    SetService,
    SetSwitches,
    apply,
    grow_loads,
    revert,
    set_powers,
)
from grid_models.errors import InputError
from grid_models.grid import Grid
from grid_models.schema import find_problems
from tests.grid_models.edits import (
    BOARD,
    GROWN,
    LARGER,
    OTHER_EDITS,
    OUT,
    SPUR,
    STATED,
    SUN,
    THICKER,
    TIE,
    TRANSFER,
)
from tests.grid_models.samples import edited, tiny_grid


def refusals(edit: Edit, grid: Grid) -> list[str]:
    with pytest.raises(InputError) as caught:
        apply(edit, grid)
    assert all(problem.zh for problem in caught.value.problems)
    return [problem.en for problem in caught.value.problems]


def test_a_new_line_brings_its_switch_and_stays_open_there() -> None:
    grid = apply(TIE, tiny_grid())
    assert grid.lines.loc["tie:1", ["from_node", "to_node"]].tolist() == ["bus:4", "bus:7"]
    switch = grid.switches.loc["tie:1:switch"]
    assert switch[["node", "element_id", "element_kind"]].tolist() == ["bus:7", "tie:1", "line"]
    assert not switch["is_closed"]
    assert [len(compile_grid(grid).trees), len(compile_grid(grid).meshes)] == [1, 0]


def test_a_new_line_to_a_new_node_has_its_voltage() -> None:
    node = apply(SPUR, tiny_grid()).nodes.loc["new:1"]
    assert node[["vn_kv", "lon", "lat", "kind", "ownership"]].tolist() == [
        10.0, 120.17, 30.281, "pole", "public",
    ]  # fmt: skip


def test_a_new_transformer_brings_a_board_at_its_low_voltage() -> None:
    grid = apply(BOARD, tiny_grid())
    assert grid.nodes.loc["board:1", "vn_kv"] == 0.4
    row = grid.transformers.loc["coil:1"]
    assert row[["hv_node", "lv_node", "sn_kva"]].tolist() == ["bus:3", "board:1", 400.0]


def test_a_new_generator_gives_its_power_to_the_grid() -> None:
    row = apply(SUN, tiny_grid()).generators.loc["sun:1"]
    assert row[["node", "p_kw", "kind"]].tolist() == ["bus:6", 40.0, "PV"]


def test_another_conductor_takes_the_place_and_the_name_of_the_present_one() -> None:
    grid = edited(tiny_grid(), "lines", "line:2", name="南支线", derating=0.8, g_us_per_km=1.0)
    lines = apply(THICKER, grid).lines
    new, old = lines.loc["line:2"], lines.loc["line:2#replaced"]
    assert new[["name", "parallel", "ampacity_a", "derating"]].tolist() == ["南支线", 2, 500.0, 1.0]
    assert (new["length_m"], new["from_node"], new["g_us_per_km"]) == (600.0, "bus:3", 0.0)
    assert not old["is_in_service"]
    assert old["r_ohm_per_km"] == 0.125


@pytest.mark.parametrize(
    ("source", "stays"),
    [("conductor", False), ("dispatch_list", True), ("ct", True), ("relay", True)],
)
def test_only_the_limit_of_the_conductor_goes_with_it(source: str, stays: bool) -> None:
    limits = pd.DataFrame(
        {"element_id": ["line:2"], "limit_a": [300.0], "source": [source]}, index=["limit:1"]
    )
    made = apply(THICKER, tiny_grid().with_tables(limits=limits))
    assert made.limits["element_id"].tolist() == ["line:2" if stays else "line:2#replaced"]


def test_growth_multiplies_the_scaling_and_leaves_the_powers() -> None:
    loads = apply(grow_loads(tiny_grid(), ["load:1"], 1.25), tiny_grid()).loads
    assert loads["scaling"].to_dict() == {"load:1": 1.25, "load:2": 1.0}
    assert loads["p_kw"].tolist() == [300.0, 120.0]


def test_a_stated_power_counts_once_whatever_the_scaling_was() -> None:
    grid = edited(tiny_grid(), "loads", "load:2", scaling=3.0)
    row = apply(set_powers(grid, "loads", {"load:2": (77.0, 11.0)}), grid).loads.loc["load:2"]
    assert row[["p_kw", "q_kvar", "scaling"]].tolist() == [77.0, 11.0, 1.0]


def test_switches_close_and_open_in_one_go() -> None:
    switches = apply(TRANSFER, tiny_grid()).switches
    assert switches["is_closed"].to_dict() == {"switch:1": False, "switch:2": True}


def test_elements_go_out_of_service() -> None:
    lines = apply(OUT, tiny_grid()).lines
    assert lines.index[~lines["is_in_service"]].tolist() == ["line:2", "line:3"]


@pytest.mark.parametrize("edit", OTHER_EDITS, ids=lambda edit: type(edit).__name__)
def test_every_edit_leaves_a_sound_grid(edit: Edit) -> None:
    problems = find_problems(apply(edit, tiny_grid()))
    assert [p.code for p in problems if p.severity == "error"] == []


@pytest.mark.parametrize("edit", OTHER_EDITS, ids=lambda edit: type(edit).__name__)
def test_every_edit_is_taken_back_to_the_last_bit(edit: Edit) -> None:
    grid = tiny_grid()
    made = apply(edit, grid)
    assert made.version != grid.version
    assert revert(edit, made).version == grid.version


@pytest.mark.parametrize("edit", OTHER_EDITS, ids=lambda edit: type(edit).__name__)
def test_an_edit_that_was_not_made_is_not_taken_back(edit: Edit) -> None:
    with pytest.raises(InputError):
        revert(edit, tiny_grid())


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (replace(TIE, from_node="bus:99"), "the grid has no bus:99 among its nodes"),
        (replace(TIE, line_id="line:1"), "there is a line:1 already"),
        (replace(TIE, to_node="bus:5"), "line tie:1 joins bus:4 at 10 kV and bus:5 at 0.4 kV"),
        (replace(TIE, to_node="bus:4"), "both ends of tie:1 are bus:4"),
        (replace(TIE, length_m=0.0), "the length 0.0 of line tie:1 has to be above 0"),
        (replace(BOARD, hv_node="bus:99"), "the grid has no bus:99 among its nodes"),
        (replace(BOARD, lv_node="bus:3", new_node=None), "both ends of coil:1 are bus:3"),
        (replace(THICKER, element_id="line:99"), "the grid has no line:99 among its lines"),
        (SetSwitches(closed=("switch:1",)), "switch switch:1 is closed already"),
        (SetSwitches(opened=("switch:2",)), "switch switch:2 is open already"),
        (SetSwitches(closed=("switch:9",)), "the grid has no switch:9 among its switches"),
        (replace(OUT, is_in_service=True), "line:2 is in service already"),
        (
            SetService(table="loads", element_ids=("load:9",), is_in_service=False),
            "the grid has no load:9 among its loads",
        ),
        (
            ChangePowers(table="loads", changes=GROWN.changes[:1]),
            "the power of load:1 is no longer the 300 kW",
        ),
    ],
)
def test_an_edit_that_does_not_fit_is_refused(edit: Edit, sentence: str) -> None:
    grid = edited(tiny_grid(), "loads", "load:1", p_kw=301.0)
    assert refusals(edit, grid)[0].startswith(sentence)


def test_a_switch_cannot_be_closed_and_opened_at_once() -> None:
    sentences = refusals(SetSwitches(closed=("switch:2",), opened=("switch:2",)), tiny_grid())
    assert sentences[-1] == "switch switch:2 cannot be both closed and opened"


@pytest.mark.parametrize("edit", [THICKER, LARGER], ids=["conductor", "transformer"])
def test_what_was_replaced_is_not_replaced_twice(edit: Edit) -> None:
    (sentence,) = refusals(edit, apply(edit, tiny_grid()))
    assert "was replaced before (what it was is" in sentence


def test_growth_after_growth_is_taken_back_in_its_order() -> None:
    first = apply(STATED, tiny_grid())
    growth = grow_loads(first, ["load:2"], 1.1)
    both = apply(growth, first)
    with pytest.raises(InputError, match="load:2 is no longer"):
        revert(STATED, both)
    assert revert(STATED, revert(growth, both)).version == tiny_grid().version
