from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from api.geojson import add_layers
from grid_models.errors import InputError
from grid_models.grid import Grid
from tests.grid_models.samples import tiny_grid

STREET = {"type": "LineString", "coordinates": [[120.15, 30.28], [120.16, 30.28]]}
PARK = {
    "type": "Polygon",
    "coordinates": [[[120.15, 30.28], [120.16, 30.28], [120.16, 30.29], [120.15, 30.28]]],
}


def layer(folder: Path, *geometries: Any, **properties: Any) -> Path:
    features = [
        {"type": "Feature", "geometry": geometry, "properties": properties}
        for geometry in geometries
    ]
    path = folder / "layer.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def with_streets(path: Path) -> Grid:
    return add_layers(tiny_grid(), streets=path, restricted=None)


def test_streets_are_added_with_name_and_kind(tmp_path: Path) -> None:
    streets = with_streets(layer(tmp_path, STREET, name="文三路", kind="river", osm_id=7)).streets
    assert streets.at["street:layer.geojson[0]", "name"] == "文三路"
    assert streets.at["street:layer.geojson[0]", "kind"] == "river"


def test_a_street_of_several_parts_becomes_several_rows(tmp_path: Path) -> None:
    double = {"type": "MultiLineString", "coordinates": [STREET["coordinates"]] * 2}
    assert len(with_streets(layer(tmp_path, double)).streets) == 2


def test_restricted_areas_given_are_known_areas(tmp_path: Path) -> None:
    grid = tiny_grid()
    unknown = grid.with_tables()
    added = add_layers(unknown, streets=None, restricted=layer(tmp_path, PARK, reason="公园"))
    assert added.metadata.has_restricted_areas
    assert list(added.restricted_areas["reason"]) == ["公园"]


def test_layers_change_the_version_of_the_grid(tmp_path: Path) -> None:
    assert with_streets(layer(tmp_path, STREET)).version != tiny_grid().version


def test_without_files_the_grid_is_the_same() -> None:
    assert add_layers(tiny_grid(), streets=None, restricted=None).version == tiny_grid().version


@pytest.mark.parametrize(
    ("geometry", "says"),
    [
        (PARK, "must be a LineString"),
        (None, "no geometry"),
        ({"type": "LineString"}, "no geometry"),
        ({"type": "LineString", "coordinates": []}, "must be a LineString"),
        ({"type": "LineString", "coordinates": [[5e5, 3e6], [6e5, 3e6]]}, "not degrees"),
    ],
)
def test_a_feature_that_is_no_street_is_named(tmp_path: Path, geometry: Any, says: str) -> None:
    with pytest.raises(InputError, match=says) as refused:
        with_streets(layer(tmp_path, geometry))
    assert refused.value.problems[0].field == "layer.geojson[0]"


def test_an_unknown_kind_of_street_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match='kind is "motorway"'):
        with_streets(layer(tmp_path, STREET, kind="motorway"))


def test_what_is_no_feature_collection_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "layer.geojson"
    path.write_text("[]")
    with pytest.raises(InputError, match="no GeoJSON FeatureCollection"):
        with_streets(path)
