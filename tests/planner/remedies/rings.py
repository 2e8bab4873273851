"""Two feeders of one busbar that meet at an open point, drawn in metres; the first one is weak.

::

    bus:2 --line:1-- bus:3 --line:2-- bus:4 --line:3-- bus:5
      |                bay                               / open
      +----line:4---- bus:6 --line:5-- bus:7 ---line:6---+

Every line has a closed switch at its from_node, as far as it is not the open one.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pandas as pd

from grid_models.grid import Grid
from planner.plan import SupplyPlan, plan_to_json
from planner.rules import RuleBook
from planner.verification import Difference, verify_plan
from tests.cases.drawing import (
    CABLE_70,
    CABLE_240,
    CABLE_400,
    OVERHEAD_50,
    OVERHEAD_150,
    Conductor,
    Line,
    Load,
    Node,
    draw,
)
from tests.planner.example import asked, catalogue, plan_for, rule_book, unexamined

__all__ = ["NEAR", "SITE", "asked_for", "overloaded", "ring", "ring_plan", "verify"]

# 40 m from the ring-main unit bus:3; the substation is out of reach unless told else.
SITE = (0.0, 440.0)
NEAR: dict[str, Any] = {"max_distance_m": 300.0}
LOADS_KW = {"bus:3": 1_000.0, "bus:4": 1_000.0, "bus:5": 600.0, "bus:6": 500.0}


def ring(
    loads_kw: Mapping[str, float] = LOADS_KW,
    *,
    lines: Mapping[str, Conductor] | None = None,
    switches: bool = True,
    spare_at_station: bool = True,
    bay_at: str = "bus:3",
    third_kw: float | None = None,
) -> Grid:
    """Return the ring; loads with a power factor of 1, `lines` other conductors by line.

    `third_kw` adds a third feeder, line:7 of 165 A with that load at bus:8, and line:8 from there
    to bus:6, open at bus:8.
    """
    own = {"line:1": CABLE_70} | dict(lines or {})
    ends = {
        "line:1": ("bus:2", "bus:3"), "line:2": ("bus:3", "bus:4"), "line:3": ("bus:4", "bus:5"),
        "line:4": ("bus:2", "bus:6"), "line:5": ("bus:6", "bus:7"), "line:6": ("bus:7", "bus:5"),
    }  # fmt: skip
    nodes, open_at = {}, {"line:6": "bus:5"}
    if third_kw is not None:
        own = {"line:7": CABLE_70} | own
        ends |= {"line:7": ("bus:2", "bus:8"), "line:8": ("bus:6", "bus:8")}
        nodes["bus:8"] = Node(800, 400, "switchgear")
        loads_kw = {**loads_kw, "bus:8": third_kw}
        open_at["line:8"] = "bus:8"
    grid = draw(
        nodes={
            "bus:3": Node(0, 400, "switchgear"), "bus:4": Node(0, 800, "switchgear"),
            "bus:5": Node(0, 1200, "switchgear"), "bus:6": Node(400, 400, "switchgear"),
            "bus:7": Node(400, 1200, "switchgear"), **nodes,
        },
        lines={name: Line(*pair, own.get(name, CABLE_240)) for name, pair in ends.items()},
        loads=[Load(node, p_kw, 0.0) for node, p_kw in loads_kw.items()],
        bays={"bay:1": (bay_at, True), "bay:0": ("bus:2", spare_at_station)},
        open_at=open_at,
    )  # fmt: skip
    if not switches:
        return grid
    closed = {
        f"switch:{name}": {"node": first, "element_id": name, "is_closed": True}
        for name, (first, _) in ends.items()
        if name not in open_at
    }
    opened = {
        f"switch:{name}": {"node": node, "element_id": name, "is_closed": False}
        for name, node in open_at.items()
    }
    rows = pd.DataFrame.from_dict(closed | opened, orient="index")
    built = Grid.build(grid.metadata, **(grid.tables() | {"switches": rows}))
    return grid.with_tables(switches=built.switches)


def asked_for(**facts: Any) -> Any:
    """Return an application at the site for 800 kVA, or what is asked instead."""
    amount = {} if "kw" in facts else {"kva": 800.0}
    return asked(*SITE, **(amount | NEAR | facts))


def ring_plan(grid: Grid, *, rules: RuleBook | None = None, **facts: Any) -> SupplyPlan:
    """Return the plan for `asked_for`."""
    return plan_for(grid, asked_for(**facts), rules=rules)


def verify(plan: SupplyPlan, grid: Grid) -> tuple[Difference, ...]:
    """Return what pandapower does not confirm."""
    return verify_plan(plan_to_json(plan), unexamined(grid), rule_book(), catalogue())


def overloaded(seed: int) -> tuple[Grid, dict[str, Any]]:
    """Return a ring too weak for a random load, and what is asked of it."""
    rng = random.Random(seed)  # noqa: S311
    kinds = (CABLE_70, CABLE_240, CABLE_400, OVERHEAD_50, OVERHEAD_150)
    loads = {f"bus:{k}": rng.uniform(200.0, 2_500.0) for k in range(3, 8)}
    lines = {f"line:{k}": rng.choice(kinds) for k in range(1, 7)}
    grid = ring(
        loads, lines=lines, switches=rng.random() < 0.8, spare_at_station=rng.random() < 0.5,
        bay_at=rng.choice(("bus:3", "bus:4", "bus:5")),
    )  # fmt: skip
    facts = {"kva": rng.choice((630.0, 1_250.0, 3_000.0, 6_000.0)), "max_distance_m": 2_000.0}
    return grid, facts
