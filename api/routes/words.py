"""Words: what people read for each code, so that a page needs no list of its own."""

from __future__ import annotations

from string import Formatter

from fastapi import APIRouter
from pydantic import BaseModel

from api.refusals import NOT_ALLOWED
from planner.messages import message_templates

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["words"], responses=NOT_ALLOWED)


class WordOut(BaseModel):
    """A word or sentence in both languages."""

    zh: str
    en: str


@router.get("/words", summary="Words for codes, in Chinese and English")
def list_words() -> dict[str, WordOut]:
    """Return every word that stands for a code; sentences with figures come with the answers."""
    return {
        code: WordOut(zh=template.zh, en=template.en)
        for code, template in message_templates().items()
        if all(field is None for _, field, _, _ in Formatter().parse(template.zh))
    }
