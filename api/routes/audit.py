"""Audit: who saw and did what; looking at it is written into it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from api.auth.caller import Caller
from api.auth.dependency import ThisIdentity, allowed
from api.database.audit import WrittenDeed, list_deeds
from api.dependencies import After, Limit, Now
from api.pages import cut_page
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER
from api.seen import saw

__all__ = ["router"]

router = APIRouter(prefix="/v1/audit", tags=["audit"], responses=NOT_ALLOWED | NOT_IN_ORDER)
Auditor = Annotated[Caller, Depends(allowed("audit.read"))]


def _wanted(description: str) -> Any:
    return Query(pattern=r"^[^\p{C}]{1,80}$", description=description)


class DeedOut(BaseModel):
    """One row of the audit, with what chains it to the one before."""

    number: int
    at: datetime
    actor: str
    district: str
    action: str
    subject: str
    details: dict[str, Any]
    previous_hash: str
    hash: str

    @classmethod
    def of(cls, deed: WrittenDeed) -> DeedOut:
        """Return a deed as it is shown."""
        return cls(**{name: getattr(deed, name) for name in cls.model_fields})


class DeedList(BaseModel):
    """Deeds in the order they were done; `next_cursor` is null on the last page."""

    items: list[DeedOut]
    next_cursor: str | None


@router.get("", summary="Who saw and did what")
def list_them(
    caller: Auditor,
    identity: ThisIdentity,
    now: Now,
    subject: Annotated[str | None, _wanted("Id of what it was done to.")] = None,
    actor: Annotated[str | None, _wanted("Name of who did it.")] = None,
    action: Annotated[str | None, _wanted("Such as `hold.place`.")] = None,
    after: After = 0,
    limit: Limit = 50,
) -> DeedList:
    """Return deeds of the caller's districts, and those about none to who has every district."""
    saw(identity.database, caller, "audit", "audit", now=now, of_subject=subject, of_actor=actor,
        of_action=action, after=after)  # fmt: skip
    found = identity.database.read(
        lambda connection: list_deeds(
            connection, districts=caller.districts, subject=subject, actor=actor, action=action,
            after=after, most=limit + 1,
        )
    )  # fmt: skip
    page, next_cursor = cut_page(found, limit)
    return DeedList(items=[DeedOut.of(deed) for deed in page], next_cursor=next_cursor)
