"""The least of many hours: what every node of a tree can still take, and feed in, in each of them.

For load every hour is solved that no heavier one covers (`grid_models.demand.worst`); for
generation, where no such rule is proven, every hour. A node's capacity is found anew only where the
least so far might not hold (`grid_models.capacity_hours`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grid_models.capacity_hours import LeastCapacity, LeastExport
from grid_models.capacity_map import TreeCapacity, TreeExport
from grid_models.compiled import Tree
from grid_models.demand import (
    LoadCases,
    covered_cases,
    limit_groups,
    trees_at,
)
from grid_models.exact.fold import fold_tree
from grid_models.model import GridModel
from planner.situation import Situation

__all__ = ["Hours", "least_exports", "least_loads"]

Texts = npt.NDArray[np.object_]
Stand = Callable[[Tree, str], Situation]
"""Gives a tree in a load case, under the limits of its season."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Load cases by season and quarter hour of the day; None: every one."""

    season: str | None = None
    quarter_hour: int | None = None

    def of(self, model: GridModel) -> LoadCases:
        """Return the cases of a grid that are meant, loads at their greatest."""
        return model.load_cases.find(season=self.season, quarter_hour=self.quarter_hour)

    def toward_export(self, model: GridModel) -> LoadCases:
        """Return the same cases with loads at their least and generators at their greatest."""
        return model.export_cases.find(season=self.season, quarter_hour=self.quarter_hour)


def least_loads(
    model: GridModel, number: int, cases: LoadCases, stand: Stand, *, k: float, power_factor: float
) -> tuple[TreeCapacity, Texts, Texts] | None:
    """Return the least capacities for load by row of a tree, with the hours they are of.

    Parameters
    ----------
    stand
        With all that is promised.
    k, power_factor
        As `capacity_map.map_tree` takes them.

    Returns
    -------
    capacity, open_hour, hosting_hour
        None where the tree has no solution in one of the hours: what is unknown then is unknown.
    """
    least = LeastCapacity.start(len(model.tree(number)))
    covered = covered_cases(model.compiled, number, cases, limit_group=limit_groups(model.grid))
    covers = np.zeros(len(cases), dtype=bool)
    # Where tap changers move, an hour covers only those that leave them at the same positions.
    moves = number in model.changers
    position: dict[int, tuple[float, ...]] = {}
    for case, tree in trees_at(model.compiled, number, cases):
        heavier = np.flatnonzero(covered[case] & covers).tolist()
        if heavier and not moves:
            continue
        situation = stand(tree, cases.cases[case].season)
        if not situation.state.converged:
            return None
        if any(position[k] == situation.position for k in heavier):
            continue
        position[case] = situation.position
        covers[case] = not situation.bounds.is_broken.any()
        least.take(
            case,
            situation.folded,
            situation.state,
            situation.limits,
            situation.bounds,
            peak_loading_pct=situation.peak_loading_pct,
            promised_kva=situation.promised_kva,
            k=k,
            power_factor=power_factor,
        )
    names = np.array([case.name for case in cases.cases], dtype=object)
    return least.capacity, names[least.open_case], names[least.hosting_case]


def least_exports(
    model: GridModel, number: int, cases: LoadCases, stand: Stand, *, power_factor: float
) -> tuple[TreeExport, Texts] | None:
    """Return the least capacities for generation by row of a tree, with the hours they are of.

    Parameters
    ----------
    cases
        Toward export.
    stand
        Without promises, which may never come to use what is fed in.
    power_factor
        As `capacity_map.map_export` takes it.

    Returns
    -------
    export, hour
        None where the tree has no solution in one of the hours.
    """
    least = LeastExport.start(len(model.tree(number)))
    for case, tree in trees_at(model.compiled, number, cases):
        situation = stand(tree, cases.cases[case].season)
        for at_end in filter(None, (situation, situation.upper)):
            if not at_end.state.converged:
                return None
            bounds = at_end.export_bounds
            least.take(
                case,
                fold_tree(at_end.tree, at_end.state, bounds),
                at_end.state,
                at_end.limits,
                bounds,
                power_factor=power_factor,
            )
    names = np.array([case.name for case in cases.cases], dtype=object)
    return least.export, names[least.case]
