"""The first section: what lies between a substation's busbar and the first switchgear.

::

    bus:2 -- line:1 -- bus:3 -- line:2 -- bus:4 -- line:3 -- bus:5
            cable      joint    cable  ring-main   cable   ring-main
            200 m               200 m     unit     200 m      unit
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from grid_models.grid import Grid, make_table
from tests.cases.drawing import (
    CABLE_240,
    OVERHEAD_150,
    Board,
    Conductor,
    Line,
    Load,
    Node,
    draw,
)
from tests.grid_models.samples import edited
from tests.planner.points import points_near, refusals_of, sentences_of


def joined(
    kind: str = "node",
    before: Conductor = CABLE_240,
    after: Conductor = CABLE_240,
    **facts: Any,
) -> Grid:
    """Return the grid with the joint as told, and no spare bay anywhere."""
    grid = draw(
        nodes={
            "bus:3": Node(200, 0, kind),
            "bus:4": Node(400, 0, "switchgear"),
            "bus:5": Node(600, 0, "switchgear"),
            "bus:9": Node(200, 300, "cabinet", 0.4),
        },
        lines={
            "line:1": Line("bus:2", "bus:3", before),
            "line:2": Line("bus:3", "bus:4", after),
            "line:3": Line("bus:4", "bus:5", CABLE_240),
        },
        loads=[Load("bus:5", 500.0, 160.0)],
        **facts,
    )
    return edited(grid, "bays", "bay:0", is_spare=False)


def refused_sections(grid: Grid) -> list[str]:
    """Return the lines nothing is connected to because they are a first section."""
    refused = []
    for line, east_m in (("line:1", 100), ("line:2", 300), ("line:3", 500)):
        found = points_near(grid, east_m, 40)
        (key,) = [key for key in found if key[1] == line]
        if refusals_of(found, *key) == ["access_not_admissible"]:
            assert "first section" in sentences_of(found, *key)
            refused.append(line)
    return refused


def with_row(grid: Grid, table: str, **values: Any) -> Grid:
    """Return the grid with one row more in a table."""
    row = make_table(table, pd.DataFrame([values], index=[f"{table}:new"]))
    return grid.with_tables(**{table: pd.concat([grid.tables()[table], row])})


def test_the_cable_at_the_busbar_is_the_first_section() -> None:
    assert refused_sections(joined("switchgear")) == ["line:1"]


@pytest.mark.parametrize("kind", ["node", "pole"])
def test_the_cable_beyond_a_plain_joint_belongs_to_the_first_section(kind: str) -> None:
    assert refused_sections(joined(kind)) == ["line:1", "line:2"]


def test_the_first_section_goes_through_any_number_of_joints() -> None:
    grid = edited(joined(), "nodes", "bus:4", kind="node")
    assert refused_sections(grid) == ["line:1", "line:2", "line:3"]


@pytest.mark.parametrize("kind", ["switchgear", "cabinet"])
def test_the_first_section_ends_at_switchgear(kind: str) -> None:
    assert refused_sections(joined(kind)) == ["line:1"]


@pytest.mark.parametrize(
    ("before", "after"), [(CABLE_240, OVERHEAD_150), (OVERHEAD_150, CABLE_240)]
)
def test_the_first_section_ends_where_a_cable_meets_an_overhead_line(
    before: Conductor, after: Conductor
) -> None:
    assert refused_sections(joined(before=before, after=after)) == ["line:1"]


def test_the_first_section_ends_where_three_lines_meet() -> None:
    grid = with_row(joined(), "nodes", vn_kv=10.0, kind="switchgear", ownership="public")
    branch = grid.lines.loc["line:1"].to_dict() | {"from_node": "bus:3", "to_node": "nodes:new"}
    assert refused_sections(with_row(grid, "lines", **branch)) == ["line:1"]


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("loads", {"node": "bus:3", "p_kw": 10.0}),
        ("generators", {"node": "bus:3", "p_kw": 10.0}),
        ("shunts", {"node": "bus:3", "q_kvar": -10.0}),
        ("bays", {"node": "bus:3", "is_spare": False, "ownership": "public"}),
        ("switches", {"node": "bus:3", "element_id": "line:2", "element_kind": "line"}),
    ],
)
def test_the_first_section_ends_at_a_node_that_is_more_than_a_joint(
    table: str, values: dict[str, Any]
) -> None:
    assert refused_sections(with_row(joined(), table, **values)) == ["line:1"]


def test_the_first_section_ends_at_a_transformer() -> None:
    board = Board("bus:3", "bus:9", 400.0, 4.0, 1.13)
    assert refused_sections(joined(boards={"trafo:2": board})) == ["line:1"]
