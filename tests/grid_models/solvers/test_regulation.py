"""Where tap changers settle: by hand on three nodes, and as pandapower's own controllers do.

::

    S 110 kV --# T 110/10.5 kV, +-8 x 1.25 % at hv--- B 10 kV ---- C
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pandapower as pp
import pytest
from pandapower.control import DiscreteTapControl

from grid_models.changers import find_changers
from grid_models.compiled import compile_grid
from grid_models.grid import Grid
from grid_models.solvers.reference import solve_reference, to_pandapower
from grid_models.solvers.reference_taps import settle_reference
from grid_models.solvers.regulation import End, settle
from grid_models.solvers.solve import solve
from tests.conftest import LoadNet
from tests.grid_models.grids import coil, grid_of, line, load, source
from tests.grid_models.tapped import with_changer

# The two 110/20 kV transformers of mv_oberrhein: +-9 x 1.5 % at hv.
OBERRHEIN = ("trafo:114", "trafo:142")
BAND = {"tap_set_point_pu": 1.02, "tap_band_pu": 0.03}


def three_nodes(p_kw: float = 0.0, *, v_pu: float = 1.0, **tap: Any) -> Grid:
    """Return the grid drawn above; without a load nothing drops."""
    plain = {"vk_pct": 10.5, "vkr_pct": 0.4, "pfe_w": 0.0, "i0_pct": 0.0}
    grid = grid_of(
        {"S": 110.0, "B": 10.0, "C": 10.0},
        transformers={"T": coil("S", "B", 31500.0, 110.0, 10.5, **plain)},
        lines={"L": line("B", "C", 2_000.0, c_nf_per_km=0.0)},
        loads={"load": load("C", p_kw, 0.3 * p_kw)},
        sources={"grid": source("S", v_pu=v_pu)},
    )
    return with_changer(grid, "T", **tap)


def positions(grid: Grid, end: End) -> list[float]:
    compiled = compile_grid(grid)
    found = find_changers(compiled)
    return [
        position
        for number, changers in found.items()
        for position in settle(compiled.trees[number], changers, end=end).position
    ]


def volts(grid: Grid, end: End, node: str = "B") -> float:
    return float(solve(compile_grid(grid), end=end).nodes["v_pu"][node])


def referee_positions(grid: Grid, end: End) -> list[float]:
    return settle_reference(grid, end).transformers["tap_pos"].tolist()


# By hand -----------------------------------------------------------------------------------------


def test_the_low_end_is_the_lowest_voltage_still_in_the_band() -> None:
    # 1.05 / (1 + 0.0125 k): k = 3 gives 1.01205, k = 4 gives 1.0, below 1.02 - 0.0125
    assert positions(three_nodes(), "low") == [3.0]
    assert volts(three_nodes(), "low") == pytest.approx(1.05 / 1.0375, abs=1e-9)


def test_the_high_end_is_the_highest_voltage_still_in_the_band() -> None:
    # k = 2 gives 1.02439, k = 1 gives 1.03704, above 1.02 + 0.0125
    assert positions(three_nodes(), "high") == [2.0]
    assert volts(three_nodes(), "high") == pytest.approx(1.05 / 1.025, abs=1e-9)


def test_where_the_file_says_it_stands_does_not_matter() -> None:
    for position in (-8.0, -1.0, 8.0):
        assert positions(three_nodes(tap_pos=position), "low") == [3.0]
        assert positions(three_nodes(tap_pos=position), "high") == [2.0]


def test_a_changer_on_the_low_side_turns_the_other_way() -> None:
    on_lv = three_nodes(tap_side="lv")
    # 1.05 (1 + 0.0125 k): -3 gives 1.0106, -4 gives 0.9975; -2 gives 1.02375, -1 gives 1.0369
    assert (positions(on_lv, "low"), positions(on_lv, "high")) == ([-3.0], [-2.0])


def test_a_negative_step_turns_the_other_way() -> None:
    turned = three_nodes(tap_step_pct=-1.25)
    assert (positions(turned, "low"), positions(turned, "high")) == ([-3.0], [-2.0])


@pytest.mark.parametrize("end", ["low", "high"])
def test_a_range_that_ends_below_the_band_is_used_up(end: End) -> None:
    # even at -2 there are 0.9 x 1.05 / 0.975 = 0.969 pu
    weak = three_nodes(v_pu=0.9, tap_min=-2.0)
    assert positions(weak, end) == [-2.0] == referee_positions(weak, end)


@pytest.mark.parametrize("end", ["low", "high"])
def test_a_range_that_ends_above_the_band_is_used_up(end: End) -> None:
    # even at 2 there are 1.1 x 1.05 / 1.025 = 1.127 pu
    strong = three_nodes(v_pu=1.1, tap_max=2.0)
    assert positions(strong, end) == [2.0] == referee_positions(strong, end)


def test_a_band_that_holds_no_position_lies_between_the_two_ends() -> None:
    # it would go to and fro between 1.01205 (k = 3) and 1.02439 (k = 2)
    compiled = compile_grid(three_nodes())
    ((changer,),) = find_changers(compiled).values()
    narrow = replace(changer, low_pu=1.016, high_pu=1.020)
    assert settle(compiled.trees[0], [narrow], end="low").position == (3.0,)
    assert settle(compiled.trees[0], [narrow], end="high").position == (2.0,)


def test_without_a_set_point_nothing_moves_and_no_number_changes() -> None:
    grid = three_nodes(2_000.0, tap_set_point_pu=np.nan, tap_band_pu=np.nan, tap_pos=1.0)
    assert find_changers(compile_grid(grid)) == {}
    at_the_file = solve_reference(grid).nodes["v_pu"]
    np.testing.assert_allclose(solve(compile_grid(grid)).nodes["v_pu"], at_the_file, atol=1e-9)
    assert settle_reference(grid, "low") is grid


def test_a_changer_beside_another_transformer_stands() -> None:
    one = three_nodes()
    twin = one.transformers.rename(index={"T": "U"})
    rows = one.with_tables(transformers=one.transformers).transformers
    both = one.with_tables(transformers=rows._append(twin))
    assert find_changers(compile_grid(both)) == {}
    assert referee_positions(both, "low") == [0.0, 0.0]


def test_a_changer_whose_low_side_faces_the_source_stands() -> None:
    one = three_nodes()
    turned = one.with_tables(sources=one.sources.assign(node="C"))
    assert find_changers(compile_grid(turned)) == {}
    assert referee_positions(turned, "low") == [0.0]


# In pandapower -----------------------------------------------------------------------------------


def controlled(grid: Grid, start: str) -> Any:
    """Let pandapower's own controllers settle, from the least or the greatest voltage."""
    net = to_pandapower(grid)
    rows = grid.transformers
    for k in np.flatnonzero(rows["tap_set_point_pu"].notna()):
        half = rows["tap_band_pu"].iloc[k] / 2.0
        middle = rows["tap_set_point_pu"].iloc[k]
        net.trafo.loc[k, "tap_pos"] = rows["tap_max" if start == "low" else "tap_min"].iloc[k]
        DiscreteTapControl(net, int(k), middle - half, middle + half, tol=0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pp.runpp(
            net, run_control=True, max_iter=60, calculate_voltage_angles=True, trafo_model="t",
            tolerance_mva=1e-9,
        )  # fmt: skip
    return net


@pytest.mark.parametrize("end", ["low", "high"])
@pytest.mark.parametrize("p_kw", [0.0, 4_000.0, 18_000.0])
def test_pandapowers_controller_stops_where_ours_settles(end: End, p_kw: float) -> None:
    grid = three_nodes(p_kw)
    net = controlled(grid, end)
    assert positions(grid, end) == net.trafo["tap_pos"].tolist()
    assert volts(grid, end, "C") == pytest.approx(net.res_bus.vm_pu.iloc[2], abs=1e-7)


@pytest.mark.parametrize("end", ["low", "high"])
def test_mv_oberrhein_settles_as_pandapower_settles_it(load_net: LoadNet, end: End) -> None:
    grid = with_changer(
        load_net("pandapower:mv_oberrhein").grid, *OBERRHEIN, tap_min=-9.0, tap_max=9.0,
        tap_step_pct=1.5, **BAND,
    )  # fmt: skip
    compiled = compile_grid(grid)
    net = controlled(grid, end)
    assert len(find_changers(compiled)) == len(OBERRHEIN)
    settled = settle_reference(grid, end)
    assert settled.transformers["tap_pos"].tolist() == net.trafo["tap_pos"].tolist()
    ours, theirs = solve(compiled, end=end), solve_reference(settled)
    np.testing.assert_allclose(ours.nodes["v_pu"], theirs.nodes["v_pu"], atol=1e-8)
    np.testing.assert_allclose(ours.lines["loading_pct"], theirs.lines["loading_pct"], atol=1e-5)


def in_a_row() -> Grid:
    """A 110/10 kV and, behind it, two 10/0.4 kV transformers, all with changers."""
    grid = three_nodes(5_000.0)
    board = {"vk_pct": 4.0, "vkr_pct": 1.0}
    lower = grid_of(
        {"S": 110.0, "B": 10.0, "C": 10.0, "D": 0.4, "E": 0.4, "F": 0.4},
        transformers=dict(grid.transformers.to_dict("index"))
        | {"U": coil("C", "D", 630.0, 10.0, 0.4, **board),
           "V": coil("B", "E", 400.0, 10.0, 0.4, **board)},
        lines={"L": line("B", "C", 2_000.0), "M": line("D", "F", 100.0)},
        loads={"load": load("C", 5_000.0, 1_500.0), "shop": load("F", 300.0, 100.0),
               "home": load("E", 200.0, 20.0)},
        sources={"grid": source("S")},
    )  # fmt: skip
    return with_changer(
        lower, "U", "V", tap_min=-4.0, tap_max=4.0, tap_step_pct=2.5, tap_set_point_pu=1.0,
        tap_band_pu=0.04,
    )  # fmt: skip


@pytest.mark.parametrize("end", ["low", "high"])
def test_changers_in_a_row_settle_as_the_referee_settles_them(end: End) -> None:
    grid = in_a_row()
    assert sorted(positions(grid, end)) == sorted(referee_positions(grid, end))
    theirs = solve_reference(settle_reference(grid, end)).nodes["v_pu"]
    np.testing.assert_allclose(solve(compile_grid(grid), end=end).nodes["v_pu"], theirs, atol=1e-8)


# Properties --------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["low", "high"])
def test_more_load_never_lowers_what_the_changer_gives(end: End) -> None:
    taps = [positions(three_nodes(p_kw), end)[0] for p_kw in np.linspace(0.0, 30_000.0, 12)]
    assert taps == sorted(taps, reverse=True)
    assert len(set(taps)) > 3


def test_the_low_end_never_stands_above_the_high_end() -> None:
    for p_kw in np.linspace(-20_000.0, 30_000.0, 6):
        assert volts(three_nodes(p_kw), "low") <= volts(three_nodes(p_kw), "high")
