"""Site: the ground a grid covers, and whether an application's place lies on it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import shapely

from grid_models.crs import COORDINATE_SYSTEMS, Plane, to_cgcs2000
from grid_models.errors import InputProblem
from grid_models.grid import Grid
from grid_models.model import GridModel
from grid_models.spatial import find_hull
from grid_models.stars import is_star_node, without_stars
from planner.form import Form
from planner.routing import Streets, water_at

__all__ = ["GridArea", "grid_area", "model_area", "on_streets", "read_site"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GridArea:
    """What an application is held against; made once a grid.

    Parameters
    ----------
    name, area
        The grid's name, and the rule area that holds unless another is asked for.
    plane
        Projection in which distances are measured.
    hull
        Convex hull of nodes and lines in metres of that plane; None if nothing has coordinates.
    node_ids
        Every node.
    is_star
        Says of a node whether it is the inner one of a three-winding transformer.
    node_of_bay
        Gives the node of a bay by its id; None if there is no such bay.
    has_source
        False when nothing feeds the grid.
    water_at
        Names the water a place in degrees lies in, None for none; None: no water is known.
    """

    name: str
    area: str
    plane: Plane
    hull: shapely.Geometry | None
    node_ids: Collection[str]
    is_star: Callable[[str], bool]
    node_of_bay: Callable[[str], str | None]
    has_source: bool
    water_at: Callable[[float, float], str | None] | None = None

    def distance_m(self, lon: float, lat: float) -> float:
        """Return how far outside the hull a point lies, in metres: 0 inside, inf if unknown."""
        x, y = self.plane.to_metres(lon, lat)
        if self.hull is None or not (np.isfinite(x) and np.isfinite(y)):
            return float("inf")
        return float(shapely.distance(self.hull, shapely.Point(x, y)))


def grid_area(grid: Grid) -> GridArea:
    """Return the ground a grid covers."""
    bays = {str(bay): str(node) for bay, node in grid.bays["node"].items()}
    every = frozenset(grid.nodes.index)
    stars = every - set(without_stars(grid.nodes).index)
    return _area(grid, find_hull(grid), every, stars.__contains__, bays.get)


def model_area(model: GridModel) -> GridArea:
    """Return the ground a model's grid covers, from what the model knows already."""
    is_star = partial(is_star_node, model)
    return _area(model.grid, model.hull, model.node_rows.keys(), is_star, model.node_of_bay)


def on_streets(area: GridArea, streets: Streets | None) -> GridArea:
    """Return the ground with the water that is known besides the streets."""
    if streets is None:
        return area
    return replace(area, water_at=partial(water_at, streets, area.plane))


def _area(
    grid: Grid,
    hull: shapely.Geometry | None,
    node_ids: Collection[str],
    is_star: Callable[[str], bool],
    node_of_bay: Callable[[str], str | None],
) -> GridArea:
    return GridArea(
        name=grid.metadata.name,
        area=grid.metadata.area,
        plane=Plane(grid.metadata.projected_epsg),
        hull=hull,
        node_ids=node_ids,
        is_star=is_star,
        node_of_bay=node_of_bay,
        has_source=bool(grid.sources["is_in_service"].any()),
    )


def read_site(
    form: Form, grid: GridArea | None, reach_m: float | None
) -> tuple[float, float] | None:
    """Return the site in CGCS2000, degrees; None if it was refused.

    Parameters
    ----------
    form
        Holds the fields ``at`` and ``coordinates``, and takes the problems.
    grid
        Ground the site must lie on; None: not held against any.
    reach_m
        Greatest distance from the hull of the grid; None: not known, not checked.
    """
    form.require("at", "“经度,纬度”，例如 120.15,30.28", "longitude,latitude, such as 120.15,30.28")
    at = form.position("at")
    system = form.one_of("coordinates", COORDINATE_SYSTEMS)
    system = system if form.given("coordinates") else "cgcs2000"
    if grid is not None:
        form.problems.extend(_grid_problems(grid))
    if at is None or system is None:
        return None
    if not _is_on_earth(*at):
        if _is_on_earth(*reversed(at)):
            _refuse_swapped(form, at)
        else:
            form.refuse_value(
                "at",
                f"{at[0]:.10g},{at[1]:.10g}",
                "经度 -180 至 180、纬度 -90 至 90",
                "a longitude from -180 to 180 and a latitude from -90 to 90",
            )
        return None
    site = to_cgcs2000(*at, system)
    if grid is None or grid.hull is None or reach_m is None:
        return site
    distance_m = grid.distance_m(*site)
    if distance_m <= reach_m:
        return _on_land(form, grid, at, site)
    if _is_on_earth(*reversed(at)) and grid.distance_m(*reversed(site)) <= reach_m:
        _refuse_swapped(form, at)
    else:
        _refuse_outside(form, grid, at, distance_m, reach_m)
    return None


def _on_land(
    form: Form, grid: GridArea, at: tuple[float, float], site: tuple[float, float]
) -> tuple[float, float] | None:
    """Return a site unless it lies in water."""
    name = grid.water_at(*site) if grid.water_at else None
    if name is None:
        return site
    given = f"{at[0]:.10g},{at[1]:.10g}"
    called = (f"“{name}”", f' called "{name}"') if name else ("", "")
    form.refuse(
        "at",
        f"为“{given}”，位于水面{called[0]}中；应为用电设备所在的陆地位置",
        f'is "{given}", in water{called[1]}; give the place on land where the electricity is used',
    )
    return None


def _grid_problems(grid: GridArea) -> list[InputProblem]:
    problems = []
    if grid.hull is None:
        problems.append(
            InputProblem(
                field="grid",
                zh=f"电网“{grid.name}”没有坐标，无法确定哪些线路在用电地址附近；请导入带坐标的数据",
                en=f'grid "{grid.name}" has no coordinates, so nothing can be found near a site; '
                "import data with coordinates",
            )
        )
    if not grid.has_source:
        problems.append(
            InputProblem(
                field="grid",
                zh=f"电网“{grid.name}”没有运行中的电源，无法计算潮流；请在数据中补充上级电源",
                en=f'grid "{grid.name}" has no source in service, so no power flow can be solved; '
                "add the upstream source to the data",
            )
        )
    return problems


def _is_on_earth(lon: float, lat: float) -> bool:
    return -180 <= lon <= 180 and -90 <= lat <= 90  # noqa: PLR2004


def _refuse_swapped(form: Form, at: tuple[float, float]) -> None:
    given, swapped = f"{at[0]:.10g},{at[1]:.10g}", f"{at[1]:.10g},{at[0]:.10g}"
    form.refuse(
        "at",
        f"为“{given}”，经度与纬度似乎写反了；应为 {swapped}（经度在前）",
        f'is "{given}": longitude and latitude look swapped; give {swapped} (longitude first)',
    )


def _refuse_outside(
    form: Form, grid: GridArea, at: tuple[float, float], distance_m: float, reach_m: float
) -> None:
    given = f"{at[0]:.10g},{at[1]:.10g}"
    far_zh = f"{distance_m:,.0f} m" if np.isfinite(distance_m) else "很远"
    far_en = f"{distance_m:,.0f} m" if np.isfinite(distance_m) else "far"
    form.refuse(
        "at",
        f"为“{given}”，在电网“{grid.name}”范围之外（{far_zh}）；"
        f"应距电网范围不超过 {reach_m:,.0f} m",
        f'is "{given}", outside grid "{grid.name}" ({far_en} away); '
        f"give a site within {reach_m:,.0f} m of the area the grid covers",
    )
