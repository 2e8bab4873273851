"""The referee's own way to the positions tap changers settle at: tables in, tables out.

Nothing of `regulation` is used: positions are tried one after the other as a changer steps, each
solved by pandapower, and whether a changer may move is asked of pandapower too.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from grid_models.changers import find_regulated
from grid_models.grid import Grid
from grid_models.solvers.reference import solve_net, to_pandapower

__all__ = ["settle_reference"]

SLACK = 1e-9
MOST_PASSES = 10


def settle_reference(grid: Grid, end: Literal["low", "high"]) -> Grid:
    """Return the grid with every tap changer at one end of its band; itself if all taps stand.

    A changer holds the lowest voltage of its low side that is not below the band (``high``: the
    greatest not above), or stands at the end of its range; a step that leaps over the whole band
    is taken. One whose low side is fed without it as well stands.

    Raises
    ------
    MissingExtraError
        If pandapower is not installed.
    """
    held = find_regulated(grid).tolist()
    if not held:
        return grid
    net = to_pandapower(grid)
    changers = [_Stepper(net, grid, k) for k in held if k in net.trafo.index]
    moving = [changer for changer in changers if changer.decides_alone()]
    for _ in range(MOST_PASSES if moving else 0):
        moved = [changer.settle(end) for changer in moving]
        if len(moving) == 1 or not any(moved):
            break
    position = grid.transformers["tap_pos"].to_numpy(copy=True)
    position[net.trafo.index] = net.trafo["tap_pos"]
    return grid.with_tables(transformers=grid.transformers.assign(tap_pos=position))


class _Stepper:
    """One changer in a net, the others standing where they are."""

    def __init__(self, net: Any, grid: Grid, k: int) -> None:
        tap: Any = grid.transformers.iloc[k]
        self.net, self.k = net, k
        self.first, self.last = float(tap["tap_min"]), float(tap["tap_max"])
        half = tap["tap_band_pu"] / 2.0
        self.low = tap["tap_set_point_pu"] - half - SLACK
        self.high = tap["tap_set_point_pu"] + half + SLACK
        # Towards more voltage: fewer turns on the high side, or more on the low side.
        side = -1.0 if tap["tap_side"] == "hv" else 1.0
        self.up = float(np.sign(tap["tap_step_pct"]) * side)
        self.solved: dict[float, float] = {}

    def _solve(self) -> float:
        """Voltage of the low side; without a solution it has collapsed, without a feed NaN."""
        if solve_net(self.net) is not None:
            return -np.inf
        return float(self.net.res_bus.vm_pu[self.net.trafo.at[self.k, "lv_bus"]])

    def decides_alone(self) -> bool:
        """Say whether the low side is fed, and by this transformer only."""
        fed = not np.isnan(self._solve())
        was = bool(self.net.trafo.at[self.k, "in_service"])
        self.net.trafo.at[self.k, "in_service"] = False
        fed_otherwise = not np.isnan(self._solve())
        self.net.trafo.at[self.k, "in_service"] = was
        return fed and not fed_otherwise

    def v(self, position: float) -> float:
        if position not in self.solved:
            self.net.trafo.at[self.k, "tap_pos"] = position
            self.solved[position] = self._solve()
        return self.solved[position]

    def may(self, position: float) -> bool:
        return self.first <= position <= self.last

    def settle(self, end: Literal["low", "high"]) -> bool:
        """Step to the position; say whether it is another one than before."""
        before = float(self.net.trafo.at[self.k, "tap_pos"])
        self.solved = {}
        position = self._low_end(before) if end == "low" else self._high_end(before)
        self.net.trafo.at[self.k, "tap_pos"] = position
        return position != before

    def _low_end(self, position: float) -> float:
        while self.may(position + self.up) and self.v(position) < self.low:
            position += self.up
        while self.may(position - self.up) and self.v(position - self.up) >= self.low:
            position -= self.up
        leaps = self.v(position) > self.high and self.may(position - self.up)
        return position - self.up if leaps else position

    def _high_end(self, position: float) -> float:
        while self.may(position - self.up) and self.v(position) > self.high:
            position -= self.up
        while self.may(position + self.up) and self.v(position + self.up) <= self.high:
            position += self.up
        leaps = self.v(position) < self.low and self.may(position + self.up)
        return position + self.up if leaps else position
