"""A customer of 60 MVA at the town's site, and towns with other stations (see `town`)."""

from __future__ import annotations

from typing import Any

import pandas as pd

from grid_models.grid import Grid
from planner.application import SupplyApplication
from planner.plan import Option, Rejected, SupplyPlan
from tests.cases.drawing import Node, draw
from tests.planner.example import asked, plan_for
from tests.planner.town import SITE, town

# 1,005 m from A's 110 kV busbar, 1,603 m from B's.
TO_A_M, TO_B_M = 1_010_000.0**0.5, 2_570_000.0**0.5
LARGE_KVA = 60_000.0


def large(grid: Grid | None = None, **facts: Any) -> SupplyPlan:
    """Return the plan for 60 MVA at the town's site, or what is asked instead."""
    return plan_for(grid or town(), wish(**facts))


def wish(**facts: Any) -> SupplyApplication:
    """Return the application of `large`."""
    return asked(*SITE, **({"kva": LARGE_KVA} | facts))


def points(plan: SupplyPlan) -> list[str]:
    """Return the busbars offered, the first first."""
    return [option.sources[0].access_point.element_id for option in plan.options]


def refused(plan: SupplyPlan) -> dict[str, Rejected]:
    """Return the refused busbars of 35 and 110 kV by id."""
    return {
        r.access_point.element_id: r for r in plan.rejected if r.kind == "hv_dedicated"
    }  # fmt: skip


def with_35_kv(grid: Grid) -> Grid:
    """Return a grid with a 35 kV station of an external grid of its own, 200 m from the site."""
    here = grid.nodes.loc[["bus:1"]].assign(vn_kv=35.0, substation_id="station:3")
    north = draw(nodes={"x": Node(1000, 300, "busbar", 35.0)}, lines={}, loads=[]).nodes
    here = here.assign(lon=north.at["x", "lon"], lat=north.at["x", "lat"])
    source = grid.sources.loc[["source:1"]].assign(node="bus:35", short_circuit_mva=900.0)
    return grid.with_tables(
        nodes=pd.concat([grid.nodes, here.rename(index={"bus:1": "bus:35"})]),
        sources=pd.concat([grid.sources, source.rename(index={"source:1": "source:3"})]),
    )


def with_bay(grid: Grid, *, is_spare: bool) -> Grid:
    """Return a grid whose data name one bay at A's 110 kV busbar."""
    bay = grid.bays.loc[["bay:0"]].assign(node="bus:1", is_spare=is_spare)
    return grid.with_tables(bays=pd.concat([grid.bays, bay.rename(index={"bay:0": "bay:110"})]))


def with_second_transformer(grid: Grid) -> Grid:
    """Return a grid with a second main transformer at A: its source feeds two trees."""
    second = grid.transformers.loc[["trafo:1"]].assign(lv_node="bus:22")
    low = grid.nodes.loc[["bus:2"]].rename(index={"bus:2": "bus:22"})
    return grid.with_tables(
        nodes=pd.concat([grid.nodes, low]),
        transformers=pd.concat([grid.transformers, second.rename(index={"trafo:1": "trafo:22"})]),
    )


def first(plan: SupplyPlan) -> Option:
    """Return the first option."""
    return plan.options[0]
