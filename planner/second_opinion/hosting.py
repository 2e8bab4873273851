"""Hosting: the hosting capacity an option states, loaded at the access point itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import isinf, sqrt
from typing import Any

from grid_models.edits import SPLIT_NODE, ConnectCustomer, apply
from planner.rules import Rules
from planner.second_opinion.comparison import Finding
from planner.second_opinion.judgement import find_broken, is_broken_on_way
from planner.second_opinion.rebuilt import Rebuilt, Solved

__all__ = ["hear_hosting_capacity"]

# Just below the hosting capacity every limit holds, just above it one breaks.
BELOW, ABOVE = 0.9999, 1.001

Json = Mapping[str, Any]


def hear_hosting_capacity(
    headroom: Json, rebuilt: Rebuilt, power_factor: float, rules: Rules
) -> Iterator[Finding]:
    """Load the access point itself with a little less and a little more."""
    stated = float(headroom["hosting_capacity_kva"])
    code, binding = headroom["hosting_binding_code"], headroom["hosting_binding_id"]
    place = "headroom.hosting_capacity_kva"
    if isinf(stated):
        return
    if code == "already_violated":
        if not (is_broken_on_way(rebuilt, rules) and stated == 0.0):
            yield Finding(place, stated, "no limit is broken on the path before")
        return
    bare = replace(rebuilt.connect, length_m=0.0)
    at_access = Rebuilt(bare, rebuilt.before, Solved(apply(bare, rebuilt.before.grid)))
    below, above = (
        _broken(at_access, share * stated, power_factor, rules) for share in (BELOW, ABOVE)
    )
    if below is None or below:
        yield Finding(place, stated, f"less: {_names(below)} at {BELOW:.2%} of it")
    elif above == set():
        yield Finding(place, stated, f"more: nothing breaks at {ABOVE:.1%} of it")
    elif above is not None and binding and not _is_among(binding, code, above, rebuilt.connect):
        yield Finding("headroom.hosting_binding_id", f"{code} {binding}", _names(above))


def _broken(
    at_access: Rebuilt, s_kva: float, power_factor: float, rules: Rules
) -> set[tuple[str, str]] | None:
    """Find what breaks with a load at the access point itself; None: no voltage solution."""
    loaded = at_access.with_load(s_kva * power_factor, s_kva * sqrt(1.0 - power_factor**2))
    return None if loaded.after.flow.failures else find_broken(loaded, rules)


def _is_among(
    binding: str, code: str, broken: set[tuple[str, str]], connect: ConnectCustomer
) -> bool:
    """Say whether a binding element is among the broken ones, as itself or as a part of it."""
    names = {name for kind, name in broken if kind == code}
    parts = {f"{binding}#1", f"{binding}#2"} if connect.position is not None else set()
    # Between two nodes the new point itself may be what breaks; it is named after its neighbour.
    at_access = {SPLIT_NODE} if code == "voltage_low" else set()
    return not names.isdisjoint({binding} | parts | at_access)


def _names(broken: set[tuple[str, str]] | None) -> str:
    if broken is None:
        return "no voltage solution"
    return ", ".join(f"{code} {name}" for code, name in sorted(broken)) + " broken"
