"""Map of a plan: the site, what lies around it, the new line and the access points, as SVG.

Nothing on it comes from anywhere else: no tiles, no fonts, no scripts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import shapely

from api.drawing import FONT, Panel, Point, text
from grid_models.crs import Plane
from grid_models.model import GridModel
from grid_models.spatial import are_courses
from grid_models.topology import LOW_VOLTAGE_KV
from planner.existing_supply import ACCESS as EXISTING_ACCESS
from planner.plan import SupplyPlan

__all__ = ["draw_site_map"]

WIDTH, HEIGHT, LEGEND = 760.0, 430.0, 26.0
_FILLED, _LEAST_M = 0.5, 240.0
_SHOWN_OPTIONS = 5
_STREET = 'stroke="#dedede" stroke-width="3"'
_LOW = 'stroke="#3a9d6e" stroke-width="1"'
_MEDIUM = 'stroke="#c8342b" stroke-width="1.8"'
_PRIVATE = ' stroke-dasharray="3 2.5"'
_ROUTE = 'stroke="#111" stroke-width="2.4" stroke-dasharray="7 3"'
_FRAME = 'fill="none" stroke="#999"'
_SITE = 'stroke="#7a1fa2" stroke-width="4"'
_SCALES_M = (20, 50, 100, 200, 500, 1_000, 2_000)
_LONGEST_SCALE_PX = 160.0


def draw_site_map(plan: SupplyPlan, model: GridModel) -> str:
    """Return the map as SVG: lines by voltage, customers' own dashed, options by rank.

    Parameters
    ----------
    plan
        Its first option's routes are drawn, and the access points of the best few.
    model
        Grid the plan was made on.
    """
    site = (float(plan.application["lon"]), float(plan.application["lat"]))
    options = plan.options[:_SHOWN_OPTIONS]
    routes = [
        source.route.coordinates
        for option in options[:1]
        for source in option.sources
        if source.access_point.kind != EXISTING_ACCESS
    ]
    places = [
        [(source.access_point.lon, source.access_point.lat) for source in option.sources]
        for option in options
    ]
    panel = _panel(model, [site, *(point for route in routes for point in route)])
    body = [
        *_lines(panel, model, site),
        *(panel.paths([shapely.LineString(route)], _ROUTE) for route in routes),
        *_marks(panel, places),
        *_site(panel.at(*site)),
        f'<rect x="1" y="1" width="{WIDTH - 2:g}" height="{HEIGHT - 2:g}" {_FRAME}/>',
        *_scale(panel),
        *_legend(),
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT + LEGEND:g}" '
        f'font-family="{FONT}" font-size="12" fill="#333">'
    )
    return "\n".join([head, *filter(None, body), "</svg>"]) + "\n"


def _panel(model: GridModel, points: Sequence[Point]) -> Panel:
    plane = Plane(model.grid.metadata.projected_epsg)
    x_m, y_m = plane.to_metres(*np.array(points).T)
    middle = (float(x_m.min() + x_m.max()) / 2, float(y_m.min() + y_m.max()) / 2)
    across, along = (max(float(np.ptp(v)), _LEAST_M) for v in (x_m, y_m))
    scale = _FILLED * min(WIDTH / across, HEIGHT / along)
    return Panel(0.0, 0.0, WIDTH, HEIGHT, plane, middle, scale)


def _lines(panel: Panel, model: GridModel, site: Point) -> Iterator[str]:
    streets = model.grid.streets["geometry"].to_numpy(dtype=object)
    yield panel.paths(streets[are_courses(streets)], _STREET)
    reach_m = 2.0 * math.hypot(WIDTH, HEIGHT) / panel.scale
    near = np.sort(model.spatial.near_lines(*site, reach_m).rows)
    rows = near[model.column("lines", "is_in_service")[near]]
    courses = _courses(model, rows)
    is_low = model.column("nodes", "vn_kv")[model.line_ends[0, rows]] < LOW_VOLTAGE_KV
    is_private = model.column("lines", "ownership")[rows] == "private"
    for level, style in ((is_low, _LOW), (~is_low, _MEDIUM)):
        yield panel.paths(courses[level & ~is_private], style)
        yield panel.paths(courses[level & is_private], style + _PRIVATE)


def _courses(model: GridModel, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    """Return each line's course, or the straight line between its nodes."""
    shapes = np.array([model.value("lines", "geometry", k) for k in rows.tolist()], dtype=object)
    places = np.column_stack([model.column("nodes", name) for name in ("lon", "lat")])
    is_missing = ~are_courses(shapes)
    shapes[is_missing] = shapely.linestrings(places[model.line_ends[:, rows].T[is_missing]])
    return shapes


def _marks(panel: Panel, places: Sequence[Sequence[Point]]) -> Iterator[str]:
    """Draw the access points with their ranks, those of the first option on top."""
    for number, group in reversed([*enumerate(places, start=1)]):
        fill, colour = ("#111", "#fff") if number == 1 else ("#fff", "#111")
        for x, y in filter(panel.holds, (panel.at(*place) for place in group)):
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="9" fill="{fill}" stroke="#111"/>'
            yield text(x, y + 4, str(number), f'text-anchor="middle" fill="{colour}"')


def _site(point: Point) -> Iterator[str]:
    x, y = point
    yield f'<path d="M{x - 6:.1f},{y - 6:.1f}l12,12m0,-12l-12,12" {_SITE}/>'


def _scale(panel: Panel) -> Iterator[str]:
    fitting = [m for m in _SCALES_M if m * panel.scale <= _LONGEST_SCALE_PX]
    metres = max(fitting, default=_SCALES_M[0])
    x, y = 14.0, HEIGHT - 14.0
    yield f'<path d="M{x},{y - 5}v5h{metres * panel.scale:.1f}v-5" fill="none" stroke="#333"/>'
    yield text(x + 4, y - 8, f"{metres} m  上北")


def _legend() -> Iterator[str]:
    y = HEIGHT + 17.0
    rows = (
        (0.0, f'<path d="M0,{y - 4}h26" {_MEDIUM}/>', "10(20) kV"),
        (112.0, f'<path d="M112,{y - 4}h26" {_LOW}/>', "低压"),
        (192.0, f'<path d="M192,{y - 4}h26" {_MEDIUM}{_PRIVATE}/>', "客户资产"),
        (302.0, f'<path d="M302,{y - 4}h26" fill="none" {_ROUTE}/>', "首选方案新建线路"),
        (462.0, f'<circle cx="475" cy="{y - 4}" r="8" fill="#111"/>', "接入点，按名次编号"),
        (622.0, f'<path d="M630,{y - 9}l10,10m0,-10l-10,10" {_SITE}/>', "用电地址"),
    )
    for x, symbol, words in rows:
        yield symbol
        yield text(x + 32, y, words)
