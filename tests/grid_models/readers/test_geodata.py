import json

import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from grid_models.errors import InputError
from tests.grid_models.readers.nets import PLACES, problem_ids, read, small_net


def point(x, y):
    return json.dumps({"type": "Point", "coordinates": [x, y]})


def course(*points):
    return json.dumps({"type": "LineString", "coordinates": points})


def placed(positions):
    net = small_net()
    net.bus["geo"] = [point(x, y) for x, y in positions]
    return net


def places(grid):
    return [tuple(row) for row in grid.nodes[["lon", "lat"]].to_numpy()]


def test_longitude_and_latitude_are_taken_as_they_are():
    grid = read(small_net())
    assert places(grid) == PLACES
    assert grid.metadata.projected_epsg == 4549


def test_a_grid_elsewhere_is_measured_in_its_utm_zone():
    grid = read(placed([(lon - 109.0, lat + 20.0) for lon, lat in PLACES]))
    assert grid.metadata.projected_epsg == 32632


def test_a_bus_without_coordinates_has_none():
    net = small_net()
    net.bus.loc[6, "geo"] = None
    grid = read(net)
    assert np.isnan(grid.nodes.loc["bus:6", "lon"])
    assert not grid.metadata.import_problems


def test_a_net_without_coordinates_is_no_problem_of_the_reader():
    net = small_net()
    net.bus = net.bus.drop(columns="geo")
    grid = read(net)
    assert grid.nodes["lon"].isna().all()
    assert not grid.metadata.import_problems


def test_the_table_older_nets_have_is_read():
    net = small_net()
    net.bus = net.bus.drop(columns="geo")
    net["bus_geodata"] = pd.DataFrame(PLACES, columns=["x", "y"])
    net.line = net.line.drop(columns="geo")
    net["line_geodata"] = pd.DataFrame({"coords": [[list(PLACES[2]), list(PLACES[3])]]}, index=[0])
    grid = read(net)
    assert places(grid) == PLACES
    assert grid.lines.loc["line:0", "geometry"] == shapely.LineString([PLACES[2], PLACES[3]])


@pytest.mark.parametrize(
    "positions",
    [
        [(7.0 + k, 16.0 - k % 3) for k in range(7)],  # a drawing, one unit a bus
        [(390872.0 + 50 * k, 392887.0) for k in range(7)],  # metres of an unnamed system
        [(lat, lon) for lon, lat in PLACES],  # latitude first
        [(10.0 * k, 0.0 + k) for k in range(7)],  # a drawing over half the globe
    ],
)
def test_coordinates_that_cannot_be_degrees_are_left_out_and_listed(positions):
    grid = read(placed(positions))
    assert grid.nodes["lon"].isna().all()
    assert problem_ids(grid) == {"coordinates_not_degrees": tuple(grid.nodes.index)}


def test_one_impossible_position_does_not_spoil_the_others():
    positions = [*PLACES[:6], (500000.0, 3_300_000.0)]
    grid = read(placed(positions))
    assert places(grid)[:6] == PLACES[:6]
    assert problem_ids(grid) == {"coordinates_not_degrees": ("bus:6",)}


def test_zero_zero_is_no_position():
    grid = read(placed([*PLACES[:6], (0.0, 0.0)]))
    assert np.isnan(grid.nodes.loc["bus:6", "lon"])
    assert problem_ids(grid) == {"coordinates_not_degrees": ("bus:6",)}


def test_metres_of_a_named_system_become_degrees():
    to_metres = Transformer.from_crs(4490, 4549, always_xy=True)
    net = placed([to_metres.transform(*place) for place in PLACES])
    net.line["geo"] = [course(*(to_metres.transform(*PLACES[k]) for k in (2, 3))), None, None]
    grid = read(net, crs=4549)
    np.testing.assert_allclose(places(grid), PLACES, rtol=0, atol=1e-9)
    ends = shapely.get_coordinates(grid.lines.loc["line:0", "geometry"])
    np.testing.assert_allclose(ends, [PLACES[2], PLACES[3]], rtol=0, atol=1e-9)


def test_the_wrong_named_system_is_noticed():
    grid = read(placed([(7.0 + k, 16.0) for k in range(7)]), crs=4326)
    assert set(problem_ids(grid)) == {"coordinates_not_degrees"}


def test_an_unknown_system_is_refused():
    with pytest.raises(InputError, match="EPSG:999999"):
        read(small_net(), crs=999999)


def test_the_course_of_a_line_runs_from_its_first_end():
    middle = (120.155, 30.281)
    net = small_net()
    net.line["geo"] = [
        course(PLACES[3], middle, PLACES[2]),
        course(PLACES[3], PLACES[4]),
        None,
    ]
    courses = read(net).lines["geometry"]
    assert courses.iloc[0] == shapely.LineString([PLACES[2], middle, PLACES[3]])
    assert courses.iloc[1] == shapely.LineString([PLACES[3], PLACES[4]])
    assert courses.iloc[2] is None


def test_a_course_may_be_given_as_an_object():
    net = small_net()
    net.line["geo"] = [json.loads(course(PLACES[2], PLACES[3])), None, None]
    assert read(net).lines["geometry"].iloc[0] == shapely.LineString([PLACES[2], PLACES[3]])


@pytest.mark.parametrize("text", ["a road", course((120.15, 30.28)), point(120.15, 30.28)])
def test_a_course_nobody_can_read_is_listed(text):
    net = small_net()
    net.line["geo"] = [text, None, ""]
    grid = read(net)
    assert grid.lines["geometry"].iloc[0] is None
    assert problem_ids(grid) == {"course_unreadable": ("line:0",)}


def test_courses_are_left_out_with_the_positions_they_belong_to():
    net = placed([(7.0 + k, 16.0) for k in range(7)])
    net.line["geo"] = [course((9.0, 16.0), (10.0, 16.0)), None, None]
    grid = read(net)
    assert grid.lines["geometry"].iloc[0] is None
    tables = [problem.table for problem in grid.metadata.import_problems]
    assert tables == ["nodes", "lines"]
