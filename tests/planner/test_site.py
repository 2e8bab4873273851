from __future__ import annotations

import pytest

from planner.form import Form
from planner.site import grid_area, read_site
from tests.grid_models.samples import tiny_grid

LABELS = {"at": "用电地址", "coordinates": "坐标系"}
REACH_M = 2_000.0


def read(at: object, **fields: object) -> tuple[tuple[float, float] | None, Form]:
    form = Form({"at": at, **fields}, LABELS)
    return read_site(form, grid_area(tiny_grid()), REACH_M), form


def test_a_site_inside_the_hull_is_no_distance_away() -> None:
    assert grid_area(tiny_grid()).distance_m(120.1535, 30.2810) == 0.0


def test_distance_is_measured_in_metres_from_the_hull() -> None:
    # The grid's southern edge lies at 30.2800; 0.01 degrees of latitude are 1,108.6 m there.
    assert grid_area(tiny_grid()).distance_m(120.155, 30.27) == pytest.approx(1_108.6, abs=0.5)


def test_a_site_within_reach_of_the_grid_is_taken() -> None:
    site, form = read("120.155,30.27")
    assert site == (120.155, 30.27)
    assert form.problems == []


def test_a_site_beyond_reach_is_refused_with_both_distances() -> None:
    site, form = read("120.155,30.25")
    assert site is None
    assert "120.155,30.25" in form.problems[0].zh
    assert "3,326 m away" in form.problems[0].en
    assert "within 2,000 m" in form.problems[0].en


def test_longitude_and_latitude_swapped_are_shown_the_right_way_round() -> None:
    site, form = read("30.28,120.15")
    assert site is None
    assert "写反" in form.problems[0].zh
    assert "give 120.15,30.28" in form.problems[0].en


def test_a_place_that_is_nowhere_on_earth_is_refused() -> None:
    assert "a longitude from -180 to 180" in read("400,500")[1].problems[0].en


def test_the_other_side_of_the_earth_is_outside() -> None:
    assert "outside grid" in read("-60,-30")[1].problems[0].en


def test_a_missing_site_is_asked_for() -> None:
    assert "at is missing" in read(None)[1].problems[0].en


def test_a_site_on_a_shifted_map_is_taken_back() -> None:
    site, _form = read("120.1547094728,30.2776806707", coordinates="gcj02")
    assert site == pytest.approx((120.15, 30.28), abs=1e-8)


def test_an_unknown_system_is_refused_not_ignored() -> None:
    site, form = read("120.15,30.28", coordinates="utm")
    assert site is None
    assert "cgcs2000" in form.problems[0].en


def test_a_grid_without_coordinates_says_why_it_cannot_answer() -> None:
    grid = tiny_grid()
    nowhere = grid.with_tables(
        nodes=grid.nodes.assign(lon=float("nan"), lat=float("nan")),
        lines=grid.lines.assign(geometry=None),
    )
    form = Form({"at": "120.15,30.28"}, LABELS)
    read_site(form, grid_area(nowhere), REACH_M)
    assert "has no coordinates" in form.problems[0].en


def test_a_grid_without_a_source_says_why_it_cannot_answer() -> None:
    grid = tiny_grid()
    dead = grid.with_tables(sources=grid.sources.assign(is_in_service=False))
    form = Form({"at": "120.15,30.28"}, LABELS)
    read_site(form, grid_area(dead), REACH_M)
    assert "has no source" in form.problems[0].en
