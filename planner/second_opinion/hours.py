"""Hours: a source tree in its load cases, in tables, and which of them an envelope is asked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from grid_models.compiled import CompiledGrid, compile_grid
from grid_models.demand import LoadCases, grid_at, make_load_cases
from grid_models.grid import Grid
from planner.plan import DesignLoad
from planner.second_opinion.comparison import Finding, is_same

__all__ = ["Hours", "asked_hours", "compare_hour", "find_unknown", "part_of"]

QUARTERS, HOURS = 4, 24
SAME_KW = 1e-6

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Hours:
    """One source tree of a grid, hour by hour."""

    part: Grid

    @cached_property
    def _compiled(self) -> CompiledGrid:
        return compile_grid(self.part)

    @cached_property
    def _cases(self) -> LoadCases:
        return make_load_cases(self._compiled)

    @cached_property
    def _numbers(self) -> Mapping[tuple[str, int | None], int]:
        return {(case.season, case.quarter_hour): k for k, case in enumerate(self._cases.cases)}

    def has(self, season: str, quarter_hour: object) -> bool:
        """Say whether there is such a load case."""
        is_whole = isinstance(quarter_hour, int) and not isinstance(quarter_hour, bool)
        return is_whole and (season, quarter_hour) in self._numbers

    def at(self, season: str, quarter_hour: int) -> Grid:
        """Return the tree in one load case, with the limits that hold in its season."""
        grid = grid_at(self._compiled, self._cases, self._numbers[season, quarter_hour])
        limits = grid.limits
        return grid.with_tables(limits=limits[limits["season"].isin(["all", season])])

    def hardest(self, season: str, hours: list[int]) -> int:
        """Return the quarter hour of some hours in which the loads take most."""
        quarters = [QUARTERS * hour + k for hour in hours for k in range(QUARTERS)]
        return max(quarters, key=lambda quarter: self._taken_kw[season, quarter])

    @cached_property
    def _taken_kw(self) -> Mapping[tuple[str, int | None], float]:
        """Load less generation in every case."""
        taken = {}
        for key, k in self._numbers.items():
            grid = grid_at(self._compiled, self._cases, k)
            taken[key] = float(grid.loads["p_kw"].sum() - grid.generators["p_kw"].sum())
        return taken


def asked_hours(partial: Json, hours: Hours) -> Iterator[tuple[str, int, float, str | None]]:
    """Give the load cases to look at: season, quarter hour, load, and what it would disprove.

    First the one the figures are of (None). Then of each season the hardest quarter hour of those
    that may draw the same, for every load that may be drawn.
    """
    yield partial["season"], partial["quarter_hour"], partial["load_kw"], None
    for number, day in enumerate(partial["envelope"]):
        allowed_kw = day["allowed_kw"]
        for level_kw in sorted({kw for kw in allowed_kw if kw > 0.0}):
            same = [hour for hour, kw in enumerate(allowed_kw) if kw == level_kw]
            quarter_hour = hours.hardest(day["season"], same)
            path = f"partial.envelope[{number}].allowed_kw[{quarter_hour // QUARTERS}]"
            yield day["season"], quarter_hour, level_kw, path


def find_unknown(partial: Json, hours: Hours) -> Iterator[Finding]:
    """Name load cases the grid does not have, and days that are no days."""
    if not hours.has(partial["season"], partial["quarter_hour"]):
        stated = f"{partial['season']} {partial['quarter_hour']}"
        yield Finding("partial.quarter_hour", stated, None)
    for number, day in enumerate(partial["envelope"]):
        if not hours.has(day["season"], 0):
            yield Finding(f"partial.envelope[{number}].season", day["season"], None)
        if len(day["allowed_kw"]) != HOURS:
            path = f"partial.envelope[{number}].allowed_kw"
            yield Finding(path, len(day["allowed_kw"]), HOURS)


def compare_hour(partial: Json) -> Iterator[Finding]:
    """Hold the load the figures are of against the envelope, and what is left out against both."""
    for number, day in enumerate(partial["envelope"]):
        allowed_kw = day["allowed_kw"]
        if day["season"] == partial["season"]:
            own_kw = allowed_kw[partial["quarter_hour"] // QUARTERS]
            if not is_same(partial["load_kw"], own_kw, SAME_KW):
                yield Finding("partial.load_kw", partial["load_kw"], own_kw)
        left_out_kwh = len(allowed_kw) * partial["wish_kw"] - sum(allowed_kw)
        if not is_same(day["left_out_kwh"], left_out_kwh, SAME_KW):
            path = f"partial.envelope[{number}].left_out_kwh"
            yield Finding(path, day["left_out_kwh"], left_out_kwh)


def part_of(wish: DesignLoad, p_kw: float) -> DesignLoad:
    """Return a part of a load at the same power factor."""
    share = p_kw / wish.p_kw
    return replace(wish, p_kw=p_kw, q_kvar=share * wish.q_kvar, s_kva=share * wish.s_kva)
