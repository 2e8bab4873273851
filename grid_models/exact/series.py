"""Power drawn as a series of the squared voltage, taken exactly through a branch.

A side branch of constant powers and shunts looks the same however its root's voltage is turned:
what it draws depends on ``w = |V|^2`` of its root alone. Here that is a polynomial of third order
in ``d = w - w0`` about the present state, as arrays of `COEFFICIENTS` numbers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["COEFFICIENTS", "load_series", "series_through_branch", "step_up"]

Floats = npt.NDArray[np.float64]

COEFFICIENTS = 4


@njit(cache=True, error_model="numpy", nogil=True)
def step_up(
    w: float, p: float, q: float, r: float, x: float,
    gc: float, bc: float, gp: float, bp: float, ikc2: float, kp2: float,
) -> tuple[float, float, float]:  # fmt: skip
    """Take squared voltage and drawn power from the child's end of a branch to the parent's.

    Parameters
    ----------
    w, p, q
        At the child's node, p and q drawn there by everything but this branch.
    r, x, gc, bc, gp, bp
        Pi branch; shunts at the child's and the parent's inner end.
    ikc2, kp2
        One over the child's ratio squared, the parent's ratio squared.

    Returns
    -------
    w, p, q
        Squared voltage of the parent's node and what the branch draws there.
    """
    w2 = w * ikc2
    p2, q2 = p + gc * w2, q - bc * w2
    current2 = (p2 * p2 + q2 * q2) / w2
    w1 = w2 + 2.0 * (r * p2 + x * q2) + (r * r + x * x) * current2
    return kp2 * w1, p2 + r * current2 + gp * w1, q2 + x * current2 - bp * w1


@njit(cache=True, error_model="numpy", nogil=True)
def load_series(w0: float, power: float, per_volt: float, per_volt2: float, out: Floats) -> None:
    """Write the series of a load: constant power, constant current and constant admittance parts.

    ``power + per_volt sqrt(w) + per_volt2 w``; only the root is cut off after the third order.
    """
    v = np.sqrt(w0)
    out[0] = power + per_volt * v + per_volt2 * w0
    out[1] = per_volt / (2.0 * v) + per_volt2
    out[2] = -per_volt / (8.0 * v**3)
    out[3] = per_volt / (16.0 * v**5)


@njit(cache=True, error_model="numpy", nogil=True)
def series_through_branch(
    tp: Floats, tq: Floats, w0: float, r: float, x: float,
    gc: float, bc: float, gp: float, bp: float, ikc2: float, kp2: float,
    order: int, out_p: Floats, out_q: Floats,
) -> float:  # fmt: skip
    """Turn what a child's node draws into what the branch draws at its parent.

    Parameters
    ----------
    tp, tq
        Series of the power drawn at the child's node, in its own ``w - w0``.
    order
        Terms above it are dropped.
    out_p, out_q
        Series of the power drawn at the parent's node, in the parent's own difference.

    Returns
    -------
    w0
        Squared voltage of the parent's node in the present state.
    """
    a = np.zeros(COEFFICIENTS)
    c = np.zeros(COEFFICIENTS)
    square = np.zeros(COEFFICIENTS)
    w = np.zeros(COEFFICIENTS)
    for k in range(order + 1):
        a[k], c[k] = tp[k], tq[k]
    w2, slope = ikc2 * w0, ikc2
    a[0] += gc * w2
    a[1] += gc * slope
    c[0] -= bc * w2
    c[1] -= bc * slope
    zz = r * r + x * x
    for k in range(COEFFICIENTS):
        # series current squared: (a^2 + c^2) / w2, as the quotient of two series
        s = 0.0
        for i in range(k + 1):
            s += a[i] * a[k - i] + c[i] * c[k - i]
        if k > 0:
            s -= slope * square[k - 1]
        square[k] = s / w2
    for k in range(COEFFICIENTS):
        inner = 2.0 * (r * a[k] + x * c[k]) + zz * square[k]
        if k == 0:
            inner += w2
        elif k == 1:
            inner += slope
        w[k] = kp2 * inner
        a[k] += r * square[k] + gp * inner
        c[k] += x * square[k] - bp * inner
    # The parent's difference is w1 d + w2 d^2 + w3 d^3; d as a series of it, by reversion.
    f1 = 1.0 / w[1]
    f2 = -w[2] * f1**3
    f3 = (2.0 * w[2] * w[2] - w[1] * w[3]) * f1**5
    for series, out in ((a, out_p), (c, out_q)):
        out[0] = series[0]
        out[1] = series[1] * f1
        out[2] = series[1] * f2 + series[2] * f1 * f1
        out[3] = series[1] * f3 + 2.0 * series[2] * f1 * f2 + series[3] * f1**3
        for k in range(order + 1, COEFFICIENTS):
            out[k] = 0.0
    return float(w[0])
