"""Drafts: applications that are not complete yet."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy.engine import Connection

from api.application_schemas import ApplicationOut
from api.auth.caller import Caller, require
from api.auth.dependency import ThisIdentity, allowed
from api.database.applications import add_application, restate
from api.dependencies import Grids, Id, Now, Today, refuse_repeated_fields
from api.desk_schemas import AcceptIn, DraftChangeIn, DraftIn
from api.ledger.accepting import accept_draft
from api.life import DRAFT, check_move
from api.once import ThisOnce
from api.outside import person_of
from api.own import IfMatch, check_seen, find_own, ledger_for
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER, refusal
from api.shown import show
from api.stated import check_completed, check_confirmer, read_draft, read_fields

__all__ = ["router"]

router = APIRouter(
    prefix="/v1/applications",
    tags=["applications"],
    dependencies=[Depends(refuse_repeated_fields)],
    responses=NOT_ALLOWED
    | NOT_IN_ORDER
    | refusal(404, "No such application or grid.")
    | refusal(409, "It is no draft any more, or the key was used before.")
    | refusal(503, "Grids are being loaded."),
)
Writer = Annotated[Caller, Depends(allowed("application.write"))]
_CHANGED = refusal(412, "It was changed since the ETag was seen.")


@router.post("/drafts", status_code=201, summary="Keep a draft", response_model=ApplicationOut)
def add_draft(
    asked: DraftIn, caller: Writer, grids: Grids, today: Today, now: Now, once: ThisOnce
) -> Any:
    """Keep what is known of an application; it is judged when it is accepted."""
    require(caller, "application.write", asked.district)
    if (kept := once.kept()) is not None:
        return kept
    given = read_draft(asked.application)
    check_confirmer(given, person_of(caller))
    grid_name = grids.find(given.get("grid")).name

    def keep(connection: Connection) -> Any:
        stored = add_application(
            connection, application_id=f"app-{uuid.uuid4().hex}", district=asked.district,
            asked=given, grid_name=grid_name, completed_on=today, actor=caller.name, now=now,
            state=DRAFT,
        )  # fmt: skip
        shown = show(connection, stored, caller=caller, today=today, now=now)
        return shown.model_dump(mode="json")

    return once.do(keep)


@router.put("/{application_id}", summary="Change a draft", responses=_CHANGED)
def change_draft(
    application_id: Id,
    asked: DraftChangeIn,
    caller: Writer,
    identity: ThisIdentity,
    grids: Grids,
    today: Today,
    now: Now,
    if_match: IfMatch = None,
) -> ApplicationOut:
    """Give a draft another content."""
    given = read_draft(asked.application)
    grid_name = grids.find(given.get("grid")).name

    def change(connection: Connection) -> ApplicationOut:
        draft = find_own(connection, caller, application_id)
        # a word that stands there already is not said anew
        if given.get("route_confirmed_by") != draft.asked.get("route_confirmed_by"):
            check_confirmer(given, person_of(caller))
        check_seen(connection, application_id, if_match)
        check_move(application_id, draft.state, "accepted")
        changed = restate(
            connection, draft, asked=given, grid_name=grid_name,
            completed_on=draft.completed_on, now=now,
        )  # fmt: skip
        return show(connection, changed, caller=caller, today=today, now=now)

    return identity.database.write(change)


@router.post(
    "/{application_id}/accept",
    status_code=201,
    summary="Accept a draft",
    response_model=ApplicationOut,
    responses=_CHANGED,
)
def complete(
    application_id: Id,
    asked: AcceptIn,
    caller: Writer,
    grids: Grids,
    today: Today,
    now: Now,
    once: ThisOnce,
    if_match: IfMatch = None,
) -> Any:
    """Judge a draft as a complete application and keep it, or say everything that is missing."""
    if (kept := once.kept()) is not None:
        return kept
    seen = once.database.read(lambda connection: find_own(connection, caller, application_id))
    check_move(application_id, seen.state, "accepted")
    check_completed(asked.completed_on, today)
    fields, grid_name = read_fields(seen.asked, grids, today)
    ledger = ledger_for(grid_name, grids)

    def go(connection: Connection) -> Any:
        check_seen(connection, application_id, if_match or f'"{seen.revision}"')
        draft = find_own(connection, caller, application_id)
        accepted = accept_draft(
            ledger, connection, draft, asked=fields, completed_on=asked.completed_on or today,
            actor=caller.name, now=now,
        )  # fmt: skip
        shown = show(connection, accepted, caller=caller, today=today, now=now)
        return shown.model_dump(mode="json")

    return once.do(go)
