"""Tap changers that hold a voltage, put on the transformers of any grid."""

from __future__ import annotations

from typing import Any

from grid_models.grid import Grid

__all__ = ["CHANGER", "with_changer"]

# 17 positions of 1.25 % on the high side, as main transformers have.
CHANGER: dict[str, Any] = {
    "tap_side": "hv", "tap_neutral": 0.0, "tap_pos": 0.0, "tap_min": -8.0, "tap_max": 8.0,
    "tap_step_pct": 1.25, "tap_changer_type": "ratio", "tap_set_point_pu": 1.02,
    "tap_band_pu": 0.025,
}  # fmt: skip


def with_changer(grid: Grid, *names: str, **facts: Any) -> Grid:
    """Return the grid with a changer on some transformers: `CHANGER`, or what is said instead."""
    rows = grid.transformers.copy()
    for column, value in (CHANGER | facts).items():
        rows.loc[list(names), column] = value
    return grid.with_tables(transformers=rows)
