"""Loads: how full feeders and transformers are, and who takes what at which power factor."""

from __future__ import annotations

from math import acos, tan
from typing import Literal, NamedTuple

import numpy as np

from grid_models.synthesize.equipment import SQRT3

__all__ = [
    "FEEDER_KV",
    "Neighbourhood",
    "Role",
    "choose_neighbourhood",
    "complex_power",
    "draw_roles",
    "feeder_budget_kva",
    "split",
    "station_loads_kva",
]

Role = Literal["full", "usual", "roomy"]

# A feeder's current is reckoned at this voltage, a little below the busbar's.
FEEDER_KV = 10.2
# What a feeder takes, as a share of what its trunk may carry when heavily loaded.
HEAVY_SHARE = 0.76
BUDGET_SHARE: dict[Role, tuple[float, float]] = {
    "full": (0.8, 1.0),
    "usual": (0.5, 0.8),
    "roomy": (0.3, 0.45),
}
ROLE_EVERY = 4
# Loading of public transformers; by current, at a low side a few percent under its rated voltage.
HEAVY_STATIONS = 0.14
HEAVY_LOADING = (0.715, 0.775)
USUAL_LOADING = (0.30, 0.62)
LEAST_LOADING = 0.15
LOW_SIDE_PU = 0.955

# How unequal neighbours are: shape of a gamma distribution.
UNEVENNESS = 4.0


class Neighbourhood(NamedTuple):
    """What stands in a block: categories of its customers, and how often each."""

    categories: tuple[str, ...]
    shares: tuple[float, ...]


POWER_FACTOR = {"resident": 0.96, "commercial": 0.93, "industrial": 0.92, "ev_charging": 0.97}
NEIGHBOURHOODS = (
    Neighbourhood(("resident", "commercial", "ev_charging"), (0.85, 0.10, 0.05)),
    Neighbourhood(("commercial", "resident", "ev_charging"), (0.70, 0.22, 0.08)),
    Neighbourhood(("industrial", "commercial"), (0.65, 0.35)),
)
NEIGHBOURHOOD_SHARES = (0.55, 0.30, 0.15)


def complex_power(s_kva: float, category: str) -> complex:
    """Return p + jq of an complex_power power at the category's power factor."""
    factor = POWER_FACTOR[category]
    return complex(s_kva * factor, s_kva * factor * tan(acos(factor)))


def choose_neighbourhood(rng: np.random.Generator) -> Neighbourhood:
    """Return what stands in a block."""
    return NEIGHBOURHOODS[int(rng.choice(len(NEIGHBOURHOODS), p=NEIGHBOURHOOD_SHARES))]


def draw_roles(rng: np.random.Generator, count: int) -> list[Role]:
    """Return a role for each of `count` feeders: a quarter full, a quarter roomy."""
    few = max(1, count // ROLE_EVERY)
    return [
        "full" if k < few else "roomy" if k < 2 * few else "usual" for k in rng.permutation(count)
    ]


def feeder_budget_kva(rng: np.random.Generator, role: Role, ampacity_a: float) -> float:
    """Return what a feeder may take: never so much that its trunk is heavily loaded."""
    return float(HEAVY_SHARE * SQRT3 * FEEDER_KV * ampacity_a * rng.uniform(*BUDGET_SHARE[role]))


def station_loads_kva(
    rng: np.random.Generator, rated_kva: list[float], budget_kva: float
) -> list[float]:
    """Return the load of each public transformer of a feeder, within the feeder's budget.

    Some are nearly full; the others give way when the budget is short.
    """
    count = len(rated_kva)
    is_heavy = rng.random(count) < HEAVY_STATIONS
    loading = np.where(
        is_heavy, rng.uniform(*HEAVY_LOADING, count), rng.uniform(*USUAL_LOADING, count)
    )
    load = loading * LOW_SIDE_PU * np.array(rated_kva)
    light = load[~is_heavy].sum()
    if load.sum() > budget_kva and light > 0.0:
        least = LEAST_LOADING / USUAL_LOADING[1]
        load[~is_heavy] *= max(least, (budget_kva - load[is_heavy].sum()) / light)
    return [float(value) for value in load * min(1.0, budget_kva / load.sum())]


def split(rng: np.random.Generator, total: float, parts: int) -> list[float]:
    """Split a total into uneven parts."""
    weights = rng.gamma(UNEVENNESS, 1.0, parts)
    return [float(value) for value in total * weights / weights.sum()]
