"""Regulation: the positions tap changers settle at before anything new, by full AC.

Where within its band a changer stands depends on where the voltage came from. So two states bound
what can be: the *low end*, at which every changer stands at the lowest voltage that is still in its
band, and the *high end*, at the highest. Then they stand still. With more load a real changer would
step up, which helps; so what holds at the low end holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from grid_models.changers import Changer
from grid_models.compiled import Tree
from grid_models.solvers.radial import TreeState, solve_tree

__all__ = ["End", "Settled", "settle"]

End = Literal["low", "high"]

# A voltage this little (pu) beyond the end of a band is still in it: rounding decides nothing.
SLACK = 1e-9
# Passes over all changers of a tree, each with the others standing. Two do, nearly always.
MOST_PASSES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A tree whose changers have settled.

    Parameters
    ----------
    tree, state
        At these positions.
    position
        Tap position of every changer, in their order.
    """

    tree: Tree
    state: TreeState
    position: tuple[float, ...]


def settle(tree: Tree, changers: Sequence[Changer], *, end: End) -> Settled:
    """Let the changers of a tree settle at one end of their bands.

    Each goes, the nearest to the source first, to the position with the least voltage of its low
    side that is not below its band (at the high end: the greatest that is not above); to the end of
    its range where none is. Where a step leads from below the band to above it, it goes beyond it:
    it would go to and fro. Passes are repeated until none moves.

    Parameters
    ----------
    tree
        As it stands, taps at their present positions.
    changers
        Of this tree, by row.
    """
    at = [changer.present for changer in changers]
    state = solve_tree(tree)
    for _ in range(MOST_PASSES):
        before = list(at)
        for k, changer in enumerate(changers):
            at[k], tree, state = _Search(changer, tree, state, at[k]).settled(end)
        if at == before or len(at) == 1:
            break
    position = tuple(float(c.position[k]) for c, k in zip(changers, at, strict=True))
    return Settled(tree=tree, state=state, position=position)


class _Search:
    """Positions of one changer, the others standing; each is solved once."""

    def __init__(self, changer: Changer, tree: Tree, state: TreeState, at: int) -> None:
        self.changer, self.tree, self.at = changer, tree, at
        self.solved = {at: (tree, state)}
        self.last = len(changer.position) - 1

    def v(self, k: int) -> float:
        """Voltage of the low side at a position; without a solution it has collapsed."""
        if k not in self.solved:
            tree = self.changer.put(self.tree, k)
            self.solved[k] = (tree, solve_tree(tree))
        state = self.solved[k][1]
        return float(state.v_pu[self.changer.row]) if state.converged else -np.inf

    def settled(self, end: End) -> tuple[int, Tree, TreeState]:
        k = self._low_end() if end == "low" else self._high_end()
        self.v(k)
        return (k, *self.solved[k])

    def _guess(self, wanted_pu: float) -> float:
        """Boost at which the low side would have a voltage, were the load no matter."""
        v = self.v(self.at)
        return float(self.changer.boost[self.at]) * wanted_pu / v if v > 0.0 else np.inf

    def _low_end(self) -> int:
        low, high = self.changer.low_pu - SLACK, self.changer.high_pu + SLACK
        k = min(int(self.changer.boost.searchsorted(self._guess(low))), self.last)
        while k > 0 and self.v(k) >= low and self.v(k - 1) >= low:
            k -= 1
        while k < self.last and self.v(k) < low:
            k += 1
        return k - 1 if k > 0 and self.v(k) > high and self.v(k - 1) < low else k

    def _high_end(self) -> int:
        low, high = self.changer.low_pu - SLACK, self.changer.high_pu + SLACK
        k = max(int(self.changer.boost.searchsorted(self._guess(high), side="right")) - 1, 0)
        while k < self.last and self.v(k) <= high and self.v(k + 1) <= high:
            k += 1
        while k > 0 and self.v(k) > high:
            k -= 1
        return k + 1 if k < self.last and self.v(k) < low and self.v(k + 1) > high else k
