"""Three-winding transformers become stars, and the grid flows as in pandapower."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandapower as pp
import pytest

from grid_models.compiled import compile_grid
from grid_models.readers import read_grid
from grid_models.schema import find_problems
from grid_models.solvers.reference import solve_reference
from grid_models.solvers.solve import solve
from tests.grid_models.readers.nets import assert_same_flow, problem_ids, read, small_net

LEGS = ["trafo3w:0:hv", "trafo3w:0:mv", "trafo3w:0:lv"]


def with_three_windings(**values: Any) -> Any:
    """Return the small net with a 20 kV and a 10 kV load behind three windings at 110 kV."""
    net = small_net()
    middle, low = pp.create_bus(net, vn_kv=20.0), pp.create_bus(net, vn_kv=10.0)
    ordinary = {
        "vn_hv_kv": 110.0, "vn_mv_kv": 21.0, "vn_lv_kv": 10.5, "sn_hv_mva": 40.0,
        "sn_mv_mva": 25.0, "sn_lv_mva": 15.0, "vk_hv_percent": 10.5, "vk_mv_percent": 6.5,
        "vk_lv_percent": 17.0, "vkr_hv_percent": 0.3, "vkr_mv_percent": 0.32,
        "vkr_lv_percent": 0.35, "pfe_kw": 35.0, "i0_percent": 0.2, "shift_mv_degree": 30.0,
        "shift_lv_degree": 150.0, "tap_side": "hv", "tap_neutral": 0, "tap_pos": 0, "tap_min": -8,
        "tap_max": 8, "tap_step_percent": 1.25, "tap_changer_type": "Ratio",
    }  # fmt: skip
    pp.create_transformer3w_from_parameters(net, 0, middle, low, **(ordinary | values))
    pp.create_load(net, middle, p_mw=9.0, q_mvar=3.0)
    pp.create_load(net, low, p_mw=7.0, q_mvar=2.0)
    return net


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"tap_pos": 3},
        {"tap_side": "mv", "tap_pos": -4},
        {"tap_side": "lv", "tap_pos": 2, "tap_step_degree": 40.0},
        {"tap_pos": -3, "tap_at_star_point": True, "tap_step_degree": 0.0},
        {"tap_side": "mv", "tap_pos": 3, "tap_at_star_point": True, "tap_step_degree": 0.0},
        {"in_service": False},
    ],
    ids=str,
)
def test_every_voltage_and_loading_is_pandapowers(values):
    assert_same_flow(with_three_windings(**values))


def test_the_legs_carry_what_the_windings_carry_and_pandapower_agrees():
    net = with_three_windings(tap_pos=2)
    pp.runpp(net, tolerance_mva=1e-10)
    result = solve(compile_grid(read(net)))
    expected = net.res_trafo3w.loc[0, ["i_hv_ka", "i_mv_ka", "i_lv_ka"]].to_numpy(dtype=float)
    currents = result.transformers.loc[LEGS]
    found = [
        currents.at[LEGS[0], "i_from_a"], currents.at[LEGS[1], "i_to_a"],
        currents.at[LEGS[2], "i_to_a"],
    ]  # fmt: skip
    np.testing.assert_allclose(found, 1000.0 * expected, rtol=1e-7)
    greatest = currents["loading_pct"].max()
    assert greatest == pytest.approx(net.res_trafo3w.at[0, "loading_percent"], abs=1e-5)


@pytest.mark.parametrize("side", [0, 7, 8])
def test_an_open_switch_at_a_winding_opens_its_leg(side):
    net = with_three_windings()
    pp.create_switch(net, side, 0, et="t3", closed=False)
    assert_same_flow(net)
    assert "switch_not_carried" not in problem_ids(read(net))


def test_a_grid_with_a_star_is_sound_and_a_tree():
    grid = read(with_three_windings())
    assert [p.code for p in find_problems(grid) if p.severity == "error"] == []
    assert not compile_grid(grid).meshes
    assert grid.nodes.at["trafo3w:0:star", "vn_kv"] == 110.0


def test_the_reference_engine_solves_the_star_alike():
    grid = read(with_three_windings(tap_pos=3))
    found, expected = solve(compile_grid(grid)), solve_reference(grid)
    np.testing.assert_allclose(found.nodes["v_pu"], expected.nodes["v_pu"], rtol=0, atol=1e-9)


def test_a_net_of_pandapower_has_its_three_windings():
    grid = read_grid("pandapower:example_multivoltage")
    assert set(LEGS) <= set(grid.transformers.index)
