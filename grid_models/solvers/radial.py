"""Exact AC power flow of source trees: a tree as it stands, and with one new connection a lane.

Everything here is per unit on 1 MVA and by row of a `compiled.Tree`; loadings are percent of the
rated current, worst end, as pandapower's ``loading_percent``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from numba import njit

from grid_models.compiled import Tree
from grid_models.solvers.sweep import NODE, NONE, SPLIT, sweep

__all__ = [
    "BranchSwap",
    "Connection",
    "Lanes",
    "TreeState",
    "add_power",
    "solve_connections",
    "solve_tree",
]

# A voltage that changes less than this (pu) from one sweep to the next is final.
TOLERANCE = 1e-11
MAX_ITERATIONS = 100
# Lanes solved together: enough to keep the vector units busy, few enough to stay in cache.
LANES = 8

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchSwap:
    """Replacement of the branch above a row, pu: a larger transformer, a thicker conductor."""

    row: int
    r: float
    x: float
    g_parent: float
    b_parent: float
    g_child: float
    b_child: float
    rating_parent: float
    rating_child: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A new load at the end of a new line.

    Parameters
    ----------
    row
        Row of the node it starts at, or of the child below the branch that is split.
    share
        None: at the node. Else the share of the split branch that lies between parent and split.
    r, x, g, b
        Series impedance of the new line and its shunt at each end, pu.
    rating
        Rated current of the new line, pu.
    p, q
        New load, pu, constant power.
    swap
        Branch replaced at the same time, if any; never the one that is split.
    """

    row: int
    share: float | None
    r: float
    x: float
    g: float
    b: float
    rating: float
    p: float
    q: float
    swap: BranchSwap | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeState:
    """Solution of a tree.

    Parameters
    ----------
    v, j
        Node voltages and series currents of the branches to the parent; shape (n,).
    v_pu, loading_pct
        Voltage magnitudes; branch loadings (0 where the rating is unknown, and at the root).
    converged
        False: no solution; the other values mean nothing.
    """

    v: Complexes
    j: Complexes
    v_pu: Floats
    loading_pct: Floats
    converged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """Solutions of one tree with one connection each; last axis: connection.

    Parameters
    ----------
    v_pu, loading_pct
        As in `TreeState`, shape (n, w). For a split branch: the greater of its two parts.
    v_split_pu, v_load_pu
        Voltage at the split (or the node joined) and at the new load.
    loading_parts_pct
        Loading of the part towards the parent and of the part towards the child; (2, w), NaN
        without a split.
    loading_new_pct
        Loading of the new line.
    converged
        Whether a solution exists in this lane.
    """

    v_pu: Floats
    loading_pct: Floats
    v_split_pu: Floats
    v_load_pu: Floats
    loading_parts_pct: Floats
    loading_new_pct: Floats
    converged: Bools


def add_power(tree: Tree, rows: Ints, p: Floats, q: Floats) -> Tree:
    """Return the tree with more constant power (pu) taken at some rows."""
    more_p, more_q = tree.p.copy(), tree.q.copy()
    np.add.at(more_p, rows, p)
    np.add.at(more_q, rows, q)
    return replace(tree, p=more_p, q=more_q)


def solve_tree(tree: Tree) -> TreeState:
    """Solve a tree as it stands."""
    v, j, lanes = _solve(tree, _flat_start(tree), [None])
    return TreeState(
        v=v[:, 0],
        j=j[:, 0],
        v_pu=lanes.v_pu[:, 0],
        loading_pct=lanes.loading_pct[:, 0],
        converged=bool(lanes.converged[0]),
    )


def solve_connections(
    tree: Tree, state: TreeState, connections: Sequence[Connection], *, is_apart: bool = False
) -> Lanes:
    """Solve a tree with each of several connections, each alone.

    Parameters
    ----------
    tree, state
        The tree and its solution before, from which the sweep starts.
    is_apart
        Whether each stops by itself, as when it is the only one given: its values are then the
        same but for rounding (1e-15) at branches that another one splits or replaces.
    """
    parts = [
        _solve(tree, state.v, connections[k : k + LANES], is_apart=is_apart)[2]
        for k in range(0, len(connections), LANES)
    ]
    names = Lanes.__dataclass_fields__
    return Lanes(**{n: np.concatenate([getattr(p, n) for p in parts], axis=-1) for n in names})


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def _flat_start(tree: Tree) -> Complexes:
    v = np.empty(len(tree), np.complex128)
    _no_load_voltages(tree.parent, tree.ratio_child / tree.ratio_parent, tree.v_source, v)
    return v


@njit(cache=True)
def _no_load_voltages(parent: Ints, ratio: Floats, v_source: float, v: Complexes) -> None:
    v[0] = v_source
    for k in range(1, len(parent)):
        v[k] = v[parent[k]] * ratio[k]


@np.errstate(divide="ignore", invalid="ignore", over="ignore")  # absurd data do not converge
def _solve(
    tree: Tree,
    start: Complexes,
    connections: Sequence[Connection | None],
    *,
    is_apart: bool = False,
) -> tuple[Complexes, Complexes, Lanes]:
    n, w = len(tree), len(connections)
    some = [c or _NO_CONNECTION for c in connections]
    joined = np.array([NODE if c.share is None else SPLIT for c in some])
    kind = np.where([c is None for c in connections], NONE, joined).astype(np.int64)
    row = np.array([c.row for c in some], dtype=np.int64)
    share = np.array([c.share or 0.0 for c in some])
    lines = np.array([(c.r, c.x, c.g, c.b, c.p, c.q, c.rating) for c in some]).T.copy()
    r, x, g, b, p, q, rating = lines
    swap_row = np.array([c.swap.row if c.swap else -1 for c in some], dtype=np.int64)
    swap = np.array([_swap_values(c.swap) for c in some]).T.copy()
    special = np.zeros(n, dtype=bool)
    special[row[kind == SPLIT]] = True
    special[swap_row[swap_row >= 0]] = True
    vr = np.repeat(start.real[:, None], w, axis=1)
    vi = np.repeat(start.imag[:, None], w, axis=1)
    jr, ji, extra, step = np.empty((n, w)), np.empty((n, w)), np.zeros((8, w)), np.empty(w)
    has_current_loads = bool(tree.p_current.any() or tree.q_current.any())
    sweep(
        tree.parent, tree.r, tree.x, tree.g_parent, tree.b_parent, tree.g_child, tree.b_child,
        tree.ratio_parent, tree.ratio_child, tree.p, tree.q, tree.p_current, tree.q_current,
        tree.g, tree.b, has_current_loads, special, kind, row, share, r, x, g, b, p, q,
        swap_row, swap[:6], TOLERANCE, MAX_ITERATIONS, is_apart, vr, vi, jr, ji, extra, step,
    )  # fmt: skip
    v_pu, loading = np.empty((n, w)), np.empty((n, w))
    parts = np.full((2, w), np.nan)
    _measure(
        tree.parent, tree.g_parent, tree.b_parent, tree.g_child, tree.b_child,
        tree.ratio_parent, tree.ratio_child, tree.rating_parent, tree.rating_child,
        special, kind, row, share, swap_row, swap, vr, vi, jr, ji, extra, v_pu, loading, parts,
    )  # fmt: skip
    joint, load = extra[0] + 1j * extra[1], extra[2] + 1j * extra[3]
    inner, y = extra[4] + 1j * extra[5], g + 1j * b
    worst = np.maximum(np.abs(inner + y * joint), np.abs(inner - y * load))
    lanes = Lanes(
        v_pu=v_pu,
        loading_pct=loading,
        v_split_pu=np.abs(joint),
        v_load_pu=np.abs(load),
        loading_parts_pct=parts,
        loading_new_pct=100.0 * worst / rating,
        converged=(step <= TOLERANCE) & np.isfinite(v_pu).all(axis=0),
    )
    return vr + 1j * vi, jr + 1j * ji, lanes


_NO_CONNECTION = Connection(row=0, share=None, r=0, x=0, g=0, b=0, rating=np.inf, p=0, q=0)


def _swap_values(swap: BranchSwap | None) -> tuple[float, ...]:
    if swap is None:
        return (0.0,) * 8
    return (
        swap.r, swap.x, swap.g_parent, swap.b_parent, swap.g_child, swap.b_child,
        swap.rating_parent, swap.rating_child,
    )  # fmt: skip


@njit(cache=True, error_model="numpy", nogil=True)
def _measure(
    parent: Ints,
    gp: Floats, bp: Floats, gc: Floats, bc: Floats, kp: Floats, kc: Floats,
    rating_p: Floats, rating_c: Floats,
    special: Bools, kind: Ints, row: Ints, share: Floats, swap_row: Ints, swap: Floats,
    vr: Floats, vi: Floats, jr: Floats, ji: Floats, extra: Floats,
    v_pu: Floats, loading: Floats, parts: Floats,
) -> None:  # fmt: skip
    """Voltage magnitudes and loadings (percent, worst end) of every row and lane."""
    n, w = vr.shape
    for lane in range(w):
        v_pu[0, lane] = np.hypot(vr[0, lane], vi[0, lane])
        loading[0, lane] = 0.0
    for k in range(1, n):
        m = parent[k]
        for lane in range(w):
            v_pu[k, lane] = np.sqrt(vr[k, lane] ** 2 + vi[k, lane] ** 2)
            y1, y2 = complex(gp[k], bp[k]), complex(gc[k], bc[k])
            limit1, limit2 = rating_p[k], rating_c[k]
            j = complex(jr[k, lane], ji[k, lane])
            up = complex(vr[m, lane], vi[m, lane]) / kp[k]
            down = complex(vr[k, lane], vi[k, lane]) / kc[k]
            if special[k]:
                if swap_row[lane] == k:
                    y1, y2 = (
                        complex(swap[2, lane], swap[3, lane]),
                        complex(swap[4, lane], swap[5, lane]),
                    )
                    limit1, limit2 = swap[6, lane], swap[7, lane]
                if kind[lane] == SPLIT and row[lane] == k:
                    s = share[lane]
                    mid = complex(extra[0, lane], extra[1, lane])
                    j1 = complex(extra[6, lane], extra[7, lane])
                    first = max(abs(j1 + s * y1 * up), abs(j1 - s * y1 * mid)) / limit1
                    second = max(abs(j + (1 - s) * y2 * mid), abs(j - (1 - s) * y2 * down)) / limit2
                    parts[0, lane], parts[1, lane] = 100.0 * first, 100.0 * second
                    loading[k, lane] = 100.0 * max(first, second)
                    continue
            i1 = abs(j + y1 * up) / kp[k]
            i2 = abs(j - y2 * down) / kc[k]
            loading[k, lane] = 100.0 * max(i1 / limit1, i2 / limit2)
