"""Offers: the options of an application, level by level, single supplies or several sources."""

from __future__ import annotations

from dataclasses import replace

from planner.after_works import find_after_works
from planner.dedicated_line import LEVEL as DEDICATED_LEVEL
from planner.dedicated_line import DedicatedSearch, find_dedicated_demand
from planner.design_load import LEVEL_KV, Demand, Level, VoltageChoice, find_demand
from planner.dual import find_several_sources
from planner.feasible import Feasible, Makeshift, find_remedies, make_feasible
from planner.messages import say
from planner.options import Offers, make_options
from planner.plan import Rejected, RejectionReason
from planner.ranking import Rankable, rank
from planner.refusal import access_point
from planner.schedule import make_schedule
from planner.search import Found, Search
from planner.terms import Terms

__all__ = ["find_offers"]


def find_offers(search: Search, choice: VoltageChoice, terms: Terms) -> Offers:
    """Find what can be offered: options, ranked, and what was refused.

    Parameters
    ----------
    choice
        Levels that come into question, the one the size belongs to first.
    terms
        What units cost and which days are worked.
    """
    if search.application.sources > 1:
        return _offer_several(search, choice, terms)
    return _offer_one(search, choice, terms)


def _offer_one(search: Search, choice: VoltageChoice, terms: Terms) -> Offers:
    """Offer single supplies: those that carry the whole wish first."""
    feasible, rejected = _search_levels(search, choice, terms)
    makeshift = Makeshift()
    if not feasible and rejected:
        feasible, refused, makeshift = find_remedies(search, choice, terms)
        rejected += refused
    if not feasible and (demand := find_dedicated_demand(search.application, search.rules)):
        feasible, refused = _search_stations(search, demand, terms)
        rejected += refused
        choice = replace(choice, levels=(*choice.levels, DEDICATED_LEVEL))
        if feasible and makeshift.remedies and not makeshift.remedies.tried:
            makeshift = Makeshift()  # nothing lower down was worth a trial
    ranked = rank(
        [_rankable(f, k, choice) for k, f in enumerate(feasible)],
        search.rules,
        search.application.order,
        foresee=lambda asked: search.foresee_n_minus_1(
            [feasible[option.index].found for option in asked if option.level == "mv"]
        ),
    )
    for part in makeshift.parts:
        ranked += rank([_rankable(part, len(feasible), choice)], search.rules)
        feasible = [*feasible, part]
    first = [feasible[rankable.index] for rankable, _ in ranked[:1]]
    return Offers(
        options=make_options(search, feasible, ranked, rejected),
        first=tuple(item.found for item in first),
        level=first[0].level if first else choice.levels[0],
        rejected=tuple(rejected),
        makeshift=makeshift,
    )


def _offer_several(search: Search, choice: VoltageChoice, terms: Terms) -> Offers:
    """Offer as many sources as are asked for."""

    def describe(found: Found, level: Level, demand: Demand) -> Feasible:
        schedule = make_schedule(search.application, search.rules, level, terms.calendar)
        return make_feasible(search, found, level, demand, terms, schedule)

    offers = find_several_sources(search, choice, describe, terms)
    demand = find_dedicated_demand(search.application, search.rules)
    if offers.options or demand is None:
        return offers
    choice = replace(choice, levels=(DEDICATED_LEVEL,))
    rejected, without = offers.rejected, offers.without
    for kv in LEVEL_KV[DEDICATED_LEVEL]:  # the lower voltage, which costs less, first
        own = DedicatedSearch.of(search, demand, (kv,))
        higher = find_several_sources(own, choice, describe, terms)
        rejected, without = rejected + higher.rejected, without or higher.without
        if higher.options:
            return replace(higher, rejected=rejected)
    return replace(offers, rejected=rejected, without=without)


def _search_stations(
    search: Search, demand: Demand, terms: Terms
) -> tuple[list[Feasible], list[Rejected]]:
    """Search the busbars of 35 and 110 kV, where nothing lower takes the customer."""
    level = DEDICATED_LEVEL
    schedule = make_schedule(search.application, search.rules, level, terms.calendar)
    found, refused = DedicatedSearch.of(search, demand).run(level, demand)
    return [make_feasible(search, f, level, demand, terms, schedule) for f in found], refused


def _search_levels(
    search: Search, choice: VoltageChoice, terms: Terms
) -> tuple[list[Feasible], list[Rejected]]:
    """Search every level; low voltage first, with its remedy, before 10(20) kV is thought of."""
    feasible: list[Feasible] = []
    rejected: list[Rejected] = []
    for level in choice.levels:
        demand = find_demand(search.application, level, search.rules)
        schedule = make_schedule(search.application, search.rules, level, terms.calendar)
        found, refused = search.run(level, demand)
        feasible += [make_feasible(search, f, level, demand, terms, schedule) for f in found]
        rejected += refused
        if level == "lv" and not any(f.is_within_radius for f in found):
            remedy = find_after_works(search, demand)
            if remedy is not None:
                feasible.append(
                    make_feasible(
                        search,
                        remedy.found,
                        level,
                        demand,
                        terms,
                        schedule,
                        replacement=remedy.replacement,
                    )
                )
            if not found and "mv" not in choice.levels:
                rejected += _for_comparison(search)
    return feasible, rejected


def _for_comparison(search: Search) -> list[Rejected]:
    """10(20) kV points that would do, where the size belongs to low voltage."""
    demand = find_demand(search.application, "mv", search.rules)
    found, _ = search.run("mv", demand)
    result = []
    for f in sorted(found, key=lambda f: f.candidate.key):
        point = access_point(f.candidate)
        text = say("low_voltage_first", element=search.model.label(point.element_id))
        reason = RejectionReason(
            code="low_voltage_first", element_id=point.element_id, value=None, limit=None,
            unit=None, zh=text.zh, en=text.en,
        )  # fmt: skip
        result.append(Rejected(kind=f.candidate.kind, access_point=point, reasons=(reason,)))
    return result


def _rankable(feasible: Feasible, index: int, choice: VoltageChoice) -> Rankable:
    found = feasible.found
    candidate = found.candidate
    return Rankable(
        index=index,
        level=feasible.level,
        level_rank=choice.levels.index(feasible.level),
        is_within_radius=found.is_within_radius,
        works_class=feasible.works_class,
        length_m=candidate.length_m,
        is_trunk=bool(found.situation.topology.is_trunk[candidate.place.row]),
        secure=lambda: found.n_minus_1.check.passed if found.n_minus_1 else None,
        margin_pct=100.0 - found.outcome.worst_on_path_pct,
        cost_p50=feasible.cost.p50,
        is_priced=not feasible.cost.unpriced,
        utility_days=feasible.schedule.utility_days,
        access_kind=candidate.access_kind,
        element_id=candidate.element_id,
        feeder_id=found.feeder_id or "",
    )
