"""Ranking: which option is first, and the line that says why (practice, section 7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import Any

from planner.design_load import Level
from planner.messages import Message, say
from planner.plan import Rejected
from planner.refusal import said_there
from planner.rules import Rules
from planner.situation import is_connected_first

__all__ = ["Rankable", "explain", "margin_step", "rank"]


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
    margin_pct
        What is left on the path: 100 minus the greatest loading in percent of the limit.
    """

    index: int
    level: Level
    level_rank: int
    works_class: int
    length_m: float
    is_trunk: bool
    margin_pct: float
    cost_p50: float
    access_kind: str
    element_id: str
    feeder_id: str
    is_within_radius: bool = True

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
            "n_minus_1": "not_computed",
            "margin_pct": self.margin_pct,
            "margin_step": margin_step(self, rules),
            "cost_p50": self.cost_p50,
            "id": f"{self.access_kind}:{self.element_id}",
        }


def margin_step(option: Rankable, rules: Rules) -> int:
    """Return the margin in whole steps, rounded down.

    At low voltage, where one connects first and reinforces later, what is heavily loaded counts as
    at the limit of heavy load: no farther point is preferred only because of that.
    """
    margin_pct = option.margin_pct
    if is_connected_first(rules, option.level):
        margin_pct = max(margin_pct, 100.0 - rules.number("heavy_load"))
    return floor(margin_pct / rules.number("margin_step"))


def near_limit_m(shortest_m: float, rules: Rules) -> float:
    """Return the route length up to which options count as equally near as the shortest."""
    return max(
        shortest_m + rules.number("equally_near_m"),
        shortest_m * (1.0 + rules.number("equally_near_share")),
    )


def rank(
    options: Sequence[Rankable], rules: Rules, order: str = "nearest_public"
) -> list[tuple[Rankable, Mapping[str, Any]]]:
    """Order options, best first, at most so many a feeder; each with the keys it was ordered by.

    Parameters
    ----------
    options
        Feasible options of all levels and works classes.
    order
        What the customer puts first inside a works class: nearest_public, cost, time (the shorter
        new line is built sooner) or reliability (trunk and margin).
    """
    groups: dict[tuple[int, bool, int], list[Rankable]] = {}
    for option in options:
        groups.setdefault(option.group, []).append(option)
    ordered = []
    for _, group in sorted(groups.items()):
        limit = near_limit_m(min(option.length_m for option in group), rules)

        def key(option: Rankable, limit: float = limit) -> tuple[Any, ...]:
            tail = (option.length_m, option.access_kind, option.element_id)
            if order == "cost":
                return (option.cost_p50, *tail)
            if order == "time":
                return tail
            if order == "reliability":
                return (not option.is_trunk, -margin_step(option, rules), *tail)
            if option.length_m > limit:
                return (1, *tail)
            steps = margin_step(option, rules)
            return (0, not option.is_trunk, -steps, option.cost_p50, *tail)

        ordered += [
            (option, option.keys(rules, is_near=option.length_m <= limit))
            for option in sorted(group, key=key)
        ]
    return _limit_by_feeder(ordered, int(rules.number("options_per_feeder")))


def _limit_by_feeder(
    ordered: Sequence[tuple[Rankable, Mapping[str, Any]]], most: int
) -> list[tuple[Rankable, Mapping[str, Any]]]:
    count: dict[tuple[int, str], int] = {}
    kept = []
    for option, keys in ordered:
        feeder = (option.level_rank, option.feeder_id)
        count[feeder] = count.get(feeder, 0) + 1
        if count[feeder] <= most:
            kept.append((option, keys))
    return kept


def explain(
    first: Rankable,
    others: Sequence[Rankable],
    nearer_rejected: Rejected | None,
    rules: Rules,
    label: Callable[[str], str],
) -> Message:
    """Say in one line why the first option beats the nearest and the roomiest."""
    parts = []
    if not others:
        parts.append(say("why_only"))
    else:
        everyone = [first, *others]
        nearest = min(everyone, key=lambda o: (o.length_m, o.access_kind, o.element_id))
        roomiest = max(everyone, key=lambda o: (o.margin_pct, -o.length_m))
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
                    because=_because(first, nearest, rules),
                )
            )
        if roomiest is not first and roomiest is not nearest:
            parts.append(
                say(
                    "why_beats_roomiest",
                    roomiest=label(roomiest.element_id),
                    own_pct=first.margin_pct,
                    other_pct=roomiest.margin_pct,
                    because=_because(first, roomiest, rules),
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


def _because(first: Rankable, other: Rankable, rules: Rules) -> Message:
    """Name the first key on which two options differ."""
    if first.level_rank != other.level_rank:
        return say("because_level")
    if first.is_within_radius != other.is_within_radius:
        return say("because_radius")
    if first.works_class != other.works_class:
        return say("because_works_class")
    limit = near_limit_m(min(first.length_m, other.length_m), rules)
    if max(first.length_m, other.length_m) <= limit:
        if first.is_trunk != other.is_trunk:
            return say("because_trunk")
        if margin_step(first, rules) != margin_step(other, rules):
            return say("because_margin", own_pct=first.margin_pct, other_pct=other.margin_pct)
        if first.cost_p50 != other.cost_p50:
            return say("because_cost")
    if first.length_m < other.length_m:
        return say("because_nearer", extra_m=other.length_m - first.length_m)
    return say("because_id")
