"""The referee's own way to the positions tap changers settle at: tables in, tables out.

Nothing of `regulation` is used: positions are tried one after the other as a changer steps, each
solved by pandapower, and whether a changer may move is asked of pandapower too.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

import numpy as np

from grid_models.changers import find_regulated
from grid_models.grid import Grid
from grid_models.solvers.reference import solve_reference

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
    names = [str(name) for name in grid.transformers.index[find_regulated(grid)]]
    moving = [name for name in names if _decides_alone(grid, name)]
    for _ in range(MOST_PASSES if moving else 0):
        before = grid.transformers["tap_pos"]
        for name in moving:
            grid = _at(grid, name, _settled_position(grid, name, end))
        if len(moving) == 1 or before.equals(grid.transformers["tap_pos"]):
            break
    return grid


def _decides_alone(grid: Grid, name: str) -> bool:
    """Say whether the low side is fed, and by this transformer only."""
    low_side = str(grid.transformers["lv_node"][name])
    rows = grid.transformers
    without = grid.with_tables(
        transformers=rows.assign(is_in_service=rows["is_in_service"] & (rows.index != name))
    )
    is_fed = [
        bool(np.isfinite(solve_reference(of).nodes["v_pu"][low_side])) for of in (grid, without)
    ]
    return is_fed == [True, False]


def _at(grid: Grid, name: str, position: float) -> Grid:
    rows = grid.transformers
    if rows.loc[name, "tap_pos"] == position:
        return grid
    position_of = rows["tap_pos"].where(rows.index != name, position)
    return grid.with_tables(transformers=rows.assign(tap_pos=position_of))


def _voltage(grid: Grid, name: str, solved: dict[float, float], position: float) -> float:
    """Voltage of the low side at a position; without a solution it has collapsed."""
    if position not in solved:
        nodes = solve_reference(_at(grid, name, position)).nodes
        v = float(nodes["v_pu"][str(grid.transformers["lv_node"][name])])
        solved[position] = v if np.isfinite(v) else -np.inf
    return solved[position]


def _settled_position(grid: Grid, name: str, end: Literal["low", "high"]) -> float:
    tap: Any = grid.transformers.loc[name]
    v = partial(_voltage, grid, name, {})
    # Towards more voltage: fewer turns on the high side, or more on the low side.
    up = np.sign(tap["tap_step_pct"]) * (-1.0 if tap["tap_side"] == "hv" else 1.0)
    low = tap["tap_set_point_pu"] - tap["tap_band_pu"] / 2.0 - SLACK
    high = tap["tap_set_point_pu"] + tap["tap_band_pu"] / 2.0 + SLACK

    def may(position: float) -> bool:
        return bool(tap["tap_min"] <= position <= tap["tap_max"])

    position = float(tap["tap_pos"])
    if end == "low":
        while may(position + up) and v(position) < low:
            position += up
        while may(position - up) and v(position - up) >= low:
            position -= up
        leaps = v(position) > high and may(position - up)
        return position - up if leaps else position
    while may(position - up) and v(position) > high:
        position -= up
    while may(position + up) and v(position + up) <= high:
        position += up
    leaps = v(position) < low and may(position + up)
    return position + up if leaps else position
