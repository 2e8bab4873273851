"""Brute force over everything in reach: nothing that passes may be better placed than option 1."""

from __future__ import annotations

import math
from collections.abc import Iterator

from referee_candidates import Candidate
from referee_options import METRES, Json
from referee_order import (
    Offered,
    Shortest,
    is_n_minus_1_in_doubt,
    is_n_minus_1_kept,
    is_same_build,
    is_step_in_doubt,
    step_of,
    works_class,
)
from referee_trials import Trial, Trials


def objections_to_first(plan: Json, offered: Offered, shortest: Shortest) -> Iterator[str]:
    """Option 1 must be of the best class in which something passes, and the best placed there."""
    trials = shortest.trials
    yield from _after_works(offered, shortest)
    yield from _compared_with_high_voltage(plan, offered, shortest)
    board = None
    if trials.application.levels[0] == "lv" and math.isinf(shortest.of("lv")):
        board = nearest_after_works(trials)
    if board is not None:
        yield from _reinforced_first(offered, board)
        return
    best = _best_class(shortest)
    if best is None:
        if offered:
            yield "an option is offered where no candidate passes"
        return
    level, is_beyond = best
    nearest_m = shortest.of(level, is_beyond=is_beyond)
    passes = f"a candidate passes at {_words(best)}, {nearest_m} m"
    if not offered:
        yield f"no option, but {passes}"
        return
    option, first = offered[0]
    if works_class(option) or (first.candidate.level, trials.is_beyond(first.candidate)) != best:
        yield f"option 1 is {option['kind']} {first.candidate.element_id}, but {passes}"
        return
    window_m = shortest.window_m(level, is_beyond=is_beyond)
    if first.candidate.route_m > window_m + METRES:
        yield f"option 1 is not equally near: {passes}"
        return
    listed = {trial.candidate.key for _, trial in offered}
    for candidate in shortest.candidates(level, is_beyond):
        if candidate.route_m > window_m - METRES:
            break
        trial = trials.try_at(candidate)
        if trial.passes and candidate.key not in listed and _is_better(trial, first, trials):
            yield f"{candidate.key} passes and is better placed than option 1"


def _best_class(shortest: Shortest) -> tuple[str, bool] | None:
    """(level, beyond the supply radius) of the first class in which a candidate passes."""
    for level in shortest.trials.application.levels:
        for is_beyond in (False, True) if level == "lv" else (False,):
            if math.isfinite(shortest.of(level, is_beyond=is_beyond)):
                return level, is_beyond
    return None


def _words(best: tuple[str, bool]) -> str:
    level, is_beyond = best
    if level == "mv":
        return "10(20) kV"
    return f"low voltage {'beyond' if is_beyond else 'within'} the supply radius"


def _is_better(trial: Trial, first: Trial, trials: Trials) -> bool:
    """Both equally near. Equal in trunk, N-1 and margin, cost decides: known where the build is
    the same. N-1 is asked for only where it can tell.
    """
    if is_step_in_doubt(trial) or is_step_in_doubt(first):
        return False
    if trial.is_trunk != first.is_trunk:
        return trial.is_trunk
    has_more_room = _has_more_room(trial, first)
    is_first_kept = is_n_minus_1_kept(first, trials)
    if trial.candidate.level == "lv" or (is_first_kept and not has_more_room):
        return has_more_room
    is_kept = is_n_minus_1_kept(trial, trials)
    if is_first_kept == is_kept:
        return has_more_room
    return is_kept and not any(is_n_minus_1_in_doubt(one, trials) for one in (first, trial))


def _has_more_room(trial: Trial, first: Trial) -> bool:
    """A larger margin step, or the same and less to build."""
    if step_of(trial) != step_of(first):
        return step_of(trial) > step_of(first)
    is_shorter = trial.candidate.route_m < first.candidate.route_m - METRES
    return is_same_build(trial, first) and is_shorter


def nearest_after_works(trials: Trials) -> Candidate | None:
    """The nearest board within the radius at which everything passes with a larger transformer."""
    for candidate in trials.admissible("lv"):
        is_board = candidate.access == "transformer_lv" and not trials.is_beyond(candidate)
        if is_board and trials.after_works(candidate) is not None:
            return candidate
    return None


def _reinforced_first(offered: Offered, board: Candidate) -> Iterator[str]:
    if not offered:
        yield f"no option, but {board.element_id} passes with a larger transformer"
        return
    option, first = offered[0]
    if not works_class(option):
        yield (
            f"option 1 is {option['kind']} {first.candidate.element_id}, though no low-voltage "
            f"candidate within the supply radius passes and {board.element_id} does after works"
        )
    elif first.candidate.route_m > board.route_m + METRES:
        yield f"{board.element_id} is nearer and passes with a larger transformer"


def _after_works(offered: Offered, shortest: Shortest) -> Iterator[str]:
    """Works only where nothing within the radius passes as things are, at one board within it,
    with the smallest transformer that is not heavily loaded itself."""
    trials = shortest.trials
    reinforced = [trial for option, trial in offered if works_class(option)]
    if reinforced and math.isfinite(shortest.of("lv")):
        yield f"works, but a candidate passes within the supply radius at {shortest.of('lv')} m"
    if len(reinforced) > 1:
        yield f"{len(reinforced)} boards are offered after works"
    for trial in reinforced:
        name = trial.candidate.element_id
        if trials.is_beyond(trial.candidate):
            yield f"{name} is offered after works beyond the supply radius"
        chosen = trials.after_works(trial.candidate)
        if chosen is None:
            yield f"{name} does not pass with any larger transformer"
            continue
        built = (trial.place.connection.transformer_data or {}).get("sn_mva", math.nan)
        if not math.isclose(built, chosen[0], rel_tol=1e-9):
            yield f"{name} becomes {1000.0 * built} kVA, should be {1000.0 * chosen[0]}"


def _compared_with_high_voltage(plan: Json, offered: Offered, shortest: Shortest) -> Iterator[str]:
    """10(20) kV is listed as `low_voltage_first` where, and only where, nothing passes at low
    voltage, within the radius or beyond."""
    trials = shortest.trials
    compared = [
        entry
        for entry in plan["rejected"]
        if any(reason["code"] == "low_voltage_first" for reason in entry["reasons"])
    ]
    levels = trials.application.levels
    if compared and levels != ["lv"]:
        yield f"low_voltage_first, but the levels are {levels}"
        return
    if levels[0] != "lv":
        return
    in_reach = {c.key for c in trials.admissible("mv")} if compared else set()
    for entry in compared:
        key = (entry["access_point"]["kind"], entry["access_point"]["element_id"])
        if key not in in_reach:
            yield f"low_voltage_first at {key}: no admissible access point in reach"
    if math.isfinite(shortest.of("lv")):
        if compared:
            yield f"low_voltage_first, but a candidate passes at {shortest.of('lv')} m"
        return
    is_offered = any(
        trial.candidate.level == "lv" and not works_class(option) for option, trial in offered
    )
    if not is_offered and math.isfinite(shortest.of("lv", is_beyond=True)):
        beyond_m = shortest.of("lv", is_beyond=True)
        yield f"a candidate beyond the supply radius passes at {beyond_m} m and is not offered"
    elif is_offered and compared:
        yield "low_voltage_first, but a candidate beyond the supply radius is offered"
    elif levels == ["lv"] and not (is_offered or compared) and math.isfinite(shortest.of("mv")):
        yield "nothing passes at low voltage, and 10(20) kV is not listed beside it"
