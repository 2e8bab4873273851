"""A small map of a site in braille characters: lines, access points, north up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from rich.text import Text

from grid_models.model import GridModel
from grid_models.spatial import are_courses
from grid_models.topology import LOW_VOLTAGE_KV

__all__ = ["draw_map"]

COLUMNS, ROWS = 60, 20
SITE_MARK = "X"

# A braille character is 2 dots wide and 4 high; this is the bit of each dot, by row and column.
_DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
_BLANK = 0x2800
_WIDTH, _HEIGHT = 2 * COLUMNS, 4 * ROWS
_LEAST_HALF_HEIGHT_M = 100.0
_ROOM_AROUND_MARKS = 1.2
_METRES_PER_DEGREE = 111_320.0
_DETAIL_UP_TO_M = 5.0  # of ground a dot: beyond, streets and low voltage would cover everything
_STREET, _LOW, _MEDIUM = 0, 1, 2
_MOST_STEPS = 100_000
_STREET_DOT_SPACING = 4  # dotted, so that lines stand out where there are no colours
_STYLES = {_STREET: "bright_black", _LOW: "green", _MEDIUM: "red"}

Floats = npt.NDArray[np.float64]


class _Window(NamedTuple):
    """What the map shows: its centre, and metres to a dot."""

    lon: float
    lat: float
    metres: float

    def dots(self, points: Floats) -> Floats:
        """Return column and row, in dots from the upper left corner, of lon, lat rows."""
        east_m = (points[:, 0] - self.lon) * _METRES_PER_DEGREE * math.cos(math.radians(self.lat))
        north_m = (points[:, 1] - self.lat) * _METRES_PER_DEGREE
        return np.column_stack(
            [_WIDTH / 2 + east_m / self.metres, _HEIGHT / 2 - north_m / self.metres]
        )

    def box(self) -> shapely.Polygon:
        """Return the ground shown, in degrees."""
        north = _HEIGHT / 2 * self.metres / _METRES_PER_DEGREE
        east = _WIDTH / 2 * self.metres / _METRES_PER_DEGREE / math.cos(math.radians(self.lat))
        return shapely.box(self.lon - east, self.lat - north, self.lon + east, self.lat + north)


def draw_map(
    model: GridModel, site: tuple[float, float], marks: Sequence[tuple[float, float]]
) -> list[Text]:
    """Return the rows of a map round a site, `COLUMNS` characters wide, and a legend.

    Parameters
    ----------
    model
        Its grid's lines in service and its streets are drawn; of a wide stretch only 10(20) kV and
        above.
    site
        Lon, lat in CGCS2000; at the centre, marked X.
    marks
        At most nine access points, numbered from 1; the first of those that fall together is seen.
    """
    window = _window(site, marks)
    dots = np.zeros((_HEIGHT, _WIDTH), dtype=bool)
    layer = np.full((ROWS, COLUMNS), _STREET)
    box = window.box()
    for kind, courses in _courses(model, window):
        if kind != _MEDIUM and window.metres > _DETAIL_UP_TO_M:
            continue
        for course in courses[shapely.intersects(courses, box)]:
            _draw(window.dots(shapely.get_coordinates(course)), kind, dots, layer)
    signs = {_cell(window, mark): str(number) for number, mark in reversed([*enumerate(marks, 1)])}
    signs[_cell(window, site)] = SITE_MARK
    rows = [_row(number, dots, layer, signs) for number in range(ROWS)]
    legend = Text.assemble(
        (SITE_MARK, "bold"),
        " 用电地址  ",
        ("1 2 …", "bold"),
        " 方案接入点  ",
        ("10(20) kV", _STYLES[_MEDIUM]),
        "  ",
        ("低压", _STYLES[_LOW]),
        f"  一格宽约 {2 * window.metres:.0f} m，上北",
    )
    return [*rows, legend]


def _window(site: tuple[float, float], marks: Sequence[tuple[float, float]]) -> _Window:
    unscaled = _Window(*site, 1.0)
    offsets = np.abs(unscaled.dots(np.array([site, *marks])) - [_WIDTH / 2, _HEIGHT / 2])
    across, along = offsets.max(axis=0) * _ROOM_AROUND_MARKS
    metres = max(across / (_WIDTH / 2), max(along, _LEAST_HALF_HEIGHT_M) / (_HEIGHT / 2))
    return _Window(*site, metres)


def _courses(model: GridModel, window: _Window) -> list[tuple[int, npt.NDArray[np.object_]]]:
    """Return streets, low-voltage and other lines, each as its course or the straight line."""
    reach_m = _ROOM_AROUND_MARKS * math.hypot(_WIDTH, _HEIGHT) / 2 * window.metres
    near = np.sort(model.spatial.near_lines(window.lon, window.lat, reach_m).rows)
    rows = near[model.column("lines", "is_in_service")[near]]
    shapes = np.array(
        [model.value("lines", "geometry", row) for row in rows.tolist()], dtype=object
    )
    places = np.column_stack([model.column("nodes", name) for name in ("lon", "lat")])
    ends = model.line_ends[:, rows]
    is_missing = ~are_courses(shapes)
    # what is near and has no course of its own has two ends with a place
    shapes[is_missing] = shapely.linestrings(places[ends.T[is_missing]])
    is_low = model.column("nodes", "vn_kv")[ends[0]] < LOW_VOLTAGE_KV
    streets = model.grid.streets["geometry"].to_numpy(dtype=object)
    return [
        (_STREET, streets[are_courses(streets)]),
        (_LOW, shapes[is_low]),
        (_MEDIUM, shapes[~is_low]),
    ]


def _draw(
    points: Floats, kind: int, dots: npt.NDArray[np.bool_], layer: npt.NDArray[np.int64]
) -> None:
    """Set the dots of one course, a little denser than one a step."""
    for start, end in pairwise(points):
        # A course that leaves the window by far is a mistake of the file and not worth its dots.
        steps = min(int(np.abs(end - start).max()) + 2, _MOST_STEPS)
        spacing = _STREET_DOT_SPACING if kind == _STREET else 1
        columns, rows = np.linspace(start, end, steps)[::spacing].round().astype(int).T
        is_shown = (columns >= 0) & (columns < _WIDTH) & (rows >= 0) & (rows < _HEIGHT)
        columns, rows = columns[is_shown], rows[is_shown]
        dots[rows, columns] = True
        cells = rows // 4, columns // 2
        layer[cells] = np.maximum(layer[cells], kind)


def _cell(window: _Window, place: tuple[float, float]) -> tuple[int, int]:
    column, row = window.dots(np.array([place]))[0]
    return min(int(row // 4), ROWS - 1), min(int(column // 2), COLUMNS - 1)


def _row(
    number: int,
    dots: npt.NDArray[np.bool_],
    layer: npt.NDArray[np.int64],
    signs: dict[tuple[int, int], str],
) -> Text:
    text = Text()
    for column in range(COLUMNS):
        sign = signs.get((number, column))
        block = dots[4 * number : 4 * number + 4, 2 * column : 2 * column + 2]
        bits = int(_DOTS[block].sum())
        if sign:
            text.append(sign, "bold reverse")
        else:
            text.append(chr(_BLANK + bits) if bits else " ", _STYLES[int(layer[number, column])])
    return text
