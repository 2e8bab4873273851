"""Which of a tree's load cases bind which node: the map over hours without solving every hour.

More load never leaves more room within limits, so most hours are ruled out by others
(`grid_models.demand`): what is computed in full is the few that are some node's worst.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grid_models.compiled import Tree
from grid_models.demand import (
    LoadCases,
    Toward,
    limit_groups,
    make_load_cases,
    search_worst_cases,
)
from grid_models.demand.trees import tree_at
from grid_models.model import GridModel
from planner.situation import Situation

__all__ = ["Columns", "Hours", "least_over_hours"]

Columns = dict[str, npt.NDArray[np.generic]]
Floats = npt.NDArray[np.float64]
Stand = Callable[[Tree, str, Toward], Situation]
"""Gives a tree in a load case, with the limits of its season and what counts toward its side."""
Look = Callable[[Situation, str], Columns]
"""Gives the columns of a tree in a case of some name."""

# Each number with what goes with it, for load and for generation.
_LOAD = {
    "open_capacity_kva": ("open_binding_id", "open_hour"),
    "free_after_promises_kva": (),
    "hosting_capacity_kva": (
        "hosting_binding_id", "hosting_binding_code", "quality", "hosting_hour",
    ),
}  # fmt: skip
_EXPORT = {
    "export_capacity_kva": ("export_binding_id", "export_binding_code", "export_hour"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Load cases by season and quarter hour of the day; None: every one."""

    season: str | None = None
    quarter_hour: int | None = None

    def of(self, model: GridModel) -> LoadCases:
        """Return the cases of a grid that are meant, loads at their greatest."""
        every = make_load_cases(model.compiled)
        return every.find(season=self.season, quarter_hour=self.quarter_hour)

    def toward_export(self, model: GridModel) -> LoadCases:
        """Return the same cases with loads at their least and generators at their greatest."""
        every = make_load_cases(model.compiled, toward="export")
        return every.find(season=self.season, quarter_hour=self.quarter_hour)


def least_over_hours(
    model: GridModel, number: int, hours: Hours, stand: Stand, *, load: Look, export: Look
) -> Columns:
    """Return the columns of a tree, each node's numbers from the hour in which they are least.

    What is unknown in one hour that counts is unknown. Hours that leave least for generation are
    chosen by a rule that is exact but for losses (`grid_models.demand.worst`).

    Parameters
    ----------
    load, export
        Give all columns, and those of generation.
    """
    found: Columns = {}
    for cases, look, numbers in (
        (hours.of(model), load, _LOAD),
        (hours.toward_export(model), export, _EXPORT),
    ):
        found |= _least(model, number, cases, stand, look, numbers)
    return found


def _least(
    model: GridModel,
    number: int,
    cases: LoadCases,
    stand: Stand,
    look: Look,
    numbers: Mapping[str, tuple[str, ...]],
) -> Columns:
    """Find each number's worst case node by node, and take what goes with it from there."""

    def capacity(tree: Tree, season: str) -> Floats:
        columns = look(stand(tree, season, cases.toward), "")
        found = np.concatenate([np.asarray(columns[name], dtype=float) for name in numbers])
        # what is unknown must win over everything that is known
        return np.where(np.isnan(found), -np.inf, found)

    def breaks(tree: Tree, season: str) -> bool:
        situation = stand(tree, season, cases.toward)
        bounds = situation.bounds if cases.toward == "load" else situation.export_bounds
        return not situation.state.converged or bool(bounds.is_broken.any())

    worst = search_worst_cases(
        model.compiled, number, cases, capacity, limit_group=limit_groups(model.grid),
        breaks=breaks, is_proven_only=False,
    )  # fmt: skip
    case_of = dict(zip(numbers, np.split(worst.case, len(numbers)), strict=True))
    result: Columns = {}
    for k in np.unique(worst.case).tolist():
        case = cases.cases[k]
        tree = tree_at(model.compiled, number, cases, k)
        columns = look(stand(tree, case.season, cases.toward), case.name)
        result = result or {name: values.copy() for name, values in columns.items()}
        for name, others in numbers.items():
            own = case_of[name] == k
            for column in (name, *others):
                result[column][own] = columns[column][own]
    return result
