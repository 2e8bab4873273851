"""Work: how much there is to do, and what happened since somebody looked."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy.engine import Connection

from api.auth.caller import Caller
from api.auth.dependency import ThisIdentity
from api.database.notices import list_notices
from api.database.work_counts import count_work
from api.dependencies import Limit, Now, Today
from api.outside import allowed_inside
from api.pages import cut_page
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER
from api.work_schemas import NoticeList, NoticeOut, WorkCountsOut, WorkOut

__all__ = ["router"]

router = APIRouter(tags=["work"], responses=NOT_ALLOWED | NOT_IN_ORDER)
# outsiders have call-backs
Reader = Annotated[Caller, Depends(allowed_inside("application.read"))]
Seen = Annotated[
    int | None,
    Query(ge=0, lt=2**63, description="Number of the last one seen; not given: the newest."),
]
Mine = Annotated[bool, Query(description="Only what happened to what the caller brought.")]


@router.get("/v1/work/counts", summary="How much there is to do")
def get_counts(caller: Reader, identity: ThisIdentity, today: Today, now: Now) -> WorkOut:
    """Return counts of what the caller brought, and of all in their districts."""

    def find(connection: Connection) -> WorkOut:
        mine, every = (
            count_work(
                connection, districts=caller.districts, brought_by=name, today=today, now=now
            )
            for name in (caller.name, None)
        )
        return WorkOut(mine=WorkCountsOut.of(mine), all=WorkCountsOut.of(every))

    return identity.database.read(find)


@router.get("/v1/notices", summary="What happened")
def get_notices(
    caller: Reader,
    identity: ThisIdentity,
    mine: Mine = True,
    after: Seen = None,
    limit: Limit = 50,
) -> NoticeList:
    """Return what happened in the caller's districts after what they have seen, in order."""
    found = identity.database.read(
        lambda connection: list_notices(
            connection, districts=caller.districts, brought_by=caller.name if mine else None,
            after=after, most=limit + (after is not None),
        )
    )  # fmt: skip
    page, next_cursor = cut_page(found, limit)
    return NoticeList(items=[NoticeOut.of(one) for one in page], next_cursor=next_cursor)
