"""Searches of one level around a site, and what they found, by access element."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from grid_models.grid import Grid
from grid_models.model import GridModel
from planner.access import find_candidates
from planner.application import Commitment
from planner.design_load import Level, find_demand
from planner.outcome import Outcome, evaluate
from planner.place_checks import Missing
from planner.plan import Check, Rejected
from planner.rules import Rules
from planner.search import Found, Search
from planner.situation import Situation
from tests.cases.customer import NewSupply
from tests.cases.drawing import Conductor
from tests.planner.example import asked, catalogue, example_rules, unexamined

__all__ = [
    "Searched",
    "missing_of",
    "new_supply",
    "place_check",
    "search_near",
    "situation_of",
    "solve_at",
]

Searched = tuple[dict[str, Found], dict[str, Rejected]]


def _search(
    grid: Grid | GridModel,
    site: tuple[float, float],
    rules: Rules | None,
    commitments: Sequence[Commitment],
    facts: dict[str, Any],
) -> Search:
    amount = {} if "kw" in facts else {"kva": 800.0}
    return Search(
        model=grid if isinstance(grid, GridModel) else unexamined(grid),
        application=asked(*site, **(amount | facts)),
        rules=rules or example_rules(),
        catalogue=catalogue(),
        commitments=commitments,
    )


def search_near(
    grid: Grid | GridModel,
    east_m: float,
    north_m: float,
    level: Level = "mv",
    *,
    rules: Rules | None = None,
    commitments: Sequence[Commitment] = (),
    **facts: Any,
) -> Searched:
    """Return what passed and what was refused, nearest first; 800 kVA unless told else."""
    search = _search(grid, (east_m, north_m), rules, commitments, facts)
    found, rejected = search.run(level, find_demand(search.application, level, search.rules))
    return (
        {item.candidate.element_id: item for item in found},
        {item.access_point.element_id: item for item in rejected},
    )


def solve_at(
    element_id: str,
    grid: Grid | GridModel,
    site: tuple[float, float],
    level: Level = "mv",
    *,
    rules: Rules | None = None,
    commitments: Sequence[Commitment] = (),
    balanced: bool = False,
    **facts: Any,
) -> Outcome:
    """Solve one access point whether it passes or not; `balanced`: one phase as three."""
    search = _search(grid, site, rules, commitments, facts)
    demand = find_demand(search.application, level, search.rules)
    (candidate,) = [
        candidate
        for candidate in find_candidates(
            search.model, search.application, level, demand.capacity_kva, search.rules, commitments
        )
        if candidate.element_id == element_id
    ]
    trial = search.trial(candidate, demand, level)
    if balanced:
        trial = replace(trial, single_phase=None)
    situation = search.situation(candidate.place.tree)
    (outcome,) = evaluate(situation, [trial], search.rules, level)
    return outcome


def situation_of(grid: Grid, site: tuple[float, float]) -> Situation:
    """Return the first source tree of a grid before any new load."""
    return _search(grid, site, None, (), {}).situation(0)


def place_check(found: Found, code: str) -> Check:
    """Return the check of a code; there has to be exactly one."""
    (check,) = [check for check in found.place_checks if check.code == code]
    return check


def missing_of(found: Found) -> list[str]:
    """Return the subjects of the data a point wants."""
    return [missing.subject for missing in found.missing if isinstance(missing, Missing)]


def new_supply(outcome: Outcome) -> NewSupply:
    """Return load and line of a trial as the referee builds them."""
    trial = outcome.trial
    conductor, load = trial.conductor, trial.demand.load
    assert conductor.parallel == 1
    line = Conductor(
        conductor.type, conductor.laying, conductor.r_ohm_per_km, conductor.x_ohm_per_km,
        conductor.c_nf_per_km, conductor.ampacity_a,
    )  # fmt: skip
    return NewSupply(load.s_kva, load.power_factor, line, trial.candidate.length_m)
