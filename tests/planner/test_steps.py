"""How many eighths of a wish fit, whatever one guesses first; line:1 of the ring binds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

import planner.steps
from grid_models.grid import Grid
from planner.connection import Trial
from planner.design_load import find_demand
from planner.outcome import Outcome, evaluate
from planner.search import Search
from planner.steps import count_steps, passed_in_turn
from tests.planner.example import asked, catalogue, example_rules, unexamined
from tests.planner.remedies.rings import LOADS_KW, NEAR, SITE, ring

EIGHTHS = 8


class Wish:
    """A wish of 800 kVA near the ring in equal steps, at the first point of access."""

    def __init__(self, grid: Grid) -> None:
        self.search = Search(
            model=unexamined(grid), application=asked(*SITE, kva=800.0, **NEAR),
            rules=example_rules(), catalogue=catalogue(), commitments=(),
        )  # fmt: skip
        demand = find_demand(self.search.application, "mv", self.search.rules)
        candidate = self.search.look("mv", demand, (-1.0, 300.0))[0]
        trial = self.search.trial(candidate, demand, "mv")
        self.situation = self.search.situation(candidate.place.tree)
        self.steps = [_scaled(trial, k / EIGHTHS) for k in range(1, EIGHTHS + 1)]

    def count(self, guess: int) -> int:
        return count_steps(self.situation, self.steps, self.search.rules, "mv", guess=guess)

    def one_by_one(self) -> int:
        return passed_in_turn(evaluate(self.situation, self.steps, self.search.rules, "mv"))


def _scaled(trial: Trial, share: float) -> Trial:
    p, q = trial.connection.p, trial.connection.q
    return replace(trial, connection=replace(trial.connection, p=share * p, q=share * q))


def loaded(kw: float) -> Grid:
    return ring({**LOADS_KW, "bus:3": kw}, switches=False)


@pytest.mark.parametrize("guess", range(EIGHTHS + 1))
@pytest.mark.parametrize("kw", [1_000.0, 600.0, 400.0, 0.0, -1_600.0, -4_200.0])
def test_the_count_is_that_of_all_steps_whatever_the_guess(kw: float, guess: int) -> None:
    wish = Wish(loaded(kw))
    assert wish.count(guess) == wish.one_by_one()


def test_these_grids_have_room_for_none_for_some_and_for_all() -> None:
    counts = {Wish(loaded(kw)).one_by_one() for kw in (1_000.0, 600.0, 0.0)}
    assert 0 in counts
    assert EIGHTHS in counts
    assert len(counts) == 3


def test_what_power_sent_back_loads_too_heavily_takes_no_step() -> None:
    # 2,600 kW flow back over line:1, which 2,396 kVA load heavily: less and less with every step
    assert Wish(loaded(-4_200.0)).count(EIGHTHS) == 0


def test_a_good_guess_leaves_two_steps_to_solve(monkeypatch: pytest.MonkeyPatch) -> None:
    solved = []

    def counted(situation: object, trials: Sequence[Trial], *others: object) -> list[Outcome]:
        solved.extend(trials)
        return evaluate(situation, trials, *others)  # type: ignore[arg-type]

    wish = Wish(loaded(600.0))
    guess = wish.one_by_one()
    monkeypatch.setattr(planner.steps, "evaluate", counted)
    wish.count(guess)
    assert len(solved) == 2
