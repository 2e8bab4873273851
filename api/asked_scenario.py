"""Scenario over HTTP: read and carried out, at once or in a job."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from api.serving import ServedGrid, ServedGrids
from api.translate import json_ready
from planner.scenarios import Scenario, read_scenario, run_scenario, what_if_to_json

__all__ = ["find_what_if", "read_asked_scenario"]


def read_asked_scenario(
    asked: Mapping[str, Any], grids: ServedGrids, today: date
) -> tuple[ServedGrid, Scenario]:
    """Return the base grid and the steps that are asked for.

    Parameters
    ----------
    today
        Day it was sent, whose rules hold unless another is given.

    Raises
    ------
    InputError
        With every problem.
    UnknownGridError
        If no such grid is served.
    """
    wanted = asked.get("grid")
    served = grids.find(wanted if isinstance(wanted, str) else None)
    scenario = read_scenario(
        dict(asked),
        model=served.model,
        area=served.area,
        catalogue=grids.catalogue,
        rule_book=grids.rule_book,
        today=today,
    )
    return served, scenario


def find_what_if(served: ServedGrid, scenario: Scenario, grids: ServedGrids) -> Any:
    """Carry out the steps on a copy of the grid; before and after, as JSON has it."""
    rule_book = grids.rule_book(scenario.area)
    found = run_scenario(scenario, served.model, rule_book, grids.catalogue)
    return json_ready(what_if_to_json(found))
