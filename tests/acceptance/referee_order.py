"""In which order options stand: section 5 written again."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

from referee_candidates import Candidate
from referee_limits import (
    HEAVY_LIMIT_PCT,
    MARGIN_STEP_POINTS,
    NEAR_M,
    NEAR_SHARE,
    OPTIONS_A_FEEDER,
    SUPPLY_RADIUS_M,
)
from referee_options import METRES, Json
from referee_place import supply_radius_m
from referee_trials import Trial, Trials

STEP_DOUBT_POINTS = 0.01

Offered = Sequence[tuple[Json, Trial]]


class Shortest:
    """L0: the shortest route at which a candidate passes without works, at a level and, at low
    voltage, within or beyond the supply radius. Nearest tried first, and only when asked for.
    """

    def __init__(self, trials: Trials) -> None:
        self.trials = trials
        self._found: dict[tuple[str, bool], float] = {}

    def of(self, level: str, *, is_beyond: bool = False) -> float:
        """Metres; infinite where nothing passes."""
        key = level, is_beyond
        if key not in self._found:
            passing = (c for c in self.candidates(level, is_beyond) if self.trials.try_at(c).passes)
            first = next(passing, None)
            self._found[key] = math.inf if first is None else first.route_m
        return self._found[key]

    def candidates(self, level: str, is_beyond: bool) -> Iterator[Candidate]:
        """Those of one class, nearest first."""
        for candidate in self.trials.admissible(level):
            if self.trials.is_beyond(candidate) == is_beyond:
                yield candidate

    def window_m(self, level: str, *, is_beyond: bool = False) -> float:
        """Route up to which options are equally near."""
        shortest_m = self.of(level, is_beyond=is_beyond)
        return max(shortest_m + NEAR_M, NEAR_SHARE * shortest_m)

    def window_of(self, trial: Trial) -> float:
        candidate = trial.candidate
        return self.window_m(candidate.level, is_beyond=self.trials.is_beyond(candidate))


def works_class(option: Json) -> int:
    return 1 if option["kind"] == "lv_after_works" else 0


def margin_step(loading_pct: float, level: str) -> int:
    """At low voltage no farther point is better only because the nearest is heavily loaded."""
    counted = min(loading_pct, HEAVY_LIMIT_PCT) if level == "lv" else loading_pct
    return math.floor((100.0 - counted) / MARGIN_STEP_POINTS)


def step_of(trial: Trial) -> int:
    return margin_step(trial.evaluation.path_loading_pct, trial.candidate.level)


def is_step_in_doubt(trial: Trial) -> bool:
    loading, level = trial.evaluation.path_loading_pct, trial.candidate.level
    around = (loading - STEP_DOUBT_POINTS, loading + STEP_DOUBT_POINTS)
    return len({margin_step(pct, level) for pct in around}) > 1


def order_key(option: Json, trial: Trial, shortest: Shortest) -> tuple:
    candidate, trials = trial.candidate, shortest.trials
    level = trials.application.levels.index(candidate.level)
    route_m = option["sources"][0]["route"]["length_m"]
    start = (level, trials.is_beyond(candidate), works_class(option))
    end = (route_m, option["kind"], candidate.element_id)
    if works_class(option) or route_m > shortest.window_of(trial):
        return (*start, 1, *end)
    is_kept = is_n_minus_1_kept(trial, trials)
    step = -step_of(trial)
    return (*start, 0, not trial.is_trunk, not is_kept, step, option["cost"]["p50"], *end)


def is_n_minus_1_kept(trial: Trial, trials: Trials) -> bool:
    """Not computed counts as lost; at low voltage there is no N-1. What is lost without the new
    load is not solved with it."""
    if trial.candidate.level == "lv" or not trials.may_be_kept(trial):
        return False
    return trials.security(trial).kept


def is_n_minus_1_in_doubt(trial: Trial, trials: Trials) -> bool:
    return trials.is_secured(trial) and trials.security(trial).is_in_doubt


def objections_to_order(offered: Offered, shortest: Shortest) -> Iterator[str]:
    """Each option must come before the next by the keys, and no feeder may have too many."""
    keys = [order_key(option, trial, shortest) for option, trial in offered]
    for i, (first, second) in enumerate(itertools.pairwise(keys), start=1):
        if first > second and not _in_doubt(offered[i - 1], offered[i], shortest):
            yield f"option {i} comes before option {i + 1}: {first} > {second}"
    counts: dict[tuple[str, int | None], int] = {}
    for _, trial in offered:
        feeder = (trial.candidate.level, trial.place.feeder)
        counts[feeder] = counts.get(feeder, 0) + 1
        if counts[feeder] == OPTIONS_A_FEEDER + 1:
            yield f"more than {OPTIONS_A_FEEDER} options on one feeder"
    for i, (option, trial) in enumerate(offered, start=1):
        for objection in _said_keys(option, trial, shortest):
            yield f"option {i}: {objection}"
    yield from _prices(offered)


def _in_doubt(one, other, shortest: Shortest) -> bool:
    """A loading or a length on the very edge of a step may fall either way."""
    return any(_on_edge(trial, option, shortest) for option, trial in (one, other))


def _on_edge(trial: Trial, option: Json, shortest: Shortest) -> bool:
    if is_step_in_doubt(trial) or _is_radius_in_doubt(trial):
        return True
    if works_class(option):
        return False
    off_window = option["sources"][0]["route"]["length_m"] - shortest.window_of(trial)
    if off_window < -METRES and is_n_minus_1_in_doubt(trial, shortest.trials):
        return True
    return abs(off_window) < METRES


def _is_radius_in_doubt(trial: Trial) -> bool:
    level = trial.candidate.level
    return level == "lv" and abs(supply_radius_m(trial.place) - SUPPLY_RADIUS_M[level]) < METRES


def _said_keys(option: Json, trial: Trial, shortest: Shortest) -> Iterator[str]:
    """What a plan says its order was decided on, as far as it says it."""
    said, level = option["order_keys"], trial.candidate.level
    expected = {"level": level, "works_class": works_class(option)}
    if not works_class(option):
        expected["is_trunk"] = trial.is_trunk
    if not is_step_in_doubt(trial):
        expected["margin_step"] = step_of(trial)
    if level == "mv" and shortest.trials.is_secured(trial):
        security = shortest.trials.security(trial)
        if not security.is_in_doubt:
            expected["n_minus_1"] = security.key
    elif said.get("n_minus_1") is True and not shortest.trials.may_be_kept(trial):
        expected["n_minus_1"] = False
    if level == "lv" and not _is_radius_in_doubt(trial):
        expected["is_within_radius"] = not shortest.trials.is_beyond(trial.candidate)
    for name, should in expected.items():
        if name in said and said[name] != should:
            yield f"order key {name} {said[name]}, should be {should}"


def is_same_build(one: Trial, other: Trial) -> bool:
    """The same access, conductor and size: then cost is known to grow with the length."""
    return (
        one.candidate.access == other.candidate.access
        and one.candidate.kind == other.candidate.kind
        and one.conductor.type == other.conductor.type
        and one.conductor.parallel == other.conductor.parallel
    )


def _prices(offered: Offered) -> Iterator[str]:
    """What is reinforced later has no price: a longer line of the same build costs no less."""
    plain = [(option, trial) for option, trial in offered if not works_class(option)]
    for (option, trial), (other, its) in itertools.permutations(plain, 2):
        if not is_same_build(trial, its) or not trial.evaluation.is_path_heavy:
            continue
        is_shorter = trial.candidate.route_m < its.candidate.route_m - METRES
        if is_shorter and option["cost"]["p50"] > other["cost"]["p50"]:
            yield (
                f"{trial.candidate.key} costs {option['cost']['p50']}, a longer line to "
                f"{its.candidate.key} {other['cost']['p50']}: what is reinforced later is priced"
            )
