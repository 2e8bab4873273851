"""A plan as the referee itself would make it: what the tests of the referee then spoil."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from referee import expected_codes, security_of_first
from referee_application import Application
from referee_better import nearest_after_works
from referee_checks import (
    BLOCK,
    LOADING_CODES,
    PASSED,
    VOLTAGE_CODES,
    Evaluation,
    Finding,
    layout_of,
)
from referee_cost import PERCENTILES, cost_by_payer
from referee_limits import SUPPLY_RADIUS_M
from referee_n_minus_1 import CODE as N_MINUS_1
from referee_n_minus_1 import row_of, take_over_of
from referee_options import EFFECTS, SCOPES
from referee_order import Shortest, order_key, step_of
from referee_place import supply_radius_m
from referee_tree import path_ids
from referee_trials import Ground, Trial, Trials

FEEDERS = 5


def make_model_plan(application: Application, ground: Ground) -> dict[str, Any]:
    """Solve candidates outward, keep what passes, put it in order; no headroom."""
    trials = Trials(ground, application)
    shortest = Shortest(trials)
    pairs, rejected = [], []
    for level in application.levels:
        for trial in _outward(level, shortest):
            if trial.passes:
                pairs.append((_option(trial, trials), trial))
            elif trial.evaluation is not None:
                rejected.append(_rejected(trial))
    if application.levels[0] == "lv" and math.isinf(shortest.of("lv")):
        pairs += _after_works(trials)
        if application.levels == ["lv"] and math.isinf(shortest.of("lv", is_beyond=True)):
            rejected += [_second_to_low_voltage(t) for t in _outward("mv", shortest) if t.passes]
    pairs.sort(key=lambda pair: order_key(*pair, shortest))
    kept: dict[Any, int] = {}
    options = []
    for option, trial in pairs:
        feeder = (trial.candidate.level, trial.place.feeder)
        kept[feeder] = kept.get(feeder, 0) + 1
        if kept[feeder] <= 3:
            options.append((option | {"rank": len(options) + 1}, trial))
    return _answered(options, rejected, trials)


def _answered(options, rejected, trials: Trials) -> dict[str, Any]:
    application = trials.application
    level = options[0][1].candidate.level if options else application.levels[0]
    load = trials.loads[level]
    codes = expected_codes(options[0] if options else None, trials) if options else set()
    mode = ("back_office" if codes else "on_site") if options else "no_option"
    information = [{"code": "near_limit"}] if application.is_near_limit else []
    security = security_of_first(options[0] if options else None, trials)
    if security is not None and security.effect == "show":
        information.append({"code": N_MINUS_1})
    return {
        "capacity_kva": load.capacity_kva,
        "design_load": {k: getattr(load, k) for k in ("p_kw", "q_kvar", "s_kva", "power_factor")},
        "answer": {
            "mode": mode,
            "reasons": [{"code": code} for code in sorted(codes)],
            "information": information,
        },
        "options": [option for option, _ in options],
        "rejected": rejected,
    }


def _outward(level: str, shortest: Shortest) -> Iterator[Trial]:
    """Candidates of a level, nearest first, until five feeders have one and L0's window ends."""
    feeders: set[int | None] = set()
    for candidate in shortest.trials.admissible(level):
        if len(feeders) >= FEEDERS and candidate.route_m > shortest.window_m(level):
            return
        trial = shortest.trials.try_at(candidate)
        if trial.passes:
            feeders.add(trial.place.feeder)
        yield trial


def _after_works(trials: Trials) -> list[tuple[dict[str, Any], Trial]]:
    board = nearest_after_works(trials)
    if board is None:
        return []
    sn_mva, trial = trials.after_works(board)
    option = _option(trial, trials)
    words = f"replace transformer with one of {1000.0 * sn_mva:,.0f} kVA"
    work = {"code": "transformer_replace", "element_id": board.element_id, "en": words}
    changed = {"kind": "lv_after_works", "works": [work, *option["works"]]}
    changed["cost"] = _cost(option | changed, trial, trials)
    return [(option | changed, trial)]


def _access(trial: Trial, trials: Trials) -> dict[str, Any]:
    candidate = trial.candidate
    lon, lat = trials.ground.plane.to_lon_lat(candidate.xy)
    return {
        "kind": candidate.access,
        "element_id": candidate.element_id,
        "position": candidate.position,
        "lon": lon,
        "lat": lat,
        "distance_m": candidate.distance_m,
    }


def _option(trial: Trial, trials: Trials) -> dict[str, Any]:
    candidate, found, tree = trial.candidate, trial.evaluation, trials.ground.tree
    upstream = path_ids(tree, trial.place.joint)
    if trial.place.upstream_part:
        upstream.insert(0, trial.place.upstream_part)
    busbar = next(j for j in trial.place.climbed if j in tree.busbar_joints)
    main = tree.branch_above.get(busbar)
    feeder = tree.branch_above.get(trial.place.feeder)
    conductor = trial.conductor
    heavy = candidate.level == "lv" and found.is_path_heavy
    rows, take_over, keys = _n_minus_1(trial, trials)
    names = ("type", "laying", "parallel", "r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km")
    option = {
        "rank": 0,
        "kind": candidate.kind,
        "capacity_kva": trials.load(candidate).capacity_kva,
        "sources": [
            {
                "feeder_id": None if feeder is None else f"{feeder[0]}:{feeder[1]}",
                "busbar_id": min(f"bus:{b}" for b in tree.members[busbar]),
                "main_transformer_id": None if main is None else f"{main[0]}:{main[1]}",
                "access_point": _access(trial, trials),
                "route": {"length_m": candidate.route_m},
                "conductor": {name: getattr(conductor, name) for name in (*names, "ampacity_a")},
                "upstream": upstream,
            }
        ],
        "checks": [
            *(_check(found.findings[c]) for c in (*LOADING_CODES, *VOLTAGE_CODES)),
            _radius(trial),
            *rows,
        ],
        "not_computed": [N_MINUS_1] if keys.get(N_MINUS_1) == "not_computed" else [],
        "take_over": take_over,
        "power_flow": _power_flow(found),
        "works": [{"code": "reinforce_later", "element_id": ""}] if heavy else [],
        "order_keys": {
            "margin_step": step_of(trial),
            "is_within_radius": not trials.is_beyond(candidate),
            **keys,
        },
    }
    return option | {"cost": _cost(option, trial, trials)}


def _cost(option: dict[str, Any], trial: Trial, trials: Trials) -> dict[str, Any]:
    by_payer = cost_by_payer(option, trial, trials)
    sums = {name: sum(own[k] for own in by_payer.values()) for k, name in enumerate(PERCENTILES)}
    return sums | {"by_payer": {payer: own[1] for payer, own in by_payer.items()}}


def _n_minus_1(trial: Trial, trials: Trials):
    """Check rows, take-over and order key; nothing at low voltage."""
    if trial.candidate.level == "lv":
        return [], [], {}
    security, tree = trials.security(trial), trials.ground.tree
    rows = [row_of(security, trial, tree)] if security.key != "not_computed" else []
    return rows, [take_over_of(s, tree) for s in security.shares], {N_MINUS_1: security.key}


def _check(finding: Finding) -> dict[str, Any]:
    worst = finding.worst_severity
    rows = np.flatnonzero(finding.severity == worst)
    at = int(rows[np.argmin(finding.margin_pct[rows])])
    return {
        "code": finding.code,
        "element_id": finding.ids[at],
        "value": float(finding.value[at]),
        "limit": float(finding.limit[at]),
        "unit": "V" if finding.code in VOLTAGE_CODES else "%",
        "margin_pct": float(finding.margin_pct[at]),
        "passed": worst == PASSED,
        "effect": EFFECTS.get(worst, "block"),
        "scope": SCOPES[int(finding.scope[at])],
        "pre_existing": bool(finding.pre_existing[at]),
    }


def _radius(trial: Trial) -> dict[str, Any]:
    metres, limit = supply_radius_m(trial.place), SUPPLY_RADIUS_M[trial.candidate.level]
    return {"code": "supply_radius", "value": metres, "limit": limit, "passed": metres <= limit}


def _power_flow(found: Evaluation) -> dict[str, Any]:
    layout, flow = layout_of(found.source_tree), found.flow
    line = int(np.nanargmax(flow.line_rated_pct))
    trafo = int(np.nanargmax(flow.trafo_rated_pct))
    supplied = np.where(np.append(found.source_tree.is_real[:-2], [True, True]), flow.v_pu, np.nan)
    low = int(np.nanargmin(supplied))
    return {
        "v_customer_pu": float(flow.v_pu[-2]),
        "max_line_loading_pct": float(flow.line_rated_pct[line]),
        "max_line_id": found.place.line_names[line],
        "max_transformer_loading_pct": float(flow.trafo_rated_pct[trafo]),
        "max_transformer_id": layout.trafo_names[trafo],
        "min_v_pu": float(supplied[low]),
        "min_v_node_id": layout.bus_names[low],
    }


def _second_to_low_voltage(trial: Trial) -> dict[str, Any]:
    access = {"kind": trial.candidate.access, "element_id": trial.candidate.element_id}
    reason = {"code": "low_voltage_first", "element_id": "", "value": None, "limit": None}
    return {"kind": trial.candidate.kind, "access_point": access, "reasons": [reason]}


def _rejected(trial: Trial) -> dict[str, Any]:
    reasons = []
    for finding in trial.evaluation.findings.values():
        rows = np.flatnonzero(finding.severity == BLOCK)
        if len(rows):
            at = int(rows[np.argmin(finding.margin_pct[rows])])
            reasons.append(
                {
                    "code": finding.code,
                    "element_id": finding.ids[at],
                    "value": float(finding.value[at]),
                    "limit": float(finding.limit[at]),
                }
            )
    access = {"kind": trial.candidate.access, "element_id": trial.candidate.element_id}
    return {"kind": trial.candidate.kind, "access_point": access, "reasons": reasons}
