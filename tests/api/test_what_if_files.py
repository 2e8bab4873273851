from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

from api.what_if.geopackage import write_geopackage
from api.what_if.html import what_if_html
from api.what_if.map import draw_what_if
from api.whole_file import write_whole
from grid_models.errors import InputError
from planner.scenarios.result import WhatIf
from tests.api.grids import shop_grid
from tests.api.what_ifs import STEPS, plane, shop_result, what_if_of
from tests.grid_models.samples import edited

LAYERS = ["lines", "transformers", "nodes", "capacities", "violations", "steps"]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("what_if") / "a.gpkg"
    write_geopackage(shop_result(), path)
    return path


def rows(path: Path, layer: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pyogrio.read_arrow(path, layer=layer)[1].to_pylist()
    return found


def unplaced() -> WhatIf:
    """Return the same scenario on a grid without coordinates."""
    grid = shop_grid()
    grid = grid.with_tables(
        nodes=grid.nodes.assign(lon=np.nan, lat=np.nan), lines=grid.lines.assign(geometry=None)
    )
    return what_if_of(grid, *STEPS)


# ---------------------------------------------------------------------- GeoPackage


def test_layers_have_places_and_tables_have_none(package: Path) -> None:
    assert pyogrio.list_layers(package).tolist() == [
        ["lines", "LineString"], ["transformers", "Point"], ["nodes", "Point"],
        ["capacities", "Point"], ["violations", None], ["steps", None],
    ]  # fmt: skip
    assert pyogrio.read_info(package, layer="lines")["crs"] == "EPSG:4490"


def test_lines_carry_both_loadings_on_their_course(package: Path) -> None:
    line = next(row for row in rows(package, "lines") if row["element_id"] == "line:3")
    (branch,) = [b for b in shop_result().branches if b.element_id == "line:3"]
    assert (line["before_pct"], line["after_pct"]) == (branch.before_pct, branch.after_pct)
    assert shapely.from_wkb(line["geom"]).coords[:] == list(branch.coordinates)


def test_tables_hold_what_the_result_holds(package: Path) -> None:
    (violation,) = rows(package, "violations")
    assert (violation["code"], violation["step"], violation["step_name"]) == (
        "thermal_line", 1, "充电站",
    )  # fmt: skip
    assert [row["solved_trees"] for row in rows(package, "steps")] == ["source:1", "source:1"]
    assert len(rows(package, "nodes")) == len(shop_result().nodes)
    capacities = {row["node_id"]: row["hosting_change_kva"] for row in rows(package, "capacities")}
    assert capacities == {c.node_id: c.hosting_change_kva for c in shop_result().capacities}


def test_what_has_no_place_is_written_without_one(tmp_path: Path) -> None:
    write_geopackage(unplaced(), tmp_path / "a.gpkg")
    assert {row["geom"] for row in rows(tmp_path / "a.gpkg", "lines")} == {None}


def test_an_infinite_capacity_stays_infinite(tmp_path: Path) -> None:
    # at the source itself the voltage is held and nothing lies on the way
    result = what_if_of(shop_grid(), STEPS[0], nodes=["bus:1"])
    write_geopackage(result, tmp_path / "a.gpkg")
    (row,) = rows(tmp_path / "a.gpkg", "capacities")
    assert (row["hosting_after_kva"], row["hosting_change_kva"]) == (float("inf"), 0.0)


# ---------------------------------------------------------------------- HTML


class Tags(HTMLParser):
    """Collects tags with their attributes, and checks that they close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags_of(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    return tags


def test_the_page_needs_nothing_from_anywhere_else() -> None:
    page = what_if_html(shop_result(), plane(), "示例规则")
    assert not re.search(r"https?:|//|@import|url\(", page)
    for tag, attributes in tags_of(page).seen:
        assert tag not in ("script", "link", "img", "iframe", "object")
        assert not {"src", "href"} & set(attributes)
    assert "default-src 'none'" in page


def test_the_page_shows_before_and_after_in_chinese() -> None:
    page = what_if_html(shop_result(), plane(), "示例规则")
    words = re.sub(r"<[^>]+>", " ", page)
    for word in ("商铺扩容", "示例规则", "第 1 步 充电站", "线路负载率", "之前", "之后", "line:3"):
        assert word in words


def test_a_name_cannot_smuggle_anything_into_the_page() -> None:
    evil = "<script>alert(1)</script>"
    grid = edited(shop_grid(), "lines", "line:3", name=evil)
    grid = edited(grid, "transformers", "trafo:2", name=evil)
    steps = [{**STEPS[0], "name": evil}, STEPS[1]]
    page = what_if_html(what_if_of(grid, *steps), plane(), "示例规则")
    assert "script" not in [tag for tag, _ in tags_of(page).seen]
    assert "&lt;script" in page


def test_both_maps_show_their_own_loading() -> None:
    drawing = draw_what_if(shop_result(), plane())
    # line:3 carries 55 % before and 150 % after: yellow on the left, dark red on the right
    titles = re.findall(r'stroke="(#\w+)"[^>]*><title>line:3：', drawing)
    assert titles == ["#e39b1f", "#6b0f1a"]


def test_a_grid_without_places_has_a_page_without_a_map() -> None:
    assert draw_what_if(unplaced(), plane()) == ""
    assert "电网没有坐标" in what_if_html(unplaced(), plane(), "示例规则")


# ---------------------------------------------------------------------- whole or not at all


def test_what_fails_half_way_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    target.write_text("old")

    def fails(path: Path) -> None:
        path.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match="No space left on device"):
        write_whole(target, fails)
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert target.read_text() == "old"
