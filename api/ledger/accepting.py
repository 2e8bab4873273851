"""Accepting: an application complete at last, from when on the utility's clock counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from api.database.applications import (
    StoredApplication,
    add_application,
    find_application,
    move,
    restate,
)
from api.database.shadow import is_in_shadow
from api.ledger.giving_way import check_places
from api.ledger.ledger import Ledger
from api.life import check_move

__all__ = ["accept", "accept_draft"]


def accept(
    ledger: Ledger,
    connection: Connection,
    *,
    application_id: str,
    district: str,
    asked: Mapping[str, Any],
    completed_on: date,
    actor: str,
    now: datetime,
    replaces_id: str | None = None,
    supersedes_id: str | None = None,
) -> StoredApplication:
    """Keep a complete application.

    Parameters
    ----------
    asked
        As `api.stated.read_complete` gives it.
    replaces_id
        Temporary supply whose hold it takes over.
    supersedes_id
        Application that ends once this one is held.

    Raises
    ------
    MoveError
        If the one it supersedes is past that.
    InputError
        If it cannot take the place of those named.
    """
    check_places(
        connection, business=str(asked["business"]), grid_name=ledger.served.name,
        replaces_id=replaces_id, supersedes_id=supersedes_id,
    )  # fmt: skip
    stored = add_application(
        connection, application_id=application_id, district=district, asked=asked,
        grid_name=ledger.served.name, completed_on=completed_on, actor=actor, now=now,
        replaces_id=replaces_id, supersedes_id=supersedes_id,
        is_shadow=is_in_shadow(connection, district),
    )  # fmt: skip
    ledger.keep_clock(connection, stored, now)
    return find_application(connection, application_id)


def accept_draft(
    ledger: Ledger,
    connection: Connection,
    draft: StoredApplication,
    *,
    asked: Mapping[str, Any],
    completed_on: date,
    actor: str,
    now: datetime,
) -> StoredApplication:
    """Accept a draft that is complete now.

    Raises
    ------
    MoveError
        If it is no draft any more.
    """
    check_move(draft.application_id, draft.state, "accepted")
    stated = restate(
        connection, draft, asked=asked, grid_name=ledger.served.name, completed_on=completed_on,
        now=now, is_shadow=is_in_shadow(connection, draft.district),
    )  # fmt: skip
    accepted = move(connection, stated, "accepted", actor=actor, now=now)
    ledger.keep_clock(connection, accepted, now)
    return find_application(connection, draft.application_id)
