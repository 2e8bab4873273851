"""Red lines as they are given, and what is said of those that are none."""

from __future__ import annotations

from typing import Any

import pytest

from planner.form import Form
from planner.red_line import read_red_line
from planner.routing import Streets
from planner.site import grid_area, on_streets, read_site
from tests.grid_models.samples import tiny_grid
from tests.planner.routing.drawn import area, draw_streets

LABELS = {"at": "用电地址", "coordinates": "坐标系", "site": "用地红线"}
AT = (120.155, 30.281)
RING = [[120.154, 30.280], [120.156, 30.280], [120.156, 30.282], [120.154, 30.282]]
POLYGON = {"type": "Polygon", "coordinates": [[*RING, RING[0]]]}


def read(site: Any, **fields: Any) -> tuple[Any, list[str]]:
    form = Form({"site": site, **fields}, LABELS)
    found = read_red_line(form, AT, grid_area(tiny_grid()), 2_000.0)
    return found, [problem.en for problem in form.problems]


@pytest.mark.parametrize(
    "given",
    [
        POLYGON,
        {"type": "Feature", "properties": {}, "geometry": POLYGON},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": POLYGON}]},
        RING,
    ],
)
def test_a_polygon_is_read_however_it_is_wrapped(given: Any) -> None:
    assert read(given) == (tuple(map(tuple, RING)), [])


@pytest.mark.parametrize(
    "given",
    [
        [*RING[::-1], RING[-1]],
        [*RING[2:], *RING[:2]],
        [RING[0], RING[0], *RING[1:], RING[3]],
        [*RING, RING[0], RING[0]],
        {"type": "Polygon", "coordinates": [[RING[1], RING[0], RING[3], RING[2], RING[1]]]},
    ],
)
def test_one_shape_is_one_red_line_whichever_way_it_was_drawn(given: Any) -> None:
    assert read(given) == (tuple(map(tuple, RING)), [])


def test_a_red_line_read_back_from_a_plan_is_the_same() -> None:
    found, problems = read([[lon + 0.0046, lat - 0.0024] for lon, lat in RING], coordinates="gcj02")
    assert problems == []
    assert read([list(corner) for corner in found]) == (found, [])


def test_no_red_line_is_no_problem() -> None:
    assert read(None) == (None, [])


@pytest.mark.parametrize(
    "given",
    [
        "a text",
        5,
        [],
        {},
        {"type": "Point", "coordinates": [120, 30]},
        {"type": "FeatureCollection", "features": []},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[120, 30], [121, 30]]]},
        {"type": "Polygon", "coordinates": [[[5e5, 3e6], [6e5, 3e6], [6e5, 4e6]]]},
        [[120.154, 30.28], [120.156, 30.282], [120.156, 30.28], [120.154, 30.282]],
        {"type": "MultiPolygon", "coordinates": [POLYGON["coordinates"]]},
        [[120.0, float("nan")], [120.1, 30.0], [120.1, 30.1]],
    ],
)
def test_what_is_no_polygon_is_refused(given: Any) -> None:
    found, problems = read(given)
    assert found is None
    assert len(problems) == 1
    assert "must be one GeoJSON polygon without holes" in problems[0]


def test_a_red_line_elsewhere_is_refused() -> None:
    _, (problem,) = read([[lon + 0.1, lat] for lon, lat in RING])
    assert "does not surround the site 120.155,30.281" in problem


def test_a_red_line_as_wide_as_a_city_is_refused() -> None:
    wide = [[119.0, 29.0], [121.0, 29.0], [121.0, 31.0], [119.0, 31.0]]
    _, (problem,) = read(wide)
    assert "give one within 2,000 m" in problem


def test_a_red_line_on_a_shifted_map_is_taken_back() -> None:
    shifted = [[lon + 0.00471, lat - 0.00232] for lon, lat in RING]
    found, problems = read(shifted, coordinates="gcj02")
    assert problems == []
    assert found[0] == pytest.approx(RING[0], abs=5e-5)


# A site in water ---------------------------------------------------------------------------------


def site_on(streets: Streets) -> tuple[Any, list[str]]:
    form = Form({"at": "120.15,30.28"}, LABELS)
    found = read_site(form, on_streets(grid_area(tiny_grid()), streets), 2_000.0)
    return found, [problem.en for problem in form.problems]


def test_a_site_in_a_lake_is_refused_by_the_lake_s_name() -> None:
    found, (problem,) = site_on(draw_streets(area("water", -50, -50, 50, 50, name="西湖")))
    assert found is None
    assert 'in water called "西湖"; give the place on land' in problem


def test_a_site_in_water_without_a_name_is_refused() -> None:
    assert "in water; give" in site_on(draw_streets(area("water", -50, -50, 50, 50)))[1][0]


def test_a_site_beside_a_lake_or_in_a_building_is_taken() -> None:
    lake, house = area("water", 10, -50, 50, 50), area("building", -5, -5, 5, 5)
    assert site_on(draw_streets(lake, house)) == ((120.15, 30.28), [])


def test_a_corner_beyond_every_number_is_refused() -> None:
    found, said = read([[10**400, 30.0], *RING[1:]])
    assert found is None
    assert "must be one GeoJSON polygon" in said[0]
