"""Routing: the least-cost way of a new line along the streets.

::

    streets     what the data give: streets, ducts, barriers
    net         streets cut where they meet
    barriers    what bars the way
    lanes       the two sides of every street as a graph
    legs        ways off the streets
    router      one search from the site, a way from every access point
    way         what comes out
"""

from __future__ import annotations

from planner.routing.ground import prepare_ground, water_at
from planner.routing.prices import Prices, route_prices
from planner.routing.router import Router
from planner.routing.streets import BARRIER_KINDS, STREET_KINDS, Streets
from planner.routing.way import NoWay, Way

__all__ = [
    "BARRIER_KINDS",
    "STREET_KINDS",
    "NoWay",
    "Prices",
    "Router",
    "Streets",
    "Way",
    "prepare_ground",
    "route_prices",
    "water_at",
]
