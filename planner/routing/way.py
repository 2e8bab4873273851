"""Way: the course of a new line: its length, what it lies in, and what it crosses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import shapely

__all__ = ["Course", "NoWay", "Way"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Where a way lies.

    Parameters
    ----------
    line
        From the access point to the site, degrees.
    duct_m, street_m, off_street_m
        Metres in ducts, along streets and off them; all 0 for an estimate.
    crossings
        How often it crosses streets and barriers, by kind; empty for an estimate.
    """

    line: shapely.LineString
    duct_m: float = 0.0
    street_m: float = 0.0
    off_street_m: float = 0.0
    crossings: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way from an access point to the site.

    Parameters
    ----------
    method
        streets or estimate.
    length_m
        Length, never less than the straight distance nor the least length of a route.
    cost
        What it was chosen by, in metres of way along a street; the length for an estimate.
    trace
        Puts the course together; few ways are asked for it.
    """

    method: str
    length_m: float
    cost: float
    trace: Callable[[], Course] = field(repr=False, compare=False)

    @cached_property
    def course(self) -> Course:
        """Where it lies."""
        return self.trace()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoWay:
    """Why there is no way.

    Parameters
    ----------
    code
        no_route, or restricted_area where one of these lies between.
    kind, name
        Barrier in the way, a restricted area by its id; empty if none is known.
    """

    code: str
    kind: str = ""
    name: str = ""
