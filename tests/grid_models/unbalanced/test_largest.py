"""The largest single-phase load: by hand, and against a bisection with pandapower."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from grid_models.grid import Grid, make_table
from grid_models.solvers.by_phase import AreaTrials
from grid_models.solvers.reference_by_phase import solve_reference_by_phase
from grid_models.unbalanced.largest import PhaseLargest, find_largest
from grid_models.unbalanced.limits import PhaseLimits
from tests.grid_models.grids import load, wire
from tests.grid_models.unbalanced.areas import area_of, on, small_grid

LOW_V, HIGH_V = 198.0, 235.4
PURE = {"r0_ohm_per_km": 4.0, "x0_ohm_per_km": 0.0, "ampacity_a": 1e4}


def asked(grid: Grid, node: str, **limits: Any) -> dict[str, PhaseLargest]:
    """Return the largest load at a node by phase, with power factor 1."""
    area, nodes, _ = area_of(grid)
    known = {
        "factor": np.ones(len(area)), "low_v": np.full(len(area), LOW_V),
        "high_v": np.full(len(area), HIGH_V), "more_pct": 1.0, "more_v": 1.1,
    } | limits  # fmt: skip
    row = nodes.index(node)
    found = find_largest(area, row, PhaseLimits(**known), 1.0, AreaTrials(area, row).solve)
    assert found is not None
    return {one.phase: one for one in found}


def copper(**tables: Any) -> Grid:
    """Return 1 ohm out and 1 ohm back from a transformer that is as good as none, to A."""
    strong = {"sn_kva": 1e6, "vk_pct": 0.01, "vkr_pct": 0.01, "vk0_pct": 0.01, "vkr0_pct": 0.01}
    base = small_grid(
        lines={"BA": wire("B", "A", 1.0, **PURE)},
        loads={name: load("H", 0.0) for name in "aedh"},
    )
    coils = base.transformers.assign(**strong, pfe_w=0.0, i0_pct=0.0, shift_degree=0.0)
    lines = base.lines.loc[["SH", "BA"]].assign(c_nf_per_km=0.0)
    nodes = base.nodes.loc[list("SHBA")]
    grid = base.with_tables(transformers=coils, lines=lines, nodes=nodes)
    grid.lines.loc["SH", ["r_ohm_per_km", "x_ohm_per_km"]] = 1e-6, 0.0
    return grid.with_tables(**{"loads": grid.loads.iloc[:0], "sources": grid.sources} | tables)


def test_out_and_back_count_where_the_neutral_is_as_thick_as_the_phase() -> None:
    """From 230.94 V over 2 ohm to 198 V: 16.47 A at 198 V."""
    current_a = (400.0 / math.sqrt(3.0) - LOW_V) / 2.0
    found = asked(copper(), "A", high_v=np.full(2, np.nan))
    kva = [one.kva for one in found.values()]
    assert kva == pytest.approx([current_a * LOW_V / 1e3] * 3, rel=1e-3)
    assert (found["b"].code, found["b"].binding_phase) == ("voltage_low", "b")


def test_the_return_current_lifts_the_other_phases_until_one_is_too_high() -> None:
    """A volt at the neutral end of the load lifts b and c as |v e^(j 120) - 1 V| does."""
    found = asked(copper(), "A", low_v=np.full(2, np.nan))["a"]
    v = 400.0 / math.sqrt(3.0)
    # 1 ohm of neutral: v^2 + i^2 + v i = 235.4^2
    current_a = -v / 2.0 + math.sqrt(v**2 / 4.0 + HIGH_V**2 - v**2)
    assert found.code == "voltage_high"
    assert found.kva == pytest.approx((v - 2.0 * current_a) * current_a / 1e3, rel=2e-3)


def test_current_binds_on_the_phase_of_the_load() -> None:
    grid = copper()
    grid.lines.loc["BA", "ampacity_a"] = 5.0
    found = asked(grid, "A")["c"]
    assert found.kva == pytest.approx((400.0 / math.sqrt(3.0) - 10.0) * 5.0 / 1e3, rel=1e-3)
    assert (found.code, found.row, found.binding_phase) == ("loading", 1, "c")


def test_a_phase_that_is_too_low_on_the_way_takes_nothing_and_the_others_do() -> None:
    heavy = small_grid(loads={"a": on("A", 50.0, 100.0, 0.0, 0.0)})
    found = asked(heavy, "A")
    assert (found["a"].kva, found["a"].code) == (0.0, "already_violated")
    assert found["c"].kva > 5.0


def test_the_least_loaded_phase_takes_most() -> None:
    found = asked(small_grid(), "A")
    assert max(found.values(), key=lambda one: one.kva).phase == "c"


def breaks(grid: Grid, node: str, phase: str, kva: float, before: Any) -> bool:
    """Say by pandapower whether a load breaks a limit that held before, or a broken one further."""
    shares = [100.0 * (phase == other) for other in "abc"]
    new = make_table("loads", pd.DataFrame([on(node, kva, *shares)], index=["new"]))
    after = solve_reference_by_phase(grid.with_tables(loads=pd.concat([grid.loads, new])))
    if after is None:
        return True
    _, nodes, branches = area_of(grid)
    rated = grid.lines["ampacity_a"] * grid.lines["derating"] * grid.lines["parallel"]
    coils = grid.transformers
    rated = pd.concat([rated, coils["sn_kva"] / (math.sqrt(3.0) * coils["vn_lv_kv"])])
    volts, was = after.volts.loc[nodes], before.volts.loc[nodes]
    loading = after.current_a.loc[branches].div(rated.loc[branches], axis=0)
    low = np.where(was < LOW_V, was - 1.1, LOW_V)
    high = np.where(was > HIGH_V, was + 1.1, HIGH_V)
    return bool(
        (volts < low).any(axis=None)
        or (volts > high).any(axis=None)
        or (loading > 1.0).any(axis=None)
    )


def bisected(grid: Grid, node: str, phase: str, steps: int) -> tuple[float, float]:
    low, high = 0.0, 200.0
    before = solve_reference_by_phase(grid)
    for _ in range(steps):
        middle = 0.5 * (low + high)
        if breaks(grid, node, phase, middle, before):
            high = middle
        else:
            low = middle
    return low, high


@pytest.mark.parametrize(("node", "phase"), [("A", "c"), ("E", "a")])
def test_the_largest_load_is_that_of_a_pandapower_bisection(node: str, phase: str) -> None:
    found = asked(small_grid(), node)[phase].kva
    low, high = bisected(small_grid(), node, phase, steps=13)
    assert low - 1e-3 <= found <= high + 1e-3
