"""A small pandapower net for tests, and ways to compare a grid with the net it was read from.

::

    ext_grid:0
      |
    bus:0    110 kV
      # trafo:0  25 MVA, tap at hv
    bus:1 -switch:0- bus:2 ---line:0--- bus:3 ---line:1--- bus:4      10 kV
                        cable, switch:1   load:0   overhead   # trafo:1  400 kVA
                                                            bus:5 ---line:2--- bus:6   0.4 kV
                                                                     cable     load:1, sgen:0
"""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import numpy as np
import pandapower as pp

from grid_models.compiled import compile_grid
from grid_models.grid import Grid
from grid_models.readers import read_pandapower
from grid_models.solvers.solve import solve

# 0.001 degrees are 96 m to the east here.
PLACES = [
    (120.150, 30.28),
    (120.150, 30.28),
    (120.150, 30.28),
    (120.160, 30.28),
    (120.165, 30.28),
    (120.165, 30.28),
    (120.167, 30.28),
]


def small_net() -> Any:
    """Return a net of one's own, to change at will."""
    return copy.deepcopy(_made())


@cache
def _made() -> Any:
    net = pp.create_empty_network(name="small")
    for kv, place in zip([110, 10, 10, 10, 10, 0.4, 0.4], PLACES, strict=True):
        pp.create_bus(net, vn_kv=kv, geodata=place)
    pp.create_ext_grid(net, 0, vm_pu=1.02, va_degree=3.0, s_sc_max_mva=5000.0, rx_max=0.1)
    add_transformer(net, 0, 1, sn_mva=25.0, vn_hv_kv=110.0, vn_lv_kv=10.5)
    add_transformer(net, 4, 5, sn_mva=0.4, vn_hv_kv=10.0, vn_lv_kv=0.4)
    cable = {"r_ohm_per_km": 0.125, "x_ohm_per_km": 0.09, "c_nf_per_km": 340.0, "max_i_ka": 0.4}
    wire = {"r_ohm_per_km": 0.3, "x_ohm_per_km": 0.35, "c_nf_per_km": 10.0, "max_i_ka": 0.3}
    add_line(net, 2, 3, length_km=1.1, type="cs", **cable)
    add_line(net, 3, 4, length_km=0.55, type="ol", **wire)
    add_line(net, 5, 6, length_km=0.2, type="cs", **cable)
    pp.create_switch(net, 1, 2, et="b", type="CB")
    pp.create_switch(net, 3, 0, et="l", type="LBS")
    pp.create_load(net, 3, p_mw=1.2, q_mvar=0.4, scaling=0.9)
    pp.create_load(net, 6, p_mw=0.1, q_mvar=0.03)
    pp.create_sgen(net, 6, p_mw=0.02, q_mvar=0.001, type="PV")
    return net


def add_line(net: Any, start: int, end: int, **values: Any) -> int:
    return int(pp.create_line_from_parameters(net, from_bus=start, to_bus=end, **values))


def add_transformer(net: Any, hv: int, lv: int, **values: Any) -> int:
    ordinary = {
        "vk_percent": 10.0,
        "vkr_percent": 1.0,
        "pfe_kw": 5.0,
        "i0_percent": 0.2,
        "shift_degree": 150.0,
    }
    return int(pp.create_transformer_from_parameters(net, hv, lv, **(ordinary | values)))


def read(net: Any, **options: Any) -> Grid:
    return read_pandapower(net, "small", "small.json", **options)


def problem_ids(grid: Grid) -> dict[str, tuple[str, ...]]:
    return {problem.code: problem.ids for problem in grid.metadata.import_problems}


def severities(grid: Grid) -> dict[str, str]:
    return {problem.code: problem.severity for problem in grid.metadata.import_problems}


def assert_same_flow(net: Any) -> None:
    """Check that the grid read from a net has the voltages and loadings pandapower finds in it."""
    pp.runpp(net, tolerance_mva=1e-10)
    result = solve(compile_grid(read(net)))
    assert not result.failures
    for found, expected, tolerance in (
        (result.nodes["v_pu"], net.res_bus["vm_pu"], 1e-8),
        (result.lines["loading_pct"], net.res_line["loading_percent"], 1e-5),
        (result.transformers["loading_pct"], net.res_trafo["loading_percent"], 1e-5),
    ):
        # inner nodes and legs of three windings stand last;
        # where nothing flows one says zero and the other nothing
        own = found.to_numpy()[: len(expected)]
        difference = np.nan_to_num(own) - np.nan_to_num(expected.to_numpy())
        assert np.abs(difference).max() < tolerance
