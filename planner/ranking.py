"""Ranking: which option is first, and the line that says why (practice, section 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor, inf
from typing import Any

from planner.design_load import Level
from planner.messages import Message, say
from planner.plan import Rejected
from planner.refusal import said_there
from planner.rules import Rules
from planner.situation import is_connected_first

__all__ = ["Rankable", "criteria", "explain", "margin_step", "margin_step_of", "rank"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rankable:
    """What an option is ranked by.

    Parameters
    ----------
    level_rank
        0 for the preferred voltage level.
    is_within_radius
        False for a low-voltage point beyond the supply radius.
    works_class
        0 standard connection, 1 reinforcement, 2 new feeder.
    secure
        Says whether another feeder takes its feeder over, new load included; None: not computed,
        which comes with what is not. Asked only where it decides or is shown.
    margin_pct
        What is left on the path: 100 minus the greatest loading in percent of the limit.
    is_priced
        False where the price list lacks an item, so that the estimate is too low.
    utility_days
        Days of the utility's steps.
    """

    index: int
    level: Level
    level_rank: int
    works_class: int
    length_m: float
    is_trunk: bool
    secure: Callable[[], bool | None]
    margin_pct: float
    cost_p50: float
    access_kind: str
    element_id: str
    feeder_id: str
    is_within_radius: bool = True
    is_priced: bool = True
    utility_days: int = 0

    @property
    def is_n_minus_1(self) -> bool | None:
        """Whether N-1 is kept."""
        return self.secure()

    @property
    def group(self) -> tuple[int, bool, int]:
        """What comes before any length: level, supply radius, works class."""
        return (self.level_rank, not self.is_within_radius, self.works_class)

    def keys(self, rules: Rules, *, is_near: bool) -> dict[str, Any]:
        """Return the values the order was decided on, for the plan."""
        return {
            "level": self.level,
            "is_within_radius": self.is_within_radius,
            "works_class": self.works_class,
            "route_length_m": self.length_m,
            "equally_near": is_near,
            "is_trunk": self.is_trunk,
            "n_minus_1": "not_computed" if self.is_n_minus_1 is None else self.is_n_minus_1,
            "margin_pct": self.margin_pct,
            "margin_step": margin_step(self, rules),
            "cost_p50": self.cost_p50,
            "is_priced": self.is_priced,
            "utility_days": self.utility_days,
            "id": f"{self.access_kind}:{self.element_id}",
        }


def margin_step(option: Rankable, rules: Rules) -> int:
    """Return the margin in whole steps, rounded down.

    At low voltage, where one connects first and reinforces later, what is heavily loaded counts as
    at the limit of heavy load: no farther point is preferred only because of that.
    """
    return margin_step_of(option.margin_pct, option.level, rules)


def margin_step_of(margin_pct: float, level: Level, rules: Rules) -> int:
    """Return a margin at a voltage level in whole steps; see `margin_step`."""
    if is_connected_first(rules, level):
        margin_pct = max(margin_pct, 100.0 - rules.number("heavy_load"))
    return floor(margin_pct / rules.number("margin_step"))


def near_limit_m(shortest_m: float, rules: Rules) -> float:
    """Return the route length up to which options count as equally near as the shortest."""
    return max(
        shortest_m + rules.number("equally_near_m"),
        shortest_m * (1.0 + rules.number("equally_near_share")),
    )


def rank(
    options: Sequence[Rankable],
    rules: Rules,
    order: str = "nearest_public",
    *,
    foresee: Callable[[Sequence[Rankable]], None] | None = None,
) -> list[tuple[Rankable, Mapping[str, Any]]]:
    """Order options, best first, at most so many a feeder; each with the keys it was ordered by.

    Parameters
    ----------
    options
        Feasible options of all levels and works classes.
    order
        What the customer puts first inside a works class: nearest_public, cost, time (fewer days of
        the utility's steps; then the shorter new line, which is built sooner) or reliability
        (trunk, N-1 and margin).
    foresee
        Told of which options N-1 is about to be asked: together that is less work than singly.
    """
    shortest_m: dict[tuple[int, bool, int], float] = {}
    for option in options:
        shortest_m[option.group] = min(option.length_m, shortest_m.get(option.group, inf))
    near = {group: near_limit_m(length_m, rules) for group, length_m in shortest_m.items()}

    def is_near(option: Rankable) -> bool:
        return option.length_m <= near[option.group]

    foresee = foresee or (lambda _: None)
    foresee([option for option in options if _is_secured(order, is_near=is_near(option))])

    def key(option: Rankable) -> tuple[Any, ...]:
        found = criteria(option, rules, order, is_near=is_near(option))
        return tuple(value for _, value in found)

    kept = _limit_by_feeder(sorted(options, key=key), int(rules.number("options_per_feeder")))
    foresee(kept)
    return [(option, option.keys(rules, is_near=is_near(option))) for option in kept]


def criteria(
    option: Rankable, rules: Rules, order: str, *, is_near: bool
) -> Iterator[tuple[str, Any]]:
    """Give what an option is ordered by, most important first: names and values, least first.

    Of two options the first criterion on which they differ is the reason for their order.
    """
    yield "level", option.level_rank
    yield "radius", not option.is_within_radius
    yield "works_class", option.works_class
    if order == "nearest_public":
        yield "nearer", not is_near
    if _is_secured(order, is_near=is_near):
        yield "trunk", not option.is_trunk
        yield "n_minus_1", not option.is_n_minus_1
        yield "margin", -margin_step(option, rules)
    if order == "cost" or (order == "nearest_public" and is_near):
        yield "priced", not option.is_priced
        # what is left of two sums that lack different prices cannot be compared
        yield "cost", option.cost_p50 if option.is_priced else inf
    if order == "time":
        yield "days", option.utility_days
    yield "nearer", option.length_m
    yield "id", (option.access_kind, option.element_id)


def _is_secured(order: str, *, is_near: bool) -> bool:
    """Say whether trunk, N-1 and margin count for an option's place."""
    return order == "reliability" or (order == "nearest_public" and is_near)


def _limit_by_feeder(ordered: Sequence[Rankable], most: int) -> list[Rankable]:
    count: dict[tuple[int, str], int] = {}
    kept = []
    for option in ordered:
        feeder = (option.level_rank, option.feeder_id)
        count[feeder] = count.get(feeder, 0) + 1
        if count[feeder] <= most:
            kept.append(option)
    return kept


def explain(
    ranked: Sequence[tuple[Rankable, Mapping[str, Any]]],
    nearer_rejected: Rejected | None,
    rules: Rules,
    order: str,
    label: Callable[[str], str],
) -> Message:
    """Say in one line why the first option beats the nearest and the roomiest."""
    (first, _), *behind = ranked
    others = [option for option, _ in behind]
    is_near = {option.index: bool(keys["equally_near"]) for option, keys in ranked}

    def because(other: Rankable) -> Message:
        pairs = zip(
            criteria(first, rules, order, is_near=is_near[first.index]),
            criteria(other, rules, order, is_near=is_near[other.index]),
            strict=False,
        )
        return _because(first, other, next(own[0] for own, theirs in pairs if own != theirs))

    parts = []
    if not others:
        parts.append(say("why_only"))
    else:
        everyone = [first, *others]
        nearest = min(everyone, key=lambda o: (o.length_m, o.access_kind, o.element_id))
        # what people see as the same room is the same
        roomiest = max(everyone, key=lambda o: (round(o.margin_pct), -o.length_m))
        if nearest is first and roomiest is first:
            parts.append(say("why_nearest_and_roomiest"))
        elif nearest is first:
            parts.append(say("why_nearest"))
        else:
            parts.append(
                say(
                    "why_beats_nearest",
                    nearest=label(nearest.element_id),
                    extra_m=first.length_m - nearest.length_m,
                    because=because(nearest),
                )
            )
        if roomiest is not first and roomiest is not nearest:
            parts.append(
                say(
                    "why_beats_roomiest",
                    roomiest=label(roomiest.element_id),
                    own_pct=first.margin_pct,
                    other_pct=roomiest.margin_pct,
                    because=because(roomiest),
                )
            )
    if nearer_rejected is not None:
        nearer_id = nearer_rejected.access_point.element_id
        nearer = label(nearer_id)
        parts.append(
            say(
                "why_nearer_rejected",
                nearest=nearer,
                value=nearer_rejected.access_point.distance_m,
                reason=said_there(nearer_rejected.reasons[0], nearer_id, nearer),
            )
        )
    line = parts[0]
    for part in parts[1:]:
        line = say("why_both", first=line, second=part)
    return line


def _because(first: Rankable, other: Rankable, criterion: str) -> Message:
    """Say what the criterion on which two options first differ means."""
    return say(
        f"because_{criterion}",
        own_pct=first.margin_pct,
        other_pct=other.margin_pct,
        extra_m=other.length_m - first.length_m,
    )
