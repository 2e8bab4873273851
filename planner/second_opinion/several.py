"""Several: the independence of an option's sources read a second time, from the tables by ids.

The planner traces rows of its trees and cuts shapes; here networkx finds the ways and points every
few metres along the lines say where two of them run together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import shapely.ops
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from grid_models.compiled import HIGH_VOLTAGE_KV
from grid_models.crs import Plane
from grid_models.grid import Grid
from planner.rules import Rules
from planner.second_opinion.comparison import Finding
from planner.second_opinion.reach import Reach, find_reach

__all__ = ["hear_independence"]

STEP_M = 2.0
# A run whose length is this near the rule's may be told either way.
UNSURE_M = 6.0

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """A source as the tables show it: its way, its lines by laying (None: course unknown)."""

    reach: Reach
    branches: frozenset[str]
    busbar: str
    hv_node: str
    lines: Mapping[str, tuple[str, Any]]


def hear_independence(grid: Grid, option: Json, rules: Rules) -> Iterator[Finding]:
    """Return the pairs of sources whose grade does not come out again."""
    seen = [_look(grid, source, k) for k, source in enumerate(option["sources"])]
    grades = []
    for place, (i, j) in enumerate(combinations(range(len(seen)), 2)):
        stated = option["independence"]["pairs"][place]["grade"]
        grade = _grade(grid, seen[i], seen[j], rules) or stated
        grades.append(grade)
        if grade != stated:
            yield Finding(f"independence.pairs[{place}].grade", stated, grade)
    whole = grades[0]
    if len(grades) > 1:
        whole = "multi_source" if "dual_source" in grades else "dual_circuit"
    if "same_feeder" in grades:
        whole = "same_feeder"
    if whole != option["kind"]:
        yield Finding("kind", option["kind"], whole)


def _look(grid: Grid, source: Json, number: int) -> _Seen:
    point, lines = source["access_point"], grid.lines
    element, position = point["element_id"], point["position"]
    if point["kind"] == "transformer_lv":
        element = str(grid.transformers["lv_node"].get(element, element))
    own: frozenset[str] = frozenset()
    if position is None:
        reach = find_reach(grid, element)
    else:
        ends = [str(lines.at[element, name]) for name in ("from_node", "to_node")]
        reaches = [find_reach(grid, end) for end in ends]
        upper = 0 if reaches[0] is not None and element not in reaches[0].parallel else 1
        reach, own = reaches[upper], frozenset([element])
    if reach is None:
        raise ValueError(f"{element} is not supplied")
    plane = Plane(grid.metadata.projected_epsg)
    branches = reach.parallel | own
    courses = {
        str(name): (str(lines.at[name, "laying"]), _course(grid, plane, str(name)))
        for name in lines.index[lines.index.isin(branches)]
    }
    if position is not None and courses[element][1] is not None:
        laying, shape = courses[element]
        start, end = (0.0, position) if upper == 0 else (position, 1.0)
        courses[element] = (laying, shapely.ops.substring(shape, start, end, normalized=True))
    shape = _drawn(plane, np.array(source["route"]["coordinates"], dtype=float))
    if shape is not None and shape.length > 0.0:
        courses[f"new:line:{number + 1}"] = (source["conductor"]["laying"], shape)
    main = source["main_transformer_id"]
    busbar = str(source["busbar_id"])
    hv_node = str(grid.transformers.at[main, "hv_node"]) if main else busbar
    return _Seen(reach=reach, branches=branches, busbar=busbar, hv_node=hv_node, lines=courses)


def _course(grid: Grid, plane: Plane, line_id: str) -> Any:
    drawn: Any = grid.lines.at[line_id, "geometry"]
    if drawn is not None:
        places = shapely.get_coordinates(drawn)
    else:
        ends = [str(grid.lines.at[line_id, name]) for name in ("from_node", "to_node")]
        places = grid.nodes.loc[ends, ["lon", "lat"]].to_numpy(dtype=float)
    return _drawn(plane, places)


def _drawn(plane: Plane, places: npt.NDArray[np.float64]) -> Any:
    points = np.column_stack(plane.to_metres(places[:, 0], places[:, 1]))
    return shapely.LineString(points) if np.isfinite(points).all() else None


def _grade(grid: Grid, one: _Seen, other: _Seen, rules: Rules) -> str | None:
    """Grade of two sources; None where a run is as long as the rule's within what is measured."""
    if one.reach.feeder and one.reach.feeder == other.reach.feeder:
        return "same_feeder"
    sources = [seen.reach.source_id for seen in (one, other)]
    fed = grid.nodes["vn_kv"].reindex(grid.sources["node"].loc[sources])
    is_high = bool((fed > HIGH_VOLTAGE_KV).all())
    if sources[0] == sources[1] or not is_high or one.branches & other.branches:
        return "dual_circuit"
    if _is_in_one_place(grid, one, other, rules):
        return "dual_circuit"
    if any(shape is None for seen in (one, other) for _, shape in seen.lines.values()):
        return "dual_circuit"
    within_m = rules.number("shared_corridor_distance")
    if _between_poles_m(grid, one, other) <= within_m:
        return "dual_circuit"
    limit_m, run_m = rules.number("shared_corridor_length"), _longest_run_m(one, other, within_m)
    if abs(run_m - limit_m) <= UNSURE_M:
        return None
    return "dual_circuit" if run_m > limit_m else "dual_source"


def _is_in_one_place(grid: Grid, one: _Seen, other: _Seen, rules: Rules) -> bool:
    """Say whether the two pass one station, leave one substation or may do so."""
    names = [
        set(grid.nodes.loc[sorted(seen.reach.path), "substation_id"]) - {""}
        for seen in (one, other)
    ]
    stated = grid.nodes["substation_id"]
    own = [str(stated[seen.busbar] or stated[seen.hv_node]) for seen in (one, other)]
    shared = names[0] & names[1]
    if all(own):
        is_one = own[0] == own[1]
    else:
        points = [_place(grid, seen.hv_node) for seen in (one, other)]
        distance_m = float(np.hypot(*(points[0] - points[1])))
        if not np.isfinite(distance_m):
            return True
        is_one = distance_m <= rules.number("same_substation_distance")
    if is_one and rules.value("two_busbars_dual_source"):
        return bool(shared - set(own))
    return is_one or bool(shared)


def _place(grid: Grid, node_id: str) -> npt.NDArray[np.float64]:
    lon, lat = grid.nodes.loc[node_id, ["lon", "lat"]].to_numpy(dtype=float)
    return np.array(Plane(grid.metadata.projected_epsg).to_metres(lon, lat), dtype=float)


def _between_poles_m(grid: Grid, one: _Seen, other: _Seen) -> float:
    points = []
    for seen in (one, other):
        nodes: pd.DataFrame = grid.nodes.loc[sorted(seen.reach.path)]
        poles = nodes.index[nodes["kind"] == "pole"]
        places = [at for name in poles if np.isfinite(at := _place(grid, str(name))).all()]
        if not places:
            return float("inf")
        points.append(np.array(places))
    return float(np.min(cKDTree(points[0]).query(points[1])[0]))


def _longest_run_m(one: _Seen, other: _Seen, within_m: float) -> float:
    """Length along which the lines of one stay near those of the other without a break."""
    longest_m = 0.0
    for laying in ("overhead", "cable"):
        sides = [
            [shape for how, shape in seen.lines.values() if how in (laying, "unknown")]
            for seen in (one, other)
        ]
        if not all(sides):
            continue
        points = np.vstack(
            [
                shapely.get_coordinates(
                    shapely.line_interpolate_point(shape, np.arange(0.0, shape.length, STEP_M))
                )
                for shape in sides[0]
            ]
        )
        met = shapely.MultiLineString(sides[1])
        shapely.prepare(met)
        near = points[shapely.dwithin(shapely.points(points), met, within_m)]
        if not len(near):
            continue
        links = cKDTree(near).query_pairs(1.25 * STEP_M, output_type="ndarray")
        graph = coo_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(len(near),) * 2)
        labels = connected_components(graph, directed=False)[1]
        longest_m = max(longest_m, float(np.bincount(labels).max()) * STEP_M)
    return longest_m
