"""Splitting: a node in the middle of a line, and the line whole again."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pandas as pd
import shapely

from grid_models.crs import Plane
from grid_models.edits.edit import parts_of
from grid_models.edits.rows import Row, exchanged, renamed, row_of
from grid_models.grid import Grid

__all__ = ["joined", "split"]

Course: TypeAlias = shapely.LineString | None


def split(line_id: str, position: float, node_id: str, grid: Grid) -> Grid:
    """Put a node into a line; its switches and limits go to the parts."""
    line = row_of(grid.lines, line_id)
    (lon, lat), (course, rest) = _split_course(line, position, grid)
    # Taken off twice, so that the two lengths add up to exactly what they were.
    second_m = line["length_m"] - position * line["length_m"]
    first_m = line["length_m"] - second_m
    one, two = parts_of(line_id)
    parts = {
        one: line | {"to_node": node_id, "length_m": first_m, "geometry": course},
        two: line | {"from_node": node_id, "length_m": second_m, "geometry": rest},
    }
    node = {
        "vn_kv": grid.nodes["vn_kv"].loc[line["from_node"]], "lon": lon, "lat": lat,
        "ownership": line["ownership"],
    }  # fmt: skip
    switches = grid.switches
    own = switches["element_kind"].eq("line") & switches["element_id"].eq(line_id)
    part = switches["node"].eq(line["from_node"]).map({True: one, False: two})
    return grid.with_tables(
        nodes=exchanged("nodes", grid.nodes, {node_id: node}),
        lines=exchanged("lines", grid.lines, parts, instead_of=[line_id]),
        limits=_split_limits(line_id, grid.limits),
        switches=switches.assign(element_id=switches["element_id"].mask(own, part)),
    )


def joined(line_id: str, node_id: str, grid: Grid) -> Grid:
    """Take the node out of a split line again."""
    one, two = parts_of(line_id)
    first, second = row_of(grid.lines, one), row_of(grid.lines, two)
    whole = first | {
        "to_node": second["to_node"], "length_m": first["length_m"] + second["length_m"],
    }  # fmt: skip
    if first["geometry"] is not None:
        course, rest = (shapely.get_coordinates(part["geometry"]) for part in (first, second))
        whole["geometry"] = shapely.LineString(np.concatenate([course[:-1], rest[1:]]))
    limits = grid.limits[grid.limits["element_id"] != two]
    own = limits["element_id"] == one
    names = np.where(own, limits.index.str.removesuffix("#1"), limits.index)
    return grid.with_tables(
        nodes=grid.nodes.drop(index=node_id),
        lines=exchanged("lines", grid.lines, {line_id: whole}, instead_of=[one, two]),
        limits=renamed(limits.set_axis(names), {one: line_id}),
        switches=renamed(grid.switches, {one: line_id, two: line_id}),
    )


def _split_limits(line_id: str, limits: pd.DataFrame) -> pd.DataFrame:
    """Let every limit of a line hold for both its parts."""
    for name in limits.index[limits["element_id"] == line_id]:
        limit = row_of(limits, name)
        both = {
            f"{name}#{number}": limit | {"element_id": part}
            for number, part in enumerate(parts_of(line_id), 1)
        }
        limits = exchanged("limits", limits, both, instead_of=[name])
    return limits


def _split_course(
    line: Row, position: float, grid: Grid
) -> tuple[tuple[float, float], tuple[Course, Course]]:
    """Place of a split, and the courses of the parts if the line's is known.

    The split is a vertex of its own, also where the course has one already: so it can be told
    apart when the parts are joined again.
    """
    plane = Plane(grid.metadata.projected_epsg)
    course = line["geometry"]
    ends = grid.nodes.loc[[line["from_node"], line["to_node"]], ["lon", "lat"]].to_numpy()
    degrees = ends if course is None else shapely.get_coordinates(course)
    if not np.isfinite(degrees).all():
        return (np.nan, np.nan), (None, None)
    x_m, y_m = plane.to_metres(degrees[:, 0], degrees[:, 1])
    reached = np.r_[0.0, np.cumsum(np.hypot(np.diff(x_m), np.diff(y_m)))]
    along = position * reached[-1]
    after = int(np.clip(np.searchsorted(reached, along), 1, len(degrees) - 1))
    lon, lat = plane.to_degrees(
        float(np.interp(along, reached, x_m)), float(np.interp(along, reached, y_m))
    )
    if course is None:
        return (lon, lat), (None, None)
    return (lon, lat), (
        shapely.LineString([*degrees[:after], (lon, lat)]),
        shapely.LineString([(lon, lat), *degrees[after:]]),
    )
