"""Schemas: what HTTP gives about somebody's work and what happened to it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.database.notices import Notice
from api.database.work_counts import WorkCounts
from api.notices import sentence_of

__all__ = ["NoticeList", "NoticeOut", "WorkCountsOut", "WorkOut"]


class WorkCountsOut(BaseModel):
    """How many applications there are to do something for."""

    red: Annotated[int, Field(description="Their limit is past.")]
    yellow: Annotated[int, Field(description="Their limit is near.")]
    waiting_for_desk: Annotated[int, Field(description="No reply before the desk's word.")]
    hold_ending: Annotated[int, Field(description="What is held for them ends soon.")]
    open: Annotated[int, Field(description="Not ended; drafts as well.")]

    @classmethod
    def of(cls, counts: WorkCounts) -> WorkCountsOut:
        """Return counts as they are shown."""
        return cls(**{name: getattr(counts, name) for name in cls.model_fields})


class WorkOut(BaseModel):
    """How much there is to do: of what the caller brought, and in their districts."""

    mine: WorkCountsOut
    all: WorkCountsOut


class NoticeOut(BaseModel):
    """Something that happened, in one sentence."""

    number: Annotated[int, Field(description="Grows; ask for what came after the last seen.")]
    kind: str
    application_id: Annotated[str | None, Field(description="Null: it is about none.")]
    happened_at: datetime
    zh: str
    en: str
    details: Annotated[dict[str, Any], Field(description="Ids, states and moments.")]

    @classmethod
    def of(cls, notice: Notice) -> NoticeOut:
        """Return a notice as it is shown."""
        says = sentence_of(notice)
        return cls(
            number=notice.number, kind=notice.kind, application_id=notice.application_id,
            happened_at=notice.happened_at, zh=says.zh, en=says.en, details=dict(notice.payload),
        )  # fmt: skip


class NoticeList(BaseModel):
    """Notices in the order they happened; `next_cursor` is null where none came after them."""

    items: list[NoticeOut]
    next_cursor: str | None
