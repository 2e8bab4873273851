"""Supply ways: everything one access point hangs at, from its pole to the external grid.

Two supplies of one customer are held against each other by their ways: what they have in common
takes both away at once.

::

    external grid -- HV line -- HV node # main transformer -- busbar -- feeder ... access point
    [ upstream                ] [ substation             ] [ stations, poles, lines            ]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import numpy as np
import shapely
import shapely.ops

from grid_models.compiled import HIGH_VOLTAGE_KV
from grid_models.crs import Plane
from grid_models.model import GridModel, Place
from grid_models.network import LINE, TRANSFORMER
from grid_models.spatial import are_courses

__all__ = ["Corridor", "Course", "SupplyWay", "find_corridors", "shortest_between", "trace_way"]

Point = tuple[float, float]

OVERHEAD, CABLE, UNKNOWN = "overhead", "cable", "unknown"
# Ends of neighbouring lines this close are one point when pieces of a way are put together.
JOINT_M = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Where a line of a way runs, in metres of the grid's plane; `shape` is None if unknown."""

    line_id: str
    laying: str
    shape: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyWay:
    """What one access point hangs at.

    Parameters
    ----------
    feeder_id
        Outgoing line at the substation busbar; None at the busbar itself.
    busbar_id, main_transformer_id
        None where the way meets none.
    substation
        As the file names it; empty if it does not.
    substation_node, substation_at
        Node at which the substation begins (high side of the main transformer, else the busbar),
        and its place; None if unknown.
    upstream
        Lines and transformers above the main transformer.
    source_id, source_node
        External grid and the node it feeds.
    is_upstream_known
        False where the external grid stands at 30 kV or below: what feeds the substation is not in
        the data.
    branches
        Lines and transformers from the access point up to the busbar.
    stations
        Other stations the way passes, as the file names them.
    poles
        Poles of the way and where they stand.
    courses
        Its lines, high voltage included; of a line that is tapped the part towards the source.
    """

    feeder_id: str | None
    busbar_id: str | None
    main_transformer_id: str | None
    substation: str
    substation_node: str
    substation_at: Point | None
    upstream: tuple[str, ...]
    source_id: str
    source_node: str
    is_upstream_known: bool
    branches: tuple[str, ...]
    stations: frozenset[str]
    poles: Mapping[str, Point] = field(default_factory=dict)
    courses: tuple[Course, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Corridor:
    """Lines of two ways that run side by side; `laying` is overhead, cable or unknown."""

    line_ids: tuple[str, ...]
    length_m: float
    laying: str


def trace_way(model: GridModel, place: Place, position: float | None = None) -> SupplyWay:
    """Trace what an access point hangs at.

    Parameters
    ----------
    place
        Its row; of a tapped line the row below it.
    position
        Share of the line above that row from its from-node, where it is tapped.
    """
    number, tree, topology = place.tree, model.tree(place.tree), model.topology(place.tree)
    path = [int(row) for row in tree.path(place.row)]
    head, main, busbar = (
        int(rows[place.row])
        for rows in (topology.feeder_head, topology.main_transformer, topology.busbar)
    )
    is_high = busbar < 0  # above every main transformer: the place is a busbar itself
    if is_high:
        busbar = place.row
    top = int(tree.parent[main]) if main >= 0 else busbar
    above = set(tree.path(top).tolist()) if main >= 0 or is_high else set()
    named = [
        (row, model.branch_id(number, row)) for row in path[:-1] if _is_named(model, place, row)
    ]
    nodes = path if position is None else path[1:]
    substation = ""
    if top >= 0:
        stated = model.substation_of(number, busbar) if busbar >= 0 else None
        substation = stated or model.substation_of(number, top) or ""
    own = {substation, model.substation_of(number, top) if top >= 0 else ""}
    stations = {
        name
        for row in nodes
        if row not in above and (name := model.substation_of(number, row)) and name not in own
    }
    network = model.network
    source = int(np.flatnonzero(network.source_bus == tree.bus[0])[0])
    return SupplyWay(
        feeder_id=model.branch_id(number, head) if head >= 0 else None,
        busbar_id=model.busbar_id(number, busbar) if busbar >= 0 else None,
        main_transformer_id=model.branch_id(number, main) if main >= 0 else None,
        substation=substation,
        substation_node=model.node_id(number, top) if top >= 0 else "",
        substation_at=_place_of(model, number, top, busbar),
        upstream=tuple(name for row, name in named if row in above),
        source_id=str(network.grid.sources.index[network.source_row[source]]),
        source_node=model.node_id(number, 0),
        is_upstream_known=bool(network.base_kv[tree.bus[0]] > HIGH_VOLTAGE_KV),
        branches=tuple(name for row, name in named if row not in above and row != main),
        stations=frozenset(stations),
        poles=_poles(model, number, nodes),
        courses=_courses(model, place, path, position),
    )


def _is_named(model: GridModel, place: Place, row: int) -> bool:
    kind = int(model.network.branches.kind[model.tree(place.tree).branch[row]])
    return kind in (LINE, TRANSFORMER)


def _point(model: GridModel, node_row: int) -> Point | None:
    lon, lat = (float(model.value("nodes", name, node_row)) for name in ("lon", "lat"))
    if not (isfinite(lon) and isfinite(lat)):
        return None
    x, y = Plane(model.grid.metadata.projected_epsg).to_metres(lon, lat)
    return (float(x), float(y)) if isfinite(x) and isfinite(y) else None


def _place_of(model: GridModel, number: int, *rows: int) -> Point | None:
    """Place of the first of some rows that has one."""
    for row in rows:
        node = int(model.network.node_of_bus[model.tree(number).bus[row]]) if row >= 0 else -1
        if node >= 0 and (at := _point(model, node)) is not None:
            return at
    return None


def _poles(model: GridModel, number: int, rows: Sequence[int]) -> dict[str, Point]:
    found = {}
    for row in rows:
        node = int(model.network.node_of_bus[model.tree(number).bus[row]])
        if node < 0 or model.value("nodes", "kind", node) != "pole":
            continue
        if (at := _point(model, node)) is not None:
            found[str(model.value("nodes", "id", node))] = at
    return found


def _courses(
    model: GridModel, place: Place, path: Sequence[int], position: float | None
) -> tuple[Course, ...]:
    tree, branches = model.tree(place.tree), model.network.branches
    found = []
    for row in path[:-1]:
        branch = int(tree.branch[row])
        if int(branches.kind[branch]) != LINE:
            continue
        line = int(branches.element[branch])
        shape = _shape(model, line)
        if shape is not None and position is not None and row == place.row:
            is_up_first = bool(tree.from_is_parent[row])
            start, end = (0.0, position) if is_up_first else (position, 1.0)
            shape = shapely.ops.substring(shape, start, end, normalized=True)
        found.append(
            Course(
                line_id=str(model.value("lines", "id", line)),
                laying=str(model.value("lines", "laying", line)),
                shape=shape,
            )
        )
    return tuple(found)


def _shape(model: GridModel, line: int) -> Any:
    """Course of a line in the plane, straight between its ends where the file draws none."""
    drawn = np.array([None], dtype=object)
    drawn[0] = model.value("lines", "geometry", line)
    if are_courses(drawn)[0]:
        plane = Plane(model.grid.metadata.projected_epsg)
        shape: Any = shapely.transform(
            drawn[0], lambda c: np.column_stack(plane.to_metres(c[:, 0], c[:, 1]))
        )
        return shape if np.isfinite(shapely.bounds(shape)).all() else None
    ends = model.line_ends[:, line].tolist()
    points = [at for end in ends if end >= 0 and (at := _point(model, end)) is not None]
    return shapely.LineString(points) if len(points) == len(ends) else None


def shortest_between(
    one: Mapping[str, Point], other: Mapping[str, Point]
) -> tuple[str, str, float]:
    """Return the two nearest of two sets of points and how far they are; ties by id."""
    nearest = ("", "", float("inf"))
    for name, at in sorted(one.items()):
        for met, there in sorted(other.items()):
            distance_m = float(np.hypot(at[0] - there[0], at[1] - there[1]))
            if distance_m < nearest[2]:
                nearest = (name, met, distance_m)
    return nearest


def find_corridors(
    own: Sequence[Course], other: Sequence[Course], *, within_m: float, longer_m: float
) -> list[Corridor]:
    """Find where the lines of two ways run side by side: on the same poles, in the same trench.

    An overhead line and a cable share neither; a line of unknown laying may share both.

    Parameters
    ----------
    within_m
        Greatest distance between them.
    longer_m
        What is no longer than this is a crossing and no corridor.
    """
    found: dict[tuple[str, ...], Corridor] = {}
    for laying in (OVERHEAD, CABLE):
        sides = [
            [c for c in side if c.shape is not None and c.laying in (laying, UNKNOWN)]
            for side in (own, other)
        ]
        if not all(sides):
            continue
        for corridor in _side_by_side(*sides, within_m=within_m, longer_m=longer_m):
            found.setdefault(corridor.line_ids, corridor)
    return sorted(found.values(), key=lambda c: (-c.length_m, c.line_ids))


def _side_by_side(
    own: Sequence[Course], other: Sequence[Course], *, within_m: float, longer_m: float
) -> list[Corridor]:
    shapes = np.array([course.shape for course in other], dtype=object)
    index = shapely.STRtree(shapes)
    pieces = []
    for course in own:
        near = index.query(course.shape, predicate="dwithin", distance=within_m)
        if len(near):
            zone = shapely.buffer(shapely.union_all(shapes[np.sort(near)]), within_m)
            pieces.append(shapely.intersection(course.shape, zone))
    if not pieces:
        return []
    together = shapely.union_all(shapely.set_precision(pieces, JOINT_M))
    runs = [
        part
        for part in shapely.get_parts(shapely.line_merge(together))
        if shapely.length(part) > longer_m
    ]
    return [
        Corridor(
            line_ids=tuple(sorted({c.line_id for c in met})),
            length_m=float(shapely.length(run)),
            laying=met[0].laying if len({c.laying for c in met}) == 1 else UNKNOWN,
        )
        for run in runs
        if (met := [*_along(run, own, JOINT_M), *_along(run, other, within_m + JOINT_M)])
    ]


def _along(run: Any, courses: Sequence[Course], within_m: float) -> list[Course]:
    """Lines that go along with a run, not only across it."""
    zone = shapely.buffer(run, within_m, cap_style="flat")
    lengths = [float(shapely.length(shapely.intersection(c.shape, zone))) for c in courses]
    along = [c for c, length in zip(courses, lengths, strict=True) if length > 2.0 * within_m]
    return along or [c for c, length in zip(courses, lengths, strict=True) if length > 0.0]
