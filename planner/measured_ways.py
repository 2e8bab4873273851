"""Measured ways: what customers and their ways to the source see, without any check."""

from __future__ import annotations

from collections.abc import Sequence

from grid_models.solvers.radial import solve_connections
from planner.connection import Trial
from planner.situation import Situation

__all__ = ["measure_ways"]


def measure_ways(situation: Situation, trials: Sequence[Trial]) -> list[tuple[float, float] | None]:
    """Solve trials of one source tree and return of each what its customer and its way see.

    Returns
    -------
    ways
        Voltage of the customer (pu) and greatest loading on the path in percent of the limit, new
        line included; None where there is no solution.
    """
    lanes = solve_connections(
        situation.tree, situation.state, [trial.connection for trial in trials]
    )
    limits = situation.limits
    is_held = limits.is_known & (limits.is_line | limits.is_transformer)
    found: list[tuple[float, float] | None] = []
    for lane, trial in enumerate(trials):
        if not lanes.converged[lane]:
            found.append(None)
            continue
        row = trial.connection.row
        loadings = [float(lanes.loading_new_pct[lane])]
        path = situation.tree.path(row)
        if trial.connection.share is not None:
            path = path[1:]
            if is_held[row]:
                loadings.append(float(lanes.loading_parts_pct[0, lane] * limits.factor[row]))
        path = path[is_held[path]]
        loadings += (lanes.loading_pct[path, lane] * limits.factor[path]).tolist()
        found.append((float(lanes.v_load_pu[lane]), max(loadings)))
    return found
