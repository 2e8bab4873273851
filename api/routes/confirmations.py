"""Confirmations: what somebody at the site stands for, one tap each."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy.engine import Connection

from api.application_schemas import ApplicationOut
from api.auth.caller import Caller
from api.auth.dependency import ThisIdentity
from api.database.confirmations import list_confirmations
from api.dependencies import After, Grids, Id, Limit, Now, Today, refuse_repeated_fields
from api.field_schemas import ConfirmationIn, ConfirmationList
from api.ledger.confirming import confirm
from api.once import ThisOnce
from api.outside import allowed_inside
from api.own import IfMatch, check_seen, find_own, ledger_of
from api.pages import cut_page
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER, refusal
from api.shown import show

__all__ = ["router"]

router = APIRouter(
    prefix="/v1/applications/{application_id}/confirmations",
    tags=["confirmations"],
    dependencies=[Depends(refuse_repeated_fields)],
    responses=NOT_ALLOWED | NOT_IN_ORDER | refusal(404, "No such application or grid."),
)
# a person at the site confirms
Confirmer = Annotated[Caller, Depends(allowed_inside("application.write"))]
Reader = Annotated[Caller, Depends(allowed_inside("application.read"))]


@router.post(
    "",
    status_code=201,
    summary="Stand for what was seen at the site",
    response_model=ApplicationOut,
    responses=refusal(
        409,
        "It is a draft, held or past that, it states otherwise, or the key was used before.",
    )
    | refusal(412, "It was changed since the ETag was seen.")
    | refusal(503, "Grids are being loaded."),
)
def confirm_one(
    application_id: Id,
    asked: ConfirmationIn,
    caller: Confirmer,
    grids: Grids,
    today: Today,
    now: Now,
    once: ThisOnce,
    if_match: IfMatch = None,
) -> Any:
    """Keep it with the caller's name; the next plan is made with it."""
    if (kept := once.kept()) is not None:
        return kept
    spot = asked.spot()
    ledger = ledger_of(once.database, caller, application_id, grids)

    def go(connection: Connection) -> Any:
        check_seen(connection, application_id, if_match)
        stored = confirm(
            ledger, connection, application_id, asked.code, spot, actor=caller.name, now=now
        )
        shown = show(connection, stored, caller=caller, today=today, now=now)
        return shown.model_dump(mode="json")

    return once.do(go)


@router.get("", summary="What was confirmed at the site")
def list_them(
    application_id: Id,
    caller: Reader,
    identity: ThisIdentity,
    after: After = 0,
    limit: Limit = 50,
) -> ConfirmationList:
    """Return who stood for what, when and where, in order."""

    def find(connection: Connection) -> ConfirmationList:
        find_own(connection, caller, application_id)
        found = list_confirmations(connection, application_id, after=after, most=limit + 1)
        return ConfirmationList.of(*cut_page(found, limit))

    return identity.database.read(find)
