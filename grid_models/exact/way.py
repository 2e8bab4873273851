"""What a load of a given size does on its way to the source, for many points at once.

The way is exact; side branches answer through their series (`fold`). Loadings and voltages agree
with the full power flow to about a millionth of a point, at a microsecond each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from grid_models.exact.fold import (
    B_CHILD,
    B_PARENT,
    FIRST_P,
    FIRST_Q,
    G_CHILD,
    G_PARENT,
    IKC2,
    KP2,
    STEP_COLUMNS,
    W0,
    W0_PARENT,
    WAY_COLUMNS,
    Folded,
    R,
    X,
)
from grid_models.exact.march import start_at_node, start_at_split
from grid_models.exact.series import step_up
from grid_models.limits import TreeLimits
from grid_models.solvers.radial import Connection

__all__ = ["ADDED", "LINE", "NOWHERE", "PART", "TRANSFORMER", "VOLTAGE", "Ways", "find_ways"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# In place of a row: the new line and the customer's node; the upper part of a split line and the
# point of the split.
ADDED, PART = -2, -3
NOWHERE = -1

LINE, TRANSFORMER, VOLTAGE = 0, 1, 2
_OTHER = 3
MAX_WALKS = 30
TOLERANCE = 1e-9
# Below this share of the source's squared voltage there is no state a grid is run in.
LEAST_SHARE = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Worst element on the way of each of several new loads; shape (3, points) by kind.

    Parameters
    ----------
    value
        Greatest line loading and greatest transformer loading in percent of the limit, and the
        voltage in pu of the node with the least share of its low limit; NaN where there is none.
    row
        Where: a row, `ADDED` or `PART`; -1 where there is none.
    solved
        False: no solution was found; the other values mean nothing.
    """

    value: Floats
    row: Ints
    solved: Bools


def find_ways(
    folded: Folded, limits: TreeLimits, v_low_pu: Floats, connections: Sequence[Connection]
) -> Ways:
    """Solve the way to the source of each of several new loads, each alone.

    Parameters
    ----------
    v_low_pu
        Low limit of voltage by row; 0 or NaN where none is to be held.
    connections
        New lines and loads; none replaces a branch.
    """
    count = len(connections)
    value = np.full((3, count), np.nan)
    row = np.full((3, count), NOWHERE, np.int64)
    solved = np.zeros(count, dtype=bool)
    rows = np.array([c.row for c in connections], dtype=np.int64)
    shares = np.array([np.nan if c.share is None else c.share for c in connections])
    lines = np.array([(c.r, c.x, c.g, c.b, c.rating, c.p, c.q) for c in connections])
    known = limits.is_known
    kind = np.where(limits.is_line & known, LINE, np.where(limits.is_transformer & known,
                    TRANSFORMER, _OTHER))  # fmt: skip
    tree = folded.tree
    _find_ways(
        rows, shares, lines.reshape(count, 7), tree.parent, folded.node, folded.step, folded.order,
        limits.factor / tree.rating_child, limits.factor / tree.rating_parent,
        kind.astype(np.int64), np.nan_to_num(v_low_pu), value, row, solved,
    )  # fmt: skip
    return Ways(value=value, row=row, solved=solved)


@njit(cache=True, error_model="numpy", nogil=True)
def _find_ways(
    rows: Ints, shares: Floats, lines: Floats, parent: Ints, node: Floats, step: Floats, order: int,
    per_child: Floats, per_parent: Floats, kind: Ints, v_low: Floats,
    value: Floats, row: Ints, solved: Bools,
) -> None:  # fmt: skip
    start, first, below = np.zeros(WAY_COLUMNS), np.zeros(STEP_COLUMNS), np.zeros(STEP_COLUMNS)
    line = np.zeros(STEP_COLUMNS)
    line[IKC2] = line[KP2] = 1.0
    worst, where = np.empty(3), np.empty(3, np.int64)
    for i in range(len(rows)):
        k = rows[i]
        if k == 0:
            continue
        is_split = not np.isnan(shares[i])
        if is_split:
            start_at_split(k, shares[i], node, step, order, below, start, first)
        else:
            start_at_node(k, node, step, start, first)
        line[R], line[X] = lines[i, 0], lines[i, 1]
        line[G_CHILD] = line[G_PARENT] = lines[i, 2]
        line[B_CHILD] = line[B_PARENT] = lines[i, 3]
        p, q = lines[i, 5], lines[i, 6]
        w = start[W0] - 2.0 * (line[R] * p + line[X] * q)
        for _ in range(MAX_WALKS):
            excess, slope = _excess(k, start, first, line, parent, step, w, p, q)
            change = -excess / slope
            if not abs(change) < np.inf or w + change < LEAST_SHARE * start[W0]:
                break
            w += change
            if abs(change) <= TOLERANCE:
                solved[i] = True
                break
        if not solved[i]:
            continue
        _measure(
            k, is_split, start, first, line, parent, step, w, p, q, lines[i, 4],
            per_child, per_parent, kind, v_low, worst, where,
        )  # fmt: skip
        for j in range(3):
            row[j, i] = where[j]
            if where[j] != NOWHERE:
                value[j, i] = worst[j]


@njit(cache=True, error_model="numpy", nogil=True)
def _excess(
    row: int, start: Floats, first: Floats, line: Floats, parent: Ints, step: Floats,
    w: float, p: float, q: float,
) -> tuple[float, float]:  # fmt: skip
    """Squared voltage at the source over its own, and its derivative by the customer's."""
    y, dy, a, da, c, dc = w, 1.0, p, 0.0, q, 0.0
    own, is_line, k = line, True, row
    while True:
        t = own[IKC2]
        y, dy = y * t, dy * t
        a, da = a + own[G_CHILD] * y, da + own[G_CHILD] * dy
        c, dc = c - own[B_CHILD] * y, dc - own[B_CHILD] * dy
        e = 1.0 / y
        square = (a * a + c * c) * e
        d_square = (2.0 * (a * da + c * dc) - square * dy) * e
        r, x = own[R], own[X]
        y += 2.0 * (r * a + x * c) + (r * r + x * x) * square
        dy += 2.0 * (r * da + x * dc) + (r * r + x * x) * d_square
        a, da = a + r * square, da + r * d_square
        c, dc = c + x * square, dc + x * d_square
        a, da = a + own[G_PARENT] * y, da + own[G_PARENT] * dy
        c, dc = c - own[B_PARENT] * y, dc - own[B_PARENT] * dy
        t = own[KP2]
        y, dy = y * t, dy * t
        if is_line:
            is_line = False
            drawn, at = start, W0
            following = first
        else:
            m = parent[k]
            if m == 0:
                return y - own[W0_PARENT], dy
            drawn, at = own, W0_PARENT
            k = m
            following = step[k]
        d = y - drawn[at]
        j = at + FIRST_P
        a += drawn[j] + d * (drawn[j + 1] + d * (drawn[j + 2] + d * drawn[j + 3]))
        da += dy * (drawn[j + 1] + d * (2.0 * drawn[j + 2] + 3.0 * d * drawn[j + 3]))
        j = at + FIRST_Q
        c += drawn[j] + d * (drawn[j + 1] + d * (drawn[j + 2] + d * drawn[j + 3]))
        dc += dy * (drawn[j + 1] + d * (2.0 * drawn[j + 2] + 3.0 * d * drawn[j + 3]))
        own = following


@njit(cache=True, error_model="numpy", nogil=True)
def _measure(
    row: int, is_split: bool, start: Floats, first: Floats, line: Floats, parent: Ints,
    step: Floats, w: float, p: float, q: float, rating: float,
    per_child: Floats, per_parent: Floats, kind: Ints, v_low: Floats, worst: Floats, where: Ints,
) -> None:  # fmt: skip
    """Note the worst line, transformer and voltage on a way that was solved."""
    where[:] = NOWHERE
    least = np.inf
    y, a, c = w, p, q
    own, k, at_line = line, row, True
    low = v_low[row]
    if low > 0.0:
        least, worst[VOLTAGE], where[VOLTAGE] = np.sqrt(y) / low, np.sqrt(y), ADDED
    while True:
        at_child = np.sqrt((a * a + c * c) / y)
        y, a, c = step_up(
            y, a, c, own[R], own[X], own[G_CHILD], own[B_CHILD], own[G_PARENT], own[B_PARENT],
            own[IKC2], own[KP2],
        )  # fmt: skip
        at_parent = np.sqrt((a * a + c * c) / y)
        if at_line:
            loading, number, what = 100.0 * max(at_child, at_parent) / rating, ADDED, LINE
        else:
            per_low, per_high = per_child[k], per_parent[k]
            number, what = k, kind[k]
            if is_split and k == row:
                per_low, number = per_high, PART
            loading = 100.0 * max(at_child * per_low, at_parent * per_high)
        if what != _OTHER and (where[what] == NOWHERE or loading > worst[what]):
            worst[what], where[what] = loading, number
        if at_line:
            at_line = False
            drawn, at, number = start, W0, PART if is_split else row
            following = first
        else:
            m = parent[k]
            if m == 0:
                return
            drawn, at, number = own, W0_PARENT, m
            k = m
            following = step[k]
            low = v_low[m]
        if low > 0.0 and np.sqrt(y) / low < least:
            least, worst[VOLTAGE], where[VOLTAGE] = np.sqrt(y) / low, np.sqrt(y), number
        d = y - drawn[at]
        j = at + FIRST_P
        a += drawn[j] + d * (drawn[j + 1] + d * (drawn[j + 2] + d * drawn[j + 3]))
        j = at + FIRST_Q
        c += drawn[j] + d * (drawn[j + 1] + d * (drawn[j + 2] + d * drawn[j + 3]))
        own = following
