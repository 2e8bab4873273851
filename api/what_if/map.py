"""Map: the touched source trees before and after, and where capacity was gained and lost, as SVG.

Nothing on it comes from anywhere else: no tiles, no fonts, no scripts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np
import shapely

from api.drawing import FONT, LOADINGS, Panel, text
from api.what_if.words import element, quantity, signed
from grid_models.compiled import HIGH_VOLTAGE_KV
from grid_models.crs import Plane
from planner.scenarios.result import BranchChange, CapacityChange, NodeChange, WhatIf

__all__ = ["draw_what_if"]

Side = Literal["before", "after"]

WIDTH, HEIGHT, GAP, HEAD = 560.0, 440.0, 16.0, 28.0
# Share of a panel that the grid fills, and the least ground a panel shows.
FILLED, LEAST_M = 0.9, 100.0
# As the present loading is drawn everywhere, and above the limit a class of its own.
CLASSES = (*LOADINGS[:-1], (100.0, *LOADINGS[-1][1:]), (math.inf, "#6b0f1a", 5.0))
UNKNOWN = ("#9a9a9a", 1.4)
HALO = 'stroke="#7a1fa2" stroke-opacity="0.25" stroke-width="9" stroke-linecap="round"'
GONE = 'stroke="#8a8a8a" stroke-width="1.6" stroke-dasharray="2 4"'
GAIN, LOSS, SAME = "#2e7d32", "#c62828", "#9a9a9a"
LEAST_RADIUS, MOST_RADIUS = 3.0, 12.0


def draw_what_if(result: WhatIf, plane: Plane) -> str:
    """Return the maps of a what-if as one SVG element; empty if nothing has a place.

    Parameters
    ----------
    plane
        Projection the grid is measured in.
    """
    points = [point for branch in result.branches for point in branch.coordinates]
    points += [(node.lon, node.lat) for node in result.nodes
               if node.lon is not None and node.lat is not None]  # fmt: skip
    if not points:
        return ""
    panels = [
        _panel(points, plane, GAP + k % 2 * (WIDTH + GAP), HEAD + k // 2 * (HEIGHT + GAP + HEAD))
        for k in range(3)
    ]
    total = 3 * GAP + 2 * WIDTH, 2 * (HEIGHT + GAP + HEAD)
    parts = [
        f'<svg viewBox="0 0 {total[0]:g} {total[1]:g}" '
        f'font-family="{FONT}" font-size="12" fill="#333" role="img" aria-label="情景地图">',
        *_flow(panels[0], result, "before", "之前：负载率"),
        *_flow(panels[1], result, "after", "之后：负载率"),
        *_capacity(panels[2], result),
        *_legend(panels[2].left + WIDTH + GAP + 12, panels[2].top + 18),
        "</svg>",
    ]
    return "\n".join(filter(None, parts))


def _panel(points: Iterable[tuple[float, float]], plane: Plane, left: float, top: float) -> Panel:
    x_m, y_m = plane.to_metres(*np.array(list(points)).T)
    middle = (float(x_m.min() + x_m.max()) / 2, float(y_m.min() + y_m.max()) / 2)
    span = max(float(np.ptp(x_m)), LEAST_M), max(float(np.ptp(y_m)), LEAST_M)
    scale = FILLED * min(WIDTH / span[0], HEIGHT / span[1])
    return Panel(left, top, WIDTH, HEIGHT, plane, middle, scale)


def _flow(panel: Panel, result: WhatIf, side: Side, title: str) -> Iterator[str]:
    yield from _ground(panel, title)
    lines = [branch for branch in result.branches if branch.kind == "line" and branch.coordinates]
    if side == "after":
        new = [b for b in lines if b.change in ("added", "replaced", "switched_on")]
        yield panel.paths([_course(b) for b in new], HALO)
    for branch in lines:
        is_off = branch.change == ("switched_on" if side == "before" else "switched_off")
        if branch.change == "added" and side == "before":
            continue
        colour, pixels = _class_of(_pct(branch, side))
        style = GONE if is_off else f'stroke="{colour}" stroke-width="{pixels}"'
        yield panel.paths([_course(branch)], style, _branch_title(branch))
    for branch in result.branches:
        if branch.kind == "transformer" and branch.coordinates:
            if branch.change == "added" and side == "before":
                continue
            yield _transformer(panel, branch, side)
    for node in result.nodes:
        yield _broken_node(panel, node, side)


def _capacity(panel: Panel, result: WhatIf) -> Iterator[str]:
    yield from _ground(panel, "可承载容量的变化")
    lines = [_course(b) for b in result.branches if b.kind == "line" and b.coordinates]
    yield panel.paths(lines, 'stroke="#c9c9c9" stroke-width="1.2"')
    changes = [abs(capacity.hosting_change_kva or 0.0) for capacity in result.capacities]
    most = max(filter(math.isfinite, changes), default=0.0)
    for capacity in result.capacities:
        yield _capacity_mark(panel, capacity, most)


def _capacity_mark(panel: Panel, capacity: CapacityChange, most: float) -> str:
    change = capacity.hosting_change_kva
    if capacity.lon is None or capacity.lat is None or change is None:
        return ""
    share = 1.0 if math.isinf(change) else abs(change) / most if most else 0.0
    radius = LEAST_RADIUS + (MOST_RADIUS - LEAST_RADIUS) * math.sqrt(share)
    colour = SAME if change == 0.0 else GAIN if change > 0.0 else LOSS
    x, y = panel.at(capacity.lon, capacity.lat)
    words = (
        f"{element(capacity.name, capacity.node_id)}："
        f"{quantity(capacity.hosting_before_kva, 'kVA')} → "
        f"{quantity(capacity.hosting_after_kva, 'kVA')}（{signed(change, 'kVA')}）"
    )
    return _circle(x, y, radius, f'fill="{colour}" fill-opacity="0.55"', words)


def _ground(panel: Panel, title: str) -> Iterator[str]:
    area = f'x="{panel.left}" y="{panel.top}" width="{panel.width}" height="{panel.height}"'
    yield text(panel.left, panel.top - 8, title, 'font-weight="bold"')
    yield f'<rect {area} fill="#fafafa" stroke="#bbb"/>'


def _transformer(panel: Panel, branch: BranchChange, side: Side) -> str:
    x, y = panel.at(*branch.coordinates[0])
    colour, pixels = _class_of(_pct(branch, side))
    if branch.kv > HIGH_VOLTAGE_KV:
        return (
            f'<rect x="{x - 6:.1f}" y="{y - 6:.1f}" width="12" height="12" fill="{colour}" '
            f'stroke="#222"><title>{_safe(_branch_title(branch))}</title></rect>'
        )
    return _circle(x, y, 2.0 + pixels / 2, f'fill="{colour}"', _branch_title(branch))


def _broken_node(panel: Panel, node: NodeChange, side: Side) -> str:
    v = node.before_v if side == "before" else node.after_v
    if v is None or node.lon is None or node.lat is None or node.low_v is None:
        return ""
    if node.low_v <= v <= (node.high_v or math.inf):
        return ""
    x, y = panel.at(node.lon, node.lat)
    words = f"{element(node.name, node.node_id)}：{quantity(v, 'V')}"
    return _circle(x, y, 6.0, 'fill="none" stroke="#c62828" stroke-width="2"', words)


def _circle(x: float, y: float, radius: float, style: str, words: str) -> str:
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" {style}>'
        f"<title>{_safe(words)}</title></circle>"
    )


def _branch_title(branch: BranchChange) -> str:
    before, after = quantity(branch.before_pct, "%"), quantity(branch.after_pct, "%")
    return f"{element(branch.name, branch.element_id)}：{before} → {after}"


def _legend(left: float, top: float) -> Iterator[str]:
    yield text(left, top, "负载率（占限额）", 'font-weight="bold"')
    least = 0.0
    for k, (most, colour, pixels) in enumerate(CLASSES):
        y = top + 24 + 22 * k
        words = f"{least:g}–{most:g} %" if math.isfinite(most) else f"> {least:g} %（越限）"
        yield f'<path d="M{left},{y - 4}h36" stroke="{colour}" stroke-width="{pixels}"/>'
        yield text(left + 46, y, words)
        least = most
    y = top + 24 + 22 * len(CLASSES)
    rows = (
        (f'<path d="M{left},{y - 4}h36" stroke="{UNKNOWN[0]}" stroke-width="{UNKNOWN[1]}"/>',
         "限额未知或未求解"),
        (f'<path d="M{left},{y + 18}h36" {HALO}/>', "新建、更换或投入"),
        (f'<path d="M{left},{y + 40}h36" {GONE}/>', "此时退出"),
        (f'<circle cx="{left + 18}" cy="{y + 62}" r="6" fill="none" stroke="{LOSS}" '
         'stroke-width="2"/>', "电压越限的节点"),
        (f'<rect x="{left + 12}" y="{y + 78}" width="12" height="12" fill="#fff" stroke="#222"/>',
         "主变压器"),
        (f'<circle cx="{left + 18}" cy="{y + 106}" r="7" fill="{GAIN}" fill-opacity="0.55"/>',
         "可承载容量增加"),
        (f'<circle cx="{left + 18}" cy="{y + 128}" r="7" fill="{LOSS}" fill-opacity="0.55"/>',
         "可承载容量减少"),
    )  # fmt: skip
    for k, (symbol, words) in enumerate(rows):
        yield symbol
        yield text(left + 46, y + 22 * k, words)


def _pct(branch: BranchChange, side: Side) -> float | None:
    return branch.before_pct if side == "before" else branch.after_pct


def _class_of(pct: float | None) -> tuple[str, float]:
    if pct is None:
        return UNKNOWN
    return next((colour, pixels) for most, colour, pixels in CLASSES if pct <= most)


def _course(branch: BranchChange) -> shapely.LineString:
    return shapely.LineString(branch.coordinates)


def _safe(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;")
