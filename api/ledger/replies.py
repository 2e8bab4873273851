"""Replies: the form that promises, made with the hold it rests on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from dateutil.relativedelta import relativedelta
from sqlalchemy.engine import Connection

from api import clock
from api.database.applications import StoredApplication, move
from api.database.holds import Hold
from api.database.plans import StoredPlan, find_plan
from api.database.promise_checks import is_kept
from api.database.reply_forms import FormFiles, StoredForm, add_form
from api.ledger.desk import require_confirmed
from api.ledger.errors import NotProvedError
from api.ledger.giving_way import give_way
from api.ledger.ledger import Ledger
from api.ledger.promises import carry_on, find_held, write_down
from api.life import check_move
from grid_models.errors import InputError, InputProblem
from planner.validity import valid_months

__all__ = ["CLOCK_LEEWAY", "MakeForm", "Ready", "Signing", "Validity", "find_ready", "reply"]

REPLIED = "replied"
# Phones tell the time a little wrong; what is further off was not signed when it says.
CLOCK_LEEWAY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """How long a reply holds: in months, and to which day."""

    months: int
    last: date


MakeForm = Callable[[StoredPlan, Hold, Validity], FormFiles]
"""Makes the form from plan, hold and validity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """That somebody signed, by role and when.

    Parameters
    ----------
    role
        customer or company.
    name
        Of who signed for the company. None: the customer, whose name is on the form alone.
    """

    role: str
    signed_at: datetime
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """All a reply form is made from, found in order.

    Parameters
    ----------
    stored
        Plan that is held.
    """

    application: StoredApplication
    hold: Hold
    stored: StoredPlan
    validity: Validity


def find_ready(
    ledger: Ledger,
    connection: Connection,
    application_id: str,
    *,
    signed_on: date,
    signings: Sequence[Signing] = (),
    now: datetime,
) -> Ready:
    """Return what a reply form would be made from at this moment; nothing is changed.

    Parameters
    ----------
    signed_on
        Day from which the reply is valid.
    signings
        Who signed it on a screen, at most one a role.

    Raises
    ------
    GridBehindError
        If promises are made on another version of the grid than this process serves.
    NoHoldError
        If nothing is held any more.
    MoveError
        If the application's state does not lead to a reply.
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
    _check_signed(signed_on, signings, hold, now)
    months = valid_months(ledger.rules(ledger.read(application)), option["supply_kv"])
    last = signed_on + relativedelta(months=months)
    return Ready(
        application=application, hold=hold, stored=stored,
        validity=Validity(months=months, last=last),
    )  # fmt: skip


def reply(
    ledger: Ledger,
    connection: Connection,
    application_id: str,
    *,
    signed_on: date,
    make_form: MakeForm,
    signings: Sequence[Signing] = (),
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
    signings
        Who signed it on a screen, at most one a role: written down, the company's by name.

    Raises
    ------
    SupplyPlanError
        Each of `find_ready`.
    """
    ready = find_ready(
        ledger, connection, application_id, signed_on=signed_on, signings=signings, now=now
    )
    application, hold, stored = ready.application, ready.hold, ready.stored
    expires_at = clock.end_of(ready.validity.last)
    form = make_form(stored, hold, ready.validity)
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
        form_hash=kept.form_hash, pdf_hash=kept.pdf_hash,
        signed=[_written(one) for one in signings],
    )  # fmt: skip
    return kept


def _written(signing: Signing) -> dict[str, str]:
    """Return what the audit keeps of a signature."""
    by = {} if signing.name is None else {"name": signing.name}
    return {"role": signing.role, "at": signing.signed_at.astimezone(UTC).isoformat()} | by


def _check_signed(signed_on: date, signings: Sequence[Signing], hold: Hold, now: datetime) -> None:
    first, last = clock.day_of(hold.held_at), clock.day_of(now)
    problems = []
    if not first <= signed_on <= last:
        problems.append(
            InputProblem(
                field="signed_on",
                zh=f"签收日期为 {signed_on}，应在占用容量之日 {first} 与今天 {last} 之间",
                en=f"signed_on is {signed_on}; give a day from {first}, when the capacity was "
                f"held, to today, {last}",
            )
        )
    problems += [
        _moment_problem(one, hold, now)
        for one in signings
        if not hold.held_at - CLOCK_LEEWAY <= one.signed_at <= now + CLOCK_LEEWAY
    ]
    if problems:
        raise InputError(problems)


def _moment_problem(signing: Signing, hold: Hold, now: datetime) -> InputProblem:
    first, last = (_said(moment) for moment in (hold.held_at, now))
    leeway = int(CLOCK_LEEWAY.total_seconds() // 60)
    said = signing.signed_at.isoformat(timespec="seconds")
    return InputProblem(
        field=f"signatures.{signing.role}.signed_at",
        zh=f"签名时间为 {said}，应在占用容量之时 {first} 与现在 {last} 之间"
        f"（误差不超过 {leeway} 分钟），请核对设备时间",
        en=f"signed_at is {said}; it must lie between {first}, when the capacity was held, and "
        f"now, {last}, give or take {leeway} minutes: look at the clock of the device",
    )


def _said(moment: datetime) -> str:
    return moment.astimezone(clock.COMPANY).isoformat(timespec="seconds")
