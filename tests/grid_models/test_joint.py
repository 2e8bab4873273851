"""Loads that share a way: what fits of them together, by hand and against each alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grid_models.grid import Grid
from grid_models.joint import Joint, NewLoads, joint_capacity
from grid_models.limits import find_bounds, find_limits
from grid_models.solvers.radial import solve_tree
from tests.grid_models.capacities import LEGAL_V, ROOT_3, STRICT, Asked
from tests.grid_models.grids import grid_of, load, source, wire


def fork(ampacity_a: float = 100.0, *, r_ohm: float = 1e-6, **tables: object) -> Grid:
    """Return a stiff source A, a way to B that carries so much, and thick branches to C and D."""
    return grid_of(
        {"A": 10.0, "B": 10.0, "C": 10.0, "D": 10.0},
        lines={
            "L": wire("A", "B", r_ohm, ampacity_a=ampacity_a),
            "M": wire("B", "C", r_ohm, ampacity_a=1e4),
            "N": wire("B", "D", r_ohm, ampacity_a=1e4),
        },
        sources={"grid": source("A")},
        **tables,
    )


def together(grid: Grid, **kw: float) -> tuple[Joint, str]:
    """Return what fits of some loads in kW, and the node that is or hangs below what binds."""
    asked = Asked(grid)
    tree, _ = asked.place("A")
    limits = find_limits(asked.compiled.network, tree, LEGAL_V)
    bounds = find_bounds(solve_tree(tree), limits, STRICT)
    rows = np.array([asked.place(node)[1] for node in kw])
    p_mw = np.array(list(kw.values())) / 1000.0
    found = joint_capacity(tree, limits, bounds, NewLoads(row=rows, p_mw=p_mw, q_mvar=0.0 * p_mw))
    return found, asked.name(tree, found.row) if found.row >= 0 else ""


def test_two_loads_that_each_fit_do_not_fit_together():
    # 100 A at 10 kV are 1,732 kVA; each asks for 1,000
    found, below = together(fork(), C=1_000.0, D=1_000.0)
    assert not found.fits
    assert found.share == pytest.approx(100.0 * ROOT_3 * 10.0 / 2_000.0, rel=2e-5)
    assert (found.code, below) == ("thermal_line", "B")
    assert together(fork(), C=1_000.0)[0].fits


def test_the_share_is_what_can_be_taken_and_a_little_more_is_not():
    found, _ = together(fork(r_ohm=1.0), C=900.0, D=700.0)
    less, more = (
        together(fork(r_ohm=1.0), C=900.0 * k * found.share, D=700.0 * k * found.share)[0].fits
        for k in (1.0 - 1e-6, 1.0 + 3e-5)
    )
    assert (less, more) == (True, False)


def test_a_voltage_may_bind_them():
    # 0.7 kV may drop over 2 ohms of a pure resistance: (10 - 9.3) x 9.3 / 2 = 3.255 MW at B and C
    grid = fork(1e4, r_ohm=1.0)
    found, below = together(grid, C=4_000.0)
    assert found.share == pytest.approx(3_255.0 / 4_000.0, rel=2e-5)
    assert (found.code, below) == ("voltage_low", "C")


def test_where_a_way_is_overloaded_already_nothing_fits():
    grid = fork(loads={"P": load("C", 2_000.0)})
    found, below = together(grid, D=1.0)
    assert (found.share, found.code, below) == (0.0, "already_violated", "B")


def test_where_nothing_is_known_to_bind_all_fits():
    grid = grid_of(
        {"A": 110.0, "B": 110.0},
        lines={"L": wire("A", "B", 1e-9, ampacity_a=np.nan)},
        sources={"grid": source("A")},
    )
    found, _ = together(grid, B=1_000.0)
    assert (found.share, found.code) == (float("inf"), "")


def alone(grid: Grid, *nodes: str) -> list[float]:
    return [hosting.kva for hosting in Asked(grid).hosting(*nodes)]


amounts = st.floats(10.0, 5_000.0)


@settings(max_examples=40, deadline=None)
@given(c=amounts, d=amounts, ohm=st.floats(0.01, 2.0), ampacity_a=st.floats(50.0, 500.0))
def test_together_never_takes_more_than_the_sum_of_each_alone(c, d, ohm, ampacity_a):
    grid = fork(ampacity_a, r_ohm=ohm, loads={"P": load("B", 200.0, 60.0)})
    found, _ = together(grid, C=c, D=d)
    assert found.share * (c + d) <= sum(alone(grid, "C", "D")) * (1.0 + 1e-4)


@settings(max_examples=40, deadline=None)
@given(c=amounts, ohm=st.floats(0.01, 2.0), ampacity_a=st.floats(50.0, 500.0))
def test_a_single_load_is_its_hosting_capacity(c, ohm, ampacity_a):
    grid = fork(ampacity_a, r_ohm=ohm)
    found, _ = together(grid, C=c)
    assert found.share * c == pytest.approx(alone(grid, "C")[0], rel=5e-5)


@pytest.mark.parametrize("kw", [1e3, 1e6, 1e9])
def test_how_much_is_asked_for_does_not_blur_what_fits(kw: float) -> None:
    found, _ = together(fork(), C=kw)
    assert found.share * kw == pytest.approx(100.0 * ROOT_3 * 10.0, rel=3e-5)
