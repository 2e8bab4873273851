"""PlanRequest: an application and the promises it competes with, read from all their parts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar, cast

from api.rows import EquipmentTotals, Row, read_commitments, read_equipment
from grid_models.errors import InputError, InputProblem
from planner.application import Commitment, SupplyApplication
from planner.intake import read_application
from planner.rules import RuleBook
from planner.site import GridArea

__all__ = ["Gathered", "PlanRequest", "RowReader", "read_plan_request"]

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

    def settle(self, value: T | None) -> T:
        """Return what `attempt` gave, or raise `InputError` with everything gathered."""
        if self._problems:
            raise InputError(self._problems)
        return cast("T", value)  # it is not None: whatever gives None is refused


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
    totals = None
    fields = dict(fields)
    if equipment is not None:
        totals = gathered.attempt(lambda: read_equipment(equipment()))
        _settle_powers(fields, totals)
    promises = gathered.attempt(
        lambda: read_commitments(
            commitments() if commitments else [],
            grid.node_ids if grid else None,
            is_star=grid.is_star if grid else None,
            node_of_bay=grid.node_of_bay if grid else None,
        )
    )
    application = gathered.attempt(
        lambda: read_application(fields, grid=grid, rule_book=rule_book, today=today)
    )
    if application and application.kw and totals and not math.isclose(application.kw, totals.kw):
        gathered.refuse(_contradiction(application.kw, totals.kw))
    if application and application.kva and totals and totals.max_demand_kw > application.kva:
        gathered.refuse(_too_small(application.kva, totals))
    return PlanRequest(
        application=gathered.settle(application), commitments=gathered.settle(promises)
    )


def _settle_powers(fields: dict[str, Any], totals: EquipmentTotals | None) -> None:
    """Fill in the powers that an equipment list settles and nobody stated."""
    if fields.get("kw") is None and fields.get("kva") is None:
        # A list that was refused must not be blamed a second time for the missing power.
        fields["kw"] = totals.kw if totals else 1.0
    if totals and fields.get("max_demand_kw") is None and totals.max_demand_kw < totals.kw:
        fields["max_demand_kw"] = totals.max_demand_kw


def _too_small(kva: float, totals: EquipmentTotals) -> InputProblem:
    demand_kw = totals.max_demand_kw
    return InputProblem(
        field="kva",
        zh=f"报装容量 kva 为“{kva:g}”，而设备清单计入需用系数后为 {demand_kw:g} kW；"
        "应不小于清单负荷，或更正清单",
        en=f'kva is "{kva:g}" but the equipment list, demand factors included, is {demand_kw:g} kW;'
        " give a capacity that carries it, or correct the list",
    )


def _contradiction(kw: float, listed_kw: float) -> InputProblem:
    return InputProblem(
        field="kw",
        zh=f"用电设备容量 kw 为“{kw:g}”，而设备清单合计 {listed_kw:g} kW；应二者一致或只填一个",
        en=f'kw is "{kw:g}" but the equipment list sums to {listed_kw:g} kW; '
        "make them agree or give only one of them",
    )
