"""Steps: how many equal steps of a load pass one after the other, few of them solved.

More load on one point loads every branch more and lowers every voltage. Where a generator sends
power back it first relieves what it loads in the end, but never the other way round: a loading is
convex in the load. So between two steps that pass all pass.

::

    no generation      1 2 3 4 5 6 7 8       a b  solved: the last that passes, the first that
                       . . . . a b . .            does not
    with generation    c . . . a b . .       c    solved besides: the smallest
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from grid_models.solvers.radial import Connection
from planner.connection import Trial
from planner.design_load import Level
from planner.outcome import Outcome, evaluate
from planner.rules import Rules
from planner.situation import Situation

__all__ = ["count_steps", "equal_steps", "passed_in_turn"]


def equal_steps(trial: Trial, rules: Rules) -> list[Trial]:
    """Return a trial with equal steps of its load on the same line, the smallest first."""
    connection, count = trial.connection, int(rules.number("limited_supply_steps"))
    parts = ((k + 1) / count for k in range(count))
    return [
        replace(trial, connection=replace(connection, p=part * connection.p, q=part * connection.q))
        for part in parts
    ]


def count_steps(
    situation: Situation, steps: Sequence[Trial], rules: Rules, level: Level, *, guess: int
) -> int:
    """Count the steps, smallest first, that pass before the first that does not.

    Parameters
    ----------
    guess
        The count near which to look first; it decides only how many steps are solved.
    """
    if not situation.state.converged:
        return 0
    if any(step.single_phase for step in steps):
        # the phase a customer gets may differ from step to step
        return passed_in_turn(evaluate(situation, steps, rules, level))
    passes: dict[int, bool] = {0: True}

    def ask(*counts: int) -> None:
        asked = sorted({k for k in counts if k <= len(steps)} - passes.keys())
        if not asked:
            return
        outcomes = evaluate(situation, [steps[k - 1] for k in asked], rules, level)
        passes.update(zip(asked, map(_is_passed, outcomes), strict=True))

    may_flow_back = _may_flow_back(situation, steps[0].connection)
    first = min(guess, len(steps))
    ask(first, first + 1, *([1] if may_flow_back else []))
    if not passes.get(1, True):
        return 0
    count = first
    while not passes[count]:
        count -= 1
        ask(count)
    while count < len(steps) and count >= first:
        ask(count + 1)
        if not passes[count + 1]:
            break
        count += 1
    return count


def passed_in_turn(outcomes: Sequence[Outcome]) -> int:
    """Count the outcomes that pass before the first that does not."""
    refused = (k for k, outcome in enumerate(outcomes) if not _is_passed(outcome))
    return next(refused, len(outcomes))


def _is_passed(outcome: Outcome) -> bool:
    return outcome.converged and not outcome.blocking


def _may_flow_back(situation: Situation, load: Connection) -> bool:
    """Say whether something in the tree, or the new load itself, gives power."""
    tree = situation.tree
    taken = (tree.p, tree.q, tree.p_current, tree.q_current, -np.abs(tree.b))
    return load.p < 0.0 or load.q < 0.0 or any(bool((power < 0.0).any()) for power in taken)
