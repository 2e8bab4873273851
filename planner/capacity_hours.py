"""The least of many hours: what every node of a tree can still take, and feed in, in each of them.

For load every hour is solved that no heavier one covers (`grid_models.demand.worst`), and a node's
capacity is found anew only where the least so far might not hold (`grid_models.capacity_hours`).
For generation whole groups of hours are ruled out by what is exact but for losses
(`grid_models.demand.search`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grid_models.capacity_hours import LeastCapacity
from grid_models.capacity_map import TreeCapacity, TreeExport, map_export
from grid_models.compiled import Tree
from grid_models.demand import (
    LoadCases,
    covered_cases,
    limit_groups,
    search_worst_cases,
    tree_at,
    trees_at,
)
from grid_models.exact.fold import fold_tree
from grid_models.exact.largest import largest_loads
from grid_models.model import GridModel
from planner.situation import Situation

__all__ = ["Hours", "least_exports", "least_loads"]

Floats = npt.NDArray[np.float64]
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
    for case, tree in trees_at(model.compiled, number, cases):
        if (covered[case] & covers).any():
            continue
        situation = stand(tree, cases.cases[case].season)
        if not situation.state.converged:
            return None
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
        None where the tree has no solution in one of the hours that are looked at.
    """
    last: list[tuple[Tree, Situation]] = []

    def at(tree: Tree, season: str) -> Situation:
        """Solve a tree once, though the search asks first what it breaks, then what it takes."""
        if not last or last[0][0] is not tree:
            last[:] = [(tree, stand(tree, season))]
        return last[0][1]

    def look(situation: Situation) -> TreeExport | None:
        if not situation.state.converged:
            return None
        return map_export(
            situation.tree, situation.state, situation.limits, situation.export_bounds,
            power_factor=power_factor,
        )  # fmt: skip

    def capacity(tree: Tree, season: str) -> Floats:
        situation, rows = at(tree, season), np.arange(len(tree))
        # what is unknown must win over everything that is known
        if not situation.state.converged:
            return np.full(len(tree), -np.inf)
        # one order of the series to compare hours by; the hour that binds is settled by two
        folded = fold_tree(situation.tree, situation.state, situation.export_bounds)
        found = largest_loads(folded, rows, power_factor=power_factor, injects=True)
        return np.nan_to_num(1000.0 * found.s_pu, nan=-np.inf)

    def breaks(tree: Tree, season: str) -> bool:
        situation = at(tree, season)
        return not situation.state.converged or bool(situation.export_bounds.is_broken.any())

    worst = search_worst_cases(
        model.compiled, number, cases, capacity, limit_group=limit_groups(model.grid),
        breaks=breaks, is_proven_only=False,
    )  # fmt: skip
    count = len(worst.case)
    kva, row, code = np.zeros(count), np.zeros(count, np.int64), np.full(count, "", dtype=object)
    for case in np.unique(worst.case).tolist():
        tree = tree_at(model.compiled, number, cases, case)
        found = look(stand(tree, cases.cases[case].season))
        if found is None:
            return None
        own = worst.case == case
        kva[own], row[own], code[own] = found.kva[own], found.row[own], found.code[own]
    names = np.array([case.name for case in cases.cases], dtype=object)
    return TreeExport(kva=kva, row=row, code=code), names[worst.case]
