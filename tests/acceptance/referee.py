"""The referee: takes a plan, finds everything again on pandapower alone, and says what differs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from referee_application import Application
from referee_candidates import Candidate
from referee_checks import LOADING_CODES
from referee_headroom import objections_to_headroom
from referee_limits import (
    MARGIN_STEP_POINTS,
    NEAR_M,
    NEAR_SHARE,
    ON_SITE_LIMIT_KVA,
    OPTIONS_A_FEEDER,
    ROUTE_CONFIRMED_M,
    UPSTREAM_LIMIT_KVA,
)
from referee_options import METRES, Json, built_by, objections_to_option
from referee_place import is_beyond_radius, is_short_circuit_unknown
from referee_trials import Ground, Trial, Trials

STEP_DOUBT_POINTS = 0.01
REFUSALS_SOLVED = 2
REFUSAL_TOLERANCE = 0.02  # points, or volts


@dataclass(slots=True)
class Verdict:
    """What the referee says about one plan."""

    mode: str
    options: int
    refused_on_loading: int
    objections: list[str] = field(default_factory=list)
    solved: int = 0


def judge(
    plan: Json, application: Application, ground: Ground, *, headroom: bool = False
) -> Verdict:
    """Rebuild, recompute and search again; no objection means the plan holds."""
    trials = Trials(ground, application)
    verdict = Verdict(plan["answer"]["mode"], len(plan["options"]), _refused(plan))
    offered: list[tuple[Json, Trial]] = []
    for rank, option in enumerate(plan["options"], start=1):
        name = f"option {rank} ({_access_id(option)})"
        trial = _rebuild(option, trials)
        if trial is None:
            verdict.objections.append(f"{name}: no admissible access point in reach")
            continue
        offered.append((option, trial))
        verdict.objections += [f"{name}: {o}" for o in objections_to_option(option, trial, trials)]
        if option["rank"] != rank:
            verdict.objections.append(f"{name}: rank {option['rank']}")
        if headroom and rank == 1:
            verdict.objections += [
                f"{name}: {o}" for o in objections_to_headroom(option, trial, trials)
            ]
    if len(offered) == len(plan["options"]):
        shortest = _shortest_passing(trials)
        verdict.objections += _order(offered, shortest, trials)
        verdict.objections += _better_placed(plan, offered, shortest, trials)
        verdict.objections += _answer(plan, offered, trials)
    verdict.solved = trials.solved
    return verdict


def _access_id(option: Json) -> str:
    return str(option["sources"][0]["access_point"]["element_id"])


def _refused(plan: Json) -> int:
    """Rejected entries that state a loading and its limit."""
    return sum(_states_loading(entry) for entry in plan["rejected"])


def _states_loading(entry: Json) -> bool:
    return any(
        reason["code"] in LOADING_CODES
        and reason["value"] is not None
        and reason["limit"] is not None
        for reason in entry["reasons"]
    )


def _rebuild(option: Json, trials: Trials) -> Trial | None:
    access = option["sources"][0]["access_point"]
    candidate = trials.find(access["kind"], access["element_id"])
    if candidate is None or candidate.key not in {
        c.key for level in trials.application.levels for c in trials.admissible(level)
    }:
        return None
    connection, conductor = built_by(option, trials, candidate)
    return trials.try_built(candidate, connection, conductor)


def _shortest_passing(trials: Trials) -> dict[str, float]:
    """Shortest route of a passing candidate for each level; nearest tried first."""
    shortest = {}
    for level in trials.application.levels:
        for candidate in trials.admissible(level):
            if trials.try_at(candidate).passes:
                shortest[level] = candidate.route_m
                break
    return shortest


def _window_m(shortest_m: float) -> float:
    return max(shortest_m + NEAR_M, NEAR_SHARE * shortest_m)


def _works_class(option: Json) -> int:
    return 1 if option["kind"] == "lv_after_works" else 0


def _margin_step(loading_pct: float) -> int:
    return math.floor((100.0 - loading_pct) / MARGIN_STEP_POINTS)


def _order(offered, shortest: dict[str, float], trials: Trials) -> Iterator[str]:
    """Each option must come before the next by the keys, and no feeder may have too many."""
    keys = [_order_key(option, trial, shortest, trials) for option, trial in offered]
    for i, (first, second) in enumerate(itertools.pairwise(keys), start=1):
        if first > second and not _in_doubt(offered[i - 1], offered[i], shortest):
            yield f"option {i} comes before option {i + 1}: {first} > {second}"
    counts: dict[tuple[str, int | None], int] = {}
    for _, trial in offered:
        feeder = (trial.candidate.level, trial.place.feeder)
        counts[feeder] = counts.get(feeder, 0) + 1
        if counts[feeder] == OPTIONS_A_FEEDER + 1:
            yield f"more than {OPTIONS_A_FEEDER} options on one feeder"


def _order_key(option: Json, trial: Trial, shortest, trials: Trials) -> tuple:
    candidate = trial.candidate
    level = trials.application.levels.index(candidate.level)
    route_m = option["sources"][0]["route"]["length_m"]
    start = (level, _works_class(option))
    end = (route_m, option["kind"], candidate.element_id)
    if start[1] or route_m > _window_m(shortest.get(candidate.level, math.inf)):
        return (*start, 1, *end)
    step = _margin_step(trial.evaluation.path_loading_pct)
    return (*start, 0, not trial.is_trunk, -step, option["cost"]["p50"], *end)


def _in_doubt(one, other, shortest) -> bool:
    """A loading or a route on the very edge of a step may fall either way."""
    return any(_on_edge(trial, option, shortest) for option, trial in (one, other))


def _on_edge(trial: Trial, option: Json, shortest: dict[str, float]) -> bool:
    loading = trial.evaluation.path_loading_pct
    off_step = abs(loading / MARGIN_STEP_POINTS - round(loading / MARGIN_STEP_POINTS))
    window = _window_m(shortest.get(trial.candidate.level, math.inf))
    off_window = abs(option["sources"][0]["route"]["length_m"] - window)
    return off_step * MARGIN_STEP_POINTS < STEP_DOUBT_POINTS or off_window < METRES


def _better_placed(plan: Json, offered, shortest: dict[str, float], trials) -> Iterator[str]:
    """Brute force: nothing in reach that passes may be better placed than option 1."""
    yield from _rejections(plan, trials)
    levels = trials.application.levels
    if levels[0] == "lv" and "lv" not in shortest:
        board = _nearest_after_works(trials)
        if board is not None:
            yield from _reinforced_first(offered, board)
            return
    best = next((level for level in levels if level in shortest), None)
    if best is None:
        if offered:
            yield "an option is offered where no candidate passes"
        return
    if not offered:
        yield f"no option, but a candidate passes at {shortest[best]} m"
        return
    option, first = offered[0]
    if first.candidate.level != best or _works_class(option):
        yield f"option 1 is {option['kind']}, but a candidate passes at {best}, {shortest[best]} m"
        return
    if first.candidate.route_m > _window_m(shortest[best]) + METRES:
        yield f"option 1 is not equally near: a candidate passes at {shortest[best]} m"
        return
    listed = {trial.candidate.key for _, trial in offered}
    for candidate in trials.admissible(best):
        if candidate.route_m > _window_m(shortest[best]) - METRES:
            break
        trial = trials.try_at(candidate)
        if trial.passes and candidate.key not in listed and _is_better(trial, first):
            yield f"{candidate.key} passes and is better placed than option 1"


def _is_better(trial: Trial, first: Trial) -> bool:
    """Both equally near. Equal in trunk and margin, cost decides: known to grow with the length
    for the same access, conductor and elements to reinforce later.
    """
    mine, its = trial.evaluation, first.evaluation
    if min(_off_step(e.path_loading_pct) for e in (mine, its)) < STEP_DOUBT_POINTS:
        return False
    keys = [(not t.is_trunk, -_margin_step(t.evaluation.path_loading_pct)) for t in (trial, first)]
    if keys[0] != keys[1]:
        return keys[0] < keys[1]
    is_same = (
        trial.candidate.access == first.candidate.access
        and trial.conductor.type == first.conductor.type
        and trial.conductor.parallel == first.conductor.parallel
        and mine.heavy_on_path == its.heavy_on_path
    )
    return is_same and trial.candidate.route_m < first.candidate.route_m - METRES


def _off_step(loading_pct: float) -> float:
    steps = loading_pct / MARGIN_STEP_POINTS
    return abs(steps - round(steps)) * MARGIN_STEP_POINTS


def _nearest_after_works(trials: Trials) -> Candidate | None:
    """The nearest board at which everything passes with a larger transformer."""
    boards = [c for c in trials.admissible("lv") if c.access == "transformer_lv"]
    return next((c for c in boards if trials.passes_after_works(c)), None)


def _reinforced_first(offered: Sequence, board: Candidate) -> Iterator[str]:
    if not offered:
        yield f"no option, but {board.element_id} passes with a larger transformer"
        return
    option, first = offered[0]
    if not _works_class(option):
        yield f"option 1 is {option['kind']}, though no low-voltage candidate passes as things are"
    elif first.candidate.route_m > board.route_m + METRES:
        yield f"{board.element_id} is nearer and passes with a larger transformer"


def _rejections(plan: Json, trials: Trials) -> Iterator[str]:
    """A refusal that was solved here too must break what it says, by as much; a few of the
    refusals on a loading are solved for this alone."""
    extra = REFUSALS_SOLVED
    for entry in plan["rejected"]:
        key = (entry["access_point"]["kind"], entry["access_point"]["element_id"])
        trial = trials.tried().get(key)
        if (trial is None or trial.evaluation is None) and extra and _states_loading(entry):
            candidate = trials.find(*key)
            if candidate is None:
                yield f"rejected {key} is no access point in reach"
                continue
            extra -= 1
            trial = trials.try_at(candidate, may_bound=False)
        if trial is not None and trial.evaluation is not None:
            yield from _rejection(entry, trial)


def _rejection(entry: Json, trial: Trial) -> Iterator[str]:
    name = f"rejected {entry['access_point']['element_id']}"
    solved = trial.evaluation.findings
    reasons = [reason for reason in entry["reasons"] if reason["code"] in solved]
    if reasons and trial.passes:
        yield f"{name} for {reasons[0]['code']}, but it passes"
    for reason in reasons:
        finding = solved[reason["code"]]
        row = finding.row_of(reason["element_id"])
        if row is None or reason["value"] is None:
            continue
        value = float(finding.value[row])
        if abs(value - reason["value"]) > REFUSAL_TOLERANCE:
            yield (
                f"{name}: {reason['code']} {reason['value']} at {reason['element_id']}, "
                f"solved {value}"
            )


def _answer(plan: Json, offered, trials: Trials) -> Iterator[str]:
    """Mode and reason codes by the closed list; the grids are stated, fresh and adopted."""
    codes = expected_codes(offered[0] if offered else None, trials)
    if offered and is_short_circuit_unknown(offered[0][1].place) is None:
        codes |= {"data_missing"} & {reason["code"] for reason in plan["answer"]["reasons"]}
    mode = "back_office" if codes else "on_site"
    if not offered:
        mode = "no_option"
    given = {reason["code"] for reason in plan["answer"]["reasons"]}
    if plan["answer"]["mode"] != mode:
        yield f"mode {plan['answer']['mode']}, should be {mode} ({sorted(codes)})"
    if offered and given != codes:
        yield f"reasons {sorted(given)}, should be {sorted(codes)}"
    information = {item["code"] for item in plan["answer"].get("information", [])}
    if ("near_limit" in information) != trials.application.is_near_limit:
        yield f"near_limit is {'near_limit' in information}"
    if offered:
        yield from _load(plan, offered, trials)


def expected_codes(first: tuple[Json, Trial] | None, trials: Trials) -> set[str]:
    """Desk codes of the application and of the first option."""
    application = trials.application
    level = first[1].candidate.level if first else application.levels[-1]
    capacity = trials.loads[level].capacity_kva
    codes = set()
    if capacity > ON_SITE_LIMIT_KVA:
        codes.add("capacity_over_on_site_limit")
    if capacity > UPSTREAM_LIMIT_KVA:
        codes.add("upstream_not_checked")
    if application.kva is not None and "lv" in application.levels:
        codes.add("level_to_confirm")
    if first:
        option, trial = first
        codes |= trial.candidate.desk | trial.evaluation.desk_codes
        if option["sources"][0]["route"]["length_m"] > ROUTE_CONFIRMED_M:
            codes.add("route_unconfirmed")
        if _works_class(option):
            codes.add("works_needed")
        if is_beyond_radius(trial.place, level):
            codes.add("supply_radius")
        if is_short_circuit_unknown(trial.place):
            codes.add("data_missing")
    return codes


def _load(plan: Json, offered, trials: Trials) -> Iterator[str]:
    level = offered[0][1].candidate.level
    load = trials.loads[level]
    for name in ("p_kw", "q_kvar", "s_kva", "power_factor"):
        if not math.isclose(plan["design_load"][name], getattr(load, name), rel_tol=1e-9):
            yield f"design load {name} {plan['design_load'][name]}, should be {getattr(load, name)}"
    if not math.isclose(plan["capacity_kva"], load.capacity_kva, rel_tol=1e-9):
        yield f"capacity {plan['capacity_kva']} kVA, should be {load.capacity_kva}"
