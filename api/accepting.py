"""Accepting: a complete application is read and kept, one at a time or many in a job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from api.application_schemas import ApplicationIn
from api.database.applications import StoredApplication, find_application
from api.ledger.accepting import accept
from api.ledger.ledger import Ledger
from api.own import ledger_for
from api.serving import ServedGrids
from api.stated import check_completed, check_confirmer, read_fields

__all__ = ["Complete", "read_complete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete:
    """An application that is in order and not kept yet.

    Parameters
    ----------
    fields
        What is kept of what was asked.
    ledger
        Of the grid it is about.
    """

    district: str
    fields: dict[str, Any]
    ledger: Ledger
    completed_on: date
    replaces_id: str | None
    supersedes_id: str | None

    def check_others(self, connection: Connection, districts: Sequence[str] | None) -> None:
        """Make sure that those it takes the place of are there for who asks.

        Parameters
        ----------
        districts
            Those of who asks; None: every one.

        Raises
        ------
        UnknownApplicationError
            If one is not.
        """
        for other_id in (self.replaces_id, self.supersedes_id):
            if other_id is not None:
                find_application(connection, other_id, districts=districts)

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
        MoveError
            If the one it supersedes is past that.
        """
        self.check_others(connection, districts)
        return accept(
            self.ledger, connection, application_id=application_id, district=self.district,
            asked=self.fields, completed_on=self.completed_on, actor=actor, now=now,
            replaces_id=self.replaces_id, supersedes_id=self.supersedes_id,
        )  # fmt: skip


def read_complete(
    asked: ApplicationIn, grids: ServedGrids, today: date, person: str | None
) -> Complete:
    """Return what was asked, if it is in order.

    Parameters
    ----------
    person
        Who states it; None: another company's system.
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
    check_completed(asked.completed_on, today)
    check_confirmer(given, person)
    fields, grid_name = read_fields(given, grids, today)
    return Complete(
        district=asked.district, fields=fields, ledger=ledger_for(grid_name, grids),
        completed_on=asked.completed_on or today, replaces_id=asked.replaces_id,
        supersedes_id=asked.supersedes_id,
    )  # fmt: skip
