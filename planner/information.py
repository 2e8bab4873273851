"""Information: what a plan says that is neither an option nor a reason of its answer."""

from __future__ import annotations

from collections.abc import Iterable

from grid_models.model import GridModel
from planner.application import SupplyApplication
from planner.busbars import DEDICATED
from planner.design_load import Demand, VoltageChoice
from planner.feasible import Makeshift
from planner.higher_voltage import show_dedicated_voltage, show_higher_voltage
from planner.limited_supply import has_hours
from planner.messages import Message, listed, say
from planner.n_minus_1 import sentence_of
from planner.options import Offers
from planner.part import LIMITED, STAGED, describe_part
from planner.plan import Information, Reason
from planner.rules import Rules
from planner.search import Found, Search
from planner.voltage_table import CODE as VOLTAGE_BY_TABLE

__all__ = ["find_information"]

# Promises a sentence names before it counts the rest.
NAMED = 3


def find_information(
    search: Search, choice: VoltageChoice, offers: Offers, demand: Demand, reasons: Iterable[Reason]
) -> list[Information]:
    """Find what a plan says beside its reasons: of the application, makeshifts, N-1 shown only.

    Parameters
    ----------
    demand
        At the level of the offers.
    reasons
        Why the desk has to look; one of them may be that 10(20) kV is not enough.
    """
    is_beyond = any(reason.code == VOLTAGE_BY_TABLE for reason in reasons)
    # where busbars of the voltage were looked at, each says itself why it does not do
    is_refused = any(
        refused.kind == DEDICATED
        and any(r.code != "access_not_admissible" for r in refused.reasons)
        for refused in offers.rejected
    )
    is_asked = (is_beyond or not offers.options) and search.application.phases > 1
    phase = str(offers.options[0].order_keys.get("phase", "")) if offers.options else ""
    return [
        *show_dedicated_voltage(offers.options, demand.capacity_kva, search.rules),
        *_of_application(search.application, choice, search.model, search.rules, phase=phase),
        *(
            show_higher_voltage(search.model, search.application, demand.capacity_kva, search.rules)
            if is_asked and not is_refused
            else ()
        ),
        *_shown_expired(search),
        *_shown_makeshift(search, offers.makeshift),
        *(shown for found in offers.first for shown in _shown_n_minus_1(found)),
    ]


def _of_application(
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


def _shown_expired(search: Search) -> list[Information]:
    """Name the promises that hold nothing any more on the acceptance date."""
    day = search.rules.on_date
    names = [c.commitment_id for c in search.commitments if not c.holds_on(day)]
    if not names:
        return []
    text = say(
        "commitments_expired", count=len(names), element=listed(names, NAMED), date=day.isoformat()
    )
    return [Information(code="commitments_expired", zh=text.zh, en=text.en)]


def _shown_makeshift(search: Search, makeshift: Makeshift) -> list[Information]:
    """Say why no part of the wish is offered, where the grid alone refused."""
    remedies, asked = makeshift.remedies, {LIMITED}
    if remedies is None or not any(not trial.measures for trial in remedies.trials):
        return []
    if search.application.stages > 1:
        asked.add(STAGED)
    found = [
        Information(code=f"{part.kind}_little", zh=text.zh, en=text.en)
        for part in makeshift.little
        for text in [describe_part(part, search.model.label, is_offered=False)]
    ]
    looked = {item.kind for item in makeshift.parts} | {part.kind for part in makeshift.little}
    for kind in sorted(asked - looked):
        code = f"{kind}_none"
        if kind == LIMITED and not has_hours(search):
            code = "limited_supply_no_curves"
        text = say(code)
        found.append(Information(code=code, zh=text.zh, en=text.en))
    return found


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
