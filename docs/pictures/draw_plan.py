"""Draw the picture of the README: one real plan on a map of the demo district.

Run ``uv run python docs/pictures/draw_plan.py``; it writes ``plan.svg`` beside itself, the same
every time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from api.drawing import FONT, LOADINGS, Panel, Point, text
from grid_models.catalogue import load_catalogue
from grid_models.compiled import compile_grid
from grid_models.crs import Plane
from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.solvers.solve import solve
from grid_models.synthesize import synthesize_grid
from planner.application import SupplyApplication
from planner.assistant import make_plan
from planner.plan import SupplyPlan
from planner.rules import load_rule_book

__all__ = ["PICTURE", "draw_plan", "make_district_and_plan"]

PICTURE = Path(__file__).with_name("plan.svg")
DAY = date(2026, 11, 23)
SITE = (120.16285, 30.28368)

MV_KV = 10.0
MARK_RADIUS, MARK_DISTANCE, MARK_TURNS = 8.5, 22.0, 16
# Colour of each kind of street, its width in pixels, and how much the close-up widens it.
STREETS = {
    "lane": ("#ececec", 1.2),
    "street": ("#e4e4e4", 3.0),
    "trunk": ("#dcdcdc", 5.0),
    "river": ("#cfe0ee", 9.0),
    "expressway": ("#e2dacb", 8.0),
    "railway": ("#bdbdbd", 1.6),
}
SITE_STROKE = 'stroke="#7a1fa2" stroke-width="4"'


def make_district_and_plan() -> tuple[Grid, SupplyPlan]:
    """Return the demo district and the plan of the README: 800 kVA for a workshop."""
    grid = synthesize_grid(nodes=3_000, seed=1, load_date=DAY, topology_date=DAY)
    application = SupplyApplication(
        lon=SITE[0], lat=SITE[1], kva=800, category="industrial", special_load="none", on_date=DAY
    )
    plan = make_plan(application, GridModel.of(grid), load_rule_book("demo"), load_catalogue())
    return grid, plan


def draw_plan(grid: Grid, plan: SupplyPlan) -> str:
    """Return the picture as SVG: the district on the left, the site from close by on the right.

    Parameters
    ----------
    grid
        Grid before connection: its power flow gives the colours.
    plan
        Plan made on it; access points are numbered by rank.
    """
    plane = Plane(grid.metadata.projected_epsg)
    east_m, north_m = plane.to_metres(grid.nodes["lon"].to_numpy(), grid.nodes["lat"].to_numpy())
    middle = (
        float(np.nanmin(east_m) + np.nanmax(east_m)) / 2,
        float(np.nanmin(north_m) + np.nanmax(north_m)) / 2,
    )
    district = Panel(16, 60, 590, 500, plane, middle, 0.178)
    close = Panel(622, 60, 322, 300, plane, plane.to_metres(*SITE), 1.55)
    lines = _mv_lines(grid)
    body = [
        *_map(district, grid, lines, plan),
        *_frame_of(close, district),
        *_map(close, grid, lines, plan),
        *_nearest_refused(close, plan),
        *_legend(622, 384),
    ]
    return "\n".join([*_head(), *filter(None, body), "</svg>"]) + "\n"


def _mv_lines(grid: Grid) -> pd.DataFrame:
    """Return the 10 kV lines with their present loading."""
    at_mv = grid.lines["from_node"].map(grid.nodes["vn_kv"]) == MV_KV
    loading_pct = solve(compile_grid(grid)).lines["loading_pct"]
    return grid.lines[at_mv].assign(loading_pct=loading_pct)


def _head() -> Iterator[str]:
    yield (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 576" '
        f'font-family="{FONT}" font-size="12" fill="#333">'
    )
    yield '<rect width="960" height="576" fill="#fff"/>'
    yield text(16, 26, "演示城区：800 kVA 车间从哪里接入", 'font-size="18" font-weight="bold"')
    yield text(16, 46, "Demo district: where to connect a workshop of 800 kVA")
    yield text(622, 46, "用电地址周边 Around the site")


def _map(panel: Panel, grid: Grid, lines: pd.DataFrame, plan: SupplyPlan) -> Iterator[str]:
    """Draw streets, 10 kV lines, substations, the first option's new line, marks and site."""
    left, top, width, height = panel[:4]
    area = f'x="{left}" y="{top}" width="{width}" height="{height}"'
    yield f'<rect {area} fill="#fafafa"/>'
    for kind, (colour, pixels) in STREETS.items():
        courses = grid.streets.loc[grid.streets["kind"] == kind, "geometry"]
        yield panel.paths(courses, f'stroke="{colour}" stroke-width="{pixels}"')
    least = -1.0
    for most, colour, pixels in LOADINGS:
        loaded = lines[lines["loading_pct"].between(least, most, inclusive="right")]
        for own, dashes in (("public", ""), ("private", ' stroke-dasharray="3 2.5"')):
            courses = loaded.loc[loaded["ownership"] == own, "geometry"]
            yield panel.paths(courses, f'stroke="{colour}" stroke-width="{pixels}"{dashes}')
        least = most
    for _, place in grid.nodes[grid.nodes["vn_kv"] > MV_KV].iterrows():
        x, y = panel.at(place["lon"], place["lat"])
        if not panel.holds((x, y)):
            continue
        yield f'<rect x="{x - 6:.1f}" y="{y - 6:.1f}" width="12" height="12" fill="#222"/>'
        yield text(x, y - 12, place["name"].split()[1], 'text-anchor="middle"')
    sources = [option.sources[0] for option in plan.options]
    route = shapely.LineString(sources[0].route.coordinates)
    yield panel.paths([route], 'stroke="#111" stroke-width="2" stroke-dasharray="6 3"')
    yield from _marks([panel.at(s.access_point.lon, s.access_point.lat) for s in sources], panel)
    x, y = panel.at(*SITE)
    yield f'<path d="M{x - 6:.1f},{y - 6:.1f}l12,12m0,-12l-12,12" {SITE_STROKE}/>'
    yield f'<rect {area} fill="none" stroke="#bbb"/>'


def _marks(points: list[Point], panel: Panel) -> Iterator[str]:
    """Draw numbered marks beside their points, each where it covers no point and no other mark."""
    taken = [*points, panel.at(*SITE)]
    for number, point in enumerate(points, start=1):
        x, y = point
        if not panel.holds(point):
            continue
        mark = _free_place(point, taken)
        taken.append(mark)
        fill = "#111" if number == 1 else "#fff"
        yield f'<path d="M{x:.1f},{y:.1f}L{mark[0]:.1f},{mark[1]:.1f}" stroke="#111"/>'
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="#111"/>'
        yield (
            f'<circle cx="{mark[0]:.1f}" cy="{mark[1]:.1f}" r="{MARK_RADIUS}" fill="{fill}" '
            'stroke="#111"/>'
        )
        colour = "#fff" if number == 1 else "#111"
        yield text(mark[0], mark[1] + 4, f"{number}", f'text-anchor="middle" fill="{colour}"')


def _free_place(point: Point, taken: list[Point]) -> Point:
    """Return the place round a point that is farthest from all that is taken, east first."""
    turns = [2 * math.pi * k / MARK_TURNS for k in range(MARK_TURNS)]
    places = [
        (point[0] + MARK_DISTANCE * math.cos(turn), point[1] - MARK_DISTANCE * math.sin(turn))
        for turn in turns
    ]
    room = [min(math.dist(place, other) for other in taken) for place in places]
    return places[int(np.argmax(np.round(room, 3)))]


def _frame_of(close: Panel, district: Panel) -> Iterator[str]:
    """Draw the outline of the close-up's ground in the district."""
    x, y = district.at(*SITE)
    shrink = district.scale / close.scale
    width, height = close.width * shrink, close.height * shrink
    yield (
        f'<rect x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}" fill="none" stroke="#7a1fa2"/>'
    )


def _nearest_refused(panel: Panel, plan: SupplyPlan) -> Iterator[str]:
    """Cross out the nearest point that was refused."""
    refused = min(plan.rejected, key=lambda r: r.access_point.distance_m)
    x, y = panel.at(refused.access_point.lon, refused.access_point.lat)
    yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#fff" stroke="#c8342b" stroke-width="2"/>'
    yield f'<path d="M{x - 3.5:.1f},{y + 3.5:.1f}l7,-7" stroke="#c8342b" stroke-width="2"/>'


def _legend(left: float, top: float) -> Iterator[str]:
    yield text(left, top, "10 kV 线路，接入前负载率", 'font-weight="bold"')
    yield text(left, top + 16, "10 kV lines, loading before connection")
    least = 0.0
    for k, (most, colour, pixels) in enumerate(LOADINGS):
        x, y = left + 160 * (k % 2), top + 36 + 20 * (k // 2)
        words = f"{least:g}–{most:g} %" if math.isfinite(most) else f"> {least:g} %"
        yield f'<path d="M{x},{y - 4}h34" stroke="{colour}" stroke-width="{pixels}"/>'
        yield text(x + 42, y, words)
        least = most
    y = top + 82
    rows = (
        ('<path d="M{x},{y}h34" stroke="#555" stroke-width="2" stroke-dasharray="3 2.5"/>',
         "客户资产 customer's own"),
        ('<path d="M{x},{y}m11,-6l12,12m0,-12l-12,12" stroke="#7a1fa2" stroke-width="4"/>',
         "用电地址 site"),
        ('<circle cx="{c}" cy="{y}" r="8" fill="#111"/>',
         "首选与其新建线路 first choice, its new line"),
        ('<circle cx="{c}" cy="{y}" r="8" fill="#fff" stroke="#111"/>',
         "其他方案按名次编号 others, by rank"),
        ('<circle cx="{c}" cy="{y}" r="5" fill="#fff" stroke="#c8342b" stroke-width="2"/>',
         "最近但不能接入 nearest, but refused"),
        ('<rect x="{s}" y="{t}" width="12" height="12" fill="#222"/>',
         "110 kV 变电站 substation"),
    )  # fmt: skip
    for k, (symbol, words) in enumerate(rows):
        here = y + 20 * k
        yield symbol.format(x=left, y=here - 4, c=left + 17, s=left + 11, t=here - 10)
        yield text(left + 42, here, words)


if __name__ == "__main__":
    PICTURE.write_text(draw_plan(*make_district_and_plan()), encoding="utf-8")
