"""Onward: an application after the reply, to the supply or to an early end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from dateutil.relativedelta import relativedelta
from sqlalchemy.engine import Connection

from api.database.applications import StoredApplication, move
from api.database.holds import find_live_hold, set_taken
from api.ledger.promises import carry_on, find_held, list_taken, release_hold
from api.life import MoveError

__all__ = ["go_on"]

BUILDING, RESIDUAL = "building", "residual"


def go_on(
    connection: Connection,
    application: StoredApplication,
    to_state: str,
    *,
    residual_months: Callable[[], int],
    measured_peak_kva: float,
    reason: str,
    actor: str,
    now: datetime,
) -> StoredApplication:
    """Move an application on after the reply, or end it; its hold goes along.

    Parameters
    ----------
    to_state
        planned: the short hold is given up. agreed: the hold goes on as replied.
        in_construction: it runs out no more. energised: what is not used yet stays held for some
        months. withdrawn: it is released.
    residual_months
        Says how long after energising.
    measured_peak_kva
        What an energised supply draws at most so far, which the grid's loads count from now on.

    Raises
    ------
    NoHoldError
        If nothing is held any more.
    MoveError
        If its state does not lead there.
    """
    application_id = application.application_id
    match to_state:
        case "planned":
            _, hold = find_held(connection, application_id, now)
            release_hold(connection, application, hold, "given up", actor=actor, now=now)
        case "agreed":
            find_held(connection, application_id, now)
        case "in_construction":
            _, hold = find_held(connection, application_id, now)
            carry_on(connection, application, hold, BUILDING, None, now)
        case "energised":
            _, hold = find_held(connection, application_id, now)
            until = now + relativedelta(months=residual_months())
            carry_on(connection, application, hold, RESIDUAL, until, now)
            # a standby is seldom seen at its load: it stays held in full
            main = list_taken(connection, application, hold, now)[0]
            set_taken(connection, hold, 0, max(main.s_kva - measured_peak_kva, 0.0))
        case "withdrawn":
            present = find_live_hold(connection, application_id, now)
            if present is not None:
                release_hold(connection, application, present, "withdrawn", actor=actor, now=now)
        case _:
            raise MoveError(application_id, application.state, to_state)
    return move(connection, application, to_state, actor=actor, now=now, reason=reason)
