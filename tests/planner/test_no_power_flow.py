"""Access points where no power flow can be computed: the reason says why, and not that it is full.

::

    bus:2 ---line:1--- bus:3 ---line:2--- bus:4 ---line:3--- bus:5      all overhead
"""

from __future__ import annotations

import math

import pandas as pd

from grid_models.grid import Grid
from planner.plan import RejectionReason, SupplyPlan
from tests.cases.customer import ask
from tests.cases.drawing import OVERHEAD_150, Line, Load, Node, draw

SITE = (500.0, 340.0)


def feeder(load_kw: float = 500.0) -> Grid:
    return draw(
        nodes={
            "bus:3": Node(0, 300),
            "bus:4": Node(400, 300),
            "bus:5": Node(700, 300),
        },
        lines={
            "line:1": Line("bus:2", "bus:3", OVERHEAD_150),
            "line:2": Line("bus:3", "bus:4", OVERHEAD_150),
            "line:3": Line("bus:4", "bus:5", OVERHEAD_150),
        },
        loads=[Load("bus:4", load_kw, 0.0)],
    )


def changed(grid: Grid, table: str, column: str, element: str, value: object) -> Grid:
    rows: pd.DataFrame = grid.tables()[table].copy()
    rows.loc[element, column] = value
    return grid.with_tables(**{table: rows})


def reasons(plan: SupplyPlan) -> list[RejectionReason]:
    assert plan.options == ()
    assert plan.answer.mode == "no_option"
    return [reason for refused in plan.rejected for reason in refused.reasons]


def test_a_grid_without_a_solution_before_says_so() -> None:
    found = reasons(ask(feeder(500_000.0), *SITE, kva=400))
    own = [reason for reason in found if reason.code == "voltage_low"]
    assert own
    assert all("接入前潮流即无解" in reason.zh for reason in own)
    assert all("even before the new load" in reason.en for reason in own)
    assert not [reason for reason in found if "电网无法承载该负荷" in reason.zh]


def test_a_load_too_large_for_a_sound_grid_is_not_said_to_be_a_fault_of_the_data() -> None:
    plan = ask(feeder(), *SITE, kva=1_000)
    assert not [r for refused in plan.rejected for r in refused.reasons if "接入前" in r.zh]


def test_a_missing_length_is_named_and_not_called_a_ring() -> None:
    grid = changed(feeder(), "lines", "length_m", "line:2", math.nan)
    grid = changed(grid, "lines", "name", "line:2", "文园 203 线")
    found = [r for r in reasons(ask(grid, *SITE, kva=400)) if r.code != "access_not_admissible"]
    assert {(reason.code, reason.element_id) for reason in found} == {("data_missing", "line:2")}
    assert found[0].zh == (
        "文园 203 线 (line:2) 的长度缺失或不可用，其所在供电部分无法计算潮流，须先补录数据"
    )
    assert found[0].en.startswith("the length of 文园 203 线 (line:2) is missing")


def test_a_load_that_is_no_number_is_named() -> None:
    grid = feeder()
    grid = changed(grid, "loads", "p_kw", str(grid.loads.index[0]), math.nan)
    found = reasons(ask(grid, *SITE, kva=400))
    assert ("data_missing", str(grid.loads.index[0])) in {(r.code, r.element_id) for r in found}
    assert any("有功功率缺失" in reason.zh for reason in found)
