"""Asked: the places that queries about the map name, read and checked."""

from __future__ import annotations

import math

from api.map.mercator import Box, Tile
from grid_models.errors import InputError, InputProblem
from planner.form import shown

__all__ = ["read_box", "read_place", "read_tile"]

_MOST_LON, _MOST_LAT = 180.0, 90.0
_BOX, _PLACE = 4, 2


def read_tile(z: int, x: int, y: int) -> Tile:
    """Return a tile.

    Raises
    ------
    InputError
        If its scale has no such column or row.
    """
    count = 2**z
    problems = [
        InputProblem(
            field=name,
            zh=f"{name} 为 {value}，第 {z} 级瓦片应为 0 至 {count - 1}",
            en=f"{name} is {value}; at scale {z} give 0 to {count - 1}",
        )
        for name, value in (("x", x), ("y", y))
        if not 0 <= value < count
    ]
    if problems:
        raise InputError(problems)
    return Tile(z, x, y)


def read_box(text: str) -> Box:
    """Return west, south, east and north in degrees.

    Raises
    ------
    InputError
        If it is no box.
    """
    numbers = _read_numbers(text, _BOX)
    if numbers is not None:
        west, south, east, north = numbers
        if west < east and south < north and _is_place(west, south) and _is_place(east, north):
            return west, south, east, north
    problem = InputProblem(
        field="bbox",
        zh=f"bbox 为“{shown(text)}”，应为西,南,东,北（度），且西小于东、南小于北",
        en=f'bbox is "{shown(text)}"; give west,south,east,north in degrees, '
        "west below east and south below north",
    )
    raise InputError([problem])


def read_place(text: str) -> tuple[float, float]:
    """Return longitude and latitude.

    Raises
    ------
    InputError
        If it is no place on earth.
    """
    numbers = _read_numbers(text, _PLACE)
    if numbers is not None and _is_place(*numbers):
        return numbers[0], numbers[1]
    problem = InputProblem(
        field="at",
        zh=f"at 为“{shown(text)}”，应为经度,纬度，例如 120.15,30.28",
        en=f'at is "{shown(text)}"; give lon,lat such as 120.15,30.28',
    )
    raise InputError([problem])


def _read_numbers(text: str, count: int) -> list[float] | None:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return None
    return numbers if len(numbers) == count and all(map(math.isfinite, numbers)) else None


def _is_place(lon: float, lat: float) -> bool:
    return abs(lon) <= _MOST_LON and abs(lat) <= _MOST_LAT
