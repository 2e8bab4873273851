"""Which loads a tree takes for certain: one walk to the source, where a capacity needs three.

Of many load cases only the least capacity of a node counts. Where the least so far can be taken in
another case with something to spare, that case needs no capacity for the node.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from grid_models.exact.fold import STEP_COLUMNS, W0, WAY_COLUMNS, Folded
from grid_models.exact.march import march_up, start_at_node

__all__ = ["find_holding"]

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MAX_MARCHES = 4
# A step of the squared voltage so small that limits, drawn on as straight lines, are off by its
# square at most: below what `spare` leaves.
NEAR = 3e-4


def find_holding(
    folded: Folded,
    s_pu: Floats,
    fall: Floats,
    *,
    spare: float,
    power_factor: float,
    injects: bool = False,
) -> Bools:
    """Say of every row whether a load can be taken there, alone and with something to spare.

    Parameters
    ----------
    s_pu
        Load at each row's node; what is infinite or NaN cannot be taken.
    fall
        About how far the load takes the squared voltage of its node down: where the search starts.
    spare
        Share by which the load could still grow.
    power_factor
        Of the load, lagging.
    injects
        Generation instead of a load; under limits as they hold for it.

    Returns
    -------
    holding
        False where it is not certain. At row 0, whose voltage is held, True.
    """
    tree = folded.tree
    holding = np.zeros(len(tree), dtype=bool)
    sign = -1.0 if injects else 1.0
    _find_holding(
        tree.parent, folded.node, folded.step, folded.broken, s_pu * (1.0 + spare), fall,
        sign * power_factor, sign * np.sqrt(1.0 - power_factor**2), injects,
        int(tree.depth.max(initial=0)) + 2, holding,
    )  # fmt: skip
    return holding


@njit(cache=True, error_model="numpy", nogil=True)
def _find_holding(
    parent: Ints, node: Floats, step: Floats, broken: Ints, s: Floats, fall: Floats,
    p_share: float, q_share: float, has_high: bool, depth: int, holding: Bools,
) -> None:  # fmt: skip
    start, first = np.zeros(WAY_COLUMNS), np.zeros(STEP_COLUMNS)
    most = 4 * depth + 4
    tag, value = np.empty(most, np.int64), np.empty(most)
    by_w, by_s, bend = np.empty(most), np.empty(most), np.empty(most)
    holding[0] = True
    for k in range(1, len(parent)):
        if s[k] == 0.0:
            holding[k] = True
        if broken[k] >= 0 or not 0.0 < s[k] < np.inf:
            continue
        start_at_node(k, node, step, start, first)
        w = node[k, W0] - fall[k]
        for _ in range(MAX_MARCHES):
            if not w > 0.0:
                break
            count, excess, excess_w, _ = march_up(
                k, start, first, parent, step, w, s[k], p_share, q_share, has_high,
                tag, value, by_w, by_s, bend,
            )  # fmt: skip
            off = excess / excess_w
            if abs(off) <= NEAR * w:
                holding[k] = True
                for j in range(count):
                    if value[j] < by_w[j] * off:
                        holding[k] = False
                        break
                break
            w -= off
