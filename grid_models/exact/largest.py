"""The largest load of one point, of some, of every node of a tree, each alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from grid_models.exact.fold import (
    FREE_LOW,
    IKC2,
    LOW,
    STEP_COLUMNS,
    W0,
    WAY_COLUMNS,
    Folded,
    R,
    X,
)
from grid_models.exact.fold import HIGH as HIGH_LIMIT
from grid_models.exact.march import (
    AT_START,
    AT_START_HIGH,
    BESIDE,
    BESIDE_HIGH,
    KINDS,
    NOTHING,
    ON_BRANCH,
    largest_load,
    start_at_node,
    start_at_split,
)

__all__ = ["HIGH", "LOW_VOLTAGE", "THERMAL", "Largest", "largest_loads"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# What binds.
THERMAL, LOW_VOLTAGE, HIGH = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Largest:
    """Largest apparent power at each of several points.

    Parameters
    ----------
    s_pu
        On 1 MVA; 0 where the way to the source breaks a limit at present, inf where nothing binds,
        NaN where the search did not settle.
    row, code
        Row that binds (-1: none) and whether its branch's current, its low or its high voltage.
    w
        Squared voltage of the point at that power.
    """

    s_pu: Floats
    row: Ints
    code: Ints
    w: Floats


def largest_loads(
    folded: Folded,
    rows: Ints,
    shares: Floats | None = None,
    *,
    power_factor: float,
    injects: bool = False,
    greatest_pu: float = 1e6,
    near: Largest | None = None,
) -> Largest:
    """Find the largest load at each of several points of a tree, each alone.

    Parameters
    ----------
    rows
        Row of each point: its node, or the branch above it where a share is given.
    shares
        Share of that branch between its parent and the point; NaN at nodes. None: all at nodes.
    power_factor
        Of the load, lagging.
    injects
        A source of power instead of a load.
    greatest_pu
        Nothing a distribution grid knows of binds beyond this.
    near
        Answers to start from.
    """
    count = len(rows)
    places = np.full(count, np.nan) if shares is None else shares
    sign = -1.0 if injects else 1.0
    s, w = np.empty(count), np.empty(count)
    row, code = np.empty(count, np.int64), np.empty(count, np.int64)
    depth = int(folded.tree.depth.max(initial=0)) + 2
    guess = np.zeros((0, 2)) if near is None else np.stack([near.s_pu, near.w], axis=1)
    _largest_loads(
        rows, places, folded.tree.parent, folded.node, folded.step, folded.broken, folded.order,
        folded.low_row, folded.low_is_thermal, folded.high_row, folded.v_low_pu, folded.v_high_pu,
        sign * power_factor, sign * np.sqrt(1.0 - power_factor**2), greatest_pu, injects,
        guess, depth, s, w, row, code,
    )  # fmt: skip
    return Largest(s_pu=s, row=row, code=code, w=w)


@njit(cache=True, error_model="numpy", nogil=True)
def _largest_loads(
    rows: Ints, shares: Floats, parent: Ints, node: Floats, step: Floats, broken: Ints, order: int,
    low_row: Ints, low_is_thermal: npt.NDArray[np.bool_], high_row: Ints,
    v_low: Floats, v_high: Floats,
    p_share: float, q_share: float, greatest: float, has_high: bool,
    guess: Floats, depth: int, s: Floats, w: Floats, row: Ints, code: Ints,
) -> None:  # fmt: skip
    start, first = np.zeros(WAY_COLUMNS), np.zeros(STEP_COLUMNS)
    below = np.zeros(STEP_COLUMNS)
    most = 4 * depth + 4
    tag, value = np.empty(most, np.int64), np.empty(most)
    by_w, by_s, bend = np.empty(most), np.empty(most), np.empty(most)
    for i in range(len(rows)):
        k = rows[i]
        row[i], code[i], w[i] = -1, THERMAL, node[k, W0]
        if k == 0:
            s[i] = np.inf
            continue
        if broken[k] >= 0:
            s[i], row[i] = 0.0, broken[k]
            continue
        is_thermal, is_own = low_is_thermal[0, k], False
        if np.isnan(shares[i]):
            start_at_node(k, node, step, start, first)
        else:
            is_thermal = start_at_split(k, shares[i], node, step, order, below, start, first)
            # The point keeps the limits of the line it lies on, the looser of its two ends.
            m = parent[k]
            own_low = min(v_low[k], v_low[m] if v_low[m] > 0.0 else v_low[k])
            if own_low > 0.0 and own_low**2 >= start[LOW]:
                start[LOW], is_own = own_low**2, True
            start[HIGH_LIMIT] = min(start[HIGH_LIMIT], max(v_high[k], v_high[m]) ** 2)
        s0, w0 = 0.0, start[W0]
        if len(guess):
            if np.isfinite(guess[i, 0]):
                s0, w0 = guess[i, 0], guess[i, 1]
        elif i > 0 and rows[i - 1] == parent[k] and np.isnan(shares[i]) and 0.0 < s[i - 1] < np.inf:
            s0, w0 = _near_parent(
                s[i - 1], w[i - 1], start, first, node[parent[k], W0], p_share, q_share
            )
        s[i], w[i], bound, _ = largest_load(
            k, start, first, parent, step, p_share, q_share, greatest, has_high, w0, s0,
            tag, value, by_w, by_s, bend,
        )  # fmt: skip
        if s[i] < 0.0:
            s[i] = np.nan
            continue
        if bound == NOTHING:
            s[i] = np.inf
            continue
        at, kind = bound // KINDS, bound % KINDS
        if kind == ON_BRANCH:
            row[i], code[i] = at, THERMAL
        elif kind == AT_START:
            if is_own:
                row[i], code[i] = k, LOW_VOLTAGE
            else:
                row[i] = k if is_thermal else low_row[0, at]
                code[i] = THERMAL if is_thermal or low_is_thermal[0, at] else LOW_VOLTAGE
        elif kind == BESIDE:
            row[i] = low_row[1, at]
            code[i] = THERMAL if low_is_thermal[1, at] else LOW_VOLTAGE
        elif kind == AT_START_HIGH:
            row[i], code[i] = high_row[0, at], HIGH
        elif kind == BESIDE_HIGH:
            row[i], code[i] = high_row[1, at], HIGH


@njit(cache=True, error_model="numpy", nogil=True)
def _near_parent(
    s: float, w: float, start: Floats, first: Floats, w0_parent: float,
    p_share: float, q_share: float,
) -> tuple[float, float]:  # fmt: skip
    """First guess from the parent's answer: what the branch between allows besides."""
    fall = 2.0 * (first[R] * p_share + first[X] * q_share) / first[IKC2]
    if fall > 0.0 and start[LOW] > FREE_LOW:
        s = min(s, max(start[W0] - start[LOW], 0.0) / fall)
    w = w * start[W0] / w0_parent - fall * s
    return s, max(w, start[LOW], 0.5 * start[W0])
