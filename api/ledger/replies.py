"""Replies: the form that promises, made with the hold it rests on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from dateutil.relativedelta import relativedelta
from sqlalchemy.engine import Connection

from api import clock
from api.database.applications import move
from api.database.holds import Hold
from api.database.plans import StoredPlan, find_plan
from api.database.promise_checks import is_kept
from api.database.reply_forms import StoredForm, add_form
from api.ledger.desk import require_confirmed
from api.ledger.errors import NotProvedError
from api.ledger.giving_way import give_way
from api.ledger.ledger import Ledger
from api.ledger.promises import carry_on, find_held, write_down
from api.life import check_move
from grid_models.errors import InputError, InputProblem
from planner.validity import valid_months

__all__ = ["MakeForm", "Validity", "reply"]

REPLIED = "replied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """How long a reply holds: in months, and to which day."""

    months: int
    last: date


MakeForm = Callable[[StoredPlan, Hold, Validity], bytes]
"""Makes the form from plan, hold and validity."""


def reply(
    ledger: Ledger,
    connection: Connection,
    application_id: str,
    *,
    signed_on: date,
    make_form: MakeForm,
    actor: str,
    now: datetime,
) -> StoredForm:
    """Make and keep the reply form, and with it the promise: no form without a live hold.

    Parameters
    ----------
    signed_on
        Day from which the reply is valid.
    make_form
        Called in the transaction that finds the hold alive.

    Raises
    ------
    GridBehindError
        If promises are made on another version of the grid than this process serves.
    NoHoldError
        If nothing is held any more.
    NotConfirmedError
        If the desk has to stand for the option and has not.
    NotProvedError
        If the grid is served in a later version, on which nobody found the promise kept.
    InputError
        If it was signed before the hold was made, or is to be signed later.
    """
    ledger = ledger.inside(connection)
    application, hold = find_held(connection, application_id, now)
    check_move(application_id, application.state, REPLIED)
    stored = find_plan(connection, application_id, hold.plan_version)
    if not is_kept(connection, hold, ledger.served.version):
        raise NotProvedError(application_id, ledger.served.version)
    option = stored.document["options"][hold.option_rank - 1]
    require_confirmed(connection, application, stored, hold)
    _check_signed(signed_on, hold, now)
    months = valid_months(ledger.rules(ledger.read(application)), option["supply_kv"])
    last = signed_on + relativedelta(months=months)
    expires_at = clock.end_of(last)
    form = make_form(stored, hold, Validity(months=months, last=last))
    kept = add_form(
        connection, hold, form, plan_id=stored.plan_id, signed_on=signed_on,
        valid_until=expires_at, actor=actor, now=now,
    )  # fmt: skip
    give_way(connection, application, hold, load_date=ledger.load_date, actor=actor, now=now)
    carry_on(connection, application, hold, REPLIED, expires_at, now)
    moved = move(connection, application, REPLIED, actor=actor, now=now)
    write_down(
        connection, moved, "reply.make", actor, now,
        hold_id=hold.hold_id, plan_id=stored.plan_id, expires_at=expires_at.isoformat(),
        form_hash=kept.form_hash,
    )  # fmt: skip
    return kept


def _check_signed(signed_on: date, hold: Hold, now: datetime) -> None:
    first, last = clock.day_of(hold.held_at), clock.day_of(now)
    if not first <= signed_on <= last:
        raise InputError(
            [
                InputProblem(
                    field="signed_on",
                    zh=f"签收日期为 {signed_on}，应在占用容量之日 {first} 与今天 {last} 之间",
                    en=f"signed_on is {signed_on}; give a day from {first}, when the capacity was "
                    f"held, to today, {last}",
                )
            ]
        )
