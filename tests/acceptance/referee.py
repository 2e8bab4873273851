"""The referee: takes a plan, finds everything again on pandapower alone, and says what differs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from referee_application import Application
from referee_better import objections_to_first
from referee_checks import BLOCK, LOADING_CODES
from referee_cost import objections_to_cost
from referee_headroom import objections_to_headroom
from referee_limits import ON_SITE_LIMIT_KVA, ROUTE_CONFIRMED_M, UPSTREAM_LIMIT_KVA
from referee_n_minus_1 import CODE as N_MINUS_1
from referee_n_minus_1 import objections_to_n_minus_1
from referee_options import Json, built_by, objections_to_option
from referee_order import Shortest, objections_to_order, works_class
from referee_place import is_beyond_radius, is_short_circuit_unknown
from referee_remedies import is_remedied, objections_to_remedy
from referee_security import Security
from referee_trials import Ground, Trial, Trials

NOT_TO_BE_USED = {"not_public", "access_not_admissible"}
REFUSALS_SOLVED = 2
REFUSAL_TOLERANCE = 0.02  # points, or volts
EDGE_PCT = 0.03  # of the limit: there the two may fall either side


@dataclass(slots=True)
class Verdict:
    """What the referee says about one plan."""

    mode: str
    options: int
    refused_on_loading: int
    objections: list[str] = field(default_factory=list)
    solved: int = 0


def judge(
    plan: Json,
    application: Application,
    ground: Ground,
    *,
    headroom: bool = False,
    every_n_minus_1: bool = True,
) -> Verdict:
    """Rebuild, recompute and search again; no objection means the plan holds. N-1 is held against
    the first option and those whose order it decides, or against every option.
    """
    trials = Trials(ground, application)
    verdict = Verdict(plan["answer"]["mode"], len(plan["options"]), _refused(plan))
    offered: list[tuple[Json, Trial]] = []
    if any(is_remedied(option) for option in plan["options"]):
        verdict.objections += _after_measures(plan, trials)
        verdict.solved = trials.solved
        return verdict
    for rank, option in enumerate(plan["options"], start=1):
        name = f"option {rank} ({_access_id(option)})"
        trial = _rebuild(option, trials)
        if trial is None:
            verdict.objections.append(f"{name}: no admissible access point in reach")
            continue
        offered.append((option, trial))
        verdict.objections += [f"{name}: {o}" for o in objections_to_option(option, trial, trials)]
        verdict.objections += [f"{name}: {o}" for o in objections_to_cost(option, trial, trials)]
        if option["rank"] != rank:
            verdict.objections.append(f"{name}: rank {option['rank']}")
        if headroom and rank == 1:
            verdict.objections += [
                f"{name}: {o}" for o in objections_to_headroom(option, trial, trials)
            ]
    if len(offered) == len(plan["options"]):
        shortest = Shortest(trials)
        verdict.objections += objections_to_order(offered, shortest)
        verdict.objections += objections_to_first(plan, offered, shortest)
        for option, trial in offered:
            if every_n_minus_1 or option["rank"] == 1 or trials.is_secured(trial):
                verdict.objections += [
                    f"option {option['rank']} ({_access_id(option)}): {objection}"
                    for objection in objections_to_n_minus_1(option, trial, trials)
                ]
        verdict.objections += _rejections(plan, trials)
        verdict.objections += _answer(plan, offered, trials)
    verdict.solved = trials.solved
    return verdict


def _after_measures(plan: Json, trials: Trials) -> Iterator[str]:
    """Measures only where nothing passes without them; then each option on the net they leave."""
    yield from objections_to_first({**plan, "options": []}, [], Shortest(trials))
    yield from _rejections(plan, trials)
    for rank, option in enumerate(plan["options"], start=1):
        name = f"option {rank} ({_access_id(option)})"
        if option["rank"] != rank:
            yield f"{name}: rank {option['rank']}"
        if not is_remedied(option):
            yield f"{name} passes without measures beside one that needs them"
            continue
        yield from (f"{name}: {o}" for o in objections_to_remedy(plan, option, trials))


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
    if candidate is None or not trials.is_admissible(candidate):
        return None
    connection, conductor = built_by(option, trials, candidate)
    return trials.try_built(candidate, connection, conductor)


def _rejections(plan: Json, trials: Trials) -> Iterator[str]:
    """A refusal that was solved here too must break what it says, by as much; a few of the
    refusals on a loading are solved for this alone."""
    extra = REFUSALS_SOLVED
    for entry in plan["rejected"]:
        key = (entry["access_point"]["kind"], entry["access_point"]["element_id"])
        codes = {reason["code"] for reason in entry["reasons"]}
        if codes & NOT_TO_BE_USED and (found := trials.find(*key)) and trials.is_admissible(found):
            yield f"rejected {key} for {sorted(codes)}, but it is public and takes the size"
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
        at = f"{reason['code']} {reason['value']} at {reason['element_id']}"
        if abs(value - reason["value"]) > REFUSAL_TOLERANCE:
            yield f"{name}: {at}, solved {value}"
        elif finding.severity[row] != BLOCK and abs(finding.margin_pct[row]) > EDGE_PCT:
            yield f"{name}: {at} does not block"


def _answer(plan: Json, offered, trials: Trials) -> Iterator[str]:
    """Mode and reason codes by the closed list; the grids are stated, fresh and adopted."""
    codes = expected_codes(offered[0] if offered else None, trials)
    if offered and is_short_circuit_unknown(offered[0][1].place) is None:
        codes |= {"data_missing"} & {reason["code"] for reason in plan["answer"]["reasons"]}
    given = {reason["code"] for reason in plan["answer"]["reasons"]}
    security = security_of_first(offered[0] if offered else None, trials)
    if security is not None and security.is_in_doubt:
        codes = codes - {N_MINUS_1} | {N_MINUS_1} & given
    mode = "back_office" if codes else "on_site"
    if not offered:
        mode = "no_option"
    if plan["answer"]["mode"] != mode:
        yield f"mode {plan['answer']['mode']}, should be {mode} ({sorted(codes)})"
    if offered and given != codes:
        yield f"reasons {sorted(given)}, should be {sorted(codes)}"
    information = {item["code"] for item in plan["answer"].get("information", [])}
    if ("near_limit" in information) != trials.application.is_near_limit:
        yield f"near_limit is {'near_limit' in information}"
    is_shown = security is not None and security.effect == "show"
    if (N_MINUS_1 in information) != is_shown and not (security and security.is_in_doubt):
        yield f"information {N_MINUS_1} is {N_MINUS_1 in information}, should be {is_shown}"
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
        if works_class(option):
            codes.add("works_needed")
        if is_beyond_radius(trial.place, level):
            codes.add("supply_radius")
        if is_short_circuit_unknown(trial.place):
            codes.add("data_missing")
        security = security_of_first(first, trials)
        if security is not None and security.effect == "desk":
            codes.add(N_MINUS_1)
    return codes


def security_of_first(first: tuple[Json, Trial] | None, trials: Trials) -> Security | None:
    """N-1 of the first option; None at low voltage and where there is no option."""
    if first is None or first[1].candidate.level == "lv":
        return None
    return trials.security(first[1])


def _load(plan: Json, offered, trials: Trials) -> Iterator[str]:
    level = offered[0][1].candidate.level
    load = trials.loads[level]
    for name in ("p_kw", "q_kvar", "s_kva", "power_factor"):
        if not math.isclose(plan["design_load"][name], getattr(load, name), rel_tol=1e-9):
            yield f"design load {name} {plan['design_load'][name]}, should be {getattr(load, name)}"
    if not math.isclose(plan["capacity_kva"], load.capacity_kva, rel_tol=1e-9):
        yield f"capacity {plan['capacity_kva']} kVA, should be {load.capacity_kva}"
