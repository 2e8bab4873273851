"""Demand: loads that cannot be right, or whose origin is not known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from grid_models.grid import Grid
from grid_models.problems.finding import Finding, found

__all__ = ["find_odd_demand"]

_LOWEST_POWER_FACTOR = 0.5
# Transformers are seldom half full. Watts taken for kilowatts make the ratio some hundreds, so a
# grid of ten times its transformers is either that or beyond any supply.
_HIGHEST_LOAD_RATIO = 10.0
_WEAKEST_FIRST = ("unknown", "snapshot", "declared", "measured_peak")


def find_odd_demand(grid: Grid) -> Iterator[Finding]:
    """Find negative and odd loads, unknown bases, and loads in the wrong unit."""
    loads = grid.loads
    if loads.empty:
        yield Finding("loads_missing", "loads")
        return
    p_kw, q_kvar = loads["p_kw"].to_numpy(), loads["q_kvar"].to_numpy()
    yield from found("load_negative", "loads", loads, p_kw < 0)
    is_odd = np.abs(p_kw) < _LOWEST_POWER_FACTOR * np.hypot(p_kw, q_kvar)
    yield from found("load_power_factor", "loads", loads, is_odd)
    for quantity in ("p", "q"):
        share_pct = loads[f"const_z_{quantity}_pct"] + loads[f"const_i_{quantity}_pct"]
        yield from found("zip_share_above_100", "loads", loads, share_pct > 100 + 1e-9)
    yield from _find_basis_problems(grid)
    units = grid.transformers[grid.transformers["is_in_service"]]
    rated_kva = (units["sn_kva"] * units["parallel"]).sum()
    total_kw = (loads["p_kw"] * loads["scaling"])[loads["is_in_service"]].sum()
    if 0 < _HIGHEST_LOAD_RATIO * rated_kva < total_kw:
        yield Finding("load_unit_suspect", "loads")


def _find_basis_problems(grid: Grid) -> Iterator[Finding]:
    bases = grid.loads["load_basis"]
    yield from found("load_basis_unknown", "loads", grid.loads, bases.eq("unknown"))
    stated = grid.metadata.load_basis
    if stated not in _WEAKEST_FIRST:
        yield Finding(
            "load_basis_not_listed",
            "",
            message="not_listed",
            values={"column": "load_basis", "allowed": ", ".join(_WEAKEST_FIRST)},
        )
    else:
        weaker = _WEAKEST_FIRST[: _WEAKEST_FIRST.index(stated)]
        yield from found("load_basis_overstated", "loads", grid.loads, bases.isin(weaker))
