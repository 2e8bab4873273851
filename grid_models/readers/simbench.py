"""SimBench networks as grids, their tap changers mended."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd

from grid_models.errors import MissingExtraError
from grid_models.grid import Grid, Problem
from grid_models.readers.columns import ids, list_problem, texts
from grid_models.readers.pandapower import read_pandapower
from grid_models.readers.profiles import with_profiles
from grid_models.readers.refusals import unknown_name

__all__ = ["read_simbench"]


def read_simbench(code: str, *, crs: int | None = None, percentile: float = 100.0) -> Grid:
    """Read a SimBench network.

    SimBench leaves the type of its tap changers blank, and pandapower then ignores every tap
    position; they are ratio changers. Its year of quarter hours becomes the grid's curves
    (`readers.profiles`).

    Parameters
    ----------
    code
        For instance ``1-MV-urban--0-sw``.
    crs
        EPSG code of its coordinates; None: longitude and latitude, as SimBench has them.
    percentile
        Of the days of a season, that a curve's greatest value covers; 100: every day.

    Raises
    ------
    InputError
        If there is no such code.
    MissingExtraError
        If simbench is not installed.
    """
    try:
        import simbench  # noqa: PLC0415 - takes seconds, and is optional
    except ImportError as error:
        raise MissingExtraError("simbench") from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        codes = simbench.collect_all_simbench_codes()
        if code not in codes:
            raise unknown_name("simbench", code, codes)
        net = simbench.get_simbench_net(code)
    trafo, mended = _mend_tap_changers(net["trafo"])
    grid = read_pandapower({**net, "trafo": trafo}, code, f"simbench:{code}", crs=crs)
    problems = (*mended, *grid.metadata.import_problems)
    grid = replace(grid, metadata=replace(grid.metadata, import_problems=problems))
    return with_profiles(grid, net, percentile=percentile)


def _mend_tap_changers(trafo: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    is_blank = texts(trafo, "tap_changer_type") == ""
    is_blank &= np.isin(texts(trafo, "tap_side"), ["hv", "lv"])
    mended = trafo.assign(
        tap_changer_type=np.where(is_blank, "Ratio", texts(trafo, "tap_changer_type"))
    )
    problems = list_problem(
        "tap_changer_type_mended",
        "note",
        "transformers",
        ids("trafo", trafo.index[is_blank]),
        zh="SimBench 未注明 {n} 台变压器的分接开关类型，已按变比型（Ratio）处理",
        en="SimBench leaves the tap changer type of {n} transformers blank; they are taken as "
        "ratio changers",
    )
    return mended, problems
