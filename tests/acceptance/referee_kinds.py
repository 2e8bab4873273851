"""A plan for an application of any kind, judged on pandapower alone.

A plain application is judged whole (`referee.judge`); of the others every option is rebuilt, and
where nothing is offered as the grid stands every simple candidate is tried.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from kinds_asked import Asked
from referee import judge
from referee_better import objections_to_first
from referee_checks import PATH
from referee_dedicated import is_dedicated, objections_to_dedicated
from referee_existing import EXISTING, objections_to_existing
from referee_limits import LV_KV, THERMAL_LIMIT_PCT
from referee_options import (
    LOADING_POINTS,
    METRES,
    Json,
    built_by,
    objections_to_option,
)
from referee_order import Shortest
from referee_partial import GroundAt, is_partial, objections_to_part
from referee_remedies import is_remedied, objections_to_remedy
from referee_sources import objections_to_sources
from referee_trials import Ground, Trial, Trials
from referee_wish import standby_trials_of, trials_of

PHASES, PHASE_DROP = 3.0, 6.0
PHASE_LOW_V, PHASE_HIGH_V = 198.0, 235.4


@dataclass(slots=True)
class Judged:
    """What the referee says about one plan; options by kind."""

    mode: str
    options: list[str]
    refusal_confirmed: bool = False
    objections: list[str] = field(default_factory=list)


def judge_any(
    plan: Json,
    asked: Asked,
    ground: Ground,
    *,
    is_district: bool,
    ground_at: GroundAt | None = None,
) -> Judged:
    """Confirm every option, and where there is none that no simple candidate would have passed."""
    judged = Judged(plan["answer"]["mode"], [option["kind"] for option in plan["options"]])
    fields = asked.fields
    trials = trials_of(fields, ground)
    if asked.is_plain and not is_district:
        whole = judge(plan, trials.application, ground, every_n_minus_1=False)
        judged.objections += whole.objections
        has_tried = _is_refused(plan) and _has_candidates(trials)
        judged.refusal_confirmed = has_tried and not whole.objections
        return judged
    for option in plan["options"]:
        if is_dedicated(option) and asked.kind == "dedicated":
            continue
        name = f"option {option['rank']} ({option['sources'][0]['access_point']['element_id']})"
        for objection in _objections(plan, option, asked, trials, ground_at):
            judged.objections.append(f"{name}: {objection}")
    if asked.kind == "dedicated":
        led = objections_to_dedicated(plan, trials, along_streets=asked.along_streets)
        judged.objections += list(led)
    is_simple = fields.get("sources", 1) == 1 and fields.get("phases", 3) == 3
    is_new = fields.get("business") != "increase"
    if _is_refused(plan) and is_simple and is_new and not asked.along_streets:
        passing = list(_passing(plan, trials, is_district=is_district))
        judged.objections += passing
        judged.refusal_confirmed = _has_candidates(trials) and not passing
    return judged


def _has_candidates(trials: Trials) -> bool:
    """False where nothing is in reach: then a refusal says little."""
    return any(trials.admissible(level) for level in trials.application.levels)


def _is_refused(plan: Json) -> bool:
    """True where nothing carries the whole as the grid stands."""
    return all(is_remedied(option) or is_partial(option) for option in plan["options"])


def _objections(
    plan: Json, option: Json, asked: Asked, trials: Trials, ground_at: GroundAt | None
) -> Iterator[str]:
    if is_partial(option):
        found = objections_to_part(plan, option, asked.fields, trials, ground_at)
        yield from _but_length(found, option)
    elif option["states"]:
        standby = standby_trials_of(asked.fields, trials.ground)
        yield from objections_to_sources(option, asked.fields, trials, standby)
    elif is_remedied(option):
        yield from _but_length(objections_to_remedy(plan, option, trials), option)
    elif option["sources"][0]["access_point"]["kind"] == EXISTING:
        bus = int(asked.fields["existing_node"].rpartition(":")[2])
        if option["sources"][0]["access_point"]["element_id"] != f"bus:{bus}":
            yield f"offered elsewhere than at bus:{bus}"
        yield from objections_to_existing(option, trials)
    else:
        yield from _single(option, asked, trials)


def _single(option: Json, asked: Asked, trials: Trials) -> Iterator[str]:
    access = option["sources"][0]["access_point"]
    candidate = trials.find(access["kind"], access["element_id"])
    if candidate is None or not trials.is_admissible(candidate):
        yield "no admissible access point in reach"
        return
    trial = trials.try_built(candidate, *built_by(option, trials, candidate))
    if asked.fields.get("phases") == 1:
        yield from _one_phase(trial)
        return
    yield from _but_length(objections_to_option(option, trial, trials), option)


def _but_length(objections: Iterator[str], option: Json) -> Iterator[str]:
    """Along streets a way is as long as they are: no shorter than straight, that is all."""
    source = option["sources"][0]
    is_led = source["route"]["method"] == "streets"
    for objection in objections:
        if not (is_led and objection.startswith("route ")):
            yield objection
    if is_led and source["route"]["length_m"] < source["access_point"]["distance_m"] - METRES:
        yield f"the way is {source['route']['length_m']} m long, shorter than straight"


# ------------------------------------------------------------------ one phase


def _one_phase(trial: Trial) -> Iterator[str]:
    """Three times the added current up to the board, six times the added drop."""
    place, flow, before = trial.place, trial.evaluation.flow, trial.evaluation.before
    tree, source_tree = place.source_tree.tree, place.source_tree
    net = source_tree.net
    way = [j for j in place.climbed if float(net.bus.vn_kv[j]) in LV_KV]
    board = way[-1]
    for joint in way:
        kind, index = tree.branch_above[joint]
        is_line = kind == "line"
        row = (net.line if is_line else net.trafo).index.get_loc(index)
        was, now = (
            float((f.line_pct if is_line else f.trafo_pct)[row]) for f in (before, flow)
        )  # fmt: skip
        loading = was + PHASES * (now - was)
        if loading > THERMAL_LIMIT_PCT + LOADING_POINTS and was <= THERMAL_LIMIT_PCT:
            yield f"one phase loads {kind}:{index} to {loading} %"
    new = PHASES * float(flow.line_pct[-1])
    if new > THERMAL_LIMIT_PCT + LOADING_POINTS:
        yield f"one phase loads the new line to {new} %"
    row_of = {int(b): row for row, b in enumerate(source_tree.bus_ids)}
    top = row_of[board]
    start = trial.place.connection.bus
    was = float(before.v_pu[row_of[start if start is not None else way[0]]])
    drop = (flow.v_pu[top] - flow.v_pu[-2]) - (before.v_pu[top] - was)
    volts = 1000.0 * float(net.bus.vn_kv[board]) / math.sqrt(3.0)
    v = volts * float(flow.v_pu[-2] - (PHASE_DROP - 1.0) * drop)
    if not PHASE_LOW_V - 0.5 <= v <= PHASE_HIGH_V + 0.5 and volts * was >= PHASE_LOW_V:
        yield f"one phase leaves the customer {v} V"
    on_way = {*place.line_names[place.line_scope == PATH], "new:node:1", "new:node:2"}
    for code, element_id in trial.evaluation.blocks:
        if element_id not in on_way:
            yield f"offered although {code} breaks at {element_id}"


# ------------------------------------------------------------------ what was refused


def _passing(plan: Json, trials: Trials, *, is_district: bool) -> Iterator[str]:
    """Simple candidates that pass though none is offered."""
    shortest = Shortest(trials)
    if not is_district:
        yield from objections_to_first({**plan, "options": []}, [], shortest)
        return
    barred = {
        (entry["access_point"]["kind"], entry["access_point"]["element_id"])
        for entry in plan["rejected"]
        if {"restricted_area", "no_route"} & {reason["code"] for reason in entry["reasons"]}
    }
    for level in trials.application.levels:
        for candidate in trials.admissible(level):
            if candidate.key not in barred and trials.try_at(candidate).passes:
                yield f"no option, but {candidate.key} passes at {candidate.route_m} m"
                return
