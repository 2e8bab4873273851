"""PlanRequest: an application and the promises it competes with, read from all their parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from api.rows import Row, read_commitments, read_equipment
from grid_models.errors import InputError, InputProblem
from planner.application import Commitment, SupplyApplication
from planner.intake import read_application
from planner.rules import RuleBook
from planner.site import GridArea

__all__ = ["Gathered", "PlanRequest", "read_plan_request"]

T = TypeVar("T")

RowReader = Callable[[], list[Row]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What `make_plan` is asked."""

    application: SupplyApplication
    commitments: tuple[Commitment, ...]


class Gathered:
    """Problems of several inputs, gathered so that all are named at once."""

    def __init__(self) -> None:
        self._problems: list[InputProblem] = []

    def attempt(self, read: Callable[[], T]) -> T | None:
        """Return what `read` returns; if it refuses, keep its problems and return None."""
        try:
            return read()
        except InputError as error:
            self._problems += error.problems
            return None

    def refuse(self, problem: InputProblem) -> None:
        """Keep one problem."""
        self._problems.append(problem)

    def raise_problems(self) -> None:
        """Raise `InputError` with everything gathered, if there is any."""
        if self._problems:
            raise InputError(self._problems)


def read_plan_request(
    gathered: Gathered,
    fields: Mapping[str, Any],
    *,
    grid: GridArea | None,
    rule_book: Callable[[str], RuleBook],
    today: date,
    equipment: RowReader | None = None,
    commitments: RowReader | None = None,
) -> PlanRequest:
    """Return what was asked.

    Parameters
    ----------
    gathered
        Problems met before, to be named together with those met here.
    fields, grid, rule_book, today
        As `planner.intake.read_application` takes them.
    equipment, commitments
        Give the rows of the equipment list and of the promises; None if there are none.

    Raises
    ------
    InputError
        With every problem of every part.
    """
    fields = dict(fields)
    if equipment is not None:
        gathered.attempt(lambda: fields.update(_powers(equipment(), fields)))
    promises = gathered.attempt(
        lambda: read_commitments(commitments() if commitments else [], grid and grid.node_ids)
    )
    application = gathered.attempt(
        lambda: read_application(fields, grid=grid, rule_book=rule_book, today=today)
    )
    gathered.raise_problems()
    if application is None or promises is None:  # pragma: no cover - raised just above
        raise InputError([])
    return PlanRequest(application=application, commitments=promises)


def _powers(rows: list[Row], fields: Mapping[str, Any]) -> dict[str, float]:
    """Return the powers that an equipment list settles, without contradicting those stated."""
    totals = read_equipment(rows)
    powers: dict[str, float] = {}
    if fields.get("kw") is None and fields.get("kva") is None:
        powers["kw"] = totals.kw
    if fields.get("max_demand_kw") is None and totals.max_demand_kw < totals.kw:
        powers["max_demand_kw"] = totals.max_demand_kw
    return powers
