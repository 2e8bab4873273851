"""A town between two substations of different 110 kV sources, complete enough for an answer.

::

    A at 0 m: source:1 bus:1 # bus:2 --line:1-- u1 (900 m east, bay)
                                     --line:2-- u2 (900 m east, 300 m north, bay)
    B at 2,600 m east: source:2 bus:11 # bus:12 --line:3-- v1 (1,400 m east, bay)
    the site stands at 1,000 m east, 100 m north
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd

from grid_models.grid import Grid
from planner.plan import SupplyPlan
from planner.routing import Streets
from planner.rules import RuleBook
from tests.cases.drawing import CABLE_240, Conductor, Line, Load, Node, draw
from tests.planner.example import asked, plan_for

__all__ = ["SITE", "several", "town"]

SITE = (1000.0, 100.0)
STATION_B_M = 2600.0


@cache
def town(*, b_cable: Conductor = CABLE_240, has_b: bool = True, has_u2: bool = True) -> Grid:
    """Return the town.

    Parameters
    ----------
    b_cable
        Cable of B's feeder: `CABLE_70` carries no more than 165 A.
    has_b, has_u2
        False: without substation B, without A's second feeder.
    """
    nodes = {"bus:3": Node(900, 0, "switchgear")}
    lines = {"line:1": Line("bus:2", "bus:3", CABLE_240)}
    loads, bays = [Load("bus:3", 900.0, 300.0)], {"bay:1": ("bus:3", True)}
    if has_u2:
        nodes["bus:4"] = Node(900, 300, "switchgear")
        lines["line:2"] = Line("bus:2", "bus:4", CABLE_240)
        loads.append(Load("bus:4", 900.0, 300.0))
        bays["bay:2"] = ("bus:4", True)
    if has_b:
        nodes["bus:11"] = Node(STATION_B_M, 0, "busbar", 110.0)
        nodes["bus:12"] = Node(STATION_B_M, 0, "busbar")
        nodes["bus:5"] = Node(1400, 0, "switchgear")
        lines["line:3"] = Line("bus:12", "bus:5", b_cable)
        loads.append(Load("bus:5", 900.0, 300.0))
        bays["bay:3"] = ("bus:5", True)
    grid = draw(nodes=nodes, lines=lines, loads=loads, bays=bays)
    return _with_b(grid) if has_b else grid


def _with_b(grid: Grid) -> Grid:
    """Give B its own name, main transformer and external grid."""
    stations = grid.nodes["substation_id"].copy()
    stations[["bus:11", "bus:12"]] = "station:2"
    main = grid.transformers.loc[["trafo:1"]].assign(hv_node="bus:11", lv_node="bus:12")
    source = grid.sources.loc[["source:1"]].assign(node="bus:11")
    return grid.with_tables(
        nodes=grid.nodes.assign(substation_id=stations),
        transformers=pd.concat([grid.transformers, main.rename(index={"trafo:1": "trafo:2"})]),
        sources=pd.concat([grid.sources, source.rename(index={"source:1": "source:2"})]),
    )


def several(
    grid: Grid | None = None,
    *,
    rules: RuleBook | None = None,
    streets: Streets | None = None,
    **facts: Any,
) -> SupplyPlan:
    """Return the plan for 800 kVA from two sources, or what is asked instead."""
    application = asked(*SITE, **({"kva": 800.0, "sources": 2} | facts))
    return plan_for(grid or town(), application, rules=rules, streets=streets)
