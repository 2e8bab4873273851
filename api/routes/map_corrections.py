"""Map corrections: what the map shows otherwise than it is, from the site to the data team."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from sqlalchemy.engine import Connection

from api.auth.caller import Caller, require
from api.auth.dependency import ThisIdentity, allowed
from api.correcting import read_correction
from api.database.corrections import (
    add_correction,
    find_correction,
    list_corrections,
    move_correction,
)
from api.dependencies import After, Grids, Id, Limit, Now, Today, refuse_repeated_fields
from api.field_schemas import (
    CorrectionIn,
    CorrectionList,
    CorrectionMoveIn,
    CorrectionOut,
    CorrectionState,
)
from api.once import ThisOnce
from api.pages import cut_page
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER, refusal

__all__ = ["router"]

router = APIRouter(
    prefix="/v1/map-corrections",
    tags=["corrections"],
    dependencies=[Depends(refuse_repeated_fields)],
    responses=NOT_ALLOWED | NOT_IN_ORDER,
)
_WRITE = "correction.write"
Writer = Annotated[Caller, Depends(allowed(_WRITE))]
# what the grid is like is not for outsiders
Reader = Annotated[Caller, Depends(allowed("capacity.read"))]
Decider = Annotated[Caller, Depends(allowed("desk.decide"))]
States = Annotated[
    list[CorrectionState] | None, Query(alias="state", description="Only these states.")
]
_KEY_USED = refusal(409, "The key was used before for another request.")


@router.post(
    "",
    status_code=201,
    summary="Say what the map shows otherwise than it is",
    response_model=CorrectionOut,
    responses=_KEY_USED
    | refusal(404, "No such grid or element.")
    | refusal(503, "Grids are being loaded."),
)
def open_one(
    asked: CorrectionIn, caller: Writer, grids: Grids, today: Today, now: Now, once: ThisOnce
) -> Any:
    """Keep it for the data team, who are told; the grid stays as it is."""
    require(caller, _WRITE, asked.district)
    if (kept := once.kept()) is not None:
        return kept
    facts = read_correction(asked, grids, today)

    def keep(connection: Connection) -> Any:
        stored = add_correction(connection, facts, actor=caller.name, now=now)
        return CorrectionOut.of(stored).model_dump(mode="json")

    return once.do(keep)


@router.get("", summary="Corrections of the caller's districts")
def list_them(
    caller: Reader,
    identity: ThisIdentity,
    state: States = None,
    after: After = 0,
    limit: Limit = 50,
) -> CorrectionList:
    """Return corrections in the order they came."""
    found = identity.database.read(
        lambda connection: list_corrections(
            connection, districts=caller.districts, states=state or (), after=after,
            most=limit + 1,
        )
    )  # fmt: skip
    page, next_cursor = cut_page(found, limit)
    return CorrectionList(items=[CorrectionOut.of(one) for one in page], next_cursor=next_cursor)


@router.post(
    "/{correction_id}/moves",
    status_code=201,
    summary="Say what becomes of a correction",
    response_model=CorrectionOut,
    responses=refusal(404, "No such correction.")
    | refusal(409, "Its state does not lead there, or the key was used before."),
)
def move_on(
    correction_id: Id, asked: CorrectionMoveIn, caller: Decider, now: Now, once: ThisOnce
) -> Any:
    """Note that somebody has taken it up, that the data are right now, or that they always were."""
    if (kept := once.kept()) is not None:
        return kept

    def go(connection: Connection) -> Any:
        stored = find_correction(connection, correction_id, districts=caller.districts)
        moved = move_correction(
            connection, stored, asked.to, note=asked.note, actor=caller.name, now=now
        )
        return CorrectionOut.of(moved).model_dump(mode="json")

    return once.do(go)
