import numpy as np
import pandas as pd
import pytest
import shapely

from grid_models.crs import Plane
from grid_models.errors import InputError
from grid_models.readers.relocation import relocate_grid
from tests.grid_models.readers.nets import PLACES, read, small_net

TARGET = (120.15, 30.28)


def abroad():
    """Return the small grid in Germany, with a course, a street and a restricted area."""
    net = small_net()
    net.bus["geo"] = [
        f'{{"type": "Point", "coordinates": [{lon - 110.0}, {lat + 20.0}]}}' for lon, lat in PLACES
    ]
    grid = read(net)
    street = shapely.LineString([(10.15, 50.28), (10.16, 50.285)])
    area = shapely.Polygon([(10.15, 50.28), (10.152, 50.28), (10.152, 50.281)])
    lines = grid.lines.assign(geometry=[street, None, None])
    return grid.with_tables(
        lines=lines,
        streets=pd.DataFrame({"geometry": [street]}, ["s:1"]),
        restricted_areas=pd.DataFrame({"geometry": [area]}, ["a:1"]),
    )


def metres(grid):
    plane = Plane(grid.metadata.projected_epsg)
    x, y = plane.to_metres(grid.nodes["lon"].to_numpy(), grid.nodes["lat"].to_numpy())
    return np.column_stack([x, y])


def test_the_mean_of_the_nodes_comes_to_the_target():
    nodes = relocate_grid(abroad(), *TARGET).nodes
    assert (nodes["lon"].mean(), nodes["lat"].mean()) == pytest.approx(TARGET, abs=1e-6)


def test_every_node_moves_by_the_same_metres():
    grid = abroad()
    shift = metres(relocate_grid(grid, *TARGET)) - metres(grid)
    np.testing.assert_allclose(shift - shift[0], 0.0, atol=1e-6)


def test_the_metadata_say_from_where_to_where():
    grid = abroad()
    metadata = relocate_grid(grid, *TARGET).metadata
    assert metadata.projected_epsg == 4549
    assert metadata.relocation == {
        "from_lon": pytest.approx(grid.nodes["lon"].mean()),
        "from_lat": pytest.approx(grid.nodes["lat"].mean()),
        "to_lon": 120.15,
        "to_lat": 30.28,
    }


@pytest.mark.parametrize("table", ["lines", "streets", "restricted_areas"])
def test_what_is_drawn_moves_along(table):
    grid = abroad()
    moved = relocate_grid(grid, *TARGET)
    before = shapely.get_coordinates(grid.tables()[table]["geometry"].iloc[0])[0]
    after = shapely.get_coordinates(moved.tables()[table]["geometry"].iloc[0])[0]
    # the first corner of each is where bus:0 stands
    assert tuple(before) == pytest.approx(tuple(grid.nodes[["lon", "lat"]].iloc[0]))
    assert tuple(after) == pytest.approx(tuple(moved.nodes[["lon", "lat"]].iloc[0]), abs=1e-9)


def test_a_line_without_a_course_still_has_none():
    assert relocate_grid(abroad(), *TARGET).lines["geometry"].iloc[1] is None


def test_a_node_without_coordinates_still_has_none():
    net = small_net()
    net.bus.loc[6, "geo"] = None
    assert np.isnan(relocate_grid(read(net), *TARGET).nodes.loc["bus:6", "lon"])


def test_electrical_lengths_do_not_change():
    grid = abroad()
    moved = relocate_grid(grid, *TARGET)
    assert list(moved.lines["length_m"]) == list(grid.lines["length_m"])


def test_a_grid_without_coordinates_is_refused():
    net = small_net()
    net.bus["geo"] = None
    with pytest.raises(InputError, match="without coordinates cannot be moved"):
        relocate_grid(read(net), *TARGET)


@pytest.mark.parametrize(
    ("lon", "lat", "reason"),
    [
        (30.28, 120.15, "has latitude first"),
        (200.0, 30.0, "is no longitude and latitude"),
        (float("nan"), 30.0, "is no longitude and latitude"),
        (120.0, float("inf"), "is no longitude and latitude"),
    ],
)
def test_a_target_that_is_no_position_is_refused(lon, lat, reason):
    with pytest.raises(InputError, match=reason):
        relocate_grid(abroad(), lon, lat)
