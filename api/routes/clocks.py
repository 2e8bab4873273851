"""Clocks: the utility's limit of an application stopped for a reason, and let run again."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from sqlalchemy.engine import Connection

from api.application_schemas import ApplicationDetail
from api.auth.caller import Caller
from api.auth.dependency import allowed
from api.database.applications import find_application
from api.database.holds import find_live_hold
from api.database.pauses import list_pauses
from api.dependencies import Grids, Id, Now, Today, refuse_repeated_fields
from api.desk_schemas import PauseIn, ResumeIn
from api.ledger.pausing import pause, resume
from api.once import Once, ThisOnce
from api.own import ledger_of
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER, refusal
from api.shown import show

__all__ = ["router"]

router = APIRouter(
    prefix="/v1/applications/{application_id}/pauses",
    tags=["applications"],
    dependencies=[Depends(refuse_repeated_fields)],
    responses=NOT_ALLOWED
    | NOT_IN_ORDER
    | refusal(404, "No such application.")
    | refusal(409, "No clock counts, no such pause is open, or the key was used before.")
    | refusal(503, "Grids are being loaded."),
)
Writer = Annotated[Caller, Depends(allowed("application.write"))]
Number = Annotated[int, Path(ge=1, lt=2**63)]


@router.post("", status_code=201, summary="Stop the clock", response_model=ApplicationDetail)
def stop_clock(
    application_id: Id,
    asked: PauseIn,
    caller: Writer,
    grids: Grids,
    today: Today,
    now: Now,
    once: ThisOnce,
) -> Any:
    """Stop the utility's clock: the days of the pause do not count."""
    if (kept := once.kept()) is not None:
        return kept
    ledger = ledger_of(once.database, caller, application_id, grids)

    def go(connection: Connection) -> Any:
        pause(
            ledger, connection, application_id, reason=asked.reason, note=asked.note,
            from_on=asked.from_on, until_on=asked.until_on, actor=caller.name, now=now,
        )  # fmt: skip
        return _shown(connection, application_id, once, caller, today)

    return once.do(go)


@router.post(
    "/{number}/end",
    status_code=201,
    summary="Let the clock run again",
    response_model=ApplicationDetail,
)
def run_clock(
    application_id: Id,
    number: Number,
    asked: ResumeIn,
    caller: Writer,
    grids: Grids,
    today: Today,
    now: Now,
    once: ThisOnce,
) -> Any:
    """End a pause: the day after it counts again."""
    if (kept := once.kept()) is not None:
        return kept
    ledger = ledger_of(once.database, caller, application_id, grids)

    def go(connection: Connection) -> Any:
        resume(
            ledger, connection, application_id, number, until_on=asked.until_on,
            actor=caller.name, now=now,
        )  # fmt: skip
        return _shown(connection, application_id, once, caller, today)

    return once.do(go)


def _shown(
    connection: Connection, application_id: str, once: Once, caller: Caller, today: date
) -> Any:
    stored = find_application(connection, application_id)
    return ApplicationDetail.with_all(
        show(connection, stored, caller=caller, today=today, now=once.now),
        hold=find_live_hold(connection, application_id, once.now),
        pauses=list_pauses(connection, application_id),
        place=None,
        is_cut=False,
    ).model_dump(mode="json")
