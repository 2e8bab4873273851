from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely import LineString

from grid_models.grid import Grid
from grid_models.spatial import SpatialIndex, build_spatial_index
from tests.grid_models.grids import grid_of, line
from tests.grid_models.samples import edited, stated, tiny_grid

# EPSG:4549 at 120.15 E 30.28 N: 0.001 degrees are 96.2 m to the east and 110.9 m to the north.
EAST_M, NORTH_M = 96.21, 110.87
SITE = (120.150, 30.280)


def at(lon: float, lat: float, **values: object) -> dict[str, object]:
    return {"vn_kv": 10.0, "lon": lon, "lat": lat} | values


def placed_grid(**lines: dict[str, object]) -> Grid:
    """Return nodes round a site.

    ::

                   N
                   |
        W -------- S(ite) -- E ------- far E2
    """
    return grid_of(
        {
            "E2": at(120.160, 30.280),
            "E": at(120.151, 30.280),
            "W": at(120.148, 30.280),
            "N": at(120.150, 30.281, vn_kv=0.4),
            "nowhere": at(np.nan, np.nan),
        },
        lines=lines,
    )


@pytest.fixture(scope="module")
def index() -> SpatialIndex:
    return build_spatial_index(placed_grid())


def found_nodes(index: SpatialIndex, distance_m: float) -> list[str]:
    grid = placed_grid()
    return [grid.nodes.index[row] for row in index.near_nodes(*SITE, distance_m).rows]


def test_nodes_come_nearest_first(index):
    assert found_nodes(index, 500.0) == ["E", "N", "W"]


def test_distances_are_straight_and_in_metres(index):
    expected = [EAST_M, NORTH_M, 2 * EAST_M]
    assert index.near_nodes(*SITE, 500.0).distance_m == pytest.approx(expected, abs=0.1)


def test_only_what_lies_within_the_distance_is_found(index):
    assert found_nodes(index, 100.0) == ["E"]
    assert found_nodes(index, 90.0) == []
    assert found_nodes(index, 1000.0) == ["E", "N", "W", "E2"]


def test_a_node_exactly_at_the_distance_is_found(index):
    distance_m = float(index.near_nodes(*SITE, 100.0).distance_m[0])
    assert found_nodes(index, distance_m) == ["E"]


def test_nodes_equally_far_come_in_the_order_of_the_table():
    grid = grid_of({name: at(120.151, 30.280) for name in ("B", "C", "A")})
    assert build_spatial_index(grid).near_nodes(*SITE, 200.0).rows.tolist() == [0, 1, 2]


def test_only_nodes_of_the_levels_asked_for_are_indexed():
    index = build_spatial_index(placed_grid(), (0.38, 0.4))
    assert found_nodes(index, 1000.0) == ["N"]


def test_a_place_is_a_point_of_the_plane():
    point = build_spatial_index(placed_grid()).point(*SITE)
    assert (point.x, point.y) == pytest.approx((514432.148, 3351162.269), abs=1e-3)


def test_the_hull_spans_every_placed_node(index):
    assert index.hull.covers(index.point(120.153, 30.2803))
    assert not index.hull.covers(index.point(120.155, 30.285))


def test_a_grid_without_coordinates_has_nothing_near():
    index = build_spatial_index(grid_of({"A": 10.0, "B": 10.0}, lines={"L": line("A", "B")}))
    assert not len(index.near_nodes(*SITE, 1e6).rows)
    assert not len(index.near_lines(*SITE, 1e6).rows)
    assert index.hull.is_empty


# --- lines -----------------------------------------------------------------------------------


def test_a_line_that_is_not_drawn_runs_straight_between_its_nodes():
    index = build_spatial_index(placed_grid(L=line("W", "E")))
    near = index.near_lines(*SITE, 50.0)
    assert near.rows.tolist() == [0]
    assert near.distance_m == pytest.approx([0.0], abs=0.05)
    assert near.along_m == pytest.approx([2 * EAST_M], abs=0.1)
    assert near.course_m == pytest.approx([3 * EAST_M], abs=0.1)


def test_how_far_along_is_counted_from_the_from_end():
    index = build_spatial_index(placed_grid(L=line("E", "W")))
    assert index.near_lines(*SITE, 50.0).along_m == pytest.approx([EAST_M], abs=0.1)


def test_a_drawn_line_is_found_along_its_course():
    """The course goes round by the north, 0.002 degrees away from the straight line."""
    course = LineString(
        [(120.148, 30.280), (120.148, 30.282), (120.151, 30.282), (120.151, 30.280)]
    )
    index = build_spatial_index(placed_grid(L=line("W", "E", geometry=course)))
    near = index.near_lines(120.150, 30.2825, 100.0)
    assert near.distance_m == pytest.approx([0.5 * NORTH_M], abs=0.1)
    assert near.along_m == pytest.approx([2 * NORTH_M + 2 * EAST_M], abs=0.2)
    assert near.course_m == pytest.approx([4 * NORTH_M + 3 * EAST_M], abs=0.3)
    assert not len(index.near_lines(*SITE, 90.0).rows)


def test_the_nearest_point_of_a_line_is_given_in_degrees():
    near = build_spatial_index(placed_grid(L=line("E", "E2"))).near_lines(120.155, 30.281, 200.0)
    assert near.lon == pytest.approx([120.155], abs=1e-5)
    assert near.lat == pytest.approx([30.280], abs=1e-5)


def test_beyond_its_end_a_line_is_as_near_as_that_end():
    near = build_spatial_index(placed_grid(L=line("E", "E2"))).near_lines(*SITE, 200.0)
    assert near.distance_m == pytest.approx([EAST_M], abs=0.1)
    assert near.along_m.tolist() == [0.0]
    assert (near.lon[0], near.lat[0]) == pytest.approx((120.151, 30.280), abs=1e-9)


def test_lines_come_nearest_first():
    lines = {"far": line("E2", "N"), "near": line("W", "E"), "next": line("E", "E2")}
    near = build_spatial_index(placed_grid(**lines)).near_lines(*SITE, 500.0)
    assert near.rows.tolist() == [1, 2, 0]
    assert (np.diff(near.distance_m) > 0).all()


def test_a_line_to_a_node_without_place_is_left_out_unless_it_is_drawn():
    drawn = line("nowhere", "E", geometry=LineString([(120.149, 30.280), (120.151, 30.280)]))
    index = build_spatial_index(placed_grid(L=line("nowhere", "E"), M=drawn))
    assert index.near_lines(*SITE, 500.0).rows.tolist() == [1]


def test_only_lines_of_the_levels_asked_for_are_indexed():
    grid = placed_grid(L=line("E", "E2"), M=line("N", "E"))
    assert build_spatial_index(grid, (0.4,)).near_lines(*SITE, 500.0).rows.tolist() == [1]
    assert build_spatial_index(grid, (10.0,)).near_lines(*SITE, 500.0).rows.tolist() == [0]


def test_distances_are_those_of_the_grids_own_plane():
    """303 km east of the meridian of EPSG:4548 lengths grow by (303 / 6371)^2 / 2."""
    own, other = (
        build_spatial_index(stated(placed_grid(), projected_epsg=epsg)).near_nodes(*SITE, 99.0)
        for epsg in (4549, 4548)
    )
    assert other.distance_m / own.distance_m == pytest.approx([1.00113], abs=5e-5)


@pytest.mark.parametrize(
    "course",
    [
        LineString([]),
        shapely.Point(120.15, 30.28),
        shapely.Polygon([(120.15, 30.28), (120.151, 30.28), (120.151, 30.281)]),
        LineString([(500_000.0, 3e6), (500_001.0, 3e6)]),
        LineString([(120.15, 30.28), (np.inf, 30.28)]),
        LineString([(120.15, 30.28), (120.15, 30.28)]),
    ],
)
def test_what_is_no_course_leaves_the_line_straight(course: shapely.Geometry) -> None:
    grid = tiny_grid()
    drawn = grid.lines["geometry"].to_numpy(dtype=object).copy()
    drawn[0] = None
    expected = build_spatial_index(grid.with_tables(lines=grid.lines.assign(geometry=drawn)))
    drawn[0] = course
    found = build_spatial_index(grid.with_tables(lines=grid.lines.assign(geometry=drawn)))
    assert found.courses[0].equals_exact(expected.courses[0], 1e-6)


@pytest.mark.parametrize("lat", [1e300, -91.0, np.inf, np.nan])
def test_a_node_that_is_not_on_earth_has_no_place(lat: float) -> None:
    grid = edited(tiny_grid(), "nodes", "bus:3", lat=lat)
    index = build_spatial_index(grid)
    assert "bus:3" not in grid.nodes.index[index.node_rows]
    assert shapely.is_valid(index.hull)
