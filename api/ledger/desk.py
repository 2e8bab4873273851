"""Desk: what it confirms, and what nobody signs before it did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from api.database.applications import StoredApplication, find_application
from api.database.decisions import CHANGE, CONFIRM, OVERRIDE, add_decision, is_decided
from api.database.holds import Hold
from api.database.outbox import tell
from api.database.plans import StoredPlan, find_plan
from api.database.shadow import is_in_shadow
from api.ledger.errors import NoSuchOptionError, NotConfirmedError, NothingToDecideError
from api.ledger.ledger import Ledger
from api.ledger.promises import write_down
from grid_models.errors import InputError, InputProblem
from planner.form import shown

__all__ = ["decide", "needs_desk", "require_confirmed"]

ON_SITE = "on_site"
FIRST = 1
# States in which a decision can still change what is replied.
OPEN = ("planned", "held")


def needs_desk(
    connection: Connection, application: StoredApplication, stored: StoredPlan, hold: Hold
) -> bool:
    """Tell whether the desk has to stand for what is held before it is replied.

    The answer on the spot is about the first option, with the promises the plan was made with;
    every other one is the desk's, what was held beside later promises is, and in shadow mode all.
    """
    return (
        stored.mode != ON_SITE
        or hold.option_rank != FIRST
        or not hold.is_by_plan
        or application.is_shadow
        or is_in_shadow(connection, application.district)
    )


def require_confirmed(
    connection: Connection, application: StoredApplication, stored: StoredPlan, hold: Hold
) -> None:
    """Make sure the desk stands for what is held, where it has to.

    Raises
    ------
    NotConfirmedError
        If it has not said so of this version of the plan.
    """
    rank = hold.option_rank
    if needs_desk(connection, application, stored, hold) and not is_decided(
        connection, application.application_id, stored.version, rank
    ):
        raise NotConfirmedError(application.application_id, stored.version, rank)


def decide(
    ledger: Ledger,
    connection: Connection,
    application_id: str,
    *,
    version: int,
    rank: int,
    reason_code: str,
    overrides: Mapping[str, str],
    note: str,
    actor: str,
    now: datetime,
) -> None:
    """Let the desk stand for an option of a plan.

    Parameters
    ----------
    rank
        An option the plan has: 1 confirms the answer, any other changes it.
    reason_code
        Why another option than the first; empty where it is the first.
    overrides
        By code of a desk reason of the plan, why it does not stand in the way. Each doubt of the
        rule ``desk_doubts`` needs one.

    Raises
    ------
    NothingToDecideError
        If the application is past it.
    NoSuchOptionError
        If the plan has no option of that rank.
    InputError
        With everything that is missing or unknown.
    """
    application = find_application(connection, application_id)
    if application.state not in OPEN:
        raise NothingToDecideError(application_id, application.state)
    stored = find_plan(connection, application_id, version)
    options = stored.document["options"]
    if not FIRST <= rank <= len(options):
        raise NoSuchOptionError(rank, len(options))
    rules = ledger.rules(ledger.read(application))
    # the answer's reasons are those of the first option
    stated = [*stored.document["answer"]["reasons"], *options[rank - 1]["desk_reasons"]]
    reasons = {reason["code"]: reason for reason in stated}
    doubts = [code for code in rules.value("desk_doubts") if code in reasons]
    known = list(rules.value("desk_reason_codes"))
    problems = [
        *_reason_problems(rank, reason_code, known),
        *_override_problems(overrides, reasons, doubts, known),
    ]
    if problems:
        raise InputError(problems)
    facts: dict[str, Any] = {
        "plan_version": stored.version, "option_rank": rank, "note": note, "actor": actor,
        "now": now,
    }  # fmt: skip
    for code, why in overrides.items():
        rule_id = reasons[code]["rule_id"] or code
        add_decision(
            connection, application_id, kind=OVERRIDE, reason_code=why, rule_id=rule_id, **facts
        )
    kind = CONFIRM if rank == FIRST else CHANGE
    add_decision(
        connection, application_id, kind=kind, reason_code=reason_code, rule_id=None, **facts
    )
    write_down(
        connection, application, f"desk.{kind}", actor, now,
        version=stored.version, rank=rank, plan_id=stored.plan_id, reason_code=reason_code,
        overrides=dict(overrides),
    )  # fmt: skip
    tell(
        connection, "desk.decided", district=application.district, subject=application_id, now=now,
        application_id=application_id, version=stored.version, rank=rank, decision=kind,
    )  # fmt: skip


def _reason_problems(rank: int, given: str, known: list[str]) -> Iterator[InputProblem]:
    if rank == FIRST:
        if given:
            yield InputProblem(
                field="reason_code",
                zh="reason_code 仅在改选其他方案时填写",
                en="reason_code is given only where another option than the first is chosen",
            )
    elif given not in known:
        yield _not_among("reason_code", given, known)


def _override_problems(
    overrides: Mapping[str, str], reasons: Mapping[str, Any], doubts: list[str], known: list[str]
) -> Iterator[InputProblem]:
    for code, why in overrides.items():
        if code not in reasons:
            yield _not_among(f"overrides.{shown(code)}", code, list(reasons))
        if why not in known:
            yield _not_among(f"overrides.{shown(code)}", why, known)
    for code in doubts:
        if code not in overrides:
            reason = reasons[code]
            yield InputProblem(
                field=f"overrides.{code}",
                zh=f"未说明“{reason['zh']}”为何不妨碍，请填写原因：{'、'.join(known)}",
                en=f'"{reason["en"]}" is not answered; say why it does not stand in the way: '
                + ", ".join(known),
            )


def _not_among(field: str, given: str, known: list[str]) -> InputProblem:
    return InputProblem(
        field=field,
        zh=f"{field} 为“{shown(given)}”，应为其中之一：{'、'.join(known) or '（无）'}",
        en=f'{field} is "{shown(given)}"; give one of {", ".join(known) or "(none)"}',
    )
