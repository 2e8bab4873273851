"""Prices of a way: what a metre and a crossing cost, in metres of way along a street."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from planner.rules import Rules

__all__ = ["Prices", "route_prices"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What decides between ways.

    Parameters
    ----------
    street, duct, off_street
        Price of a metre along a street, in a duct that is there, and off the streets.
    crossing
        Price of crossing a street or a barrier once, by its kind.
    forbidden
        Kinds of barrier that no way off the streets may touch.
    leg_reach_m
        Longest way off the streets.
    leg_streets
        How many of the nearest pieces of street are tried.
    detour_factor, shortest_m
        Estimated length over straight distance; least length of any way.
    absurd_factor, absurd_margin_m
        A way longer than the straight distance times the factor, and the margin, is no way.
    """

    street: float
    duct: float
    off_street: float
    crossing: Mapping[str, float]
    forbidden: frozenset[str]
    leg_reach_m: float
    leg_streets: int
    detour_factor: float
    shortest_m: float
    absurd_factor: float
    absurd_margin_m: float

    @property
    def of_streets(self) -> tuple[object, ...]:
        """What the streets alone are priced by: equal for rules that price them alike."""
        return (self.street, self.duct, *sorted(self.crossing.items()))

    def longest_m(self, distance_m: float) -> float:
        """Return how long a way may be, by the straight distance."""
        return self.absurd_factor * distance_m + self.absurd_margin_m


def route_prices(rules: Rules) -> Prices:
    """Return the prices of the rules."""
    metre = rules.value("route_price")
    crossing = rules.value("route_crossing_price")
    return Prices(
        street=float(metre["street"]),
        duct=float(metre["duct"]),
        off_street=float(metre["off_street"]),
        crossing={str(kind): float(price) for kind, price in crossing.items()},
        forbidden=frozenset(rules.value("route_forbidden")),
        leg_reach_m=rules.number("route_off_street_reach"),
        leg_streets=int(rules.number("route_nearest_streets")),
        detour_factor=rules.number("detour_factor"),
        shortest_m=rules.number("route_minimum"),
        absurd_factor=rules.number("route_absurd_factor"),
        absurd_margin_m=rules.number("route_absurd_margin"),
    )
