"""The numba kernel of the radial power flow: many cases at once, one in each lane.

Exact backward-forward sweep on a tree in preorder. Lane w of every (n, w) array is one case; all
lanes share the tree, and each may connect one new load through a new line, either at a row's own
node or in the middle of the branch above it (a split line), and may replace the parameters of one
branch. Nothing is inserted into the arrays, so a row means the same before and after.

The sweep is a fixed-point iteration on the currents. It converges to the high-voltage solution
whenever the tree is loaded as a distribution grid is; a lane whose step does not shrink is given
up and reported as not converged, never as a number.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["NODE", "NONE", "SPLIT", "sweep"]

NONE, NODE, SPLIT = 0, 1, 2
# Steps of this size (pu) are no longer a solution anybody would recognise.
HOPELESS = 5.0

Floats = npt.NDArray[np.float64]
_FAST = {"contract", "arcp", "nsz", "reassoc"}


@njit(cache=True, fastmath=_FAST, error_model="numpy", nogil=True)
def sweep(
    parent: npt.NDArray[np.int64],
    r: Floats, x: Floats, gp: Floats, bp: Floats, gc: Floats, bc: Floats, kp: Floats, kc: Floats,
    p: Floats, q: Floats, pi: Floats, qi: Floats, g: Floats, b: Floats,
    has_current_loads: bool,
    special: npt.NDArray[np.bool_],
    kind: npt.NDArray[np.int64], row: npt.NDArray[np.int64], share: Floats,
    lr: Floats, lx: Floats, lg: Floats, lb: Floats, lp: Floats, lq: Floats,
    swap_row: npt.NDArray[np.int64], swap: Floats,
    tolerance: float, max_iterations: int, is_apart: bool,
    vr: Floats, vi: Floats, jr: Floats, ji: Floats, extra: Floats, step: Floats,
) -> Any:  # fmt: skip
    """Solve all lanes in place.

    Parameters
    ----------
    parent, r, x, gp, bp, gc, bc, kp, kc, p, q, pi, qi, g, b
        The tree, see `compiled.Tree`; shape (n,).
    special
        Rows at which some lane differs from the tree.
    kind, row, share
        How each lane's new line is joined: NONE, NODE or SPLIT of the branch above `row`, with the
        share of its length between parent and split.
    lr, lx, lg, lb, lp, lq
        New line (series, shunt at each end) and new load of each lane, pu.
    swap_row, swap
        Row whose branch is replaced in each lane (-1: none) and its r, x, gp, bp, gc, bc; (6, w).
    is_apart
        Whether a lane keeps what it had when its own step was small enough, as if no lane were
        beside it; else all lanes stop together.
    vr, vi
        In: start values, row 0 holding the source voltage. Out: node voltages; shape (n, w).
    jr, ji
        Out: series current of each branch, at the child's inner end for a split one; (n, w).
    extra
        Out, (8, w): voltage of the split point, of the new load's node, current of the new line
        in its series branch, and series current of the split's parent part (real, imaginary each).
    step
        Out: last change of any voltage of each lane, pu; above `tolerance` means not converged.
    """
    n, w = vr.shape
    dead, is_kept = np.zeros(w, np.bool_), np.zeros(w, np.bool_)
    kept = np.empty((n, 4, w if is_apart and w > 1 else 0))
    kept_extra, kept_step, new = np.empty((8, w)), np.empty(w), np.empty(w, np.int64)
    for lane in range(w):
        k = row[lane]
        if kind[lane] == NODE:
            extra[0, lane], extra[1, lane] = vr[k, lane], vi[k, lane]
        elif kind[lane] == SPLIT:
            m = parent[k]
            extra[0, lane] = vr[m, lane] + share[lane] * (vr[k, lane] - vr[m, lane])
            extra[1, lane] = vi[m, lane] + share[lane] * (vi[k, lane] - vi[m, lane])
        extra[2, lane], extra[3, lane] = extra[0, lane], extra[1, lane]
    for _ in range(max_iterations):
        # currents taken at the nodes
        for k in range(n):
            pk, qk, gk, bk = p[k], q[k], g[k], b[k]
            for lane in range(w):
                u, v = vr[k, lane], vi[k, lane]
                d = 1.0 / (u * u + v * v)
                jr[k, lane] = (pk * u + qk * v) * d + gk * u - bk * v
                ji[k, lane] = (pk * v - qk * u) * d + gk * v + bk * u
        if has_current_loads:
            for k in range(n):
                if pi[k] != 0.0 or qi[k] != 0.0:
                    for lane in range(w):
                        u, v = vr[k, lane], vi[k, lane]
                        d = 1.0 / np.sqrt(u * u + v * v)
                        jr[k, lane] += (pi[k] * u + qi[k] * v) * d
                        ji[k, lane] += (pi[k] * v - qi[k] * u) * d
        # the new lines
        for lane in range(w):
            if kind[lane] == NONE:
                continue
            u, v = extra[2, lane], extra[3, lane]
            d = 1.0 / (u * u + v * v)
            gl, bl = lg[lane], lb[lane]
            a = (lp[lane] * u + lq[lane] * v) * d + gl * u - bl * v
            c = (lp[lane] * v - lq[lane] * u) * d + gl * v + bl * u
            extra[4, lane], extra[5, lane] = a, c
            if kind[lane] == NODE:
                k = row[lane]
                u, v = vr[k, lane], vi[k, lane]
                jr[k, lane] += a + gl * u - bl * v
                ji[k, lane] += c + gl * v + bl * u
        # backward: the node current becomes the series current of the branch above
        for k in range(n - 1, 0, -1):
            m = parent[k]
            if special[k]:
                for lane in range(w):
                    gpk, bpk, gck, bck = gp[k], bp[k], gc[k], bc[k]
                    if swap_row[lane] == k:
                        gpk, bpk, gck, bck = (
                            swap[2, lane],
                            swap[3, lane],
                            swap[4, lane],
                            swap[5, lane],
                        )
                    if kind[lane] == SPLIT and row[lane] == k:
                        s = share[lane]
                        t = 1.0 - s
                        u, v = vr[k, lane], vi[k, lane]
                        a = jr[k, lane] + t * (gck * u - bck * v)
                        c = ji[k, lane] + t * (gck * v + bck * u)
                        jr[k, lane], ji[k, lane] = a, c
                        u, v = extra[0, lane], extra[1, lane]
                        ym_g = t * gck + s * gpk + lg[lane]
                        ym_b = t * bck + s * bpk + lb[lane]
                        a += extra[4, lane] + ym_g * u - ym_b * v
                        c += extra[5, lane] + ym_g * v + ym_b * u
                        extra[6, lane], extra[7, lane] = a, c
                        u, v = vr[m, lane], vi[m, lane]
                        jr[m, lane] += a + s * (gpk * u - bpk * v)
                        ji[m, lane] += c + s * (gpk * v + bpk * u)
                    else:
                        u, v = vr[k, lane] / kc[k], vi[k, lane] / kc[k]
                        a = jr[k, lane] * kc[k] + gck * u - bck * v
                        c = ji[k, lane] * kc[k] + gck * v + bck * u
                        jr[k, lane], ji[k, lane] = a, c
                        u, v = vr[m, lane] / kp[k], vi[m, lane] / kp[k]
                        jr[m, lane] += (a + gpk * u - bpk * v) / kp[k]
                        ji[m, lane] += (c + gpk * v + bpk * u) / kp[k]
                continue
            gpk, bpk, gck, bck = gp[k], bp[k], gc[k], bc[k]
            c1, c2, p2 = kc[k], 1.0 / kc[k], 1.0 / kp[k]
            for lane in range(w):
                u, v = vr[k, lane] * c2, vi[k, lane] * c2
                a = jr[k, lane] * c1 + gck * u - bck * v
                c = ji[k, lane] * c1 + gck * v + bck * u
                jr[k, lane], ji[k, lane] = a, c
                u, v = vr[m, lane] * p2, vi[m, lane] * p2
                jr[m, lane] += (a + gpk * u - bpk * v) * p2
                ji[m, lane] += (c + gpk * v + bpk * u) * p2
        # forward: voltages from the source down
        for lane in range(w):
            step[lane] = 0.0
        for k in range(1, n):
            m = parent[k]
            rk, xk, c1, p2 = r[k], x[k], kc[k], 1.0 / kp[k]
            if special[k]:
                for lane in range(w):
                    a, c = jr[k, lane], ji[k, lane]
                    if kind[lane] == SPLIT and row[lane] == k:
                        s = share[lane]
                        t = 1.0 - s
                        d1, d2 = extra[6, lane], extra[7, lane]
                        u = vr[m, lane] - s * (rk * d1 - xk * d2)
                        v = vi[m, lane] - s * (rk * d2 + xk * d1)
                        extra[0, lane], extra[1, lane] = u, v
                        u -= t * (rk * a - xk * c)
                        v -= t * (rk * c + xk * a)
                    else:
                        rs, xs = rk, xk
                        if swap_row[lane] == k:
                            rs, xs = swap[0, lane], swap[1, lane]
                        u = (vr[m, lane] * p2 - (rs * a - xs * c)) * c1
                        v = (vi[m, lane] * p2 - (rs * c + xs * a)) * c1
                    step[lane] = max(step[lane], abs(u - vr[k, lane]) + abs(v - vi[k, lane]))
                    vr[k, lane], vi[k, lane] = u, v
                continue
            for lane in range(w):
                a, c = jr[k, lane], ji[k, lane]
                u = (vr[m, lane] * p2 - (rk * a - xk * c)) * c1
                v = (vi[m, lane] * p2 - (rk * c + xk * a)) * c1
                step[lane] = max(step[lane], abs(u - vr[k, lane]) + abs(v - vi[k, lane]))
                vr[k, lane], vi[k, lane] = u, v
        finished = True
        for lane in range(w):
            if kind[lane] != NONE:
                if kind[lane] == NODE:
                    extra[0, lane], extra[1, lane] = vr[row[lane], lane], vi[row[lane], lane]
                a, c = extra[4, lane], extra[5, lane]
                u = extra[0, lane] - (lr[lane] * a - lx[lane] * c)
                v = extra[1, lane] - (lr[lane] * c + lx[lane] * a)
                change = abs(u - extra[2, lane]) + abs(v - extra[3, lane])
                step[lane] = max(step[lane], change)
                extra[2, lane], extra[3, lane] = u, v
            if not step[lane] < HOPELESS:
                dead[lane] = True
            if dead[lane]:
                step[lane] = np.inf
            elif step[lane] > tolerance:
                finished = False
        if finished:
            break
        if is_apart:
            count = 0
            for lane in range(w):
                if not is_kept[lane] and (dead[lane] or step[lane] <= tolerance):
                    is_kept[lane] = True
                    kept_extra[:, lane], kept_step[lane] = extra[:, lane], step[lane]
                    new[count] = lane
                    count += 1
            if count:
                for k in range(n):
                    for i in range(count):
                        lane = new[i]
                        kept[k, 0, lane], kept[k, 1, lane] = vr[k, lane], vi[k, lane]
                        kept[k, 2, lane], kept[k, 3, lane] = jr[k, lane], ji[k, lane]
    if is_kept.any():
        for k in range(n):
            for lane in range(w):
                if is_kept[lane]:
                    vr[k, lane], vi[k, lane] = kept[k, 0, lane], kept[k, 1, lane]
                    jr[k, lane], ji[k, lane] = kept[k, 2, lane], kept[k, 3, lane]
        for lane in range(w):
            if is_kept[lane]:
                extra[:, lane], step[lane] = kept_extra[:, lane], kept_step[lane]
