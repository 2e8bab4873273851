"""Part: what of a wish one refused point carries as the grid stands, and how a plan says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from grid_models.demand import clock_time
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


def is_worth_offering(part: Part, rules: Rules) -> bool:
    """Say whether it carries enough of the wish on its worst day to be an option."""
    most = 1.0 - rules.number("limited_supply_least_share") / 100.0
    whole_kwh = HOURS * part.supply.wish_kw
    return all(day.left_out_kwh <= most * whole_kwh for day in part.supply.envelope)


def reason_of(part: Part, label: Callable[[str], str]) -> Reason:
    """Say why the desk decides: it is not what was asked for."""
    text = describe_part(part, label)
    rule_id = "limited_supply_margin" if part.kind == LIMITED else "limited_supply_steps"
    return Reason(code=part.kind, zh=text.zh, en=text.en, rule_id=rule_id)


def describe_part(part: Part, label: Callable[[str], str], *, sentence: str = LIMITED) -> Message:
    """Say what of the wish it carries.

    Parameters
    ----------
    sentence
        Of a supply by the hour that leaves something out.
    """
    supply, element = part.supply, label(part.found.candidate.element_id)
    if part.kind == STAGED:
        rest_kw = supply.wish_kw - supply.load_kw
        return say(STAGED, element=element, value=supply.load_kw, rest=rest_kw)
    worst = max(supply.envelope, key=lambda day: day.left_out_kwh)
    if worst.left_out_kwh <= 0.0:
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
