"""Options of several sources: each source alone on the net, and how far apart they are.

Nothing of the product is used. A grade is refused only where the net shows it to be too good: the
referee objects to what is shared and not said, never to caution.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import shapely
import shapely.ops
from referee_checks import PATH
from referee_options import Json, built_by, objections_to_option
from referee_trials import Ground, Trial, Trials

TOGETHER_M = 5.0  # nearer lines or poles go down in one event
RUN_M, UNSURE_M = 50.0, 6.0  # no longer side by side; as near to it may be told either way
APART_M = 300.0  # substations without names
HIGH_KV = 30.0
GRADES = ("same_feeder", "dual_circuit", "dual_source", "multi_source")
REQUIRED = {
    "ordinary": "dual_circuit", "second": "dual_circuit", "first": "dual_source",
    "special": "multi_source",
}  # fmt: skip


def objections_to_sources(
    option: Json, fields: dict[str, Any], main: Trials, standby: Trials
) -> Iterator[str]:
    """Each source carries its part alone within every limit; the grade is not too good."""
    found: list[Trial] = []
    wanted = int(fields["sources"])
    if not len(option["sources"]) == len(option["states"]) == wanted:
        yield f"{len(option['sources'])} sources, {len(option['states'])} states, not {wanted}"
        return
    for k, (source, state) in enumerate(zip(option["sources"], option["states"], strict=True)):
        trials = standby if k else main
        access = source["access_point"]
        candidate = trials.find(access["kind"], access["element_id"])
        if candidate is None or not trials.is_admissible(candidate):
            yield f"source {k}: no admissible access point in reach: {access['element_id']}"
            continue
        if state["carried_by"] != k or sorted((k, *state["out"])) != list(range(wanted)):
            yield f"source {k}: carried by {state['carried_by']}, out {state['out']}"
        alone = {**option, **state, "sources": [source], "kind": candidate.kind}
        alone["capacity_kva"] = trials.load(candidate).capacity_kva
        trial = trials.try_built(candidate, *built_by(alone, trials, candidate))
        heavy = trial.candidate.level == "lv" and trial.evaluation.is_path_heavy
        alone["works"] = [{"code": "reinforce_later"}] if heavy else []
        for objection in objections_to_option(alone, trial, trials):
            yield f"source {k} ({access['element_id']}): {objection}"
        load = trials.load(candidate)
        for name in ("p_kw", "q_kvar"):
            if abs(state[name] - getattr(load, name)) > 1e-6 * load.s_kva:
                yield f"source {k}: {name} {state[name]}, should be {getattr(load, name)}"
        found.append(trial)
    if len(found) == wanted:
        yield from _grades(option, fields, found, main)


def _grades(option: Json, fields, found: Sequence[Trial], trials: Trials) -> Iterator[str]:
    ways = [
        _Way(trial, trials, source["route"]["coordinates"])
        for trial, source in zip(found, option["sources"], strict=True)
    ]
    possible = []
    stated = {tuple(pair["sources"]): pair["grade"] for pair in option["independence"]["pairs"]}
    for i, j in combinations(range(len(ways)), 2):
        best, why = _best_grade(ways[i], ways[j], trials.ground)
        possible.append(best)
        if GRADES.index(stated[i, j]) > GRADES.index(best):
            yield f"sources {i} and {j} are called {stated[i, j]}, but {why}"
    whole = option["kind"]
    if whole == "multi_source" and not (len(ways) > 2 and "dual_source" in possible):
        yield f"called multi_source, the pairs are at most {possible}"
    if whole == "dual_source" and "dual_source" not in possible:
        yield f"called dual_source, at most {possible}"
    required = REQUIRED[fields["importance"]]
    if len(ways) > 2:
        required = "multi_source"
    if GRADES.index(whole) < GRADES.index(required):
        yield f"{whole} is offered where {required} is the least"


class _Way:
    """What lies between a source's access point and its external grid."""

    def __init__(self, trial: Trial, trials: Trials, route: Sequence[Sequence[float]]) -> None:
        ground, tree = trials.ground, trials.ground.tree
        net = ground.grid.net
        place = trial.place
        self.feeder = place.feeder
        branches = [tree.branch_above[j] for j in place.climbed if j in tree.branch_above]
        self.branches = set(branches)
        line = trial.candidate.line
        if line is not None:
            self.branches.add(("line", line))
        self.busbar = next((j for j in place.climbed if j in tree.busbar_joints), None)
        self.main = tree.branch_above.get(self.busbar)
        self.source = place.climbed[-1]
        self.high_kv = float(net.bus.vn_kv[self.source])
        self.high = tree.parent.get(self.busbar, self.busbar)
        self.buses = [b for j in place.climbed for b in tree.members[j]]
        names = net.bus.get("substation_id")
        self.stations = set() if names is None else {names[b] for b in self.buses} - {"", "nan"}
        self.courses: list[tuple[str, Any]] = []
        for kind, index in self.branches:
            if kind == "line":
                self.courses.append(_course(ground, net, index, trial))
        # its own course, as the plan shows it
        new = shapely.LineString([ground.plane.to_xy(*place) for place in route])
        if new.length:
            self.courses.append((trial.candidate.laying, new))
        assert trial.evaluation.place.line_scope[-1] == PATH


def _course(ground: Ground, net, index: int, trial: Trial) -> tuple[str, Any]:
    shape = ground.plane.courses[net.line.index.get_loc(index)]
    if index == trial.candidate.line:
        is_first = trial.place.upstream_part.endswith("#1")
        start, end = (0.0, trial.candidate.position) if is_first else (trial.candidate.position, 1)
        shape = shapely.ops.substring(shape, start, end, normalized=True)
    return {"cs": "cable", "ol": "overhead"}.get(net.line.at[index, "type"], "unknown"), shape


def _best_grade(one: _Way, other: _Way, ground: Ground) -> tuple[str, str]:
    """The best the net allows, and what stands against a better one."""
    if one.feeder is not None and one.feeder == other.feeder:
        return "same_feeder", "one line out of the substation feeds both"
    for what, is_shared in (
        ("they share lines or transformers", not one.branches.isdisjoint(other.branches)),
        ("they leave one busbar", one.busbar == other.busbar),
        ("they have one main transformer", one.main is not None and one.main == other.main),
        ("they have one external grid", one.source == other.source),
        ("the upstream grid is absent", min(one.high_kv, other.high_kv) <= HIGH_KV),
        ("they share a station", bool(one.stations & other.stations)),
        ("their substations are one", _is_one_substation(one, other, ground)),
    ):
        if is_shared:
            return "dual_circuit", what
    run_m = max(_longest_run_m(one, other), _longest_run_m(other, one))
    if run_m > RUN_M + UNSURE_M:
        return "dual_circuit", f"they run side by side for {run_m:.0f} m"
    poles = [_poles(way, ground) for way in (one, other)]
    if all(len(p) for p in poles):
        nearest_m = shapely.distance(*(shapely.MultiPoint(p) for p in poles))
        if nearest_m <= TOGETHER_M:
            return "dual_circuit", f"their poles are {nearest_m:.1f} m apart"
    return "dual_source", ""


def _is_one_substation(one: _Way, other: _Way, ground: Ground) -> bool:
    net = ground.grid.net
    if "substation_id" in net.bus and one.stations and other.stations:
        return False  # names decide, and none is shared
    row = net.bus.index.get_loc
    a, b = (ground.plane.bus_xy[row(way.high)] for way in (one, other))
    return float(np.hypot(*(a - b))) <= APART_M


def _longest_run_m(one: _Way, other: _Way) -> float:
    """The longest piece of a line of one that stays beside lines of the other, kind for kind."""
    longest = 0.0
    for laying, shape in one.courses:
        beside = [s for kind, s in other.courses if kind == laying or "unknown" in (kind, laying)]
        if not beside:
            continue
        near = shapely.intersection(shape, shapely.unary_union(beside).buffer(TOGETHER_M))
        for piece in shapely.get_parts(shapely.line_merge(near)):
            longest = max(longest, piece.length)
    return longest


def _poles(way: _Way, ground: Ground) -> list[Any]:
    net = ground.grid.net
    if "kind" not in net.bus:
        return []
    rows = [net.bus.index.get_loc(b) for b in way.buses if net.bus.at[b, "kind"] == "pole"]
    return [ground.plane.bus_xy[row] for row in rows]
