"""Series of drawn power: exact at the present state, right about it."""

from __future__ import annotations

import numpy as np
import pytest

from grid_models.exact.series import load_series, series_through_branch, step_up

BRANCH = {"r": 0.02, "x": 0.01, "gc": 0.001, "bc": 0.02, "gp": 0.002, "bp": 0.03}
RATIOS = {"ikc2": 1.0 / 1.02**2, "kp2": 0.98**2}
W0 = 0.95**2


def test_a_load_of_three_kinds_is_taken_apart_about_the_present_voltage():
    """0.3 + 0.2 V + 0.1 V^2 at V = 0.9."""
    out = np.empty(4)
    load_series(0.81, 0.3, 0.2, 0.1, out)
    d = 0.01
    expected = 0.3 + 0.2 * np.sqrt(0.82) + 0.1 * 0.82
    assert out[0] == pytest.approx(0.3 + 0.2 * 0.9 + 0.1 * 0.81, abs=1e-15)
    assert np.polyval(out[::-1], d) == pytest.approx(expected, abs=2e-10)


def test_a_branch_without_impedance_passes_the_series_on():
    p, q = np.array([0.3, 0.1, 0.02, 0.001]), np.array([0.1, 0.0, 0.0, 0.0])
    out_p, out_q = np.empty(4), np.empty(4)
    w0 = series_through_branch(p, q, W0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 3, out_p, out_q)
    assert w0 == W0
    np.testing.assert_allclose(out_p, p, atol=1e-15)
    np.testing.assert_allclose(out_q, q, atol=1e-15)


@pytest.mark.parametrize("d", [-0.05, -0.01, 0.01, 0.04])
def test_the_series_at_the_parent_agrees_with_the_exact_step(d):
    """What is cut off is of the fourth order."""
    p, q = np.array([0.6, 0.05, 0.01, 0.0]), np.array([0.2, -0.1, 0.0, 0.0])
    out_p, out_q = np.empty(4), np.empty(4)
    w0_up = series_through_branch(p, q, W0, *BRANCH.values(), *RATIOS.values(), 3, out_p, out_q)
    exact = step_up(
        W0 + d, np.polyval(p[::-1], d), np.polyval(q[::-1], d), *BRANCH.values(), *RATIOS.values()
    )
    up = exact[0] - w0_up
    assert np.polyval(out_p[::-1], up) == pytest.approx(exact[1], abs=0.3 * d**4 + 1e-14)
    assert np.polyval(out_q[::-1], up) == pytest.approx(exact[2], abs=0.3 * d**4 + 1e-14)


def test_terms_above_the_order_are_dropped():
    p, q = np.array([0.6, 0.05, 0.01, 0.0]), np.array([0.2, -0.1, 0.0, 0.0])
    out_p, out_q = np.empty(4), np.empty(4)
    series_through_branch(p, q, W0, *BRANCH.values(), *RATIOS.values(), 1, out_p, out_q)
    assert out_p[1] != 0.0
    assert not out_p[2:].any()
    assert not out_q[2:].any()
