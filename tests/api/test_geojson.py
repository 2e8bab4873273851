from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from api.geojson import add_restricted_areas
from api.street_files import read_streets
from grid_models.errors import InputError
from tests.grid_models.samples import stated, tiny_grid

STREET = {"type": "LineString", "coordinates": [[120.15, 30.28], [120.16, 30.28]]}
PARK = {
    "type": "Polygon",
    "coordinates": [[[120.15, 30.28], [120.16, 30.28], [120.16, 30.29], [120.15, 30.28]]],
}

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[120.17, 30.28], [120.18, 30.28], [120.18, 30.29], [120.17, 30.28]]],
}


def layer(folder: Path, *geometries: Any, **properties: Any) -> Path:
    features = [
        {"type": "Feature", "geometry": geometry, "properties": properties}
        for geometry in geometries
    ]
    path = folder / "layer.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_streets_are_read_with_name_and_kind(tmp_path: Path) -> None:
    streets = read_streets(layer(tmp_path, STREET, name="文三路", kind="river", osm_id=7))
    assert (streets.name.tolist(), streets.kind.tolist()) == (["文三路"], ["water"])


def test_a_street_of_several_parts_becomes_several_streets(tmp_path: Path) -> None:
    parts = [STREET["coordinates"], [[120.15, 30.28], [120.15, 30.29]]]
    double = {"type": "MultiLineString", "coordinates": parts}
    assert len(read_streets(layer(tmp_path, double)).kind) == 2


def test_restricted_areas_given_are_known_areas(tmp_path: Path) -> None:
    added = add_restricted_areas(
        stated(tiny_grid(), has_restricted_areas=False), layer(tmp_path, PARK, reason="公园")
    )
    assert added.metadata.has_restricted_areas
    assert list(added.restricted_areas["reason"]) == ["公园"]


def test_restricted_areas_change_the_version_of_the_grid(tmp_path: Path) -> None:
    path = layer(tmp_path, PARK)
    assert add_restricted_areas(tiny_grid(), path).version != tiny_grid().version


@pytest.mark.parametrize(
    ("geometry", "says"),
    [
        ({"type": "Point", "coordinates": [120, 30]}, "must be a LineString or a Polygon"),
        (None, "no geometry"),
        ({"type": "LineString"}, "no geometry"),
        ({"type": "LineString", "coordinates": []}, "must be a LineString"),
        ({"type": "LineString", "coordinates": [[5e5, 3e6], [6e5, 3e6]]}, "not degrees"),
    ],
)
def test_a_feature_that_is_no_street_is_named(tmp_path: Path, geometry: Any, says: str) -> None:
    with pytest.raises(InputError, match=says) as refused:
        read_streets(layer(tmp_path, geometry))
    assert refused.value.problems[0].field == "layer.geojson[0]"


def test_an_unknown_kind_of_street_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match='kind is "motorway"'):
        read_streets(layer(tmp_path, STREET, kind="motorway"))


def test_what_is_no_feature_collection_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "layer.geojson"
    path.write_text("[]")
    with pytest.raises(InputError, match="no GeoJSON FeatureCollection"):
        read_streets(path)


def test_the_order_of_restricted_areas_and_the_name_of_their_file_change_nothing(
    tmp_path: Path,
) -> None:
    grid = tiny_grid()
    first = layer(tmp_path, PARK, SQUARE, name="公园")
    one = add_restricted_areas(grid, first).restricted_areas
    turned = layer(tmp_path, SQUARE, PARK, name="公园").rename(tmp_path / "other.geojson")
    other = add_restricted_areas(grid, turned).restricted_areas
    assert one.equals(other)
