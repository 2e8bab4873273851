"""Phases: zero-sequence values and shares of phases that cannot be right, or are half stated."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from grid_models.grid import Grid
from grid_models.problems.finding import Finding, found

__all__ = ["find_odd_phases"]

_PHASES = ["phase_a_pct", "phase_b_pct", "phase_c_pct"]
# Shares are written with a few digits.
_SUM_TOLERANCE_PCT = 0.01
# A return path of a tenth of the phase conductors' cross section.
_HIGHEST_RATIO = 31.0


def find_odd_phases(grid: Grid) -> Iterator[Finding]:
    """Find shares that are not all of a load, and zero sequences out of proportion."""
    for table in ("loads", "generators"):
        rows = getattr(grid, table)
        shares = rows[_PHASES].to_numpy()
        count = np.isfinite(shares).sum(axis=1)
        yield from found("phase_shares_partial", table, rows, (count > 0) & (count < len(_PHASES)))
        is_off = np.abs(shares.sum(axis=1) - 100.0) > _SUM_TOLERANCE_PCT
        yield from found("phase_shares_sum", table, rows, (count == len(_PHASES)) & is_off)
    for table, first, second in (
        ("lines", "r0_ohm_per_km", "x0_ohm_per_km"),
        ("transformers", "vk0_pct", "vkr0_pct"),
    ):
        rows = getattr(grid, table)
        is_half = rows[first].isna() ^ rows[second].isna()
        yield from found("zero_sequence_partial", table, rows, is_half)
    lines, coils = grid.lines, grid.transformers
    ratio = lines["r0_ohm_per_km"] / lines["r_ohm_per_km"]
    is_odd = (ratio < 1.0) | (ratio > _HIGHEST_RATIO)
    yield from found("zero_sequence_resistance", "lines", lines, is_odd & np.isfinite(ratio))
    yield from found("vkr0_above_vk0", "transformers", coils, coils["vkr0_pct"] > coils["vk0_pct"])
