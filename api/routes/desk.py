"""Desk: decisions about plans, what waits for one, overrides by month, shadow mode."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from dateutil.relativedelta import relativedelta
from fastapi import APIRouter, Depends, Query
from sqlalchemy.engine import Connection

from api import clock
from api.application_schemas import ApplicationList
from api.auth.caller import Caller, require
from api.auth.deeds import write_down
from api.auth.dependency import ThisIdentity, allowed
from api.database.decisions import count_overrides, list_decisions
from api.database.desk_list import list_undecided
from api.database.shadow import list_shadow, set_shadow
from api.dependencies import After, Grids, Id, Limit, Now, Today, refuse_repeated_fields
from api.desk_schemas import DecisionIn, DecisionList, OverrideTable, ShadowIn, ShadowList
from api.ledger.desk import decide
from api.once import ThisOnce
from api.own import find_own, ledger_of
from api.pages import cut_page
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER, refusal
from api.shown import show_all

__all__ = ["router"]

router = APIRouter(
    prefix="/v1",
    tags=["desk"],
    dependencies=[Depends(refuse_repeated_fields)],
    responses=NOT_ALLOWED | NOT_IN_ORDER,
)
# what the desk thinks of rules and data is not for outsiders
Reader = Annotated[Caller, Depends(allowed("capacity.read"))]
Decider = Annotated[Caller, Depends(allowed("desk.decide"))]
Administrator = Annotated[Caller, Depends(allowed("district.write"))]
Month = Annotated[
    str | None, Query(pattern="^2[0-9]{3}-(0[1-9]|1[0-2])$", description="YYYY-MM; this month.")
]
_UNKNOWN = refusal(404, "No such application or plan.")


@router.post(
    "/applications/{application_id}/decisions",
    status_code=201,
    summary="Stand for an option of the plan",
    response_model=DecisionList,
    responses=_UNKNOWN
    | refusal(409, "It is past the desk, the grid moved on, or the key was used before.")
    | refusal(503, "Grids are being loaded."),
)
def decide_one(
    application_id: Id, asked: DecisionIn, caller: Decider, grids: Grids, now: Now, once: ThisOnce
) -> Any:
    """Confirm the answer or change it, and answer each doubt; where due, no reply comes before."""
    if (kept := once.kept()) is not None:
        return kept
    ledger = ledger_of(once.database, caller, application_id, grids)

    def go(connection: Connection) -> Any:
        decide(
            ledger, connection, application_id, version=asked.version, rank=asked.rank,
            reason_code=asked.reason_code, overrides=asked.overrides, note=asked.note,
            actor=caller.name, now=now,
        )  # fmt: skip
        found = list_decisions(connection, application_id)
        return DecisionList.of(found).model_dump(mode="json")

    return once.do(go)


@router.get(
    "/applications/{application_id}/decisions",
    summary="What the desk decided",
    responses=_UNKNOWN,
)
def get_decisions(application_id: Id, caller: Reader, identity: ThisIdentity) -> DecisionList:
    """Return every decision about an application, in order."""

    def find(connection: Connection) -> DecisionList:
        find_own(connection, caller, application_id)
        return DecisionList.of(list_decisions(connection, application_id))

    return identity.database.read(find)


@router.get("/desk/waiting", summary="Applications the desk has to look at")
def get_waiting(
    caller: Decider,
    identity: ThisIdentity,
    today: Today,
    now: Now,
    after: After = 0,
    limit: Limit = 50,
) -> ApplicationList:
    """Return applications whose last plan goes to the desk and was not decided, in order."""

    def find(connection: Connection) -> ApplicationList:
        found = list_undecided(
            connection, districts=caller.districts, after=after, most=limit + 1
        )  # fmt: skip
        page, next_cursor = cut_page(found, limit)
        items = show_all(connection, page, caller=caller, today=today, now=now)
        return ApplicationList(items=items, next_cursor=next_cursor)

    return identity.database.read(find)


@router.get("/desk/overrides", summary="Overrides of a month by rule")
def get_overrides(
    caller: Reader, identity: ThisIdentity, today: Today, month: Month = None
) -> OverrideTable:
    """Return how often each rule was overridden, and for which reason."""
    first = today.replace(day=1) if month is None else date.fromisoformat(f"{month}-01")
    since = clock.start_of(first)
    until = clock.start_of(first + relativedelta(months=1))
    found = identity.database.read(
        lambda connection: count_overrides(connection, since, until, districts=caller.districts)
    )
    return OverrideTable.of(f"{first:%Y-%m}", found)


@router.get("/desk/shadow", summary="Districts in shadow mode")
def get_shadow(caller: Reader, identity: ThisIdentity) -> ShadowList:
    """Return districts in which the desk confirms even answers on the spot."""
    return ShadowList.of(
        identity.database.read(lambda c: list_shadow(c, districts=caller.districts))
    )


@router.post(
    "/desk/shadow",
    status_code=201,
    summary="Put a district into shadow mode or take it out",
    response_model=ShadowIn,
    responses=refusal(409, "The key was used before for another request."),
)
def post_shadow(asked: ShadowIn, caller: Administrator, now: Now, once: ThisOnce) -> Any:
    """Let the desk confirm even answers on the spot in a district, or no more."""
    require(caller, "district.write", asked.district)

    def go(connection: Connection) -> Any:
        set_shadow(
            connection, asked.district, is_shadow=asked.is_shadow, actor=caller.name, now=now
        )
        write_down(
            connection, asked.district, "district.shadow", caller.name, now,
            is_shadow=asked.is_shadow,
        )  # fmt: skip
        return asked.model_dump()

    return once.do(go)
