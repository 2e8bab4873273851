"""Red line: the ground of a site as a polygon, or every reason why it is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape

from grid_models.crs import to_cgcs2000
from planner.form import Form
from planner.site import GridArea

__all__ = ["read_red_line"]

# The site may lie so far outside its red line, in degrees: about a metre, for rounded figures.
_NEAR_DEG = 1e-5
_MOST_CORNERS = 1_000


def read_red_line(
    form: Form, site: tuple[float, float] | None, grid: GridArea | None, reach_m: float | None
) -> tuple[tuple[float, float], ...] | None:
    """Return the corners of the red line in CGCS2000, degrees; None if not given or refused.

    One shape has one list of corners: anticlockwise, each once, the one farthest to the south-west
    first, whichever way and from wherever it was drawn.

    Parameters
    ----------
    form
        Holds ``site``: a GeoJSON polygon, a feature or collection of one, or a list of corners;
        in the system that ``coordinates`` names. Takes the problems.
    site
        Place inside it, CGCS2000; None: that was refused already.
    grid
        Gives the plane; None: size is not checked.
    reach_m
        How far from the site a corner may lie; None: not checked.
    """
    given = form.given("site")
    if given is None:
        return None
    corners = _corners(given)
    if corners is None:
        form.refuse(
            "site",
            f"应为一个 GeoJSON 面（Polygon，无洞，3 至 {_MOST_CORNERS} 个角点的经纬度，不自交）",
            f"must be one GeoJSON polygon without holes: 3 to {_MOST_CORNERS} corners in degrees, "
            "not crossing itself",
        )
        return None
    system = form.given("coordinates")
    if isinstance(system, str) and system.strip() in ("gcj02", "bd09"):
        lon, lat = to_cgcs2000(corners[:, 0].copy(), corners[:, 1].copy(), system.strip())
        corners = np.column_stack([lon, lat])
    corners = _in_order(corners)
    if site is None:
        return None
    gap = shapely.distance(shapely.Polygon(corners), shapely.Point(site))
    if gap > _NEAR_DEG:
        form.refuse(
            "site",
            f"不包含用电地址 {site[0]:.10g},{site[1]:.10g}；红线应围住 at",
            f"does not surround the site {site[0]:.10g},{site[1]:.10g}; "
            "give the red line round `at`",
        )
        return None
    if grid is not None and reach_m is not None:
        x_m, y_m = grid.plane.to_metres(corners[:, 0], corners[:, 1])
        x0_m, y0_m = grid.plane.to_metres(*site)
        farthest_m = float(np.hypot(x_m - x0_m, y_m - y0_m).max())
        if not farthest_m <= reach_m:
            form.refuse(
                "site",
                f"有角点距用电地址 {farthest_m:,.0f} m；应不超过 {reach_m:,.0f} m",
                f"has a corner {farthest_m:,.0f} m from the site; give one within {reach_m:,.0f} m",
            )
            return None
    return tuple((float(lon), float(lat)) for lon, lat in corners)


def _corners(given: Any) -> Any:
    """Return the corners of a polygon however it was given; None if it is none."""
    try:
        polygon = (
            shape(next(_geometries(given)))
            if isinstance(given, Mapping)
            else shapely.Polygon([(float(lon), float(lat)) for lon, lat in given])
        )
    except (shapely.errors.ShapelyError, StopIteration, TypeError, ValueError, KeyError,
            AttributeError, IndexError, OverflowError):  # fmt: skip
        return None
    polygon = shapely.force_2d(polygon)
    if not isinstance(polygon, shapely.Polygon) or polygon.interiors or not polygon.is_valid:
        return None
    corners = shapely.get_coordinates(shapely.orient_polygons(polygon))[:-1]
    is_degrees = (np.abs(corners) <= (180.0, 90.0)).all()  # NaN is not
    if polygon.is_empty or polygon.area <= 0.0 or len(corners) > _MOST_CORNERS or not is_degrees:
        return None
    return corners


def _in_order(corners: Any) -> Any:
    """Return the corners of a ring without repeats, from the one farthest to the south-west."""
    # a ring closed twice repeats its first corner at the end: the last is held against the first
    corners = corners[(corners != np.roll(corners, 1, axis=0)).any(axis=1)]
    first = int(np.lexsort((corners[:, 0], corners.sum(axis=1)))[0])
    return np.roll(corners, -first, axis=0)


def _geometries(given: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the geometry of a GeoJSON object; none where there are several."""
    match given.get("type"):
        case "FeatureCollection":
            (feature,) = given["features"]
            yield feature["geometry"]
        case "Feature":
            yield given["geometry"]
        case _:
            yield given
