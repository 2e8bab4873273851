"""Accepting: a complete application is read and kept, one at a time or many in a job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from api.application_schemas import ApplicationIn
from api.database.applications import StoredApplication, add_application, find_application
from api.request import Gathered, read_plan_request
from api.rows import rows_of_list
from api.serving import ServedGrids
from api.translate import json_ready
from grid_models.errors import InputProblem
from planner.plan_id import plain_fields

__all__ = ["Complete", "read_complete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete:
    """An application that is in order and not kept yet.

    Parameters
    ----------
    fields
        What is kept of what was asked.
    """

    district: str
    fields: dict[str, Any]
    grid_name: str
    completed_on: date
    replaces_id: str | None

    def keep(
        self,
        connection: Connection,
        application_id: str,
        *,
        districts: Sequence[str] | None,
        actor: str,
        now: datetime,
    ) -> StoredApplication:
        """Keep it as accepted.

        Parameters
        ----------
        districts
            Those of who asks; None: every one.

        Raises
        ------
        UnknownApplicationError
            If it takes the place of one that is not there for who asks.
        """
        if self.replaces_id is not None:
            find_application(connection, self.replaces_id, districts=districts)
        return add_application(
            connection, application_id=application_id, district=self.district, asked=self.fields,
            grid_name=self.grid_name, completed_on=self.completed_on, actor=actor, now=now,
            replaces_id=self.replaces_id,
        )  # fmt: skip


def read_complete(asked: ApplicationIn, grids: ServedGrids, today: date) -> Complete:
    """Return what was asked, if it is in order.

    Parameters
    ----------
    today
        Day it was sent: whose rules hold, and the day it was complete unless another is given.

    Raises
    ------
    InputError
        With every problem.
    UnknownGridError
        If no such grid is served.
    """
    given = asked.application.model_dump(exclude_unset=True)
    gathered = Gathered()
    if given.get("commitments"):
        gathered.refuse(_promises_problem())
    found = gathered.attempt(lambda: grids.find(given.get("grid")))
    equipment = given.get("equipment")
    request = read_plan_request(
        gathered,
        {k: v for k, v in given.items() if k not in ("grid", "equipment", "commitments")},
        grid=found.area if found else None,
        rule_book=grids.rule_book,
        today=today,
        equipment=None if equipment is None else lambda: rows_of_list(equipment, "equipment"),
    )
    return Complete(
        district=asked.district,
        fields=json_ready(plain_fields(request.application)),
        grid_name=gathered.settle(found).name,
        completed_on=asked.completed_on or today,
        replaces_id=asked.replaces_id,
    )


def _promises_problem() -> InputProblem:
    return InputProblem(
        field="commitments",
        zh="commitments 不应填写：已承诺容量以台账为准",
        en="commitments must not be given: the ledger knows what is promised",
    )
