"""Splitting: a node in the middle of a line, and the line whole again."""

from __future__ import annotations

import numpy as np
import shapely

from grid_models.crs import Plane
from grid_models.edits.edit import SPLIT_NODE, parts_of
from grid_models.edits.rows import Tables, exchanged, renamed
from grid_models.grid import Grid

__all__ = ["joined", "split"]

Course = shapely.LineString | None


def split(line_id: str, position: float, grid: Grid) -> Tables:
    """Put a node into a line; its switches and limits go to the parts."""
    line = row_of(grid.lines, line_id)
    (lon, lat), courses = _split_course(line, position, grid)
    # Taken off twice, so that the two lengths add up to exactly what they were.
    second_m = line["length_m"] - position * line["length_m"]
    first_m = line["length_m"] - second_m
    one, two = parts_of(line_id)
    parts = {
        one: line | {"to_node": SPLIT_NODE, "length_m": first_m, "geometry": courses[0]},
        two: line | {"from_node": SPLIT_NODE, "length_m": second_m, "geometry": courses[1]},
    }
    node = {
        "vn_kv": grid.nodes["vn_kv"].loc[line["from_node"]], "lon": lon, "lat": lat,
        "ownership": line["ownership"],
    }  # fmt: skip
    for name in grid.limits.index[grid.limits["element_id"] == line_id]:
        limit = row_of(grid.limits, name)
        both = {f"{name}#1": limit | {"element_id": one}, f"{name}#2": limit | {"element_id": two}}
        grid = grid.with_tables(limits=exchanged(grid, "limits", gone=[name], added=both))
    own = grid.switches["element_kind"].eq("line") & grid.switches["element_id"].eq(line_id)
    part = grid.switches["node"].eq(line["from_node"]).map({True: one, False: two})
    return {
        "nodes": exchanged(grid, "nodes", added={SPLIT_NODE: node}),
        "lines": exchanged(grid, "lines", gone=[line_id], added=parts),
        "limits": grid.limits,
        "switches": grid.switches.assign(element_id=grid.switches["element_id"].mask(own, part)),
    }


def joined(line_id: str, grid: Grid) -> Tables:
    """Take the node out of a split line again."""
    one, two = parts_of(line_id)
    first, second = row_of(grid.lines, one), row_of(grid.lines, two)
    whole = first | {
        "to_node": second["to_node"], "length_m": first["length_m"] + second["length_m"],
    }  # fmt: skip
    if first["geometry"] is not None:
        a, b = (shapely.get_coordinates(part["geometry"]) for part in (first, second))
        whole["geometry"] = shapely.LineString(np.concatenate([a[:-1], b[1:]]))
    limits = grid.limits[grid.limits["element_id"] != two]
    own = limits["element_id"] == one
    names = np.where(own, limits.index.str.removesuffix("#1"), limits.index)
    return {
        "nodes": grid.nodes.drop(index=SPLIT_NODE),
        "lines": exchanged(grid, "lines", gone=[one, two], added={line_id: whole}),
        "limits": limits.assign(element_id=limits["element_id"].mask(own, line_id)).set_axis(names),
        "switches": renamed(renamed(grid.switches, one, line_id), two, line_id),
    }


def _split_course(
    line: Row, position: float, grid: Grid
) -> tuple[tuple[float, float], tuple[shapely.LineString | None, shapely.LineString | None]]:
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
