"""The assistant: one application in, one plan out. This page is the planner's own procedure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from grid_models.catalogue import Catalogue
from grid_models.model import GridModel
from grid_models.schema import verdict
from planner.access import greatest_distance_m
from planner.advice import make_advice
from planner.after_works import find_after_works
from planner.answer import (
    decide,
    desk_reasons_of_application,
    desk_reasons_of_data,
)
from planner.application import Commitment, SupplyApplication
from planner.calendar import WorkingCalendar
from planner.comparison import compare_options
from planner.design_load import Demand, Level, VoltageChoice, choose_levels, find_demand
from planner.dual import find_several_sources
from planner.existing_supply import keep_level
from planner.feasible import Feasible, Makeshift, find_remedies, make_feasible
from planner.limited_supply import has_hours
from planner.messages import Message, say
from planner.n_minus_1 import sentence_of
from planner.options import Offers, make_options
from planner.plan import (
    SCHEMA,
    GridSummary,
    Information,
    LimitedSupply,
    Rejected,
    RejectionReason,
    RulesSummary,
    SupplyPlan,
)
from planner.prices import PriceList
from planner.ranking import Rankable, rank
from planner.refusal import access_point
from planner.routing import Streets
from planner.rules import RuleBook, Rules
from planner.schedule import make_schedule
from planner.search import Found, Search
from planner.terms import Terms
from planner.voltage_table import desk_reasons_of_voltage, has_20_kv

__all__ = ["make_plan"]


def make_plan(
    application: SupplyApplication,
    model: GridModel,
    rule_book: RuleBook,
    catalogue: Catalogue,
    *,
    commitments: Sequence[Commitment] = (),
    prices: PriceList | None = None,
    calendar: WorkingCalendar | None = None,
    streets: Streets | None = None,
) -> SupplyPlan:
    """Recommend how to connect a customer.

    Parameters
    ----------
    application
        Checked by `intake`; the rules in force on its date apply.
    model
        Grid to connect to.
    commitments
        What has been promised to others and is not energised yet.
    prices, calendar
        What units cost and which days are worked; None: those that come along.
    streets
        Along which the new line is led; None: its length is estimated from the distance.

    Returns
    -------
    plan
        Ranked options that pass every blocking check, refusals with reasons, and the answer. The
        same input gives the same plan.

    Raises
    ------
    InputError
        If no rules were in force on the acceptance date.
    """
    rules = rule_book.on(application.on_date)
    choice = keep_level(choose_levels(application, rules), application, model)
    is_connected = bool(rules.value("known_business").get(application.business, False))
    search = Search(
        model=model,
        application=application,
        rules=rules,
        catalogue=catalogue,
        commitments=commitments,
        streets=streets,
    )
    terms = Terms.of(catalogue, prices, calendar)
    offers = Offers(options=(), first=(), level=choice.levels[0], rejected=())
    if is_connected:
        offers = (
            _offer_several(search, choice, terms)
            if application.sources > 1
            else _offer_one(search, choice, terms)
        )
    demand = find_demand(application, offers.level, rules)
    quality = verdict(model.problems)
    reasons = [
        *desk_reasons_of_application(application, demand, offers.level, choice, rules),
        *desk_reasons_of_voltage(demand, offers.level, rules, has_20_kv=partial(has_20_kv, model)),
        *desk_reasons_of_data(model.grid.metadata, quality, len(model.problems), rules),
        *(offers.options[0].desk_reasons if offers.options else ()),
    ]
    phase = str(offers.options[0].order_keys.get("phase", "")) if offers.options else ""
    answer = decide(
        reasons, offers.options, offers.rejected, rules,
        greatest_distance_m(application, choice.levels[-1], rules),
        [
            *_information(application, choice, model, rules, phase=phase),
            *_shown_makeshift(search, offers.makeshift),
            *(shown for found in offers.first for shown in _shown_n_minus_1(found)),
        ],
        searched=is_connected,
        without=offers.without,
        remedies=offers.makeshift.remedies,
    )  # fmt: skip
    metadata = model.grid.metadata
    return SupplyPlan(
        schema=SCHEMA,
        plan_id=_plan_id(application, model, rule_book, terms, commitments, streets),
        grid=GridSummary(
            version=model.version,
            name=metadata.name,
            load_date=str(metadata.load_date) if metadata.load_date else None,
            topology_date=str(metadata.topology_date) if metadata.topology_date else None,
            load_basis=metadata.load_basis,
            quality=quality,
            problem_count=len(model.problems),
            assumptions=dict(metadata.assumptions),
            relocation=dict(metadata.relocation),
        ),
        rules=RulesSummary(
            area=rules.area,
            version=rules.version,
            on_date=str(rules.on_date),
            used=rules.used,
            unverified=rules.unverified,
            not_adopted=rules.not_adopted,
        ),
        prices=terms.prices_summary,
        calendar=terms.calendar_summary,
        application=_plain(application),
        equipment_kw=demand.equipment_kw,
        capacity_kva=demand.capacity_kva,
        design_load=demand.load,
        answer=answer,
        options=offers.options,
        comparison=compare_options(offers.options),
        rejected=offers.rejected,
        remedies=offers.makeshift.remedies,
        limited_supply=offers.makeshift.limited_supply,
        first_stage=offers.makeshift.first_stage,
        advice=make_advice(
            application,
            demand,
            offers.level,
            rules,
            offers.options[0].schedule if offers.options else None,
        ),
    )


def _offer_one(search: Search, choice: VoltageChoice, terms: Terms) -> Offers:
    """Offer single supplies."""
    feasible, rejected = _search_levels(search, choice, terms)
    makeshift = Makeshift()
    if not feasible and rejected:
        feasible, refused, makeshift = find_remedies(search, choice, terms)
        rejected += refused
    ranked = rank(
        [_rankable(f, k, choice) for k, f in enumerate(feasible)],
        search.rules,
        search.application.order,
        foresee=lambda asked: search.foresee_n_minus_1(
            [feasible[option.index].found for option in asked if option.level == "mv"]
        ),
    )
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

    return find_several_sources(search, choice, describe, terms)


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


def _information(
    application: SupplyApplication,
    choice: VoltageChoice,
    model: GridModel,
    rules: Rules,
    *,
    phase: str,
) -> list[Information]:
    found: list[tuple[str, Message]] = []
    if choice.near_limit:
        limit = rules.number("lv_access_limit")
        found.append(("near_limit", say("near_limit", value=application.kw, limit=limit)))
    if application.kva is not None and application.max_demand_kw is not None:
        value = application.max_demand_kw
        found.append(("max_demand_not_used", say("max_demand_not_used", value=value)))
    if application.phases == 1:
        factor = rules.number("single_phase_drop_factor")
        text = say("single_phase", value=factor)
        if phase:
            text = say("single_phase_by_phase", phase=phase.upper())
        found.append(("single_phase", text))
    if application.business == "temporary":
        months = rules.number("temporary_term")
        found.append(("temporary_term", say("temporary_term", value=months)))
    if rules.is_example:
        found.append(("example_rules", say("example_rules")))
    metadata = model.grid.metadata
    if metadata.relocation:
        found.append(("grid_relocated", say("grid_relocated")))
    if metadata.assumptions:
        stated = "; ".join(f"{key}={value}" for key, value in sorted(metadata.assumptions.items()))
        found.append(("assumptions_made", say("assumptions_made", assumptions=stated)))
    return [Information(code=code, zh=text.zh, en=text.en) for code, text in found]


def _shown_makeshift(search: Search, makeshift: Makeshift) -> list[Information]:
    """Say what would fit today, or why nobody can say, where the grid alone refused."""
    remedies, limited = makeshift.remedies, makeshift.limited_supply
    if remedies is None or not any(not trial.measures for trial in remedies.trials):
        return []
    if (stage := makeshift.first_stage) is not None:
        element = search.model.label(stage.access_point.element_id)
        text = say("first_stage", element=element, value=stage.first_kw, rest=stage.rest_kw)
        return [
            Information(code="first_stage", zh=text.zh, en=text.en),
            *_shown_limited_supply(search, limited),
        ]
    return _shown_limited_supply(search, limited)


def _shown_limited_supply(search: Search, limited: LimitedSupply | None) -> list[Information]:
    if limited is None:
        code = "limited_supply_none" if has_hours(search) else "limited_supply_no_curves"
        text = say(code)
        return [Information(code=code, zh=text.zh, en=text.en)]
    worst = max(limited.envelope, key=lambda envelope: envelope.left_out_kwh)
    if worst.left_out_kwh <= 0.0:
        # what was refused is the peak, which no hour of the curves reaches
        element = search.model.label(limited.access_point.element_id)
        text = say("limited_supply_whole", element=element, wish=limited.wish_kw)
        return [Information(code="limited_supply", zh=text.zh, en=text.en)]
    text = say(
        "limited_supply",
        element=search.model.label(limited.access_point.element_id),
        least=min(worst.allowed_kw), most=max(worst.allowed_kw), wish=limited.wish_kw,
        season=say(f"season_{worst.season}"), value=worst.left_out_kwh,
    )  # fmt: skip
    return [Information(code="limited_supply", zh=text.zh, en=text.en)]


def _shown_n_minus_1(first: Found) -> list[Information]:
    """Say what the N-1 check of the first option found where it fails and is only shown."""
    if first.n_minus_1 is None:
        return []
    check = first.n_minus_1.check
    if check.passed or check.effect != "show":
        return []
    text = say(
        sentence_of(check), element=first.situation.model.label(check.element_id),
        value=check.value, limit=check.limit, unit=check.unit,
    )  # fmt: skip
    return [Information(code=check.code, zh=text.zh, en=text.en)]


def _plain(value: Any) -> dict[str, Any]:
    """Return a value's fields with dates as text; a red line only where there is one."""
    fields = asdict(value)
    if fields.get("site", True) is None:
        del fields["site"]
    return {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in fields.items()}


def _plan_id(
    application: SupplyApplication,
    model: GridModel,
    rule_book: RuleBook,
    terms: Terms,
    commitments: Sequence[Commitment],
    streets: Streets | None,
) -> str:
    """Hash everything a plan depends on; no clock, path or machine."""
    held = sorted((_plain(c) for c in commitments), key=lambda c: str(c["commitment_id"]))
    content = {
        "schema": SCHEMA,
        "application": _plain(application),
        "grid": model.version,
        "rules": [rule_book.area, rule_book.version],
        "catalogue": terms.catalogue.version,
        "prices": [terms.prices.name, terms.prices.version],
        "calendar": terms.calendar.version,
        "commitments": held,
    }
    if streets is not None:
        content["streets"] = streets.version
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
