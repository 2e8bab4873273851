"""Folded: a solved tree with every side branch folded into its root.

For each row: what it draws as a series of its own squared voltage, what its parent draws besides
it, and the least (and greatest) squared voltage at which everything in its subtree, or besides it,
still meets every limit. With that, only the way to the source is left of any question about one
point of the tree (`march`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from grid_models.compiled import Tree
from grid_models.exact.series import COEFFICIENTS, load_series, series_through_branch, step_up
from grid_models.limits import Bounds
from grid_models.solvers.radial import TreeState

__all__ = [
    "B_CHILD",
    "B_PARENT",
    "FIRST_P",
    "FIRST_Q",
    "FREE_HIGH",
    "FREE_LOW",
    "G_CHILD",
    "G_PARENT",
    "HIGH",
    "IKC2",
    "KP2",
    "LIMIT_CHILD",
    "LIMIT_PARENT",
    "LOW",
    "STEP_COLUMNS",
    "W0",
    "W0_PARENT",
    "WAY_COLUMNS",
    "Folded",
    "R",
    "X",
    "fold_tree",
    "push_high",
    "push_low",
]  # fmt: skip

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# No limit: any squared voltage is above the one and below the other.
FREE_LOW, FREE_HIGH = -1e30, 1e30

# Columns of `Folded.node`: what stands at a row's node, its subtree included.
W0, FIRST_P, FIRST_Q, LOW, HIGH = 0, 1, 5, 9, 10
WAY_COLUMNS = 11
# Columns of `Folded.step`: the branch above a row, then what the parent draws besides it (at
# FIRST_P, FIRST_Q, LOW, HIGH as in `node`, shifted by STEP_REST) about the parent's W0.
R, X, G_CHILD, B_CHILD, G_PARENT, B_PARENT, IKC2, KP2, LIMIT_CHILD, LIMIT_PARENT = range(10)
W0_PARENT = 10
STEP_COLUMNS = W0_PARENT + WAY_COLUMNS

# A current that is too high at this share of the present squared voltage has no lower threshold
# worth looking for: the grid collapses before.
LEAST_SHARE = 0.3
BISECTIONS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A tree ready for marching; see the module for the columns.

    Parameters
    ----------
    tree
        Constant power, current and impedance loads as it was solved.
    node
        (n, WAY_COLUMNS): W0, series of P and Q drawn at the node, LOW and HIGH threshold of the
        subtree.
    step
        (n, STEP_COLUMNS): the branch above, one over the squared limit current of its two ends (0
        without a limit), and the parent's record without this row.
    low_row, low_is_thermal
        (2, n): row whose limit sets the lower threshold of the subtree, and of the parent besides
        this row; -1 without one. Whether it is the current of the branch above that row.
    high_row
        (2, n): the same for the upper threshold, always a voltage.
    v_low_pu, v_high_pu
        Legal voltages of the rows, relaxed where they are broken.
    broken
        Nearest row on the way to the source that breaks a limit in the present state; -1 if none.
    order
        Of the series.
    """

    tree: Tree
    node: Floats
    step: Floats
    low_row: Ints
    low_is_thermal: npt.NDArray[np.bool_]
    high_row: Ints
    v_low_pu: Floats
    v_high_pu: Floats
    broken: Ints
    order: int


def fold_tree(tree: Tree, state: TreeState, bounds: Bounds, *, order: int = 3) -> Folded:
    """Fold a solved tree.

    Parameters
    ----------
    state
        Its present state; the series are about it.
    bounds
        Limits by row, those broken at present relaxed; the present state meets them all.
    order
        Of the series, 1 to 3. Solving at two orders shows the size of what is cut off.
    """
    n = len(tree)
    node, step = np.zeros((n, WAY_COLUMNS)), np.zeros((n, STEP_COLUMNS))
    low_row, high_row = np.full((2, n), -1, np.int64), np.full((2, n), -1, np.int64)
    low_is_thermal = np.zeros((2, n), dtype=bool)
    _fold(
        tree.parent, tree.r, tree.x, tree.g_child, tree.b_child, tree.g_parent, tree.b_parent,
        tree.ratio_child, tree.ratio_parent, tree.p, tree.q, tree.p_current, tree.q_current,
        tree.g, tree.b, state.v_pu**2,
        _per_limit2(tree.rating_child, bounds), _per_limit2(tree.rating_parent, bounds),
        bounds.v_low_pu, bounds.v_high_pu, order, node, step, low_row, low_is_thermal, high_row,
    )  # fmt: skip
    return Folded(
        tree=tree, node=node, step=step, low_row=low_row, low_is_thermal=low_is_thermal,
        high_row=high_row,
        v_low_pu=bounds.v_low_pu, v_high_pu=bounds.v_high_pu,
        broken=_nearest_broken(tree.parent, bounds.is_broken), order=order,
    )  # fmt: skip


def _per_limit2(rating: Floats, bounds: Bounds) -> Floats:
    """One over the squared greatest current; 0 without a limit."""
    return (100.0 * bounds.factor / bounds.loading_pct / rating) ** 2


@njit(cache=True)
def _nearest_broken(parent: Ints, is_broken: npt.NDArray[np.bool_]) -> Ints:
    nearest = np.full(len(parent), -1, np.int64)
    for k in range(len(parent)):
        if is_broken[k]:
            nearest[k] = k
        elif parent[k] >= 0:
            nearest[k] = nearest[parent[k]]
    return nearest


@njit(cache=True, error_model="numpy", nogil=True)
def _overload(w: float, node: Floats, step: Floats) -> tuple[float, float]:
    """Worst squared current over squared limit of a branch when its child stands at `w`.

    Also returns the squared voltage of the parent.
    """
    d = w - node[W0]
    p = node[FIRST_P] + d * (node[FIRST_P + 1] + d * (node[FIRST_P + 2] + d * node[FIRST_P + 3]))
    q = node[FIRST_Q] + d * (node[FIRST_Q + 1] + d * (node[FIRST_Q + 2] + d * node[FIRST_Q + 3]))
    w_up, p_up, q_up = step_up(
        w, p, q, step[R], step[X], step[G_CHILD], step[B_CHILD], step[G_PARENT], step[B_PARENT],
        step[IKC2], step[KP2],
    )  # fmt: skip
    at_child = (p * p + q * q) / w * step[LIMIT_CHILD]
    at_parent = (p_up * p_up + q_up * q_up) / w_up * step[LIMIT_PARENT]
    return max(at_child, at_parent), w_up


@njit(cache=True, error_model="numpy", nogil=True)
def push_low(node: Floats, step: Floats) -> tuple[float, bool]:
    """Lower threshold of the subtree, seen from the parent of a branch whose current counts too.

    Voltages below fall with the root's, and the current of constant power rises as they fall; so
    the least squared voltage is one number. Returns whether the branch's own current sets it.
    """
    w0, threshold = node[W0], node[LOW]
    has_limit = step[LIMIT_CHILD] + step[LIMIT_PARENT] > 0.0
    if threshold > FREE_LOW:
        overload, w_up = _overload(threshold, node, step)
        if overload <= 1.0:
            return w_up, False
    elif not has_limit:
        return FREE_LOW, False
    least = max(threshold, LEAST_SHARE * w0)
    overload, w_up = _overload(least, node, step)
    if overload <= 1.0:
        return (w_up, False) if threshold > FREE_LOW else (FREE_LOW, False)
    low, high = least, w0
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        overload, w_up = _overload(middle, node, step)
        if overload > 1.0:
            low = middle
        else:
            high = middle
    return _overload(high, node, step)[1], True


@njit(cache=True, error_model="numpy", nogil=True)
def push_high(node: Floats, step: Floats) -> float:
    """Upper threshold of the subtree, seen from the parent of a branch."""
    return _overload(node[HIGH], node, step)[1] if node[HIGH] < FREE_HIGH else FREE_HIGH


@njit(cache=True, error_model="numpy", nogil=True)
def _fold(
    parent: Ints, r: Floats, x: Floats, gc: Floats, bc: Floats, gp: Floats, bp: Floats,
    kc: Floats, kp: Floats, p: Floats, q: Floats, pi: Floats, qi: Floats, g: Floats, b: Floats,
    w0: Floats, limit_child: Floats, limit_parent: Floats, v_low: Floats, v_high: Floats,
    order: int, node: Floats, step: Floats,
    low_row: Ints, low_is_thermal: npt.NDArray[np.bool_], high_row: Ints,
) -> None:  # fmt: skip
    n = len(parent)
    second_low = np.full(n, FREE_LOW)
    second_high = np.full(n, FREE_HIGH)
    second_low_row = np.full(n, -1, np.int64)
    second_high_row = np.full(n, -1, np.int64)
    second_is_thermal = np.zeros(n, np.bool_)
    # The child through which each of the two thresholds comes; the node itself counts as none.
    low_child = np.full(n, -1, np.int64)
    high_child = np.full(n, -1, np.int64)
    for k in range(n):
        node[k, W0] = w0[k]
        load_series(w0[k], p[k], pi[k], g[k], node[k, FIRST_P : FIRST_P + COEFFICIENTS])
        load_series(w0[k], q[k], qi[k], -b[k], node[k, FIRST_Q : FIRST_Q + COEFFICIENTS])
        node[k, LOW], node[k, HIGH] = FREE_LOW, FREE_HIGH
        if v_low[k] > 0.0:
            node[k, LOW], low_row[0, k] = v_low[k] ** 2, k
        if v_high[k] < np.inf:
            node[k, HIGH], high_row[0, k] = v_high[k] ** 2, k
    for k in range(n - 1, 0, -1):
        m = parent[k]
        own = step[k]
        own[R], own[X] = r[k], x[k]
        own[G_CHILD], own[B_CHILD], own[G_PARENT], own[B_PARENT] = gc[k], bc[k], gp[k], bp[k]
        own[IKC2], own[KP2] = 1.0 / kc[k] ** 2, kp[k] ** 2
        own[LIMIT_CHILD], own[LIMIT_PARENT] = limit_child[k], limit_parent[k]
        own[W0_PARENT] = w0[m]
        rest = own[W0_PARENT:]
        for j in range(order + 1, COEFFICIENTS):
            node[k, FIRST_P + j] = node[k, FIRST_Q + j] = 0.0
        rest_p = rest[FIRST_P : FIRST_P + COEFFICIENTS]
        rest_q = rest[FIRST_Q : FIRST_Q + COEFFICIENTS]
        series_through_branch(
            node[k, FIRST_P : FIRST_P + COEFFICIENTS], node[k, FIRST_Q : FIRST_Q + COEFFICIENTS],
            w0[k], r[k], x[k], gc[k], bc[k], gp[k], bp[k], own[IKC2], own[KP2],
            order, rest_p, rest_q,
        )  # fmt: skip
        for j in range(COEFFICIENTS):
            node[m, FIRST_P + j] += rest_p[j]
            node[m, FIRST_Q + j] += rest_q[j]
        low, is_thermal = push_low(node[k], own)
        row = k if is_thermal else low_row[0, k]
        thermal = is_thermal or low_is_thermal[0, k]
        if low > node[m, LOW]:
            second_low[m], second_low_row[m] = node[m, LOW], low_row[0, m]
            second_is_thermal[m] = low_is_thermal[0, m]
            node[m, LOW], low_row[0, m], low_is_thermal[0, m] = low, row, thermal
            low_child[m] = k
        elif low > second_low[m]:
            second_low[m], second_low_row[m], second_is_thermal[m] = low, row, thermal
        high = push_high(node[k], own)
        if high < node[m, HIGH]:
            second_high[m], second_high_row[m] = node[m, HIGH], high_row[0, m]
            node[m, HIGH], high_row[0, m] = high, high_row[0, k]
            high_child[m] = k
        elif high < second_high[m]:
            second_high[m], second_high_row[m] = high, high_row[0, k]
    for k in range(1, n):
        m = parent[k]
        rest = step[k, W0_PARENT:]
        for j in range(COEFFICIENTS):
            rest[FIRST_P + j] = node[m, FIRST_P + j] - rest[FIRST_P + j]
            rest[FIRST_Q + j] = node[m, FIRST_Q + j] - rest[FIRST_Q + j]
        if low_child[m] == k:
            rest[LOW], low_row[1, k] = second_low[m], second_low_row[m]
            low_is_thermal[1, k] = second_is_thermal[m]
        else:
            rest[LOW], low_row[1, k] = node[m, LOW], low_row[0, m]
            low_is_thermal[1, k] = low_is_thermal[0, m]
        if high_child[m] == k:
            rest[HIGH], high_row[1, k] = second_high[m], second_high_row[m]
        else:
            rest[HIGH], high_row[1, k] = node[m, HIGH], high_row[0, m]
