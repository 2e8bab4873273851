"""Ground: the streets round a grid worked out once: net, corners, barriers, what is blocked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from grid_models.crs import Plane
from grid_models.model import GridModel
from planner.routing.barriers import Barriers, Crossings
from planner.routing.lanes import Corners, Lanes, find_corners, make_lanes
from planner.routing.net import StreetNet, lay_net, to_plane
from planner.routing.prices import Prices
from planner.routing.streets import BARRIER_KINDS, COURSE_KINDS, Streets

__all__ = ["Ground", "prepare_ground", "water_at"]

Objects = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Streets and barriers in a plane, before anything is priced.

    Parameters
    ----------
    crossings
        Where pieces cross barriers; a street that passes through a building is no crossing.
    restricted
        Areas that nothing may be laid in.
    blocked
        By piece of the net: it touches one of them.
    """

    streets: Streets
    plane: Plane
    net: StreetNet
    corners: Corners
    barriers: Barriers
    crossings: Crossings
    restricted: Barriers
    blocked: npt.NDArray[np.bool_]
    _lanes: dict[object, Lanes] = field(default_factory=dict, repr=False)

    def lanes(self, prices: Prices) -> Lanes:
        """Return the graph under some prices, made once."""
        key = prices.of_streets
        if key not in self._lanes:
            self._lanes[key] = make_lanes(
                self.net, self.streets, self.corners, self.crossings, self.blocked, prices
            )
        return self._lanes[key]

    def attachable(self) -> npt.NDArray[np.bool_]:
        """Say of each piece whether a way may leave it: on the ground, and free."""
        return np.asarray(~self.blocked & (self.streets.level[self.net.street] == 0))


def prepare_ground(streets: Streets, model: GridModel, *, avoid_restricted: bool) -> Ground:
    """Return the ground of a grid's plane, made once for each version of the grid.

    Parameters
    ----------
    avoid_restricted
        True where a restricted area refuses what lies in it.
    """
    key = (model.version, avoid_restricted)
    if key not in streets.prepared:
        areas = model.grid.restricted_areas
        known = areas["geometry"].to_numpy(dtype=object)
        there = shapely.is_geometry(known) if avoid_restricted else np.zeros(len(known), bool)
        plane = Plane(model.grid.metadata.projected_epsg)
        restricted = Barriers(
            kind=np.full(int(there.sum()), "restricted", dtype=object),
            name=np.array([model.label(str(i)) for i in areas.index[there]], dtype=object),
            geometry=to_plane(known[there], plane),
        )
        streets.prepared[key] = make_ground(streets, plane, restricted)
    ground: Ground = streets.prepared[key]
    return ground


def make_ground(streets: Streets, plane: Plane, restricted: Barriers) -> Ground:
    """Work the ground out in a plane."""
    key = plane
    if key not in streets.prepared:
        net = lay_net(streets, plane)
        streets.prepared[key] = (net, find_corners(net, streets), _barriers(streets, plane))
    net, corners, barriers = streets.prepared[key]
    solid = barriers.kind != "building"
    without_buildings = replace(
        barriers, kind=barriers.kind[solid], name=barriers.name[solid],
        geometry=barriers.geometry[solid],
    )  # fmt: skip
    blocked = np.zeros(len(net.course), dtype=bool)
    blocked[restricted.touched(net.course, frozenset({"restricted"}))[0]] = True
    return Ground(
        streets=streets, plane=plane, net=net, corners=corners, barriers=barriers,
        crossings=without_buildings.crossings(net.course), restricted=restricted,
        blocked=blocked,
    )  # fmt: skip


def water_at(streets: Streets, plane: Plane, lon: float, lat: float) -> str | None:
    """Return the name of the water a place lies in; None if it lies in none."""
    return _barriers(streets, plane).water_at(*plane.to_metres(lon, lat))


def _barriers(streets: Streets, plane: Plane) -> Barriers:
    key = ("barriers", plane)
    if key not in streets.prepared:
        rows = np.isin(streets.kind, BARRIER_KINDS) & ~np.isin(streets.kind, COURSE_KINDS)
        streets.prepared[key] = Barriers(
            kind=streets.kind[rows],
            name=streets.name[rows],
            geometry=to_plane(streets.geometry[rows], plane),
        )
    barriers: Barriers = streets.prepared[key]
    return barriers
