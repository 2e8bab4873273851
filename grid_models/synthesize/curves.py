"""Curves of the made-up city: a day of homes, shops, works and charging in every season.

Invented like the city itself: smooth shapes with the evening of homes, the opening hours of shops
and the shifts of works, so that not all feeders have their worst hour at the same time. Each class
reaches its peak, factor 1, in one season.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.grid import QUARTER_HOURS, SEASONS

__all__ = ["typical_curves"]

Floats = npt.NDArray[np.float64]


class Rise(NamedTuple):
    """A rise over the day: hour of its middle, hours to either side, height over the base."""

    hour: float
    spread_hours: float
    height: float


class Habit(NamedTuple):
    """How a class uses electricity: base and rises of its day, level of each of `SEASONS`."""

    base: float
    rises: tuple[Rise, ...]
    levels: tuple[float, float, float, float]


_HABITS: Mapping[str, Habit] = {
    "resident": Habit(
        0.30, (Rise(7.5, 1.2, 0.2), Rise(12.5, 1.5, 0.2), Rise(20.5, 2.2, 0.7)),
        (0.60, 1.00, 0.62, 0.90),
    ),
    "commercial": Habit(
        0.25, (Rise(11.0, 2.5, 0.5), Rise(15.5, 2.5, 0.5), Rise(19.5, 2.0, 0.6)),
        (0.70, 1.00, 0.72, 0.80),
    ),
    "industrial": Habit(
        0.45, (Rise(10.0, 1.8, 0.5), Rise(15.0, 1.8, 0.5), Rise(21.0, 2.0, 0.2)),
        (0.92, 1.00, 0.95, 0.90),
    ),
    "ev_charging": Habit(
        0.20, (Rise(13.0, 1.5, 0.3), Rise(23.5, 2.0, 0.8)), (0.80, 0.90, 0.82, 1.00)
    ),
}  # fmt: skip
# The lightest day of a season, as a share of its heaviest.
_LEAST_SHARE = 0.6
_HOURS_A_DAY = 24.0


def typical_curves(categories: Collection[str]) -> pd.DataFrame:
    """Return a curve for each of the categories that has one, named like it.

    Returns
    -------
    curves
        Points with the columns of a grid's table of curves.
    """
    return pd.concat(
        [
            _points(name, season, level * _day(habit))
            for name, habit in _HABITS.items()
            if name in categories
            for season, level in zip(SEASONS, habit.levels, strict=True)
        ],
        ignore_index=True,
    )


def _day(habit: Habit) -> Floats:
    """Return a day of 96 factors whose greatest is 1; what rises at night goes on after it."""
    hour = np.arange(QUARTER_HOURS) * _HOURS_A_DAY / QUARTER_HOURS
    day = np.full(QUARTER_HOURS, habit.base)
    for rise in habit.rises:
        away = np.abs(hour - rise.hour)
        away = np.minimum(away, _HOURS_A_DAY - away)
        day += rise.height * np.exp(-0.5 * (away / rise.spread_hours) ** 2)
    return np.asarray(day / day.max())


def _points(name: str, season: str, factor: Floats) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "curve_id": name,
            "season": season,
            "quarter_hour": np.arange(QUARTER_HOURS),
            "p_pu": factor,
            "q_pu": factor,
            "p_least_pu": _LEAST_SHARE * factor,
            "q_least_pu": _LEAST_SHARE * factor,
        }
    )
