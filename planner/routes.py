"""Routes: candidates given the way along the streets, or refused where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import shapely

from grid_models.crs import Plane
from grid_models.model import GridModel
from planner.application import SupplyApplication
from planner.candidate import Candidate, reject
from planner.messages import Message, say
from planner.plan import RejectionReason, Route, RouteCrossing
from planner.routing import NoWay, Router, Streets, Way, prepare_ground, route_prices
from planner.rules import Rules

__all__ = ["give_ways", "make_router", "name_crossings", "route_of", "site_radius_m", "site_shape"]

# A way across one of these is confirmed by someone before it is promised.
TO_CONFIRM = ("water", "railway", "expressway")
_NO_STREETS = pd.DataFrame({"kind": [], "geometry": []}, dtype=object)


def make_router(
    model: GridModel, application: SupplyApplication, streets: Streets | None, rules: Rules
) -> Router | None:
    """Return what finds the ways to a site.

    Parameters
    ----------
    streets
        None: lengths are estimated, from the red line of the site if it was given.

    Returns
    -------
    router
        None where neither streets nor a red line are known: the candidates' own estimate holds.
    """
    if streets is None and application.site is None:
        return None
    avoid = rules.effect("restricted_area", "path") == "block"
    ground = prepare_ground(
        Streets.of(_NO_STREETS) if streets is None else streets, model, avoid_restricted=avoid
    )
    site = shapely.transform(
        site_shape(application), lambda points: _in_metres(ground.plane, points)
    )
    return Router(ground=ground, prices=route_prices(rules), site=site)


def site_shape(application: SupplyApplication) -> shapely.Point | shapely.Polygon:
    """Return the site in degrees: its red line, or its one point."""
    if application.site is not None:
        return shapely.Polygon(application.site)
    return shapely.Point(application.lon, application.lat)


def site_radius_m(router: Router | None, application: SupplyApplication) -> float:
    """Return how far the red line reaches from the point of the site; 0 without one."""
    if router is None or application.site is None:
        return 0.0
    x_m, y_m = router.ground.plane.to_metres(application.lon, application.lat)
    corners = shapely.get_coordinates(router.site)
    return float(np.hypot(corners[:, 0] - x_m, corners[:, 1] - y_m).max())


def give_ways(
    candidates: Sequence[Candidate], router: Router, model: GridModel
) -> tuple[Candidate, ...]:
    """Return candidates with their ways, shortest first; what has none is refused."""
    ways = router.ways([(c.lon, c.lat) for c in candidates])
    is_point = isinstance(router.site, shapely.Point)
    least = [c.distance_m if is_point else 0.0 for c in candidates]
    longest = [router.prices.longest_m(c.distance_m) for c in candidates]
    given = [
        _give(candidate, way, (least_m, most_m), model)
        for candidate, way, least_m, most_m in zip(candidates, ways, least, longest, strict=True)
    ]
    return tuple(sorted(given, key=lambda candidate: candidate.key))


def _give(
    candidate: Candidate, way: Way | NoWay, bounds_m: tuple[float, float], model: GridModel
) -> Candidate:
    if candidate.length_m == 0.0:
        return candidate  # an existing supply: nothing is laid
    if isinstance(way, NoWay):
        reason = _no_route(candidate, way, model)
        return replace(candidate, refusals=(*candidate.refusals, reason))
    # The search rests on it that no way is shorter than the straight line; rounding may differ.
    least_m, most_m = bounds_m
    candidate = replace(candidate, length_m=max(way.length_m, least_m), way=way)
    if way.method != "streets" or way.length_m <= most_m:
        return candidate
    reason = reject(
        "no_route", candidate.element_id, value=way.length_m, limit=most_m, unit="m",
        sentence="route_absurd", label=model.label(candidate.element_id),
    )  # fmt: skip
    return replace(candidate, refusals=(*candidate.refusals, reason))


def _no_route(candidate: Candidate, why: NoWay, model: GridModel) -> RejectionReason:
    element = model.label(candidate.element_id)
    if why.code == "restricted_area":
        text = say("route_restricted", element=element, area=model.label(why.name))
        return RejectionReason(
            code="restricted_area", element_id=why.name, value=1.0, limit=0.0, unit="area",
            zh=text.zh, en=text.en,
        )  # fmt: skip
    if not why.kind:
        return reject("no_route", candidate.element_id, label=element)
    text = say("route_barred", element=element, barrier=_named(why.kind, why.name))
    return RejectionReason(
        code="no_route", element_id=candidate.element_id, value=None, limit=None, unit=None,
        zh=text.zh, en=text.en,
    )  # fmt: skip


def _named(kind: str, name: str) -> Message:
    word = say(f"barrier_{kind}")
    return Message(zh=f"{word.zh}“{name}”", en=f'{word.en} "{name}"') if name else word


def route_of(candidate: Candidate, application: SupplyApplication) -> Route:
    """Return the route as the plan shows it."""
    if candidate.way is None:
        ends = ((candidate.lon, candidate.lat), (application.lon, application.lat))
        return Route(length_m=candidate.length_m, method="estimate", coordinates=ends)
    course = candidate.way.course
    return Route(
        length_m=candidate.length_m,
        method=candidate.way.method,
        coordinates=tuple((float(lon), float(lat)) for lon, lat in course.line.coords),
        duct_m=course.duct_m,
        street_m=course.street_m,
        off_street_m=course.off_street_m,
        crossings=tuple(
            RouteCrossing(kind=kind, count=count) for kind, count in course.crossings.items()
        ),
    )


def name_crossings(candidate: Candidate) -> Message | None:
    """Say which barriers a way along the streets crosses that someone has to confirm."""
    if candidate.way is None:
        return None
    named = None
    for kind, count in candidate.way.course.crossings.items():
        if kind in TO_CONFIRM:
            text = say("crossed_times", barrier=say(f"barrier_{kind}"), count=count)
            named = text if named is None else say("crossed_also", first=named, second=text)
    return named


def _in_metres(plane: Plane, points: np.ndarray) -> np.ndarray:
    return np.column_stack(plane.to_metres(points[:, 0], points[:, 1]))
