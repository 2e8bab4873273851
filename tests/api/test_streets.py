"""Streets and red lines at both doors; the site is 29 m east and 22 m north of the board."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from api.street_files import read_streets
from grid_models.storage import write_grid
from grid_models.synthesize import synthesize_grid
from tests.api.commands import SHOP, recommend, run
from tests.api.conftest import MakeClient
from tests.api.grids import SITE, shop_grid

STRAIGHT_M = 36.4
LAKE = [[120.1632, 30.2801], [120.1634, 30.2801], [120.1634, 30.2803], [120.1632, 30.2803]]


def feature(kind: str, *points: list[float]) -> dict[str, Any]:
    is_area = kind in ("water", "building")
    shape = {"type": "LineString", "coordinates": [*points]}
    if is_area:
        shape = {"type": "Polygon", "coordinates": [[*points, points[0]]]}
    return {"type": "Feature", "properties": {"kind": kind, "name": "x"}, "geometry": shape}


def geojson(folder: Path, *features: dict[str, Any], name: str = "streets") -> Path:
    path = folder / f"{name}.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [*features]}))
    return path


STREET = feature("street", [120.15, 30.28], [120.17, 30.28])
# 10 m of ground round the site
GROUND = [[lon, lat] for lon in (120.1632, 120.1634) for lat in (30.2801, 30.2803)]
# anticlockwise from the south-west, as every red line is kept
RED_LINE = [GROUND[0], GROUND[2], GROUND[3], GROUND[1]]


def route(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["options"][0]["sources"][0]["route"]
    return found


def test_a_plan_along_streets_is_made_and_verified(tiny: Path, tmp_path: Path) -> None:
    streets, plan = geojson(tmp_path, STREET), tmp_path / "plan.json"
    plan.write_text(recommend(tiny, {**SHOP, "--streets": str(streets)}, "--json").stdout)
    made = route(json.loads(plan.read_text()))
    assert (made["method"], made["length_m"]) == ("streets", pytest.approx(STRAIGHT_M, abs=0.5))
    assert run("verify", plan, tiny, "--streets", streets).exit_code == 0
    assert run("verify", plan, tiny).exit_code == 2


def test_the_page_says_that_the_route_follows_the_streets(tiny: Path, tmp_path: Path) -> None:
    page = recommend(tiny, {**SHOP, "--streets": str(geojson(tmp_path, STREET))}).stdout
    assert "沿道路" in page


def test_a_site_in_a_lake_is_bad_input(tiny: Path, tmp_path: Path) -> None:
    streets = geojson(tmp_path, STREET, feature("water", *LAKE))
    result = recommend(tiny, {**SHOP, "--streets": str(streets)})
    assert result.exit_code == 2
    assert "水面“x”" in result.stderr


def test_a_red_line_from_a_file_ends_the_route(tiny: Path, tmp_path: Path) -> None:
    polygon = {"type": "Polygon", "coordinates": [[*RED_LINE, RED_LINE[0]]]}
    ground = tmp_path / "ground.geojson"
    ground.write_text(json.dumps(polygon))
    result = recommend(tiny, {**SHOP, "--site": str(ground)}, "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["application"]["site"] == RED_LINE
    # 19 m to the east and 11 m to the north, times 1.3
    assert route(document)["length_m"] == pytest.approx(1.3 * 22.2, abs=0.5)


def test_problems_of_streets_site_and_application_come_together(tiny: Path, tmp_path: Path) -> None:
    ground = tmp_path / "ground.geojson"
    ground.write_text('{"type": "Point", "coordinates": [120, 30]}')
    given = {"--streets": "nothing.gpkg", "--site": str(ground), "--kw": "-5"}
    result = recommend(tiny, {**SHOP, **given})
    assert result.exit_code == 2
    for named in ("nothing.gpkg", "site must be one GeoJSON polygon", 'kw is "-5"'):
        assert named in result.stderr


def test_streets_that_are_served_lead_the_routes(make_client: MakeClient, tmp_path: Path) -> None:
    client = make_client(shop_grid(), streets=read_streets(geojson(tmp_path, STREET)))
    body = {"at": [*SITE], "kw": 60, "special_load": "none"}
    assert route(client.post("/v1/plans", json=body).json())["method"] == "streets"


def test_a_red_line_is_taken_over_http(make_client: MakeClient) -> None:
    polygon = {"type": "Polygon", "coordinates": [[*RED_LINE, RED_LINE[0]]]}
    body = {"at": [*SITE], "kw": 60, "special_load": "none", "site": polygon}
    answer = make_client(shop_grid()).post("/v1/plans", json=body)
    assert answer.json()["application"]["site"] == RED_LINE


@pytest.mark.parametrize("power", [("--kva", "630"), ("--kw", "60")])
def test_a_whole_district_is_answered_along_its_own_streets(
    tmp_path: Path, power: tuple[str, str]
) -> None:
    grid = synthesize_grid(nodes=600, seed=3)
    write_grid(grid, tmp_path / "district")
    boards = grid.nodes[grid.nodes["vn_kv"] == 0.4].dropna(subset=["lon"])
    lon, lat = boards["lon"].iloc[0] + 3e-4, boards["lat"].iloc[0] + 2e-4
    given = {"--at": f"{lon},{lat}", power[0]: power[1], "--streets": str(tmp_path / "district")}
    plan = tmp_path / "plan.json"
    plan.write_text(recommend(tmp_path / "district", given, "--json").stdout)
    document = json.loads(plan.read_text())
    assert document["options"]
    for option in document["options"]:
        (source,) = option["sources"]
        made, straight_m = source["route"], source["access_point"]["distance_m"]
        assert made["method"] == "streets"
        assert made["length_m"] >= straight_m
    checked = run("verify", plan, tmp_path / "district", "--streets", tmp_path / "district")
    assert checked.exit_code == 0, checked.stderr
