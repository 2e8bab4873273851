"""The assistant: one application in, one plan out. This page is the planner's own procedure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from grid_models.catalogue import Catalogue
from grid_models.model import GridModel
from grid_models.schema import verdict
from planner.access import greatest_distance_m
from planner.advice import make_advice
from planner.answer import (
    decide,
    desk_reasons_of_application,
    desk_reasons_of_data,
)
from planner.application import Commitment, SupplyApplication
from planner.calendar import WorkingCalendar
from planner.comparison import compare_options
from planner.design_load import choose_levels, find_demand
from planner.existing_supply import keep_level
from planner.information import find_information
from planner.offers import find_offers
from planner.options import Offers
from planner.plan import SCHEMA, GridSummary, RulesSummary, SupplyPlan
from planner.plan_id import find_plan_id, plain_fields
from planner.prices import PriceList
from planner.routing import Streets
from planner.rules import RuleBook
from planner.search import Search
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
        offers = find_offers(search, choice, terms)
    demand = find_demand(application, offers.level, rules)
    quality = verdict(model.problems)
    reasons = [
        *desk_reasons_of_application(application, demand, offers.level, choice, rules),
        *desk_reasons_of_voltage(demand, offers.level, rules, has_20_kv=partial(has_20_kv, model)),
        *desk_reasons_of_data(model.grid.metadata, quality, len(model.problems), rules),
        *(offers.options[0].desk_reasons if offers.options else ()),
    ]
    answer = decide(
        reasons, offers.options, offers.rejected, rules,
        greatest_distance_m(application, choice.levels[-1], rules),
        find_information(search, choice, offers, demand, reasons),
        searched=is_connected,
        without=offers.without,
        remedies=offers.makeshift.remedies,
    )  # fmt: skip
    metadata = model.grid.metadata
    return SupplyPlan(
        schema=SCHEMA,
        plan_id=find_plan_id(application, model, rule_book, terms, commitments, streets),
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
        application=plain_fields(application),
        equipment_kw=demand.equipment_kw,
        capacity_kva=demand.capacity_kva,
        design_load=demand.load,
        answer=answer,
        options=offers.options,
        comparison=compare_options(offers.options),
        rejected=offers.rejected,
        remedies=offers.makeshift.remedies,
        advice=make_advice(
            application,
            demand,
            offers.level,
            rules,
            offers.options[0].schedule if offers.options else None,
        ),
    )
