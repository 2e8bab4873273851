"""Limited supply: how much of a wish that nothing carries whole fits today, and when.

In every quarter hour of every season the largest of some equal steps of the design load that
passes every check of limits, and all below it; what is less than the whole keeps a margin. An hour
takes the least of its quarters. A first stage is the same at the peak alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from grid_models.capacity import Access, hosting_capacity
from grid_models.compiled import Tree
from grid_models.demand import tree_at, trees_at
from planner.candidate import Candidate
from planner.connection import Trial
from planner.design_load import Demand, Level
from planner.outcome import evaluate
from planner.part import HOURS, LIMITED, STAGED, Part
from planner.place_checks import Missing, check_place
from planner.plan import Envelope, PartialSupply
from planner.routes import site_shape
from planner.search import Found, Search
from planner.situation import Situation, make_situation
from planner.steps import count_steps, equal_steps, passed_in_turn

__all__ = ["find_first_stage", "find_limited_supply", "has_hours"]

QUARTERS = 4

Floats = npt.NDArray[np.float64]


class _Hour(NamedTuple):
    """Steps that pass in an hour, and the case that lets no more through: hardness and number."""

    steps: int
    place: int
    case: int


def has_hours(search: Search) -> bool:
    """Say whether the grid has load curves: without them no hour differs from another."""
    return len(search.model.grid.curves) > 0


def find_limited_supply(
    search: Search, candidates: Sequence[Candidate], level: Level, demand: Demand
) -> Part | None:
    """Find what fits today at the roomiest of some refused points; None where nothing ever does."""
    built = (
        _steps_where_built(search, candidate, demand, level)
        for candidate in _order_by_room(search, candidates, demand)
    )
    steps = next(filter(None, built), [])
    if not steps:
        return None
    candidate = steps[0].candidate
    hours = _count_by_hour(search, candidate.place.tree, steps, level)
    kept = 1.0 - search.rules.number("limited_supply_margin") / 100.0
    shares = {
        season: np.array(
            [hour.steps / len(steps) * (kept if hour.steps < len(steps) else 1.0) for hour in own]
        )
        for season, own in hours.items()
    }
    supplied = [
        (*own[h], season, h)
        for season, own in hours.items()
        for h in range(HOURS)
        if own[h].steps > 0
    ]
    if not supplied:
        return None
    _, _, case, season, hour = min(supplied)
    share = float(shares[season][hour])
    found = _judge_at(search, steps[-1], share, case, level)
    if found is None:
        return None
    wish_kw = demand.load.p_kw
    return Part(
        kind=LIMITED,
        found=found,
        supply=PartialSupply(
            wish_kw=wish_kw,
            load_kw=share * wish_kw,
            season=season,
            quarter_hour=search.model.load_cases.cases[case].quarter_hour,
            envelope=tuple(
                Envelope(
                    season=name,
                    allowed_kw=tuple((wish_kw * own).tolist()),
                    left_out_kwh=float(wish_kw * (1.0 - own).sum()),
                )
                for name, own in shares.items()
            ),
        ),
    )


def find_first_stage(
    search: Search, candidates: Sequence[Candidate], level: Level, demand: Demand
) -> Part | None:
    """Find the largest step of the wish that passes at the peak; of equal ones the nearest."""
    best: tuple[int, Found] | None = None
    for candidate in candidates:
        situation = search.situation(candidate.place.tree)
        steps = equal_steps(search.trial(candidate, demand, level), search.rules)
        outcomes = evaluate(situation, steps, search.rules, level)
        passed = passed_in_turn(outcomes)
        if passed > (best[0] if best else 0):
            found = search.judge(outcomes[passed - 1], situation, level)
            if isinstance(found, Found):
                best = passed, found
    if best is None:
        return None
    passed, found = best
    wish_kw = demand.load.p_kw
    first_kw = wish_kw * passed / int(search.rules.number("limited_supply_steps"))
    return Part(
        kind=STAGED,
        found=found,
        supply=PartialSupply(
            wish_kw=wish_kw, load_kw=first_kw, season=None, quarter_hour=None, envelope=()
        ),
    )


def _steps_where_built(
    search: Search, candidate: Candidate, demand: Demand, level: Level
) -> list[Trial]:
    """Return the steps of the wish at a point; none where more than the load stands against it."""
    situation = search.situation(candidate.place.tree)
    steps = equal_steps(search.trial(candidate, demand, level), search.rules)
    (least,) = evaluate(situation, steps[:1], search.rules, level)
    if not least.converged:
        return []
    site = site_shape(search.application)
    found = check_place(situation, least, site, search.rules, level)
    barred = any(not isinstance(c, Missing) and c.effect == "block" for c in found)
    return [] if barred else steps


def _order_by_room(
    search: Search, candidates: Sequence[Candidate], demand: Demand
) -> list[Candidate]:
    """Return points by their hosting capacity at present, most first; ties by route and id."""
    found = []
    for candidate in candidates:
        situation = search.situation(candidate.place.tree)
        if not situation.state.converged:
            continue
        (hosting,) = hosting_capacity(
            situation.folded, situation.state, situation.limits, situation.bounds,
            [Access(row=candidate.place.row, share=candidate.share)],
            power_factor=demand.load.power_factor,
        )  # fmt: skip
        found.append((-hosting.kva, candidate.key, candidate))
    return [candidate for *_, candidate in sorted(found, key=lambda one: one[:2])]


def _judge_at(search: Search, trial: Trial, share: float, case: int, level: Level) -> Found | None:
    """Judge a share of a trial's load in a load case; None where the point may not be built."""
    number, model = trial.candidate.place.tree, search.model
    situation = _stand(
        search, number, tree_at(model.compiled, number, model.load_cases, case), case
    )
    (outcome,) = evaluate(situation, [_reduced(trial, share)], search.rules, level)
    found = search.judge(outcome, situation, level)
    # who takes the feeder over is worked out at the peak, and this is another hour
    return replace(found, secure=lambda: None) if isinstance(found, Found) else None


def _reduced(trial: Trial, share: float) -> Trial:
    load = trial.connection
    return replace(trial, connection=replace(load, p=share * load.p, q=share * load.q))


def _stand(search: Search, number: int, tree: Tree, case: int) -> Situation:
    return make_situation(
        search.model, number, search.rules, search.commitments,
        present=tree, season=search.model.load_cases.cases[case].season,
    )  # fmt: skip


def _count_by_hour(
    search: Search, number: int, steps: Sequence[Trial], level: Level
) -> Mapping[str, Sequence[_Hour]]:
    """Count the steps of the wish that pass in every hour of each season: in all its quarters."""
    cases = search.model.load_cases
    unlooked = _Hour(steps=len(steps), place=-1, case=-1)
    hours = {case.season: [unlooked] * HOURS for case in cases.cases}
    guess = len(steps)
    for place, (k, tree) in enumerate(trees_at(search.model.compiled, number, cases)):
        case = cases.cases[k]
        if case.quarter_hour is None:
            continue
        own, hour = hours[case.season], case.quarter_hour // QUARTERS
        most = own[hour].steps
        if most == 0:
            continue
        # the hardest cases come first: one is like the one before, or no worse than its hour
        situation = _stand(search, number, tree, k)
        guess = count_steps(situation, steps[:most], search.rules, level, guess=guess)
        if guess < most or own[hour].case < 0:
            own[hour] = _Hour(steps=guess, place=place, case=k)
    return hours
