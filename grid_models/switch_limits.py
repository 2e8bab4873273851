"""Limits that come from closed switches: what a switch carries, the element behind it carries."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from grid_models.grid import Grid

__all__ = ["switch_limits"]

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]


def switch_limits(grid: Grid) -> pd.DataFrame:
    """Return what closed switches let the lines and transformers behind them carry.

    A switch between two nodes counts for the one line or transformer end that is alone with it at
    either of them; where more meets there, no single current is the switch's.

    Returns
    -------
    limits
        ``element_id``, ``limit_a`` (a transformer's on its high side) and ``season``, one row a
        switch and limit: its rated current, and every entry of the limits table that names it.
    """
    switches = grid.switches[grid.switches["is_closed"]]
    named = grid.limits[grid.limits["element_id"].isin(switches.index)]
    switch_id = np.r_[switches.index.to_numpy(), named["element_id"].to_numpy()]
    limit_a = np.r_[switches["rated_a"].to_numpy(), named["limit_a"].to_numpy()]
    season = np.r_[np.full(len(switches), "all", dtype=object), named["season"].to_numpy()]
    known = np.isfinite(limit_a)
    rows, limit_a, season = switches.loc[switch_id[known]], limit_a[known], season[known]
    is_coupler = (rows["element_kind"] == "node").to_numpy()
    nodes, elements = rows["node"].to_numpy(), rows["element_id"].to_numpy()
    at, behind = [nodes[~is_coupler]], [elements[~is_coupler]]
    carried, seasons = [limit_a[~is_coupler]], [season[~is_coupler]]
    if is_coupler.any():
        alone = _alone_at(grid)
        for side in (nodes[is_coupler], elements[is_coupler]):
            found = alone.reindex(side)
            is_alone = found.notna().to_numpy()
            at.append(side[is_alone])
            behind.append(found.to_numpy()[is_alone])
            carried.append(limit_a[is_coupler][is_alone])
            seasons.append(season[is_coupler][is_alone])
    element_id = np.concatenate(behind)
    factor = _to_high_side(grid, np.concatenate(at), element_id)
    return pd.DataFrame(
        {
            "element_id": element_id,
            "limit_a": np.concatenate(carried) * factor,
            "season": np.concatenate(seasons),
        }
    )


def _alone_at(grid: Grid) -> pd.Series[str]:
    """Return by node the one line or transformer end that meets one switch and nothing else."""
    tables = (("lines", "from_node", "to_node"), ("transformers", "hv_node", "lv_node"))
    ends = pd.Series(
        np.concatenate([grid.column(table, "id") for table, *ends in tables for _ in ends]),
        index=np.concatenate([grid.column(table, end) for table, *ends in tables for end in ends]),
        dtype=object,
    )
    at_a_node = ("loads", "generators", "shunts", "sources")
    others = np.concatenate([grid.column(table, "node") for table in at_a_node])
    switches = grid.switches[grid.switches["element_kind"] == "node"]
    couplers = pd.Series(
        np.r_[switches["node"].to_numpy(), switches["element_id"].to_numpy()]
    ).value_counts()
    single = ends[~ends.index.duplicated(keep=False)]
    has_one = couplers.reindex(single.index).fillna(0).to_numpy() == 1
    alone: pd.Series[str] = single[has_one & ~single.index.isin(others)]
    return alone


def _to_high_side(grid: Grid, node: Texts, element_id: Texts) -> Floats:
    """Factor from the current at the switch to that of a transformer's high side; 1 for lines."""
    transformers = grid.transformers
    row = transformers.index.get_indexer(pd.Index(element_id))
    factor = np.ones(len(row))
    own = np.flatnonzero(row >= 0)
    coils = transformers.iloc[row[own]]
    is_low = coils["lv_node"].to_numpy() == node[own]
    ratio = (coils["vn_lv_kv"] / coils["vn_hv_kv"]).to_numpy()
    factor[own] = np.where(is_low, ratio, 1.0)
    return factor
