"""What a closed switch lets through is a limit of its line, in the plan and in verification."""

from __future__ import annotations

import pandas as pd
import pytest

from grid_models.grid import Grid, make_table
from tests.planner.remedies.rings import verify
from tests.planner.station import BY_THE_LINE, SITE, station, supply


def with_narrow_switches() -> Grid:
    """Return the station, whose lines could carry more than their switches."""
    grid = station()
    narrow = pd.DataFrame(
        {
            "node": ["bus:3", "bus:3"], "element_id": ["line:1", "line:2"],
            "element_kind": "line", "kind": "load_break", "is_closed": True,
            "rated_a": [130.0, 120.0],
        },
        index=pd.Index(["switch:81", "switch:82"], name="id"),
    )  # fmt: skip
    return grid.with_tables(switches=make_table("switches", pd.concat([grid.switches, narrow])))


@pytest.mark.parametrize("at", [SITE, BY_THE_LINE], ids=["at a unit", "at a line"])
def test_pandapower_counts_what_a_switch_lets_through_as_well(at: tuple[float, float]) -> None:
    grid = with_narrow_switches()
    plan = supply(grid, at=at, kva=800.0)
    values = {check.code: check.value for check in plan.options[0].checks}
    assert values["thermal_line"] > 50.0  # 130 A carry 800 kVA and what is there
    assert verify(plan, grid) == ()
