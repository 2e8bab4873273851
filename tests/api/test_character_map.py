from __future__ import annotations

import pandas as pd
from shapely import LineString

from api.character_map import COLUMNS, ROWS, draw_map
from grid_models.grid import Grid, GridMetadata
from grid_models.model import GridModel

SITE = (120.15, 30.28)


def crossing(**lines: object) -> Grid:
    """Return one line of 400 m from west to east through the site."""
    return Grid.build(
        GridMetadata(name="crossing"),
        nodes=pd.DataFrame(
            {"vn_kv": 10.0, "lon": [120.1479, 120.1521], "lat": 30.28}, index=["west", "east"]
        ),
        lines=pd.DataFrame({"from_node": ["west"], "to_node": ["east"], **lines}, index=["line:1"]),
    )


def rows(grid: Grid, *marks: tuple[float, float]) -> list[str]:
    return [row.plain for row in draw_map(GridModel.of(grid), SITE, marks)]


def test_the_map_has_its_size_and_a_legend() -> None:
    drawn = rows(crossing())
    assert len(drawn) == ROWS + 1
    assert {len(row) for row in drawn[:-1]} == {COLUMNS}


def test_the_site_is_at_the_centre() -> None:
    assert rows(crossing())[ROWS // 2][COLUMNS // 2] == "X"


def test_a_line_without_a_course_is_drawn_straight_between_its_nodes() -> None:
    drawn = rows(crossing())
    # 400 m at 2.5 m a dot are 160 dots, wider than the map; nothing lies north or south.
    assert " " not in drawn[ROWS // 2]
    assert not "".join(drawn[: ROWS // 2] + drawn[ROWS // 2 + 1 : ROWS]).strip()


def test_a_course_is_drawn_where_it_goes() -> None:
    course = LineString([(120.1479, 30.2805), (120.1521, 30.2805)])  # 56 m north: 22 dots
    drawn = rows(crossing(geometry=[course]))
    (drawn_row,) = [number for number, row in enumerate(drawn[:ROWS]) if len(row.strip()) > 1]
    assert drawn_row == (2 * ROWS - 22) // 4


def test_lines_out_of_service_are_not_drawn() -> None:
    assert not "".join(rows(crossing(is_in_service=[False]))[:ROWS]).strip(" X")


def test_marks_are_numbered_north_up_and_east_to_the_right() -> None:
    drawn = rows(crossing(), (120.1505, 30.2804), (120.1495, 30.2796))
    (north,) = [(row, line.index("1")) for row, line in enumerate(drawn[:ROWS]) if "1" in line]
    (south,) = [(row, line.index("2")) for row, line in enumerate(drawn[:ROWS]) if "2" in line]
    assert north[0] < ROWS // 2 < south[0]
    assert south[1] < COLUMNS // 2 < north[1]


def test_a_far_mark_still_lies_on_the_map() -> None:
    drawn = rows(crossing(), (120.17, 30.28))  # 1.9 km east
    assert "1" in drawn[ROWS // 2]


def test_of_marks_at_one_place_the_first_is_seen() -> None:
    drawn = "".join(rows(crossing(), (120.151, 30.281), (120.151, 30.281))[:ROWS])
    assert "1" in drawn
    assert "2" not in drawn


def test_nodes_without_coordinates_are_left_out() -> None:
    grid = crossing()
    nowhere = grid.with_tables(nodes=grid.nodes.assign(lon=float("nan")))
    assert not "".join(rows(nowhere)[:ROWS]).strip(" X")


def test_a_node_that_is_not_on_earth_leaves_its_lines_undrawn() -> None:
    grid = crossing()
    astray = grid.with_tables(nodes=grid.nodes.assign(lat=[30.28, 1e300]))
    assert "".join(rows(astray)[:-1]).strip(" ") == "X"


def test_a_line_across_the_earth_is_drawn_in_a_moment() -> None:
    grid = crossing()
    drawn = rows(grid.with_tables(nodes=grid.nodes.assign(lon=[120.15, -179.0])))
    assert len(drawn) == ROWS + 1
