"""Own: an application that is the caller's to see, and the ledger it belongs to."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header
from sqlalchemy.engine import Connection

from api.auth.caller import Caller
from api.database import Database
from api.database.applications import StoredApplication, check_revision, find_application
from api.ledger.ledger import Ledger
from api.serving import ServedGrids

__all__ = ["IfMatch", "check_seen", "find_own", "ledger_for", "ledger_of"]

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", pattern=r'^"[0-9]{1,9}"$', description="ETag that was seen."),
]


def find_own(connection: Connection, caller: Caller, application_id: str) -> StoredApplication:
    """Return an application of the caller's districts; of others nobody learns that it is there.

    Raises
    ------
    UnknownApplicationError
        If there is none, or it is not the caller's to see.
    """
    return find_application(connection, application_id, districts=caller.districts)


def check_seen(connection: Connection, application_id: str, if_match: str | None) -> None:
    """Make sure an application is as the caller has seen it, where the caller says so.

    Raises
    ------
    ChangedMeanwhileError
        If it is at another revision.
    """
    if if_match is not None:
        check_revision(connection, application_id, int(if_match.strip('"')))


def ledger_of(
    database: Database, caller: Caller, application_id: str, grids: ServedGrids
) -> Ledger:
    """Return the ledger of the grid an application is about.

    Raises
    ------
    UnknownApplicationError
        If there is no such application, or it is not the caller's to see.
    UnknownGridError
        If its grid is not served here.
    """
    application = database.read(lambda connection: find_own(connection, caller, application_id))
    return ledger_for(application.grid_name, grids)


def ledger_for(grid_name: str, grids: ServedGrids) -> Ledger:
    """Return the ledger of a grid.

    Raises
    ------
    UnknownGridError
        If it is not served here.
    """
    return Ledger(
        served=grids.find(grid_name), rule_book=grids.rule_book, terms=grids.terms,
        rules_inside=grids.rules.inside,
    )  # fmt: skip
