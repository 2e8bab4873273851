"""Relocation: a grid moved rigidly to another place, so that its distances stay true."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import shapely

from grid_models.crs import Plane, projected_epsg_for
from grid_models.errors import InputError, InputProblem
from grid_models.grid import Grid
from grid_models.readers.columns import Floats, Texts
from grid_models.readers.summary import mean_position

__all__ = ["find_relocation_problems", "relocate_grid"]

_GREATEST_LON, _GREATEST_LAT = 180.0, 90.0
_DRAWN = ("lines", "streets", "restricted_areas")


def relocate_grid(grid: Grid, lon: float, lat: float) -> Grid:
    """Move a grid so that the mean of its node coordinates comes to lie at `lon`, `lat`.

    It is moved in metres, from the plane fit for where it stands to the plane fit for where it
    goes: lengths and angles stay (to 0.04 %, where one plane is UTM and the other is not).

    Parameters
    ----------
    lon, lat
        Target in CGCS2000, degrees.

    Returns
    -------
    grid
        ``metadata.relocation`` says from where and to where, ``metadata.projected_epsg`` is the
        target's plane.

    Raises
    ------
    InputError
        If the target is no longitude and latitude, or no node has coordinates.
    """
    if problems := find_relocation_problems(lon, lat):
        raise InputError(problems)
    position = mean_position(grid.nodes)
    if position is None:
        problem = _problem(
            "电网没有坐标，无法平移；请先补录节点坐标",
            "a grid without coordinates cannot be moved; state the coordinates of its nodes first",
        )
        raise InputError([problem])
    source, target = Plane(projected_epsg_for(*position)), Plane(projected_epsg_for(lon, lat))
    from_x, from_y = source.to_metres(*position)
    to_x, to_y = target.to_metres(lon, lat)

    def moved(degrees: Floats) -> Floats:
        x_m, y_m = source.to_metres(degrees[:, 0], degrees[:, 1])
        return np.column_stack(target.to_degrees(x_m + to_x - from_x, y_m + to_y - from_y))

    nodes = moved(grid.nodes[["lon", "lat"]].to_numpy())
    tables = {"nodes": grid.nodes.assign(lon=nodes[:, 0], lat=nodes[:, 1])}
    for name in _DRAWN:
        rows = grid.tables()[name]
        tables[name] = rows.assign(geometry=_moved_shapes(rows["geometry"].to_numpy(object), moved))
    relocation = {"from_lon": position[0], "from_lat": position[1], "to_lon": lon, "to_lat": lat}
    metadata = replace(grid.metadata, relocation=relocation, projected_epsg=target.epsg)
    return replace(grid, metadata=metadata).with_tables(**tables)


def find_relocation_problems(lon: float, lat: float) -> list[InputProblem]:
    """List what is wrong with a target; empty if it is a longitude and a latitude."""
    if math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= _GREATEST_LON:
        if abs(lat) < _GREATEST_LAT:
            return []
        if abs(lon) < _GREATEST_LAT:
            return [
                _problem(
                    f"{lon},{lat} 的经纬度颠倒，应为 经度,纬度，例如 120.15,30.28",
                    f"{lon},{lat} has latitude first; give longitude,latitude as in 120.15,30.28",
                )
            ]
    return [
        _problem(
            f"{lon},{lat} 不是经纬度，应为 经度,纬度，例如 120.15,30.28",
            f"{lon},{lat} is no longitude and latitude; give them as in 120.15,30.28",
        )
    ]


def _moved_shapes(shapes: Texts, moved: Callable[[Floats], Floats]) -> Texts:
    return np.asarray(shapely.transform(shapes, moved), dtype=object)


def _problem(zh: str, en: str) -> InputProblem:
    return InputProblem(field="--relocate", zh=zh, en=en)
