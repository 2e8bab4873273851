"""A ring-main unit behind a substation: whoever asks there is answered on site, until told else."""

from __future__ import annotations

from functools import cache
from typing import Any

from grid_models.grid import Grid
from grid_models.model import GridModel
from planner.plan import SupplyPlan
from planner.rules import RuleBook
from tests.cases.drawing import (
    CABLE_400,
    LV_CABLE_300,
    OVERHEAD_150,
    Board,
    Line,
    Load,
    Node,
    draw,
)
from tests.grid_models.samples import stated
from tests.planner.example import asked, plan_for

# 40 m from the ring-main unit: a route of 52 m.
SITE = (0.0, 440.0)
# 40 m from the middle of the overhead line, 362 m from the ring-main unit.
BY_THE_LINE = (360.0, 440.0)


def station(**facts: Any) -> Grid:
    """Return a ring-main unit with a spare bay behind 400 m of cable; `facts` are metadata.

    An overhead line goes on for 720 m to a board of 400 kVA, and from there 160 m at low voltage.
    """
    grid = draw(
        nodes={
            "bus:3": Node(0, 400, "switchgear"),
            "bus:4": Node(720, 400),
            "bus:5": Node(720, 405, "cabinet", 0.4),
            "bus:6": Node(880, 405, "node", 0.4),
        },
        lines={
            "line:1": Line("bus:2", "bus:3", CABLE_400),
            "line:2": Line("bus:3", "bus:4", OVERHEAD_150),
            "line:3": Line("bus:5", "bus:6", LV_CABLE_300),
        },
        loads=[Load("bus:4", 500.0, 160.0), Load("bus:6", 20.0, 6.0)],
        boards={"trafo:2": Board("bus:4", "bus:5", 400.0, 4.0, 1.13)},
        bays={"bay:1": ("bus:3", True)},
    )
    return stated(grid, **facts)


@cache
def station_model() -> GridModel:
    """Return the station's model, made once."""
    return GridModel.of(station())


def supply(
    grid: Grid | GridModel | None = None,
    at: tuple[float, float] = SITE,
    rules: RuleBook | None = None,
    **facts: Any,
) -> SupplyPlan:
    """Return the plan for 800 kVA, or what is asked instead."""
    amount = {} if "kw" in facts else {"kva": 800.0}
    return plan_for(grid or station_model(), asked(*at, **(amount | facts)), rules=rules)


def answer(plan: SupplyPlan) -> tuple[str, list[str]]:
    """Return where the answer is given, and the codes of the reasons."""
    return plan.answer.mode, [reason.code for reason in plan.answer.reasons]


ON_SITE = ("on_site", [])


def at_the_desk(code: str) -> tuple[str, list[str]]:
    """Return the answer that one condition alone sends to the desk."""
    return "back_office", [code]
