"""What of a grid a vector tile shows, and where."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from api.map.mercator import BUFFER, EXTENT, Tile
from api.map.tiles import TileSet
from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.synthesize import synthesize_grid
from tests.api.map.tile_reading import in_tile, read, read_at, tile_at
from tests.grid_models.samples import PLACES, tiny_grid

MIDDLE = PLACES["bus:3"]
INNER = (120.1540, 30.2800)  # well inside its tile of scale 15
LINE_2, LINE_3 = 1, 2  # rows of the lines table
BUS_1, BUS_2, BUS_3, BUS_5 = 0, 1, 2, 4
TRAFO_2 = 1


@cache
def tiles() -> TileSet:
    return TileSet(GridModel.of(tiny_grid()))


def shown(z: int, at: tuple[float, float] = MIDDLE) -> dict[str, dict[int, Any]]:
    return read(tiles().encode(tile_at(z, *at)))


def altered(table: str, row: str, **values: Any) -> Grid:
    rows = getattr(tiny_grid(), table).copy()
    for name, value in values.items():
        column = rows[name].copy()
        column[row] = value
        rows[name] = column
    return tiny_grid().with_tables(**{table: rows})


# where ---------------------------------------------------------------------------------------


def test_a_line_lies_where_another_projection_puts_its_ends() -> None:
    tile = tile_at(15, *PLACES["bus:4"])
    line = read(tiles().encode(tile))["lines"][LINE_2]["geometry"]["coordinates"]

    assert line[-1] == in_tile(tile, *PLACES["bus:4"])


def test_a_line_without_a_course_is_straight_from_node_to_node() -> None:
    tile = tile_at(15, *PLACES["bus:5"])
    line = read(tiles().encode(tile))["lines"][LINE_3]["geometry"]["coordinates"]

    assert line == [in_tile(tile, *PLACES["bus:5"]), in_tile(tile, *PLACES["bus:6"])]


def test_a_station_and_a_transformer_lie_at_their_nodes() -> None:
    tile = tile_at(15, *MIDDLE)
    (station,) = [f for f in read(tiles().encode(tile))["stations"].items() if f[0] == BUS_3]
    there = tile_at(15, *PLACES["bus:5"])
    transformer = read(tiles().encode(there))["transformers"][TRAFO_2]

    assert station[1]["geometry"]["coordinates"] == in_tile(tile, *MIDDLE)
    assert transformer["geometry"]["coordinates"] == in_tile(there, *PLACES["bus:5"])


def test_every_line_of_a_town_lies_where_another_projection_puts_it() -> None:
    grid = synthesize_grid(nodes=300, seed=3)
    tile = tile_at(13, grid.nodes["lon"].mean(), grid.nodes["lat"].mean())
    lines = read(TileSet(GridModel.of(grid)).encode(tile))["lines"]
    whole = {k: f for k, f in lines.items() if _is_inside(f, margin=0)}

    assert len(whole) > 10
    for row, feature in whole.items():
        course = grid.lines["geometry"].iloc[row]
        wanted = [in_tile(tile, *point) for point in shapely.get_coordinates(course)]
        found = feature["geometry"]["coordinates"]
        # steps within a pixel are left out, none is invented
        assert found[0] == wanted[0]
        assert [point for point in wanted if point in found] == found


def _is_inside(feature: dict[str, Any], margin: int) -> bool:
    points = np.array(feature["geometry"]["coordinates"]).reshape(-1, 2)
    return bool(((points > margin) & (points < EXTENT - margin)).all())


# how much ------------------------------------------------------------------------------------


def test_a_line_across_an_edge_is_in_both_tiles_and_no_farther_than_the_buffer() -> None:
    z = 18
    west, east = tile_at(z, *MIDDLE), tile_at(z, *PLACES["bus:4"])
    assert east.x > west.x + 1
    for x in range(west.x, east.x + 1):
        line = read(tiles().encode(Tile(z, x, west.y)))["lines"][LINE_2]
        points = np.array(line["geometry"]["coordinates"])
        assert (points >= -BUFFER).all()
        assert (points <= EXTENT + BUFFER).all()
        inner = points[:, 0].min() == -BUFFER, points[:, 0].max() == EXTENT + BUFFER
        assert inner == (x > west.x, x < east.x)


def test_a_course_that_leaves_a_tile_and_comes_back_has_two_parts() -> None:
    tile = tile_at(15, *INNER)
    lon, lat = INNER
    there_and_back = shapely.LineString([INNER, (lon, lat + 0.05), (lon + 0.001, lat + 0.05),
                                         (lon + 0.001, lat)])  # fmt: skip
    grid = altered("lines", "line:2", geometry=there_and_back)
    line = read(TileSet(GridModel.of(grid)).encode(tile))["lines"][LINE_2]

    assert line["geometry"]["type"] == "MultiLineString"
    first, second = line["geometry"]["coordinates"]
    assert first[0] == in_tile(tile, *INNER)
    assert second[-1] == in_tile(tile, lon + 0.001, lat)


def test_nothing_is_in_a_tile_elsewhere() -> None:
    assert tiles().encode(tile_at(15, 100.0, 20.0)) == b""


def test_a_line_shorter_than_a_pixel_is_not_drawn() -> None:
    lon, lat = PLACES["bus:5"]
    grid = altered("nodes", "bus:6", lon=lon + 1e-8, lat=lat)

    assert LINE_3 not in read_at(grid, 15, lon, lat)["lines"]


# by scale ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("z", "kv"), [(0, {110.0}), (10, {110.0}), (11, {110.0, 10.0}), (14, {110.0, 10.0}),
                  (15, {110.0, 10.0, 0.4})]
)  # fmt: skip
def test_the_farther_out_the_higher_the_voltages(z: int, kv: set[float]) -> None:
    found = {
        feature["properties"]["kv"]
        for at in (PLACES["bus:2"], PLACES["bus:5"])
        for layer in ("lines", "stations")
        for feature in shown(z, at).get(layer, {}).values()
    }
    assert found == kv


@pytest.mark.parametrize(("z", "has_poles"), [(15, False), (16, True)])
def test_poles_are_drawn_from_near_only(z: int, has_poles: bool) -> None:
    assert ("poles" in shown(z, PLACES["bus:4"])) == has_poles


@pytest.mark.parametrize(
    ("layer", "row", "at", "far", "near"),
    [("lines", LINE_2, MIDDLE, 13, 14), ("stations", BUS_3, MIDDLE, 12, 13),
     ("transformers", TRAFO_2, PLACES["bus:4"], 13, 14)],
)  # fmt: skip
def test_ids_and_names_are_told_from_near(
    layer: str, row: int, at: tuple[float, float], far: int, near: int
) -> None:
    assert "id" not in shown(far, at)[layer][row]["properties"]
    assert "id" in shown(near, at)[layer][row]["properties"]


def test_a_line_tells_what_it_is() -> None:
    assert shown(14)["lines"][LINE_2]["properties"] == {
        "id": "line:2", "kv": 10.0, "laying": "overhead", "ownership": "public",
    }  # fmt: skip


def test_a_transformer_tells_its_size() -> None:
    told = shown(12, PLACES["bus:4"])["transformers"][TRAFO_2]["properties"]

    assert told == {"sn_kva": 400.0, "ownership": "public"}


def test_a_station_tells_its_kind() -> None:
    told = shown(12)["stations"]

    assert {told[k]["properties"]["kind"] for k in (BUS_1, BUS_2)} == {"busbar"}
    assert told[BUS_3]["properties"]["kind"] == "switchgear"


def test_a_name_is_told_where_there_is_one() -> None:
    grid = altered("lines", "line:2", name="文一线")

    assert read_at(grid, 14, *MIDDLE)["lines"][LINE_2]["properties"]["name"] == "文一线"


def test_what_is_out_of_service_says_so() -> None:
    grid = altered("lines", "line:2", is_in_service=False)

    assert read_at(grid, 15, *MIDDLE)["lines"][LINE_2]["properties"]["out"] is True


def test_what_is_to_be_removed_says_so() -> None:
    grid = altered("lines", "line:2", removal_planned_on=pd.Timestamp(date(2027, 1, 1)))

    told = read_at(grid, 15, *MIDDLE)["lines"][LINE_2]["properties"]
    assert (told["removal"], told.get("out")) == (True, None)


# what has no place ---------------------------------------------------------------------------


@pytest.mark.parametrize("place", [(np.nan, np.nan), (120.0, np.nan), (120.0, 89.9), (500.0, 30.0)])
def test_what_has_no_place_on_the_map_is_left_out(place: tuple[float, float]) -> None:
    grid = altered("nodes", "bus:6", lon=place[0], lat=place[1])

    found = read_at(grid, 15, *PLACES["bus:5"])
    assert LINE_3 not in found["lines"]
    assert LINE_2 in found["lines"]


def test_a_transformer_stands_at_its_high_side_where_its_board_has_no_place() -> None:
    grid = altered("nodes", "bus:5", lon=np.nan, lat=np.nan)
    tile = tile_at(15, *PLACES["bus:4"])
    found = read(TileSet(GridModel.of(grid)).encode(tile))["transformers"][TRAFO_2]

    assert found["geometry"]["coordinates"] == in_tile(tile, *PLACES["bus:4"])


def test_a_grid_without_any_place_has_empty_tiles() -> None:
    grid = tiny_grid()
    grid = grid.with_tables(
        nodes=grid.nodes.assign(lon=np.nan, lat=np.nan), lines=grid.lines.assign(geometry=None)
    )
    assert TileSet(GridModel.of(grid)).encode(Tile(0, 0, 0)) == b""


def test_an_empty_grid_has_empty_tiles() -> None:
    grid = Grid.build(replace(tiny_grid().metadata))

    assert TileSet(GridModel.of(grid)).encode(Tile(0, 0, 0)) == b""


# restricted areas ----------------------------------------------------------------------------


def _with_area(area: shapely.Geometry | None) -> Grid:
    rows = pd.DataFrame({"name": ["公园"], "reason": ["绿地"], "geometry": [area]}, index=["r:1"])
    return tiny_grid().with_tables(restricted_areas=rows)


def test_a_restricted_area_lies_where_it_is_with_its_hole() -> None:
    lon, lat = INNER
    outer, hole = (shapely.box(lon, lat, lon + d, lat + d).exterior for d in (0.001, 0.0005))
    area = shapely.Polygon(outer, [shapely.affinity.translate(hole, 0.0002, 0.0002)])
    tile = tile_at(15, *INNER)
    found = read(TileSet(GridModel.of(_with_area(area))).encode(tile))["restricted"][0]
    shell, inner = found["geometry"]["coordinates"]

    assert found["properties"] == {"name": "公园", "reason": "绿地"}
    assert {tuple(p) for p in shell} == {
        tuple(in_tile(tile, lon + x, lat + y)) for x in (0.0, 0.001) for y in (0.0, 0.001)
    }
    assert {tuple(p) for p in inner} == {
        tuple(in_tile(tile, lon + x, lat + y)) for x in (0.0002, 0.0007) for y in (0.0002, 0.0007)
    }


def test_a_restricted_area_is_cut_at_the_edge() -> None:
    lon, lat = MIDDLE
    found = read_at(_with_area(shapely.box(lon - 1, lat - 1, lon + 1, lat + 1)), 15, *MIDDLE)
    points = np.array(found["restricted"][0]["geometry"]["coordinates"][0])

    assert (points.min(), points.max()) == (-BUFFER, EXTENT + BUFFER)


@pytest.mark.parametrize(
    "area", [None, shapely.Point(MIDDLE), shapely.Polygon(), shapely.box(0, 0, 10, 90)]
)
def test_an_area_that_cannot_be_drawn_is_left_out(area: shapely.Geometry | None) -> None:
    assert "restricted" not in read_at(_with_area(area), 15, *MIDDLE)
