"""A supply that carries a part of the wish: by the hour, or as a first stage.

Its figures are made again with its own load in the hour it names, and of every season one hour of
each load that may be drawn is tried.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from referee_existing import EXISTING, objections_to_existing
from referee_limits import SLACK
from referee_options import (
    LOADING_POINTS,
    PARTIAL,
    Json,
    built_by,
    objections_to_flow,
    objections_to_works,
)
from referee_trials import Ground, Trial, Trials

GroundAt = Callable[[str, int], Ground]
STEPS, MARGIN, LEAST_SHARE = 8, 0.1, 0.5
HOURS, QUARTERS = 24, 4


def is_partial(option: Json) -> bool:
    """True for an option that does not carry the whole."""
    return option["kind"] in PARTIAL


def objections_to_part(
    plan: Json, option: Json, fields: dict[str, Any], trials: Trials, ground_at: GroundAt | None
) -> Iterator[str]:
    """What it says of itself, its figures in their hour, and its other hours."""
    partial = option["partial"]
    if plan["answer"]["mode"] != "back_office":
        yield f"mode {plan['answer']['mode']} with a part of the wish"
    if option["kind"] not in {reason["code"] for reason in option["desk_reasons"]}:
        yield "carries a part of the wish, and no reason says so"
    yield from _envelope(option, fields)
    season, quarter_hour = partial["season"], partial["quarter_hour"]
    if season is None:
        yield from _figures(option, trials, trials.ground)
        return
    if ground_at is None:
        yield "by the hour on a grid without curves"
        return
    yield from _figures(option, trials, ground_at(season, quarter_hour))
    for day in partial["envelope"]:
        for level_kw in sorted({kw for kw in day["allowed_kw"] if kw > 0.0}):
            hours = [hour for hour, kw in enumerate(day["allowed_kw"]) if kw == level_kw]
            # a quarter hour the product has no reason to look at more than at others
            hour = hours[len(hours) // 2]
            ground = ground_at(day["season"], QUARTERS * hour + hour % QUARTERS)
            yield from _passes(option, trials, ground, level_kw, f"{day['season']} {hour} h")


def _envelope(option: Json, fields: dict[str, Any]) -> Iterator[str]:
    partial = option["partial"]
    wish_kw, load_kw = partial["wish_kw"], partial["load_kw"]
    if option["kind"] == "staged_supply":
        if fields.get("stages", 1) < 2:
            yield "a first stage of an application in one"
        if not wish_kw / fields.get("stages", 1) - SLACK <= load_kw < wish_kw:
            yield f"a first stage of {load_kw} kW of {wish_kw}"
        return
    steps = {0.0, 1.0} | {(1.0 - MARGIN) * k / STEPS for k in range(STEPS)}
    for day in partial["envelope"]:
        allowed_kw = day["allowed_kw"]
        if len(allowed_kw) != HOURS:
            yield f"{len(allowed_kw)} hours a day"
        odd = [kw for kw in allowed_kw if min(abs(kw / wish_kw - s) for s in steps) > SLACK]
        if odd:
            yield f"{odd[0]} kW is no step of {wish_kw} less the margin"
        left_out_kwh = HOURS * wish_kw - sum(allowed_kw)
        if not math.isclose(day["left_out_kwh"], left_out_kwh, abs_tol=1e-6):
            yield f"{day['left_out_kwh']} kWh left out, should be {left_out_kwh}"
        if left_out_kwh > LEAST_SHARE * HOURS * wish_kw + SLACK:
            yield f"{left_out_kwh} kWh of {HOURS * wish_kw} left out"
        if day["season"] == partial["season"]:
            own_kw = allowed_kw[partial["quarter_hour"] // QUARTERS]
            if not math.isclose(own_kw, load_kw, rel_tol=1e-9):
                yield f"figures of {load_kw} kW in an hour of {own_kw}"


def _figures(option: Json, trials: Trials, ground: Ground) -> Iterator[str]:
    there = _with_load(trials, ground, option["partial"]["load_kw"] / option["partial"]["wish_kw"])
    if option["sources"][0]["access_point"]["kind"] == EXISTING:
        yield from objections_to_existing(option, there)
        return
    trial = _trial(option, there)
    if trial is None:
        yield "no access point in reach"
        return
    yield from objections_to_works(option, trial, trials)
    yield from objections_to_flow(option, trial, there)


def _passes(
    option: Json, trials: Trials, ground: Ground, load_kw: float, when: str
) -> Iterator[str]:
    there = _with_load(trials, ground, load_kw / option["partial"]["wish_kw"])
    trial = _trial(option, there)
    if trial is None or trial.evaluation is None:
        return
    for code, element_id in trial.evaluation.blocks:
        at = trial.evaluation.findings[code]
        if abs(float(at.margin_pct[at.row_of(element_id)])) > SLACK + LOADING_POINTS:
            yield f"{load_kw} kW allowed at {when}, but {code} breaks at {element_id}"


def _with_load(trials: Trials, ground: Ground, share: float) -> Trials:
    """The same application with a share of its load on a ground in some hour."""
    there = trials.on(ground)
    there.loads = {
        level: replace(
            load, p_kw=share * load.p_kw, q_kvar=share * load.q_kvar, s_kva=share * load.s_kva
        )
        for level, load in trials.loads.items()
    }
    return there


def _trial(option: Json, trials: Trials) -> Trial | None:
    access = option["sources"][0]["access_point"]
    candidate = trials.find(access["kind"], access["element_id"])
    if candidate is None:
        return None
    return trials.try_built(candidate, *built_by(option, trials, candidate))
