"""Feasible: a point that passes, with what it takes to build it, measures on the grid included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

from planner.answer import desk_reasons_of_option
from planner.busbars import DEDICATED
from planner.customer_side import compensation_of
from planner.design_load import Demand, Level, VoltageChoice, find_demand
from planner.limited_supply import find_first_stage, find_limited_supply, has_hours
from planner.part import Part, is_worth_offering, reason_of
from planner.plan import (
    Cost,
    Measure,
    PartialSupply,
    Reason,
    Rejected,
    Remedies,
    Replacement,
    Schedule,
    TransformerReplacement,
    Work,
)
from planner.refusal import refuse
from planner.remedies import RemedySearch, works_of
from planner.schedule import make_schedule
from planner.search import Found, Search
from planner.sizing import NOMINAL_KV
from planner.terms import Terms
from planner.works import find_works

__all__ = ["Feasible", "Makeshift", "find_remedies", "make_feasible"]

# Kinds of a line of one's own.
_OWN_LINES = ("mv_new_feeder", DEDICATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feasible:
    """A feasible point with what it takes to build it.

    Parameters
    ----------
    works_class
        0 standard connection, 1 reinforcement, 2 new feeder or dedicated line.
    reasons
        Why an answer with it goes to the desk, N-1 left out.
    kind
        Of the option; None: that of its access point.
    measures
        What is done to the grid first.
    partial
        Where it carries only a part of what was asked.
    """

    found: Found
    level: Level
    demand: Demand
    replacement: Replacement | None
    works: tuple[Work, ...]
    cost: Cost
    schedule: Schedule
    works_class: int
    reasons: tuple[Reason, ...]
    kind: str | None = None
    measures: tuple[Measure, ...] = ()
    partial: PartialSupply | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Makeshift:
    """What was tried where nothing passes as the grid stands, and what of the wish fits today.

    Parameters
    ----------
    parts
        Supplies that carry enough of the wish to be offered: the first stage, then by the hour.
    little
        What fits where that is too little to be offered.
    """

    remedies: Remedies | None = None
    parts: tuple[Feasible, ...] = ()
    little: tuple[Part, ...] = ()


def make_feasible(
    search: Search,
    found: Found,
    level: Level,
    demand: Demand,
    terms: Terms,
    schedule: Schedule,
    *,
    replacement: Replacement | None = None,
    measures: Sequence[Measure] = (),
    part: Part | None = None,
) -> Feasible:
    """Give a point that passes its works, what they cost, its class and its desk reasons.

    Parameters
    ----------
    terms
        What units cost.
    schedule
        Of the level.
    replacement
        Transformer put in at a low-voltage board first.
    measures
        Other works on the grid that come first.
    part
        Where the point carries only a part of the wish.
    """
    rules, application = search.rules, search.application
    trial = found.outcome.trial
    compensation = compensation_of(
        application, demand, rules, level, search.catalogue, supply_kv=NOMINAL_KV[trial.kv]
    )
    own_works = find_works(
        trial,
        application,
        rules,
        level,
        label=search.model.label,
        heavy=found.outcome.heavy_on_path if level == "lv" else (),
        replacement=replacement,
        compensation_kvar=compensation.total_kvar if compensation else 0.0,
    )
    works = (*works_of(measures, rules, search.model.label), *own_works)
    kind = _kind(found.candidate.kind, level, has_works=bool(replacement or measures))
    beyond = [kind] if kind != found.candidate.kind or kind in _OWN_LINES else []
    beyond += ["mv_public_ring_in"] if "works_needed" in found.candidate.desk else []
    reasons = list(desk_reasons_of_option(found, application, rules, beyond))
    if part is not None:
        kind, reasons = part.kind, [reason_of(part, search.model.label), *reasons]
    return Feasible(
        found=found,
        level=level,
        demand=demand,
        replacement=replacement,
        works=works,
        cost=terms.cost_of(works, trial, application, rules, level),
        schedule=schedule,
        works_class=2 if kind in _OWN_LINES else int(bool(replacement or measures)),
        reasons=tuple(reasons),
        kind=kind,
        measures=(_as_measure(replacement),) if replacement else tuple(measures),
        partial=part.supply if part else None,
    )


def find_remedies(
    search: Search, choice: VoltageChoice, terms: Terms
) -> tuple[list[Feasible], list[Rejected], Makeshift]:
    """Look for measures where no option passes at any level, in the order of the levels.

    Returns
    -------
    feasible, refused, makeshift
        The first that passes after measures, if any; busbars no feeder can leave; what was tried,
        and what would fit today.
    """
    remedy_search = RemedySearch(search=search, terms=terms)
    feasible: list[Feasible] = []
    for level in choice.levels:
        demand = find_demand(search.application, level, search.rules)
        remedy = remedy_search.run(level, demand)
        if remedy is not None:
            schedule = make_schedule(search.application, search.rules, level, terms.calendar)
            feasible.append(
                make_feasible(
                    search, remedy.found, level, demand, terms, schedule, measures=remedy.measures
                )
            )
            break
    refused = [refuse(c, c.refusals) for c in remedy_search.refused]
    return feasible, refused, _makeshift(remedy_search, choice, terms)


def _makeshift(remedy_search: RemedySearch, choice: VoltageChoice, terms: Terms) -> Makeshift:
    """Look at the preferred level that has a refused point in reach."""
    search = remedy_search.search
    remedies = remedy_search.remedies
    level, nearest = next(
        ((level, near) for level in choice.levels if (near := [*remedy_search.nearest(level)])),
        (choice.levels[0], []),
    )
    if not nearest:
        return Makeshift(remedies=remedies)
    demand = find_demand(search.application, level, search.rules)
    stage = limited = None
    if search.application.stages > 1:
        stage = find_first_stage(search, nearest, level, demand)
    if has_hours(search):
        limited = find_limited_supply(search, nearest, level, demand)
    found = [part for part in (stage, limited) if part is not None]
    is_worth = [is_worth_offering(part, search.application, search.rules) for part in found]
    schedule = make_schedule(search.application, search.rules, level, terms.calendar)
    parts = tuple(
        make_feasible(search, part.found, level, demand, terms, schedule, part=part)
        for part in compress(found, is_worth)
    )
    little = tuple(part for part, worth in zip(found, is_worth, strict=True) if not worth)
    return Makeshift(remedies=remedies, parts=parts, little=little)


def _kind(kind: str, level: Level, *, has_works: bool) -> str:
    if kind in _OWN_LINES or not has_works:
        return kind
    return "lv_after_works" if level == "lv" else "after_works"


def _as_measure(new: Replacement) -> Measure:
    return TransformerReplacement(
        element_id=new.element_id, type=new.type, sn_kva=new.sn_kva, vk_pct=new.vk_pct,
        vkr_pct=new.vkr_pct, pfe_w=new.pfe_w, i0_pct=new.i0_pct,
    )  # fmt: skip
