"""Where one may connect at low voltage: boards, nodes and lines of it.

::

    bus:3 # trafo:2 # bus:4 -- line:2 -- bus:5 -- line:3 -- bus:6
     10 kV            board    160 m             160 m
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from grid_models.grid import Grid
from tests.cases.drawing import (
    CABLE_400,
    LV_CABLE_300,
    Board,
    Line,
    Load,
    Node,
    draw,
    place,
)
from tests.grid_models.samples import edited
from tests.planner.points import points_near, refusals_of, sentences_of

BOARD, NODE, LINE = ("transformer_lv", "trafo:2"), ("lv_node", "bus:5"), ("lv_line", "line:2")


def street(**facts: Any) -> Grid:
    return draw(
        nodes={
            "bus:3": Node(0, 400, "switchgear"),
            "bus:4": Node(0, 410, "cabinet", 0.4),
            "bus:5": Node(160, 410, "node", 0.4),
            "bus:6": Node(320, 410, "node", 0.4),
        },
        lines={
            "line:1": Line("bus:2", "bus:3", CABLE_400),
            "line:2": Line("bus:4", "bus:5", LV_CABLE_300),
            "line:3": Line("bus:5", "bus:6", LV_CABLE_300),
        },
        loads=[Load("bus:5", 20.0, 6.0)],
        boards={"trafo:2": Board("bus:3", "bus:4", 400.0, 4.0, 1.13)},
        **facts,
    )


def test_boards_nodes_and_lines_are_access_points() -> None:
    found = points_near(street(), 80, 440, "lv")
    assert set(found) == {BOARD, NODE, ("lv_node", "bus:6"), LINE}
    assert {point.kind for point in found.values()} == {"lv_public"}
    assert all(point.refusals == () and tuple(point.desk) == () for point in found.values())


def test_a_board_stands_at_its_low_voltage_node() -> None:
    board = points_near(street(), 0, 450, "lv")[BOARD]
    assert board.distance_m == pytest.approx(40.0, abs=1e-3)
    assert (board.lon, board.lat) == pytest.approx(place(0, 410), abs=1e-9)


def test_a_board_without_a_place_stands_where_its_transformer_is_fed() -> None:
    grid = edited(street(), "nodes", "bus:4", lon=float("nan"), lat=float("nan"))
    board = points_near(grid, 0, 450, "lv")[BOARD]
    assert board.distance_m == pytest.approx(50.0, abs=1e-3)
    assert (board.lon, board.lat) == pytest.approx(place(0, 400), abs=1e-9)


def test_a_board_is_no_node_besides() -> None:
    assert ("lv_node", "bus:4") not in points_near(street(), 0, 450, "lv")


def test_a_line_is_joined_at_its_nearest_point() -> None:
    line = points_near(street(), 40, 440, "lv")[LINE]
    assert line.position == pytest.approx(0.25, abs=1e-6)
    assert line.distance_m == pytest.approx(30.0, abs=1e-3)


def test_the_end_of_a_line_is_its_node() -> None:
    found = points_near(street(), 160.9, 440, "lv")
    assert LINE not in found
    assert NODE in found


def test_points_of_10_kv_are_none_of_low_voltage() -> None:
    assert "bus:3" not in {name for _, name in points_near(street(), 0, 440, "lv")}
    assert "bus:5" not in {name for _, name in points_near(street(), 0, 440, "mv")}


def test_a_node_of_380_v_is_low_voltage_too() -> None:
    grid = street()
    nodes = grid.nodes.assign(vn_kv=grid.nodes["vn_kv"].replace(0.4, 0.38))
    assert NODE in points_near(grid.with_tables(nodes=nodes), 160, 440, "lv")


def test_points_lie_within_500_m() -> None:
    assert BOARD in points_near(street(), -499, 410, "lv")
    assert BOARD not in points_near(street(), -501, 410, "lv")


def test_no_size_is_too_large_for_a_kind_of_access() -> None:
    found = points_near(street(), 80, 440, "lv", capacity_kva=9_000.0)
    assert all(point.refusals == () for point in found.values())


def test_a_tie_is_refused() -> None:
    found = points_near(street(open_at={"line:3": "bus:6"}), 240, 440, "lv")
    assert refusals_of(found, "lv_line", "line:3") == ["access_not_admissible"]
    assert "tie" in sentences_of(found, "lv_line", "line:3")


@pytest.mark.parametrize(
    ("table", "element", "key"),
    [("transformers", "trafo:2", BOARD), ("lines", "line:2", LINE), ("nodes", "bus:5", NODE)],
)
def test_what_is_to_be_removed_is_refused(table: str, element: str, key: tuple[str, str]) -> None:
    grid = edited(street(), table, element, removal_planned_on=pd.Timestamp(2027, 1, 1))
    found = points_near(grid, 80, 440, "lv")
    assert refusals_of(found, *key) == ["access_not_admissible"]
    assert "removal" in sentences_of(found, *key)


def test_a_transformer_that_does_not_feed_its_board_is_no_way_to_it() -> None:
    grid = street()
    switch = pd.DataFrame(
        {"node": ["bus:4"], "element_id": ["trafo:2"], "element_kind": ["transformer"],
         "is_closed": [False]},
        index=["switch:1"],
    )  # fmt: skip
    assert points_near(grid.with_tables(switches=switch), 80, 440, "lv") == {}
