"""Boundary: where the utility's property ends and the customer's begins, at each source."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from planner.candidate import Candidate
from planner.design_load import Level
from planner.messages import say
from planner.plan import Boundary
from planner.rules import Rules

__all__ = ["find_boundary"]


def find_boundary(
    candidate: Candidate, level: Level, rules: Rules, label: Callable[[str], str]
) -> Boundary:
    """Return the boundary of a source; the parties agree on it at the site.

    Parameters
    ----------
    label
        How people call an element, by id.
    """
    places: Mapping[str, str] = rules.value("property_boundary")
    code = places["lv"] if level == "lv" else places[candidate.kind]
    text = say(f"boundary_{code}", element=label(candidate.element_id))
    return Boundary(code=code, zh=text.zh, en=text.en)
