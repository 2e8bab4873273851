"""Onward: an application after the reply, to the supply or to an early end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from dateutil.relativedelta import relativedelta
from sqlalchemy.engine import Connection

from api import clock
from api.database.applications import StoredApplication, move
from api.database.holds import find_live_hold, list_taken, note_peak
from api.ledger.promises import carry_on, find_held, release_hold
from api.life import MoveError
from grid_models.errors import InputError, InputProblem

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
        in_construction: it runs out no more. energised: it stays held for some months, less what
        is drawn once the grid's loads may have that. withdrawn: it is released.
    residual_months
        Says how long after energising.
    measured_peak_kva
        What an energised supply draws at most so far.

    Raises
    ------
    NoHoldError
        If nothing is held any more.
    MoveError
        If its state does not lead there.
    InputError
        If more is said to be drawn than was promised.
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
            main = list_taken(connection, hold)[0]
            if measured_peak_kva > main.s_kva:
                raise InputError([_peak_problem(measured_peak_kva, main.s_kva)])
            until = now + relativedelta(months=residual_months())
            carry_on(connection, application, hold, RESIDUAL, until, now)
            note_peak(connection, hold, measured_peak_kva, clock.day_of(now))
        case "withdrawn":
            present = find_live_hold(connection, application_id, now)
            if present is not None:
                release_hold(connection, application, present, "withdrawn", actor=actor, now=now)
        case _:
            raise MoveError(application_id, application.state, to_state)
    return move(connection, application, to_state, actor=actor, now=now, reason=reason)


def _peak_problem(measured_kva: float, held_kva: float) -> InputProblem:
    return InputProblem(
        field="measured_peak_kva",
        zh=f"measured_peak_kva 为 {measured_kva:g} kVA，应不大于承诺的 {held_kva:.1f} kVA",
        en=f"measured_peak_kva is {measured_kva:g} kVA, more than the {held_kva:.1f} kVA that were "
        "promised; give at most that",
    )
