"""Confirming: what somebody at the site stands for becomes part of what was asked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from api.database.applications import StoredApplication, find_application, restate
from api.database.confirmations import add_confirmation
from api.ledger.errors import NothingToConfirmError
from api.ledger.ledger import Ledger
from api.ledger.promises import write_down
from api.spot import Spot
from planner.confirmations import confirmed

__all__ = ["confirm"]

# Later it rests on a promise, earlier nobody has judged it.
_STATES = ("accepted", "planned")


def confirm(
    ledger: Ledger,
    connection: Connection,
    application_id: str,
    code: str,
    spot: Spot,
    *,
    actor: str,
    now: datetime,
) -> StoredApplication:
    """Note that somebody stands for something; the next plan is made with it.

    Parameters
    ----------
    code
        One of `planner.confirmations.CONFIRMATIONS`.
    spot
        Where they stood.

    Raises
    ------
    NothingToConfirmError
        If the application is a draft, held, or past that.
    OtherwiseStatedError
        If it states otherwise.
    """
    application = find_application(connection, application_id)
    if application.state not in _STATES:
        raise NothingToConfirmError(application_id, application.state)
    stated = restate(
        connection, application, asked=confirmed(application.asked, code, actor),
        grid_name=application.grid_name, completed_on=application.completed_on, now=now,
        is_shadow=application.is_shadow,
    )  # fmt: skip
    add_confirmation(connection, application_id, code, spot, actor=actor, now=now)
    ledger.keep_clock(connection, stated, now)
    write_down(connection, stated, "application.confirm", actor, now, code=code)
    return find_application(connection, application_id)
