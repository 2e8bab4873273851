"""Study: a scenario carried out step by step. The story on one page."""

from __future__ import annotations

from collections.abc import Callable

from grid_models.catalogue import Catalogue
from grid_models.edits import Edit
from grid_models.errors import InputError, InputProblem
from grid_models.model import GridModel
from grid_models.parts import find_areas
from planner.rules import RuleBook
from planner.scenarios.consequences import find_consequences
from planner.scenarios.ground import Ground
from planner.scenarios.report import Done, make_report
from planner.scenarios.resolving import resolve
from planner.scenarios.result import PlanTaken, WhatIf
from planner.scenarios.scenario import Scenario, Step

__all__ = ["Progress", "run_scenario"]

Progress = Callable[[int, tuple[str, ...]], None]
"""Told the number of a step that is done, and the source trees that were solved for it."""


def run_scenario(
    scenario: Scenario,
    model: GridModel,
    rule_book: RuleBook,
    catalogue: Catalogue,
    *,
    progress: Progress | None = None,
) -> WhatIf:
    """Carry out a scenario and compare the grid before and after it.

    Parameters
    ----------
    scenario
        Checked by `read_scenario`.
    model
        Base grid. Nothing in it is solved: the source trees that steps touch are cut out.
    progress
        Called after each step.

    Raises
    ------
    InputError
        If a step cannot be made, or closes a ring or cuts loads off without being allowed to.
    """
    rules = rule_book.on(scenario.on_date)
    ground = Ground(base=model, areas=find_areas(model.compiled), rules=rules)
    done: list[Done] = []
    problems: list[InputProblem] = []
    for step in scenario.steps:
        try:
            ground, edits, plans = _make(step, ground, rule_book, catalogue)
        except InputError as error:
            problems += [_placed(problem, step) for problem in error.problems]
            break  # what follows may rest on it
        ground, found, trees = _judge(step, ground)
        problems += [_placed(problem, step) for problem in found]
        done.append(Done.of(step, ground.parts, edits, plans, trees))
        if progress is not None:
            progress(step.number, trees)
    if problems:
        raise InputError(problems)
    return make_report(scenario, ground, done, rule_book, catalogue)


def _make(
    step: Step, ground: Ground, rule_book: RuleBook, catalogue: Catalogue
) -> tuple[Ground, list[Edit], list[PlanTaken]]:
    """Make the edits of a step, each in what the one before left."""
    made: list[Edit] = []
    plans: list[PlanTaken] = []
    for action in step.actions:
        ground, edits, taken = resolve(action, ground, rule_book, catalogue)
        for edit in edits:
            ground = ground.made(edit)
        made += edits
        plans += taken
    return ground, made, plans


def _judge(step: Step, ground: Ground) -> tuple[Ground, list[InputProblem], tuple[str, ...]]:
    """Solve what a step changed: the ground after it, what it must not do, the trees solved."""
    problems: list[InputProblem] = []
    trees: list[str] = []
    for part in ground.parts:
        if part.is_changed:
            areas = part.solved(ground.rules)
            now = [look for area in areas for look in area.now]
            problems += find_consequences(step, part.now, now)
            ground = ground.exchanged(part, areas)
            trees += [look.tree_id for look in now if look.tree_id is not None]
    return ground, problems, tuple(sorted(trees))


def _placed(problem: InputProblem, step: Step) -> InputProblem:
    """Let a sentence begin with where the step stands."""
    return InputProblem(
        field=f"{step.field}.{problem.field}",
        zh=f"{step.place.zh}{problem.zh}",
        en=f"{step.place.en}{problem.en}",
    )
