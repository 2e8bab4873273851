"""Part: what of a wish one refused point carries as the grid stands, and how a plan says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from grid_models.demand import clock_time
from planner.application import SupplyApplication
from planner.importance import is_important
from planner.messages import Message, say
from planner.plan import PartialSupply, Reason
from planner.rules import Rules
from planner.search import Found

__all__ = [
    "HOURS",
    "LIMITED",
    "STAGED",
    "Part",
    "describe_part",
    "explain_part",
    "is_worth_offering",
    "reason_of",
]

LIMITED, STAGED = "limited_supply", "staged_supply"
HOURS = 24
# Shares this close are equal.
SLACK = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What of a wish one refused point carries as the grid stands.

    Parameters
    ----------
    kind
        Of the option: limited by the hour, or a first stage.
    found
        The point with that load, in the state its figures are of.
    """

    kind: str
    found: Found
    supply: PartialSupply


def is_worth_offering(part: Part, application: SupplyApplication, rules: Rules) -> bool:
    """Say whether it carries enough of the wish to be an option.

    Whatever is important has to be carried at every hour; a first stage, and what a day leaves
    out, are held against the rules.
    """
    supply = part.supply
    if _least_kw(supply) < _important_kw(supply, application, rules):
        return False
    if part.kind == STAGED:
        share = rules.number("first_stage_least_share") / 100.0 / application.stages
        return supply.load_kw >= (1.0 - SLACK) * share * supply.wish_kw
    most = 1.0 - rules.number("limited_supply_least_share") / 100.0
    whole_kwh = HOURS * supply.wish_kw
    return all(day.left_out_kwh <= most * whole_kwh for day in supply.envelope)


def _least_kw(supply: PartialSupply) -> float:
    allowed_kw = [kw for day in supply.envelope for kw in day.allowed_kw]
    return min(allowed_kw, default=supply.load_kw)


def _important_kw(supply: PartialSupply, application: SupplyApplication, rules: Rules) -> float:
    """Return the important load; of an important customer who states none, the whole."""
    if application.important_kw is not None:
        return application.important_kw
    return supply.wish_kw if is_important(application, rules) else 0.0


def reason_of(part: Part, label: Callable[[str], str]) -> Reason:
    """Say why the desk decides: it is not what was asked for."""
    text = describe_part(part, label)
    rule_id = "limited_supply_margin" if part.kind == LIMITED else "limited_supply_steps"
    return Reason(code=part.kind, zh=text.zh, en=text.en, rule_id=rule_id)


def describe_part(part: Part, label: Callable[[str], str], *, is_offered: bool = True) -> Message:
    """Say what of the wish it carries, and that this is too little where it is not offered."""
    supply, element = part.supply, label(part.found.candidate.element_id)
    if part.kind == STAGED:
        rest_kw = supply.wish_kw - supply.load_kw
        sentence = STAGED if is_offered else "staged_supply_little"
        return say(sentence, element=element, value=supply.load_kw, rest=rest_kw)
    sentence = LIMITED if is_offered else "limited_supply_little"
    worst = max(supply.envelope, key=lambda day: day.left_out_kwh)
    if worst.left_out_kwh <= 0.0 and is_offered:
        # what was refused is the peak, which no hour of the curves reaches
        return say("limited_supply_whole", element=element, wish=supply.wish_kw)
    return say(
        sentence, element=element, least=min(worst.allowed_kw), most=max(worst.allowed_kw),
        wish=supply.wish_kw, season=say(f"season_{worst.season}"), value=worst.left_out_kwh,
    )  # fmt: skip


def explain_part(supply: PartialSupply) -> Message:
    """Say of which state and of which load the figures of the option are."""
    if supply.season is None or supply.quarter_hour is None:
        return say("why_staged_supply", value=supply.load_kw)
    return say(
        "why_limited_supply", value=supply.load_kw, season=say(f"season_{supply.season}"),
        time=clock_time(supply.quarter_hour),
    )  # fmt: skip
