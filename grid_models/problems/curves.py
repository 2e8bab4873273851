"""Curves: points that are missing, twice there, or in another unit; curves nobody has."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

import numpy as np
import pandas as pd

from grid_models.grid import QUARTER_HOURS, SEASONS, Grid
from grid_models.problems.finding import Finding, found

__all__ = ["CurveFault", "find_curve_faults", "find_odd_curves"]

# A factor is a share of the element's own peak. Reactive peaks may fall apart from the active one
# by which they are scaled, to a little above 2 in real profiles; percent reach 100, kilowatts
# hundreds.
_HIGHEST_FACTOR = 3.0
# No load keeps below a hundredth of its own peak all year, unless its curve is in megawatts.
_LEAST_GREATEST_FACTOR = 0.01


class CurveFault(NamedTuple):
    """One thing that is wrong with a curve.

    Parameters
    ----------
    code
        curve_incomplete, curve_repeated, curve_season_missing, curve_least_above_greatest,
        curve_unit_too_large or curve_unit_too_small.
    curve_id, season
        The curve; `season` is empty where it is not about one.
    ids
        Points of the table it concerns.
    points
        Quarter hours that are missing or twice there.
    value
        The factor that is too large or too small; NaN where it is not about one.
    """

    code: str
    curve_id: str
    season: str = ""
    ids: tuple[str, ...] = ()
    points: tuple[int, ...] = ()
    value: float = float("nan")


def find_odd_curves(grid: Grid) -> Iterator[Finding]:
    """Find curves that cannot be used and elements whose curve is not there."""
    faults = sorted(find_curve_faults(grid.curves), key=lambda fault: fault.code)
    for code, group in groupby(faults, key=lambda fault: fault.code):
        yield Finding(code, "curves", [name for fault in group for name in fault.ids])
    known = {"", *grid.curves["curve_id"]}
    for table, rows in (("loads", grid.loads), ("generators", grid.generators)):
        yield from found("curve_unknown", table, rows, ~rows["curve_id"].isin(known))


def find_curve_faults(curves: pd.DataFrame) -> Iterator[CurveFault]:
    """Yield everything that is wrong with a table of curves, curve by curve.

    Parameters
    ----------
    curves
        With the columns of the grid's table; single values out of range are not judged here.
    """
    seasons = [season for season in SEASONS if (curves["season"] == season).any()]
    for curve_id, rows in curves.groupby("curve_id", sort=True):
        for season, part in rows.groupby("season", sort=True):
            yield from _find_gaps(str(curve_id), str(season), part)
        own = set(rows["season"])
        for season in () if "all" in own else seasons:
            if season not in own:
                yield CurveFault("curve_season_missing", str(curve_id), season, _ids(rows))
        yield from _find_units(str(curve_id), rows)


def _find_gaps(curve_id: str, season: str, rows: pd.DataFrame) -> Iterator[CurveFault]:
    here = rows["quarter_hour"].to_numpy()
    count = np.bincount(here[(here >= 0) & (here < QUARTER_HOURS)], minlength=QUARTER_HOURS)
    missing, repeated = (tuple(np.flatnonzero(mask).tolist()) for mask in (count == 0, count > 1))
    if missing:
        yield CurveFault("curve_incomplete", curve_id, season, _ids(rows), missing)
    if repeated:
        twice = rows[np.isin(here, repeated)]
        yield CurveFault("curve_repeated", curve_id, season, _ids(twice), repeated)
    above = rows["p_least_pu"].gt(rows["p_pu"]) | rows["q_least_pu"].gt(rows["q_pu"])
    if above.any():
        points = tuple(sorted(here[above].tolist()))
        yield CurveFault("curve_least_above_greatest", curve_id, season, _ids(rows[above]), points)


def _find_units(curve_id: str, rows: pd.DataFrame) -> Iterator[CurveFault]:
    greatest = float(np.nanmax(rows[["p_pu", "q_pu"]].abs().to_numpy(), initial=0.0))
    if greatest > _HIGHEST_FACTOR:
        yield CurveFault("curve_unit_too_large", curve_id, "", _ids(rows), value=greatest)
    active = float(np.nanmax(rows["p_pu"].to_numpy(), initial=0.0))
    if active < _LEAST_GREATEST_FACTOR:
        yield CurveFault("curve_unit_too_small", curve_id, "", _ids(rows), value=active)


def _ids(rows: pd.DataFrame) -> tuple[str, ...]:
    return tuple(str(name) for name in rows.index)
