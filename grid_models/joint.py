"""Several new loads at once: whether they fit together, and how much of them does.

Capacities of two points never add up: both flow through what they share. So what adds loads asks
here. The answer is one full power flow with all of them, under the same limits as the hosting
capacity of a single point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from grid_models.capacity import PRECISION, hosting_code, least_margins
from grid_models.compiled import Tree
from grid_models.limits import Bounds, TreeLimits
from grid_models.solvers.radial import add_power, solve_tree

__all__ = ["Joint", "NewLoads", "joint_capacity"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Shares of the loads beyond which nothing is looked for.
LARGEST_SHARE = 1e6
# Margin that a load without a voltage solution counts as having.
NO_SOLUTION = -1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLoads:
    """Loads to be added to one tree together.

    Parameters
    ----------
    row
        Of each load's node.
    p_mw, q_mvar
        Of each load.
    """

    row: Ints
    p_mw: Floats
    q_mvar: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """What fits of several loads together.

    Parameters
    ----------
    share
        Largest common share of all of them that breaks no limit, to a hundred-thousandth from
        below; at least 1: all fit. inf where nothing binds, 0 where a way is broken already.
    row, code
        What binds, as in `capacity.Hosting`.
    """

    share: float
    row: int
    code: str

    @property
    def fits(self) -> bool:
        """Whether all of the loads can be taken at once."""
        return self.share >= 1.0


def joint_capacity(
    tree: Tree,
    limits: TreeLimits,
    bounds: Bounds,
    loads: NewLoads,
    *,
    at_most: float = float("inf"),
) -> Joint:
    """Find the largest common share of several loads that a tree can take at once, by full AC.

    Limits broken before count as met as long as they worsen by no more than `bounds` allow, unless
    they lie on the way of one of the loads to the source.

    Parameters
    ----------
    tree
        As it stands, commitments included.
    at_most
        A share beyond which nobody asks: if it can be taken, it is returned, with nothing binding.
    """
    on_way = np.unique(np.concatenate([tree.path(int(row)) for row in loads.row]))
    broken = on_way[bounds.is_broken[on_way]]
    if len(broken):
        return Joint(share=0.0, row=int(broken[-1]), code="already_violated")

    def look(share: float) -> tuple[float, int, int]:
        added = add_power(tree, loads.row, share * loads.p_mw, share * loads.q_mvar)
        state = solve_tree(added)
        if not state.converged:
            return NO_SOLUTION, -1, 0
        margin, row, code = least_margins(
            state.v_pu[:, None], state.loading_pct[:, None], limits.factor,
            bounds.loading_pct, bounds.v_low_pu, bounds.v_high_pu,
        )  # fmt: skip
        return float(margin[0]), int(row[0]), int(code[0])

    if at_most < LARGEST_SHARE and look(at_most)[0] >= 0.0:
        return Joint(share=at_most, row=-1, code="")
    high = 1.0
    while look(high)[0] >= 0.0:
        if high > LARGEST_SHARE:
            return Joint(share=float("inf"), row=-1, code="")
        high *= 2.0
    low = 0.5 * high
    while look(low)[0] < 0.0 and low > 1.0 / LARGEST_SHARE**2:
        low, high = 0.5 * low, low
    step = PRECISION * high
    if look(low)[0] >= 0.0:
        low = float(brentq(lambda share: look(share)[0], low, high, xtol=step / 4.0))
        while low > 0.0 and look(low)[0] < 0.0:
            low -= step / 2.0
    else:
        low = 0.0
    _, row, code = look(low + step)
    if row < 0:
        # no limit broke before the voltage collapsed
        return Joint(share=max(low, 0.0), row=int(loads.row[0]), code="voltage_low")
    return Joint(share=max(low, 0.0), row=row, code=hosting_code(limits, row, code))
