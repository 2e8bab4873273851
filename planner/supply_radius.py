"""Supply radius: how far along the lines a customer would stand from the board or the busbar."""

from __future__ import annotations

from planner.candidate import Candidate
from planner.design_load import Level
from planner.rules import Rules
from planner.situation import Situation

__all__ = ["is_within_radius", "supply_length_m", "supply_radius_m"]


def supply_length_m(situation: Situation, candidate: Candidate) -> float:
    """Return the line from the board (10(20) kV: the busbar) to the customer, new line included."""
    topology, row = situation.topology, candidate.place.row
    length = float(topology.length_m[row])
    if candidate.share is not None:
        above = float(topology.length_m[situation.tree.parent[row]])
        length = above + candidate.share * (length - above)
    return length + candidate.length_m


def supply_radius_m(rules: Rules, level: Level) -> float:
    """Return the supply radius of a level in the area's class."""
    return float(rules.value(f"supply_radius_{level}")[rules.text("area_class")])


def is_within_radius(
    situation: Situation, candidate: Candidate, rules: Rules, level: Level
) -> bool:
    """Say whether a low-voltage point lies within the supply radius; others always do."""
    return level != "lv" or supply_length_m(situation, candidate) <= supply_radius_m(rules, level)
