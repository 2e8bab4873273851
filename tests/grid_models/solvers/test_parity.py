"""The whole of several real grids against pandapower's own solution of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from grid_models.compiled import compile_grid
from grid_models.readers import read_grid
from grid_models.solvers.result import PowerFlowResult
from grid_models.solvers.solve import solve
from tests.conftest import LoadNet

WITH_A_RING = "pandapower:lv_schutterwald"
GRIDS = [
    "pandapower:mv_oberrhein",
    "pandapower:create_cigre_network_mv",
    "pandapower:create_kerber_dorfnetz",
    "pandapower:create_kerber_landnetz_freileitung_1",
    WITH_A_RING,
    "simbench:1-MV-urban--0-sw",
    "simbench:1-MVLV-urban-5.303-0-sw",
    "simbench:1-MVLV-urban-all-0-sw",
    "simbench:1-MV-rural--0-sw",
    "simbench:1-LV-rural1--0-sw",
]
VOLTAGE_PU = 1e-7
LOADING_POINTS = 1e-4
ANGLE_DEGREE = 1e-4
CURRENT_A = 1e-3


@pytest.fixture(scope="module", params=GRIDS)
def solved(request: pytest.FixtureRequest, load_net: LoadNet) -> tuple[PowerFlowResult, Any]:
    grid, net = load_net(request.param)
    return solve(compile_grid(grid)), net


def test_every_source_tree_has_a_solution(solved):
    result, _ = solved
    assert not result.failures


def test_every_node_has_the_voltage_pandapower_finds(solved):
    result, net = solved
    assert_close(result.nodes["v_pu"], net.res_bus["vm_pu"], VOLTAGE_PU)


def test_every_node_has_the_angle_pandapower_finds(solved):
    result, net = solved
    apart = result.nodes["angle_degree"].to_numpy() - net.res_bus["va_degree"].to_numpy()
    turned = np.abs((apart + 180.0) % 360.0 - 180.0)
    assert np.nanmax(turned) <= ANGLE_DEGREE


def test_every_line_has_the_loading_pandapower_finds(solved):
    result, net = solved
    assert_close(result.lines["loading_pct"], net.res_line["loading_percent"], LOADING_POINTS)


def test_every_transformer_has_the_loading_pandapower_finds(solved):
    result, net = solved
    found = result.transformers["loading_pct"]
    assert_close(found, net.res_trafo["loading_percent"], LOADING_POINTS)


@pytest.mark.parametrize(
    ("table", "end", "column"),
    [
        ("lines", "i_from_a", "i_from_ka"),
        ("lines", "i_to_a", "i_to_ka"),
        ("transformers", "i_from_a", "i_hv_ka"),
        ("transformers", "i_to_a", "i_lv_ka"),
    ],
)
def test_every_end_carries_the_current_pandapower_finds(solved, table, end, column):
    result, net = solved
    expected = net.res_line if table == "lines" else net.res_trafo
    assert_close(getattr(result, table)[end], 1000.0 * expected[column], CURRENT_A)


@pytest.mark.parametrize("source", [name for name in GRIDS if name != WITH_A_RING])
def test_every_part_of_an_open_grid_is_solved_by_the_radial_sweep(source, load_net):
    compiled = compile_grid(load_net(source).grid)
    assert not compiled.meshes
    assert set(solve(compiled).engines.values()) == {"radial"}


def test_only_the_part_with_a_closed_ring_goes_to_power_grid_model(load_net):
    result = solve(compile_grid(load_net(WITH_A_RING).grid))
    meshed = [name for name, engine in result.engines.items() if engine != "radial"]
    assert meshed == ["ext_grid:13"]
    assert result.engines["ext_grid:13"] == "power-grid-model"


def test_the_reader_mends_the_tap_changers_of_simbench_as_done_here_by_hand(load_net):
    source = "simbench:1-MV-urban--0-sw"
    by_hand, _ = load_net(source)
    assert (by_hand.transformers["tap_pos"] != by_hand.transformers["tap_neutral"]).any()
    for name, rows in read_grid(source).tables().items():
        if name != "curves":
            # The file read by hand has no profiles, and so no curves.
            same = by_hand.tables()[name].drop(columns="curve_id", errors="ignore")
            pd.testing.assert_frame_equal(rows.drop(columns="curve_id", errors="ignore"), same)


def assert_close(found: pd.Series, expected: pd.Series, tolerance: float) -> None:
    """Compare by position; pandapower says 0 or nothing, we say nothing, where nothing flows."""
    found, expected = found.to_numpy(float), expected.to_numpy(float)
    silent = np.isnan(found)
    assert np.all(np.isnan(expected[silent]) | (expected[silent] == 0.0))
    np.testing.assert_allclose(found[~silent], expected[~silent], rtol=0.0, atol=tolerance)
