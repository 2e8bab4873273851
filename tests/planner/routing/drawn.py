"""Streets drawn in metres, and the ways that are found along them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import shapely

from grid_models.crs import Plane
from planner.routing import NoWay, Prices, Router, Streets, Way, route_prices
from planner.routing.barriers import Barriers
from planner.routing.ground import Ground, make_ground
from tests.cases.drawing import EPSG, place
from tests.planner.example import example_rules

__all__ = ["Place", "area", "draw_streets", "line", "prices", "restricted", "router", "way"]

Place = tuple[float, float]
Row = dict[str, Any]
PLANE = Plane(EPSG)
X0_M, Y0_M = PLANE.to_metres(*place(0.0, 0.0))


def line(kind: str, *points: Place, **facts: Any) -> Row:
    """Return a street or barrier through points in metres."""
    return {"kind": kind, "geometry": shapely.LineString(_degrees(points))} | facts


def area(kind: str, west: float, south: float, east: float, north: float, **facts: Any) -> Row:
    """Return a rectangle of a kind of barrier."""
    corners = [(west, south), (east, south), (east, north), (west, north)]
    return {"kind": kind, "geometry": shapely.Polygon(_degrees(corners))} | facts


def draw_streets(*rows: Row) -> Streets:
    """Return the streets of some rows."""
    return Streets.of(pd.DataFrame(list(rows), columns=["kind", "name", "has_duct", "level",
                                                        "geometry"]))  # fmt: skip


def restricted(*rows: Row) -> Barriers:
    """Return restricted areas in the plane's metres."""
    shapes = [shapely.transform(row["geometry"], _metres) for row in rows]
    return Barriers(
        kind=np.full(len(rows), "restricted", dtype=object),
        name=np.array([row.get("name", "") for row in rows], dtype=object),
        geometry=np.array(shapes, dtype=object),
    )


def prices(**changed: Any) -> Prices:
    """Return the prices of the example rules, some of them changed."""
    return replace(route_prices(example_rules()), **changed)


def ground(streets: Streets, *forbidden: Row) -> Ground:
    """Return the ground of some streets and restricted areas."""
    return make_ground(streets, PLANE, restricted(*forbidden))


def router(
    rows: Sequence[Row],
    site: Place | Sequence[Place],
    *,
    forbidden: Sequence[Row] = (),
    priced: Prices | None = None,
) -> Router:
    """Return what finds the ways to a point, or to the ground within corners, in metres."""
    shape: Any = (
        shapely.Point(X0_M + site[0], Y0_M + site[1])  # type: ignore[operator]
        if isinstance(site[0], float | int)
        else shapely.Polygon([(X0_M + x, Y0_M + y) for x, y in site])  # type: ignore[misc]
    )
    return Router(
        ground=ground(draw_streets(*rows), *forbidden), prices=priced or prices(), site=shape
    )


def way(rows: Sequence[Row], site: Any, start: Place, **how: Any) -> Way | NoWay:
    """Return the way from one place in metres to a site."""
    (found,) = router(rows, site, **how).ways([place(*start)])
    return found


def _degrees(points: Sequence[Place]) -> list[Place]:
    return [place(*point) for point in points]


def _metres(points: Any) -> Any:
    return np.column_stack(PLANE.to_metres(points[:, 0], points[:, 1]))
