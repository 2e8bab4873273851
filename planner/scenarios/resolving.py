"""Resolving: what an action of a step means in the grid as it stands by then."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from grid_models.catalogue import Catalogue
from grid_models.edits import Edit, grow_loads, set_powers
from grid_models.errors import InputError, InputProblem
from planner.rules import RuleBook
from planner.scenarios.customer import connect_application
from planner.scenarios.ground import Ground
from planner.scenarios.result import PlanTaken
from planner.scenarios.scenario import Action, ConnectApplication, GrowLoads, SetPowers

__all__ = ["matching_loads", "resolve"]

_PERCENT = 100.0


def resolve(
    action: Action, ground: Ground, rule_book: RuleBook, catalogue: Catalogue
) -> tuple[Ground, Sequence[Edit], Sequence[PlanTaken]]:
    """Return the edits an action comes to, and the option of a plan that it carries out.

    The ground returned is the same grid, with what had to be looked at cut out and kept.

    Raises
    ------
    InputError
        If it cannot be carried out in the grid as it stands.
    """
    match action:
        case GrowLoads():
            return *_growth(action, ground), ()
        case SetPowers():
            return *_setting(action, ground), ()
        case ConnectApplication():
            edits, taken = connect_application(action, ground, rule_book, catalogue)
            return ground, edits, (taken,)
        case edit:
            return ground, [edit], ()


def matching_loads(loads: pd.DataFrame, action: GrowLoads) -> pd.DataFrame:
    """Return the rows of a loads table that grow."""
    if action.load_ids:
        loads = loads[loads.index.isin(action.load_ids)]
    if action.categories:
        loads = loads[loads["category"].isin(action.categories)]
    return loads


def _growth(action: GrowLoads, ground: Ground) -> tuple[Ground, list[Edit]]:
    nodes = [
        node
        for grid in (ground.base.grid, *(part.grid for part in ground.parts))
        for node in matching_loads(grid.loads, action)["node"]
    ]
    ground, part = ground.touched(nodes)
    grid = part.grid if part else None
    growing = () if grid is None else matching_loads(grid.loads, action).index
    if grid is None or not len(growing):
        raise InputError(
            [
                InputProblem(
                    field="grow_loads",
                    zh="没有符合条件的负荷，应给出电网中有的类别或负荷编号",
                    en="no load matches; give a category or loads that the grid has",
                )
            ]
        )
    return ground, [grow_loads(grid, growing, 1.0 + action.percent / _PERCENT)]


def _setting(action: SetPowers, ground: Ground) -> tuple[Ground, list[Edit]]:
    names = [name for name, _, _ in action.powers]
    ground, part = ground.touched(ground.nodes_of({action.table: names}))
    grid = part.grid if part else None
    known = grid.tables()[action.table].index if grid is not None else pd.Index([])
    unknown = [name for name in names if name not in known]
    if grid is None or unknown:
        raise InputError(
            [
                InputProblem(
                    field=action.table,
                    zh=f"电网中没有 {', '.join(unknown)}，应为已有编号",
                    en=f"the grid has no {', '.join(unknown)}; give ids that it has",
                )
            ]
        )
    return ground, [set_powers(grid, action.table, {n: (p, q) for n, p, q in action.powers})]
