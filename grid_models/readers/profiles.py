"""A year of quarter hours as curves: an envelope of 96 points for every profile and season.

At each quarter hour of a season the greatest and the least of its days are kept, active and
reactive power each for itself. They need not have been on one day: the envelope is never below any
day on the side it is used for, and so errs on the safe side. A percentile below 100 keeps, for
instance with 95, what 95 of 100 days do not exceed, and what 95 do not fall below.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.demand.curves import curve_table
from grid_models.grid import SEASONS, Grid
from grid_models.readers.columns import Net, Texts, ids, texts

__all__ = ["with_profiles"]

Floats = npt.NDArray[np.float64]

_TIME = "%d.%m.%Y %H:%M"
# Meteorological seasons: spring is March to May, winter December to February.
_SEASON_OF_MONTH = {month: SEASONS[(month // 3 - 1) % 4] for month in range(1, 13)}
_MINUTES = 15
# Table of the net, table of its profiles, endings of the columns of p and q, table of the grid.
_SOURCES = (
    ("load", "load", "_pload", "_qload", "loads"),
    ("sgen", "renewables", "", "", "generators"),
    ("storage", "storage", "_pstorage", "_qstorage", "generators"),
)


def with_profiles(grid: Grid, net: Net, *, percentile: float = 100.0) -> Grid:
    """Give a grid the curves of the SimBench net it was read from.

    Parameters
    ----------
    grid
        Its loads and generators are named after the net's.
    net
        With `profiles` and the column `profile`; what has none keeps its power at every hour.
    percentile
        See the module; above 50 and up to 100.

    Returns
    -------
    grid
        A curve is named like its profile with the table it is of, for instance ``load:H0-A``.
    """
    curves: list[pd.DataFrame] = []
    tables = {"loads": grid.loads, "generators": grid.generators}
    for element, source, p_ending, q_ending, table in _SOURCES:
        profiles = net["profiles"].get(source, pd.DataFrame())
        profile = texts(net[element], "profile")
        used = {name for name in set(profile) if name and f"{name}{p_ending}" in profiles}
        if not used or profiles.empty:
            continue
        points = _points_of(profiles["time"])
        for name in sorted(used):
            p = profiles[f"{name}{p_ending}"]
            q = profiles.get(f"{name}{q_ending}", p)
            curves.append(_envelope(f"{source}:{name}", points, p, q, percentile))
        own = np.array([f"{source}:{name}" if name in used else "" for name in profile], object)
        tables[table] = _named(tables[table], ids(element, net[element].index), own)
    if not curves:
        return grid
    return grid.with_tables(**tables, curves=curve_table(pd.concat(curves, ignore_index=True)))


def _named(rows: pd.DataFrame, names: Texts, curve_id: Texts) -> pd.DataFrame:
    stated = pd.Series(curve_id, index=names).reindex(rows.index)
    return rows.assign(curve_id=stated.fillna(rows["curve_id"]))


def _points_of(time: pd.Series[str]) -> pd.DataFrame:
    """Return season and quarter hour of every time."""
    at = pd.to_datetime(time, format=_TIME)
    return pd.DataFrame(
        {
            "season": at.dt.month.map(_SEASON_OF_MONTH),
            "quarter_hour": (at.dt.hour * 60 + at.dt.minute) // _MINUTES,
        }
    )


def _envelope(
    curve_id: str,
    points: pd.DataFrame,
    p: pd.Series[float],
    q: pd.Series[float],
    percentile: float,
) -> pd.DataFrame:
    values = points.assign(p=p.to_numpy(), q=q.to_numpy()).groupby(["season", "quarter_hour"])
    high, low = values.quantile(percentile / 100.0), values.quantile(1.0 - percentile / 100.0)
    table = pd.DataFrame(
        {
            "p_pu": high["p"],
            "q_pu": high["q"],
            "p_least_pu": low["p"],
            "q_least_pu": low["q"],
        }
    ).reset_index()
    return table.assign(curve_id=curve_id)
