"""The tiny grid with phases: its low-voltage area known by phase, and loaded unevenly."""

from __future__ import annotations

from grid_models.grid import Grid
from tests.grid_models.samples import edited, tiny_grid

__all__ = ["phased_grid"]


def phased_grid(*shares: float, p_kw: float = 60.0, length_m: float = 120.0) -> Grid:
    """Return the tiny grid whose load at bus:6 lies on a, b and c in these shares of percent."""
    grid = edited(tiny_grid(), "lines", "line:3", r0_ohm_per_km=0.3016, x0_ohm_per_km=0.248)
    grid = edited(grid, "lines", "line:3", length_m=length_m)
    grid = edited(grid, "transformers", "trafo:2", vk0_pct=4.0, vkr0_pct=1.13)
    grid = edited(grid, "loads", "load:2", p_kw=p_kw, q_kvar=0.3 * p_kw)
    names = ("phase_a_pct", "phase_b_pct", "phase_c_pct")
    return edited(grid, "loads", "load:2", **dict(zip(names, shares, strict=True)))
