"""Streets from GeoPackage, OpenStreetMap and stored grids; GeoJSON is in test_geojson."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import pytest
import shapely

from api.street_files import read_streets
from api.street_rows import read_street_row
from grid_models.crs import Plane
from grid_models.errors import InputError
from tests.api.conftest import StoreGrid
from tests.api.grids import shop_grid

OSM = """<?xml version="1.0"?><osm version="0.6">
<node id="1" lat="30.28" lon="120.15"/><node id="2" lat="30.29" lon="120.15"/>
<node id="3" lat="30.29" lon="120.16"/>
<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/><tag k="name" v="A"/>
  <tag k="bridge" v="yes"/></way>
<way id="2"><nd ref="2"/><nd ref="3"/><tag k="waterway" v="river"/><tag k="name" v="R"/></way>
<way id="3"><nd ref="1"/><nd ref="3"/><tag k="power" v="line"/></way>
<way id="4"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/>
  <tag k="natural" v="water"/><tag k="name" v="L"/></way></osm>"""


def geopackage(folder: Path, points: Any, *, crs: str | None, **fields: str) -> Path:
    path = folder / "streets.gpkg"
    pyogrio.raw.write(
        path, geometry=np.array([shapely.to_wkb(shapely.LineString(points))]),
        field_data=[np.array([value], dtype=object) for value in fields.values()],
        fields=np.array(list(fields)), crs=crs, geometry_type="LineString", layer="roads",
    )  # fmt: skip
    return path


def refused(path: Path) -> str:
    with pytest.raises(InputError) as error:
        read_streets(path)
    return error.value.problems[0].en


def test_openstreetmap_gives_streets_rivers_and_lakes_and_leaves_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "town.osm"
    path.write_text(OSM)
    streets = read_streets(path)
    found = set(zip(streets.kind, streets.name, streets.level.tolist(), strict=True))
    assert found == {("street", "A", 1), ("water", "R", 0), ("water", "L", 0)}


def test_a_geopackage_is_taken_to_degrees_from_the_system_it_states(tmp_path: Path) -> None:
    x_m, y_m = Plane(4549).to_metres(120.15, 30.28)
    path = geopackage(tmp_path, [(x_m, y_m), (x_m + 100, y_m)], crs="EPSG:4549", kind="trunk")
    streets = read_streets(path)
    assert shapely.get_coordinates(streets.geometry)[0] == pytest.approx((120.15, 30.28), abs=1e-8)
    assert streets.kind.tolist() == ["trunk"]


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_a_geopackage_without_a_system_holds_degrees(tmp_path: Path) -> None:
    path = geopackage(tmp_path, [(120.15, 30.28), (120.16, 30.28)], crs=None, duct="yes")
    assert read_streets(path).has_duct.tolist() == [True]


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_metres_without_a_system_are_refused(tmp_path: Path) -> None:
    path = geopackage(tmp_path, [(5e5, 3e6), (6e5, 3e6)], crs=None, kind="street")
    assert "states no coordinate system and its coordinates are no degrees" in refused(path)


def test_the_folder_of_a_stored_grid_gives_the_grid_s_own_streets(store: StoreGrid) -> None:
    grid = shop_grid()
    course = shapely.LineString([(120.15, 30.28), (120.16, 30.28)])
    rows = grid.streets.reindex(["street:1"])
    grid = grid.with_tables(streets=rows.assign(name="北街", kind="trunk", geometry=[course]))
    assert read_streets(store(grid)).name.tolist() == ["北街"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "nothing.gpkg does not exist" in refused(tmp_path / "nothing.gpkg")


def test_a_file_that_is_no_map_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.gpkg"
    path.write_text("no map")
    assert "is no GeoJSON, GeoPackage or OpenStreetMap file" in refused(path)


def test_a_map_without_streets_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "town.osm"
    path.write_text(
        '<?xml version="1.0"?><osm version="0.6"><node id="1" lat="30" lon="120"/></osm>'
    )
    assert "holds no street, duct or barrier" in refused(path)


def test_an_unknown_kind_is_refused_with_its_place(tmp_path: Path) -> None:
    path = geopackage(tmp_path, [(120, 30), (121, 30)], crs="EPSG:4490", kind="motorway")
    assert refused(path).startswith('streets.gpkg:roads[0]: kind is "motorway"; give one of')


# Rows --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({}, "street"),
        ({"kind": "duct"}, "duct"),
        ({"highway": "motorway"}, "expressway"),
        ({"highway": "motorway", "tunnel": "yes"}, None),
        ({"highway": "primary"}, "trunk"),
        ({"highway": "tertiary"}, "street"),
        ({"highway": "footway"}, "lane"),
        ({"highway": "construction"}, None),
        ({"railway": "rail"}, "railway"),
        ({"railway": "tram"}, None),
        ({"railway": "rail", "tunnel": "yes"}, None),
        ({"waterway": "canal"}, "water"),
        ({"waterway": "stream", "tunnel": "culvert"}, None),
        ({"other_tags": '"railway"=>"rail","layer"=>"1"'}, "railway"),
    ],
)
def test_tags_say_what_a_line_is(tags: dict[str, str], kind: str | None) -> None:
    row, form = read_street_row(tags, is_area=False, where="a")
    assert (row["kind"] if row else None) == kind
    assert form.problems == []


@pytest.mark.parametrize(
    ("tags", "level"),
    [({"layer": "2"}, 2), ({"bridge": "yes"}, 1), ({"tunnel": "yes"}, -1), ({"level": "-1"}, 0)],
)
def test_bridges_and_tunnels_lie_on_other_levels(tags: dict[str, str], level: int) -> None:
    row, _ = read_street_row({"highway": "residential"} | tags, is_area=False, where="a")
    assert row
    assert row["level"] == level


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"building": "yes"}, "building"),
        ({"natural": "water"}, "water"),
        ({"leisure": "park"}, None),
    ],
)
def test_tags_say_what_an_area_is(tags: dict[str, str], kind: str | None) -> None:
    row, _ = read_street_row(tags, is_area=True, where="a")
    assert (row["kind"] if row else None) == kind
