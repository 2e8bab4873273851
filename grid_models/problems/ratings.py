"""Ratings: what is unknown, a stand-in or contradictory of lines, transformers and sources."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from grid_models.changers import find_tap_faults
from grid_models.grid import Grid
from grid_models.problems.finding import Finding, by_id, found

__all__ = ["find_odd_ratings"]

# Test cases write 99999 (kA or MVA) where they mean "unknown"; nothing real comes near.
_STAND_IN_A = 90_000.0
_STAND_IN_KVA = 90_000_000.0
# Rated voltages such as 10.5 or 121 kV stand within this share of the node's nominal voltage.
_VOLTAGE_TOLERANCE = 0.25


def find_odd_ratings(grid: Grid) -> Iterator[Finding]:
    """Find missing ratings, zero impedances, duplicates and units and sources that cannot be."""
    yield from _find_line_problems(grid)
    yield from _find_transformer_problems(grid)
    yield from _find_tap_problems(grid)
    rows = grid.sources
    is_turned = rows["short_circuit_min_mva"] > rows["short_circuit_mva"]
    yield from found("short_circuit_powers_turned", "sources", rows, is_turned)


def _find_line_problems(grid: Grid) -> Iterator[Finding]:
    lines, limits = grid.lines, grid.limits
    is_limited = lines.index.isin(limits["element_id"][limits["limit_a"] < _STAND_IN_A])
    is_rated = lines["ampacity_a"].lt(_STAND_IN_A)
    yield from found("ampacity_unknown", "lines", lines, ~is_rated & ~is_limited)
    has_impedance = lines["r_ohm_per_km"].ne(0) | lines["x_ohm_per_km"].ne(0)
    is_zero = lines["length_m"].eq(0) | ~has_impedance
    yield from found("line_without_impedance", "lines", lines, is_zero)
    ends = np.sort(lines[["from_node", "to_node"]].to_numpy(dtype=str), axis=1)
    values = lines[["length_m", "r_ohm_per_km", "x_ohm_per_km"]]
    twins = values.assign(low=ends[:, 0], high=ends[:, 1]).duplicated(keep=False)
    yield from found("parallel_records", "lines", lines, twins)


def _find_transformer_problems(grid: Grid) -> Iterator[Finding]:
    rows = grid.transformers
    is_stand_in = rows["sn_kva"] >= _STAND_IN_KVA
    yield from found("rated_power_unknown", "transformers", rows, is_stand_in)
    is_above = rows["vkr_pct"].abs() > rows["vk_pct"].abs()
    yield from found("vkr_above_vk", "transformers", rows, is_above)
    yield from _find_negative(grid)
    node_kv = by_id(grid.nodes)["vn_kv"]
    hv_kv = node_kv.reindex(rows["hv_node"]).to_numpy()
    lv_kv = node_kv.reindex(rows["lv_node"]).to_numpy()
    is_reversed = rows["vn_hv_kv"].lt(rows["vn_lv_kv"]).to_numpy() | (hv_kv < lv_kv)
    yield from found("transformer_low_to_high", "transformers", rows, is_reversed)
    is_off = (np.abs(rows["vn_hv_kv"] - hv_kv) > _VOLTAGE_TOLERANCE * hv_kv) | (
        np.abs(rows["vn_lv_kv"] - lv_kv) > _VOLTAGE_TOLERANCE * lv_kv
    )
    yield from found("transformer_voltage_differs", "transformers", rows, is_off & ~is_reversed)


def _find_negative(grid: Grid) -> Iterator[Finding]:
    """Find impedances that are not positive; a leg of a three-winding transformer may be so."""
    rows, nodes = grid.transformers, grid.nodes
    stars = nodes.index[nodes["kind"] == "star"]
    is_leg = rows["hv_node"].isin(stars) | rows["lv_node"].isin(stars)
    for column, is_wrong, allowed in (
        ("vk_pct", (rows["vk_pct"] == 0.0) | (rows["vk_pct"] < 0.0) & ~is_leg, "> 0, <= 100"),
        ("vkr_pct", (rows["vkr_pct"] < 0.0) & ~is_leg, ">= 0, <= 100"),
    ):
        if is_wrong.any():
            yield Finding(
                code=f"{column}_out_of_range",
                table="transformers",
                ids=rows.index[is_wrong],
                message="out_of_range",
                values={"column": column, "allowed": allowed},
            )


def _find_tap_problems(grid: Grid) -> Iterator[Finding]:
    rows = grid.transformers
    is_outside = (rows["tap_pos"] < rows["tap_min"]) | (rows["tap_pos"] > rows["tap_max"])
    yield from found("tap_out_of_range", "transformers", rows, is_outside)
    has_step = rows["tap_step_pct"].ne(0) | rows["tap_step_degree"].ne(0)
    is_moved = has_step & rows["tap_pos"].ne(rows["tap_neutral"])
    is_unsaid = rows["tap_side"].eq("") | rows["tap_changer_type"].eq("")
    yield from found("tap_ignored", "transformers", rows, is_moved & is_unsaid)
    yield from _find_unheld(grid)


def _find_unheld(grid: Grid) -> Iterator[Finding]:
    """Find set-points that no tap changer can hold: the tap stands where the file says."""
    rows = grid.transformers
    rows = rows[rows["tap_set_point_pu"].notna() | rows["tap_band_pu"].notna()]
    if rows.empty:
        return
    for code, mask in find_tap_faults(rows).items():
        # what is out of range is said of the column itself
        if code != "tap_band_odd":
            yield from found(code, "transformers", rows, mask)
    yield from found("tap_not_alone", "transformers", rows, _is_not_alone(grid, rows))


def _is_not_alone(grid: Grid, rows: pd.DataFrame) -> pd.Series[bool]:
    """Say which transformers are legs of a star, or have another one beside them."""
    alive = grid.transformers[grid.transformers["is_in_service"]]
    stars = grid.nodes.index[grid.nodes["kind"] == "star"]
    is_leg = rows["hv_node"].isin(stars) | rows["lv_node"].isin(stars)
    ends = alive.groupby(["hv_node", "lv_node"]).size()
    pairs = pd.MultiIndex.from_frame(rows[["hv_node", "lv_node"]])
    return is_leg | (ends.reindex(pairs, fill_value=0).to_numpy() > 1)
