"""March: from one point up to the source, exactly and without iteration inside.

Whatever voltage and load are assumed at the point, the exact branch equations give the squared
voltage at the source; Newton's method finds those at which it is the source's own. The same walk
tells how far every limit on the way is, and how that changes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from grid_models.exact.fold import (
    B_CHILD,
    B_PARENT,
    FIRST_P,
    FIRST_Q,
    FREE_HIGH,
    FREE_LOW,
    G_CHILD,
    G_PARENT,
    HIGH,
    IKC2,
    KP2,
    LIMIT_CHILD,
    LIMIT_PARENT,
    LOW,
    STEP_COLUMNS,
    W0,
    W0_PARENT,
    WAY_COLUMNS,
    R,
    X,
    push_high,
    push_low,
)
from grid_models.exact.series import COEFFICIENTS, series_through_branch

__all__ = [
    "AT_START",
    "BESIDE",
    "NOTHING",
    "ON_BRANCH",
    "largest_load",
    "march_up",
    "start_at_node",
    "start_at_split",
]  # fmt: skip

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# What a limit met on the way belongs to: the subtree of the point, the current of a branch on the
# way, what else hangs at the branch's parent; and whether it is an upper voltage.
NOTHING, AT_START, ON_BRANCH, BESIDE, AT_START_HIGH, BESIDE_HIGH = -1, 0, 1, 2, 3, 4
KINDS = 5

MAX_MARCHES = 60
# Newton restarts from the present state when it has not settled by then.
RESTART_AT = 20
# A step may not take the squared voltage below this share of the present one.
LEAST_SHARE = 0.4
# Newton's method squares the error at each step: a step this small ends far below it.
TOLERANCE = 1e-6
TINY = 1e-9

_FAST = {"contract", "arcp", "nsz", "reassoc"}


@njit(cache=True, error_model="numpy", nogil=True)
def start_at_node(row: int, node: Floats, step: Floats, start: Floats, first: Floats) -> None:
    """Write the records of a node: what hangs there, and the branch above it."""
    for j in range(WAY_COLUMNS):
        start[j] = node[row, j]
    for j in range(STEP_COLUMNS):
        first[j] = step[row, j]


@njit(cache=True, error_model="numpy", nogil=True)
def start_at_split(
    row: int, share: float, node: Floats, step: Floats, order: int,
    below: Floats, start: Floats, first: Floats,
) -> bool:  # fmt: skip
    """Write the records of a point on the branch above a row.

    The part below and its subtree hang at the point; the part above leads on.

    Parameters
    ----------
    share
        Of the branch between its parent and the point.
    below
        Scratch, STEP_COLUMNS.

    Returns
    -------
    is_thermal
        Whether the current of the part below sets the point's lower threshold.
    """
    whole = step[row]
    rest = 1.0 - share
    for j in range(STEP_COLUMNS):
        first[j] = below[j] = whole[j]
    for record, part, gc, bc, gp, bp, limit in (
        (
            below, rest, rest * whole[G_CHILD], rest * whole[B_CHILD],
            rest * whole[G_CHILD], rest * whole[B_CHILD], whole[LIMIT_CHILD],
        ),
        (
            first, share, share * whole[G_PARENT], share * whole[B_PARENT],
            share * whole[G_PARENT], share * whole[B_PARENT], whole[LIMIT_PARENT],
        ),
    ):  # fmt: skip
        record[R], record[X] = part * whole[R], part * whole[X]
        record[G_CHILD], record[B_CHILD], record[G_PARENT], record[B_PARENT] = gc, bc, gp, bp
        record[LIMIT_CHILD] = record[LIMIT_PARENT] = limit
        record[IKC2] = record[KP2] = 1.0
    start[W0] = series_through_branch(
        node[row, FIRST_P : FIRST_P + COEFFICIENTS], node[row, FIRST_Q : FIRST_Q + COEFFICIENTS],
        node[row, W0], below[R], below[X], below[G_CHILD], below[B_CHILD],
        below[G_PARENT], below[B_PARENT], 1.0, 1.0, order,
        start[FIRST_P : FIRST_P + COEFFICIENTS], start[FIRST_Q : FIRST_Q + COEFFICIENTS],
    )  # fmt: skip
    start[LOW], is_thermal = push_low(node[row], below)
    start[HIGH] = push_high(node[row], below)
    return is_thermal


@njit(cache=True, fastmath=_FAST, error_model="numpy", nogil=True)
def march_up(
    row: int, start: Floats, first: Floats, parent: Ints, step: Floats,
    w: float, s: float, p_share: float, q_share: float, has_high: bool,
    tag: Ints, value: Floats, by_w: Floats, by_s: Floats, bend: Floats,
) -> tuple[int, float, float, float]:  # fmt: skip
    """Walk from a point to the source and note every limit on the way.

    Parameters
    ----------
    row
        Row whose branch is `first`.
    w, s
        Squared voltage assumed at the point, apparent power taken there besides what hangs there.
    p_share, q_share
        Of `s`; negative for an injection.
    has_high
        Note upper voltages too.
    tag, value, by_w, by_s, bend
        Out: each limit met (row and kind), its margin (at least 0 is right: squared voltage, or one
        less the squared loading), its derivatives, and half its second derivative by `s` where it
        is a current's.

    Returns
    -------
    count, excess, excess_by_w, excess_by_s
        Limits noted; squared voltage at the source over its own, and its derivatives.
    """
    d = w - start[W0]
    p1, p2, p3 = start[FIRST_P + 1], start[FIRST_P + 2], start[FIRST_P + 3]
    q1, q2, q3 = start[FIRST_Q + 1], start[FIRST_Q + 2], start[FIRST_Q + 3]
    a = start[FIRST_P] + d * (p1 + d * (p2 + d * p3)) + s * p_share
    c = start[FIRST_Q] + d * (q1 + d * (q2 + d * q3)) + s * q_share
    aw, cw = p1 + d * (2.0 * p2 + 3.0 * d * p3), q1 + d * (2.0 * q2 + 3.0 * d * q3)
    as_, cs = p_share, q_share
    y, yw, ys = w, 1.0, 0.0
    count = 0
    if start[LOW] > FREE_LOW:
        tag[count], value[count] = row * KINDS + AT_START, y - start[LOW]
        by_w[count], by_s[count], bend[count] = 1.0, 0.0, 0.0
        count += 1
    if has_high and start[HIGH] < FREE_HIGH:
        tag[count], value[count] = row * KINDS + AT_START_HIGH, start[HIGH] - y
        by_w[count], by_s[count], bend[count] = -1.0, 0.0, 0.0
        count += 1
    k, own = row, first
    while True:
        limit = own[LIMIT_CHILD]
        if limit > 0.0:
            e = 1.0 / y
            square = (a * a + c * c) * e
            e *= limit
            tag[count], value[count] = k * KINDS + ON_BRANCH, 1.0 - limit * square
            by_w[count] = (square * yw - 2.0 * (a * aw + c * cw)) * e
            by_s[count] = (square * ys - 2.0 * (a * as_ + c * cs)) * e
            bend[count] = -(as_ * as_ + cs * cs) * e
            count += 1
        t = own[IKC2]
        y, yw, ys = y * t, yw * t, ys * t
        t = own[G_CHILD]
        a, aw, as_ = a + t * y, aw + t * yw, as_ + t * ys
        t = own[B_CHILD]
        c, cw, cs = c - t * y, cw - t * yw, cs - t * ys
        e = 1.0 / y
        square = (a * a + c * c) * e
        square_w = (2.0 * (a * aw + c * cw) - square * yw) * e
        square_s = (2.0 * (a * as_ + c * cs) - square * ys) * e
        r, x = own[R], own[X]
        zz = r * r + x * x
        y += 2.0 * (r * a + x * c) + zz * square
        yw += 2.0 * (r * aw + x * cw) + zz * square_w
        ys += 2.0 * (r * as_ + x * cs) + zz * square_s
        a, aw, as_ = a + r * square, aw + r * square_w, as_ + r * square_s
        c, cw, cs = c + x * square, cw + x * square_w, cs + x * square_s
        t = own[G_PARENT]
        a, aw, as_ = a + t * y, aw + t * yw, as_ + t * ys
        t = own[B_PARENT]
        c, cw, cs = c - t * y, cw - t * yw, cs - t * ys
        t = own[KP2]
        y, yw, ys = y * t, yw * t, ys * t
        limit = own[LIMIT_PARENT]
        if limit > 0.0:
            e = 1.0 / y
            square = (a * a + c * c) * e
            e *= limit
            tag[count], value[count] = k * KINDS + ON_BRANCH, 1.0 - limit * square
            by_w[count] = (square * yw - 2.0 * (a * aw + c * cw)) * e
            by_s[count] = (square * ys - 2.0 * (a * as_ + c * cs)) * e
            bend[count] = -(as_ * as_ + cs * cs) * e
            count += 1
        m = parent[k]
        if m == 0:
            return count, y - own[W0_PARENT], yw, ys
        if own[W0_PARENT + LOW] > FREE_LOW:
            tag[count], value[count] = k * KINDS + BESIDE, y - own[W0_PARENT + LOW]
            by_w[count], by_s[count], bend[count] = yw, ys, 0.0
            count += 1
        if has_high and own[W0_PARENT + HIGH] < FREE_HIGH:
            tag[count], value[count] = k * KINDS + BESIDE_HIGH, own[W0_PARENT + HIGH] - y
            by_w[count], by_s[count], bend[count] = -yw, -ys, 0.0
            count += 1
        d = y - own[W0_PARENT]
        j = W0_PARENT + FIRST_P
        p1, p2, p3 = own[j + 1], own[j + 2], own[j + 3]
        a += own[j] + d * (p1 + d * (p2 + d * p3))
        t = p1 + d * (2.0 * p2 + 3.0 * d * p3)
        aw, as_ = aw + t * yw, as_ + t * ys
        j = W0_PARENT + FIRST_Q
        q1, q2, q3 = own[j + 1], own[j + 2], own[j + 3]
        c += own[j] + d * (q1 + d * (q2 + d * q3))
        t = q1 + d * (2.0 * q2 + 3.0 * d * q3)
        cw, cs = cw + t * yw, cs + t * ys
        k = m
        own = step[k]


@njit(cache=True, fastmath=_FAST, error_model="numpy", nogil=True)
def _crossing(value: float, slope: float, bend: float, furthest: float) -> float:
    """Least step, up to `furthest`, at which value + slope t + bend t^2 turns negative for good.

    A margin that is negative already gives the step back to where it was right.
    """
    if value + furthest * (slope + bend * furthest) >= 0.0:
        return furthest
    if bend < 0.0:
        inside = slope * slope - 4.0 * bend * value
        if inside < 0.0:
            return min(furthest, -0.5 * slope / bend)
        root = float(np.sqrt(inside))
        t = 2.0 * value / (root - slope) if slope < 0.0 else -0.5 * (slope + root) / bend
    elif slope < 0.0:
        t = -value / slope
    else:
        return furthest
    return min(furthest, t)


@njit(cache=True, fastmath=_FAST, error_model="numpy", nogil=True)
def largest_load(
    row: int, start: Floats, first: Floats, parent: Ints, step: Floats,
    p_share: float, q_share: float, greatest: float, has_high: bool,
    w: float, s: float,
    tag: Ints, value: Floats, by_w: Floats, by_s: Floats, bend: Floats,
) -> tuple[float, float, int, int]:  # fmt: skip
    """Find the largest apparent power at a point with which every limit is still met.

    Newton's method in the squared voltage and the power at once: the power moves to the nearest
    limit, drawn as a line (voltages) or a parabola (currents) along the power-flow solution.

    Parameters
    ----------
    greatest
        Power at which the search gives up: nothing binds.
    w, s
        First guess.

    Returns
    -------
    s, w, tag, marches
        Power (-1: not settled), squared voltage, the limit that binds (row and kind; NOTHING at
        `greatest`), number of walks.
    """
    present = start[W0]
    for turn in range(MAX_MARCHES):
        count, excess, excess_w, excess_s = march_up(
            row, start, first, parent, step, w, s, p_share, q_share, has_high,
            tag, value, by_w, by_s, bend,
        )  # fmt: skip
        off, follow = excess / excess_w, excess_s / excess_w
        best, bound = greatest - s, NOTHING
        for k in range(count):
            slope = by_s[k] - by_w[k] * follow
            t = _crossing(value[k] - by_w[k] * off, slope, bend[k], best)
            if t < best:
                best, bound = t, tag[k]
        best = max(best, -s)
        change = -off - follow * best
        if turn == RESTART_AT or not abs(change) < np.inf:
            w, s = present, 0.0
            continue
        scale = 1.0
        if w + change < LEAST_SHARE * present:
            scale = 0.5 * (LEAST_SHARE * present - w) / change if w > LEAST_SHARE * present else 0.0
            if scale <= 0.0:
                w, s = present, 0.5 * s
                continue
        s += scale * best
        w += scale * change
        if scale == 1.0 and abs(best) <= TOLERANCE * s + TINY and abs(change) <= TOLERANCE:
            return s, w, bound, turn + 1
    return -1.0, w, NOTHING, MAX_MARCHES
