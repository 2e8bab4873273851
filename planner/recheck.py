"""Recheck: whether a promise made on an earlier version of a grid is kept on this one.

Only what can be posed again at the same points is judged; of all else nothing is claimed, and the
desk has to look.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from grid_models.crs import Plane
from grid_models.model import GridModel
from planner.application import Commitment, SupplyApplication
from planner.candidate import reject
from planner.capacity import CapacityQuestion, map_part
from planner.design_load import level_of
from planner.plan import RejectionReason
from planner.promise import node_of
from planner.routing import Streets
from planner.rules import RuleBook, Rules
from planner.standing import find_obstacles
from planner.terms import Terms

__all__ = ["Kept", "check_promise", "check_residual", "find_node"]

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a look at a promise told.

    Parameters
    ----------
    is_kept
        None: it cannot be told, the desk has to look.
    reasons
        Why it is not kept, or cannot be told.
    """

    is_kept: bool | None
    reasons: tuple[RejectionReason, ...] = ()


def check_promise(
    option: Json,
    application: SupplyApplication,
    model: GridModel,
    rule_book: RuleBook,
    terms: Terms,
    *,
    taken: Sequence[Commitment],
    others: Sequence[Commitment],
    is_building: bool,
    streets: Streets | None = None,
) -> Kept:
    """Say whether an option that is promised still passes, with all that is promised to others.

    Parameters
    ----------
    option
        Of the plan it was promised by, as its JSON has it; made on an earlier version.
    taken
        What the promise takes, one commitment a source.
    others
        All that is promised to others now.
    is_building
        Whether works go on: the customer's bay is no spare one any more.
    """
    if gone := _find_gone(model, taken):
        return gone
    rules = rule_book.on(application.on_date)
    if unclear := tuple(_find_changed(option, model, rules, taken, is_building=is_building)):
        return Kept(is_kept=None, reasons=unclear)
    known = _known(model, others)
    if not is_building and (lost := tuple(_find_lost_bays(option, model))):
        return Kept(is_kept=False, reasons=lost)
    reasons = find_obstacles(
        option, application, model, rule_book, terms, commitments=known, streets=streets
    )
    if any(reason.code == "no_longer_offered" for reason in reasons):
        # a new plan may offer the same in another way: that proves nothing
        element_id = reasons[0].element_id
        anew = reject("not_offered_anew", element_id, label=model.label(element_id))
        return Kept(is_kept=None, reasons=(anew,))
    return _settle(model, taken, reasons, is_complete=len(known) == len(others))


def check_residual(
    model: GridModel,
    rule_book: RuleBook,
    application: SupplyApplication,
    *,
    taken: Sequence[Commitment],
    others: Sequence[Commitment],
) -> Kept:
    """Say whether what stays promised after a supply was energised can still be taken at its nodes.

    The grid's loads have the customer's own by now: each node is asked what more it can take.
    """
    if gone := _find_gone(model, taken):
        return gone
    rules, known, reasons = rule_book.on(application.on_date), _known(model, others), []
    for promise in taken:
        if promise.s_kva <= 0.0:
            continue
        row = model.node_rows[promise.node_id]
        place = model.place_of_node(row)
        if place is None or not place.is_in_tree:
            return _unsolved(model, promise.node_id)
        besides = [c for c in taken if c is not promise]
        question = CapacityQuestion(
            power_factor=promise.power_factor, commitments=(*known, *besides)
        )
        found = map_part(model, place.tree, rules, question).loc[[row]]
        hosting_kva = float(found["hosting_capacity_kva"].iloc[0])
        if np.isnan(hosting_kva):
            return _unsolved(model, promise.node_id)
        if hosting_kva < promise.s_kva:
            reasons.append(
                reject(
                    "residual_too_great", promise.node_id, value=hosting_kva, limit=promise.s_kva,
                    unit="kVA", label=model.label(promise.node_id),
                )
            )  # fmt: skip
    return _settle(model, taken, reasons, is_complete=len(known) == len(others))


def _settle(
    model: GridModel,
    taken: Sequence[Commitment],
    reasons: Sequence[RejectionReason],
    *,
    is_complete: bool,
) -> Kept:
    """Say what reasons tell; where not all others could be counted, none of them proves nothing."""
    if reasons:
        return Kept(is_kept=False, reasons=tuple(reasons))
    if is_complete:
        return Kept(is_kept=True)
    node_id = taken[0].node_id
    return Kept(
        is_kept=None, reasons=(reject("others_astray", node_id, label=model.label(node_id)),)
    )


def _known(model: GridModel, others: Sequence[Commitment]) -> tuple[Commitment, ...]:
    return tuple(c for c in others if c.node_id in model.node_rows)


def _find_gone(model: GridModel, taken: Sequence[Commitment]) -> Kept | None:
    gone = sorted({c.node_id for c in taken if c.node_id not in model.node_rows})
    if not gone:
        return None
    return Kept(is_kept=False, reasons=tuple(reject("node_gone", node_id) for node_id in gone))


def _unsolved(model: GridModel, node_id: str) -> Kept:
    reason = reject("not_solved", node_id, label=model.label(node_id))
    return Kept(is_kept=None, reasons=(reason,))


def _find_changed(
    option: Json,
    model: GridModel,
    rules: Rules,
    taken: Sequence[Commitment],
    *,
    is_building: bool,
) -> Iterator[RejectionReason]:
    """Yield every access point that is not what it was, so that nothing can be asked there."""
    level = level_of(option["supply_kv"])
    for promise in taken:
        nominal_kv = float(model.value("nodes", "vn_kv", model.node_rows[promise.node_id]))
        # what is supplied above 10(20) kV is looked for in a new plan
        if level != "hv" and level_of(nominal_kv) != level:
            yield reject("point_changed", promise.node_id)
    for source, promise in zip(option["sources"], taken, strict=True):
        point = source["access_point"]
        element_id, bay_id = str(point["element_id"]), point["bay_id"]
        # others count it at one place: proved at another, both would be given away
        if find_node(option, point, model) != promise.node_id:
            yield reject("point_changed", promise.node_id)
        # once works go on the customer's own line may be in the bay: nobody can tell
        is_unclear = is_building and bay_id and not _is_spare(model, element_id, bay_id)
        if is_unclear or not _is_same_point(model, rules, point, option):
            yield reject("point_changed", element_id)


def find_node(option: Json, point: Json, model: GridModel) -> str | None:
    """Return the node a promise at an access point stands at; None: this grid does not say."""
    try:
        return node_of(option, point, model)
    except ValueError:
        return None


def _is_same_point(model: GridModel, rules: Rules, point: Json, option: Json) -> bool:
    element_id = str(point["element_id"])
    distance_m, share = rules.number("same_point_distance"), rules.number("same_point_share")
    plane = Plane(model.grid.metadata.projected_epsg)
    where = shapely.Point(plane.to_metres(point["lon"], point["lat"]))
    if point["position"] is not None:
        row = model.row_of("lines", element_id)
        if row < 0:
            return False
        course = _course(model, row, plane)
        place = float(course.project(where, normalized=True))
        is_near = course.distance(where) <= distance_m
        return bool(is_near and abs(place - point["position"]) <= share)
    if point["kind"] == "transformer_lv":
        # one that is still to be built is looked for in a new plan
        return model.row_of("transformers", element_id) >= 0 or bool(option["measures"])
    row = model.row_of("nodes", element_id)
    if row < 0:
        return False
    there = shapely.Point(plane.to_metres(*_position(model, row)))
    return bool(there.distance(where) <= distance_m)


def _position(model: GridModel, node_row: int) -> tuple[float, float]:
    lon, lat = (float(model.value("nodes", name, node_row)) for name in ("lon", "lat"))
    return lon, lat


def _course(model: GridModel, line_row: int, plane: Plane) -> shapely.LineString:
    """Return how a line runs, in metres; straight where the data do not say."""
    geometry: shapely.LineString | None = model.value("lines", "geometry", line_row)
    if geometry is None:
        ends = model.line_ends[:, line_row].tolist()
        geometry = shapely.LineString([_position(model, row) for row in ends])
    return shapely.transform(
        geometry, lambda xy: np.column_stack(plane.to_metres(xy[:, 0], xy[:, 1]))
    )


def _find_lost_bays(option: Json, model: GridModel) -> Iterator[RejectionReason]:
    """Yield every bay that was promised and is in use by now, or gone."""
    for source in option["sources"]:
        point = source["access_point"]
        bay_id, element_id = point["bay_id"], str(point["element_id"])
        if bay_id and not _is_spare(model, element_id, bay_id):
            yield reject("no_spare_bay", element_id, label=model.label(element_id))


def _is_spare(model: GridModel, node_id: str, bay_id: str) -> bool:
    return any(bay_id == spare for spare, _ in model.spare_bays.get(node_id, ()))
