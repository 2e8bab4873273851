"""Limited supply: a time-of-day envelope that fits today, where the whole wish does not.

The load curves say how full the grid is in every quarter hour of every season. In each of them the
wish is tried in equal steps, by the same checks as any option, at the refused point that has the
most room at the peak; what passes, less a margin, may be drawn. An hour takes the least of its
quarters.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from grid_models.capacity import Access, hosting_capacity
from grid_models.demand import trees_at
from planner.candidate import Candidate
from planner.connection import Trial
from planner.design_load import Demand, Level
from planner.outcome import Outcome, evaluate
from planner.place_checks import Missing, check_place
from planner.plan import Envelope, FirstStage, LimitedSupply
from planner.refusal import access_point
from planner.routes import site_shape
from planner.search import Search
from planner.situation import make_situation
from planner.steps import count_steps, equal_steps, passed_in_turn

__all__ = ["find_first_stage", "find_limited_supply", "has_hours"]

QUARTERS, HOURS = 4, 24

Ints = npt.NDArray[np.int64]


def has_hours(search: Search) -> bool:
    """Say whether the grid has load curves: without them no hour differs from another."""
    return len(search.model.grid.curves) > 0


def find_limited_supply(
    search: Search, candidates: Sequence[Candidate], level: Level, demand: Demand
) -> LimitedSupply | None:
    """Find what fits today at one of some refused points; None where nothing does at any hour."""
    candidate = _roomiest(search, candidates, demand)
    if candidate is None:
        return None
    number = candidate.place.tree
    trial = search.trial(candidate, demand, level)
    steps = equal_steps(trial, search.rules)
    first = evaluate(search.situation(number), steps[:1], search.rules, level)[0]
    if not first.converged or not _may_be_built(search, first, level):
        return None
    fitting = _steps_by_hour(search, number, steps, level)
    wish_kw = demand.load.p_kw
    kept = 1.0 - search.rules.number("limited_supply_margin") / 100.0
    envelopes = []
    for season, fitting_steps in fitting.items():
        hours = fitting_steps / len(steps)
        allowed_kw: npt.NDArray[np.float64] = wish_kw * np.where(hours < 1.0, kept * hours, hours)
        envelopes.append(
            Envelope(
                season=season,
                allowed_kw=tuple(allowed_kw.tolist()),
                left_out_kwh=float((wish_kw - allowed_kw).sum()),
            )
        )
    if not any(max(envelope.allowed_kw) > 0.0 for envelope in envelopes):
        return None
    return LimitedSupply(
        kind=candidate.kind,
        access_point=access_point(candidate),
        wish_kw=wish_kw,
        envelope=tuple(envelopes),
    )


def find_first_stage(
    search: Search,
    candidates: Sequence[Candidate],
    level: Level,
    demand: Demand,
    *,
    rest_after_works: bool,
) -> FirstStage | None:
    """Find the largest step of the wish that passes at the peak; of equal ones the nearest."""
    best: tuple[int, Candidate] | None = None
    for candidate in candidates:
        situation = search.situation(candidate.place.tree)
        trial = search.trial(candidate, demand, level)
        outcomes = evaluate(situation, equal_steps(trial, search.rules), search.rules, level)
        passed = passed_in_turn(outcomes)
        is_better = passed > (best[0] if best else 0)
        if is_better and _may_be_built(search, outcomes[0], level):
            best = passed, candidate
    if best is None:
        return None
    passed, candidate = best
    first_kw = demand.load.p_kw * passed / int(search.rules.number("limited_supply_steps"))
    return FirstStage(
        kind=candidate.kind,
        access_point=access_point(candidate),
        first_kw=first_kw,
        rest_kw=demand.load.p_kw - first_kw,
        rest_after_works=rest_after_works,
    )


def _roomiest(search: Search, candidates: Sequence[Candidate], demand: Demand) -> Candidate | None:
    """Return the point with the greatest hosting capacity at present, ties by route and id."""
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
    return min(found, key=lambda one: one[:2])[2] if found else None


def _may_be_built(search: Search, outcome: Outcome, level: Level) -> bool:
    """Say whether nothing but the load stands against the point: bays, restricted areas, faults."""
    site = site_shape(search.application)
    situation = search.situation(outcome.trial.candidate.place.tree)
    found = check_place(situation, outcome, site, search.rules, level)
    return not any(not isinstance(c, Missing) and c.effect == "block" for c in found)


def _steps_by_hour(
    search: Search, number: int, steps: Sequence[Trial], level: Level
) -> dict[str, Ints]:
    """Count the steps of the wish that pass in every hour of each season: in all its quarters."""
    cases = search.model.load_cases
    fitting = {case.season: np.full(HOURS, len(steps)) for case in cases.cases}
    guess = len(steps)
    for k, tree in trees_at(search.model.compiled, number, cases):
        case = cases.cases[k]
        if case.quarter_hour is None:
            continue
        own, hour = fitting[case.season], case.quarter_hour // QUARTERS
        most = int(own[hour])
        if most == 0:
            continue
        situation = make_situation(
            search.model, number, search.rules, search.commitments,
            present=tree, season=case.season,
        )  # fmt: skip
        # the hardest cases come first: one is like the one before, or no worse than its hour
        guess = count_steps(situation, steps[:most], search.rules, level, guess=guess)
        own[hour] = guess
    return fitting
