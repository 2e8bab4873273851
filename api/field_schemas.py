"""Schemas: what HTTP takes and gives about what is done at the site."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from api.application_schemas import Line, check_district
from api.database.confirmations import StoredConfirmation
from api.database.corrections import StoredCorrection
from api.database.photos import StoredPhoto
from api.spot import AccuracyM, Lat, Lon, SpotIn
from grid_models.errors import InputError, InputProblem
from planner.confirmations import CONFIRMATIONS

__all__ = [
    "ConfirmationIn",
    "ConfirmationList",
    "CorrectionIn",
    "CorrectionKind",
    "CorrectionList",
    "CorrectionMoveIn",
    "CorrectionOut",
    "CorrectionState",
    "PhotoIn",
    "PhotoList",
    "PhotoOut",
]

# No phone had a camera and the time before.
_FIRST_PHOTO = datetime(2000, 1, 1, tzinfo=UTC)
# A phone's clock is not ours.
_CLOCKS_APART = timedelta(minutes=10)

Note = Annotated[Line, Field(max_length=400)]
CorrectionKind = Literal[
    "pole_here", "line_gone", "element_gone", "wrong_place", "wrong_name", "other"
]
CorrectionState = Literal["open", "taken", "done", "refused"]
ConfirmationCode = Literal["route_clear", "special_load_none"]


class ConfirmationIn(SpotIn):
    """What somebody at the site stands for."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[
        ConfirmationCode,
        Field(description="; ".join(f"`{code}`: {one.en}" for code, one in CONFIRMATIONS.items())),
    ]


class ConfirmationOut(BaseModel):
    """What somebody stands for, in both languages."""

    code: str
    zh: str
    en: str
    confirmed_by: str
    confirmed_at: datetime
    lon: float | None
    lat: float | None
    accuracy_m: float | None

    @classmethod
    def of(cls, stored: StoredConfirmation) -> ConfirmationOut:
        """Return a confirmation as it is shown."""
        says = CONFIRMATIONS[stored.code]
        names = [name for name in cls.model_fields if name not in ("zh", "en")]
        facts = {name: getattr(stored, name) for name in names}
        return cls(zh=says.zh, en=says.en, **facts)


class ConfirmationList(BaseModel):
    """Confirmations in order; `next_cursor` is null on the last page."""

    items: list[ConfirmationOut]
    next_cursor: str | None

    @classmethod
    def of(cls, page: Sequence[StoredConfirmation], next_cursor: str | None) -> ConfirmationList:
        """Return a page of confirmations."""
        return cls(items=[ConfirmationOut.of(one) for one in page], next_cursor=next_cursor)


class PhotoIn(SpotIn):
    """Where and when a photo was taken, as the phone says."""

    taken_at: Annotated[
        AwareDatetime | None, Field(description="With its offset, by the phone's clock.")
    ] = None

    def check_taken(self, now: datetime) -> None:
        """Make sure it was taken at a moment that may be.

        Raises
        ------
        InputError
            If it is yet to come, or before there were such phones.
        """
        latest = now + _CLOCKS_APART
        if self.taken_at is None or _FIRST_PHOTO <= self.taken_at <= latest:
            return
        given = self.taken_at.isoformat()
        raise InputError(
            [
                InputProblem(
                    field="taken_at",
                    zh=f"taken_at 为 {given}，应不早于 {_FIRST_PHOTO:%Y-%m-%d}，且不晚于现在",
                    en=f"taken_at is {given}; give a moment from {_FIRST_PHOTO:%Y-%m-%d} until now",
                )
            ]
        )


class PhotoOut(BaseModel):
    """A photo without the picture."""

    photo: Annotated[int, Field(description="1, 2, ... of the application.")]
    application_id: str
    content_hash: Annotated[str, Field(description="SHA-256 of the picture as it is kept.")]
    size_bytes: int
    width_px: int
    height_px: int
    taken_at: datetime | None
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    sent_by: str
    sent_at: datetime
    erased_at: Annotated[datetime | None, Field(description="Null: the picture is there.")]

    @classmethod
    def of(cls, stored: StoredPhoto) -> PhotoOut:
        """Return a photo as it is listed."""
        return cls(**{name: getattr(stored, name) for name in cls.model_fields})


class PhotoList(BaseModel):
    """Photos in the order they were sent; `next_cursor` is null on the last page."""

    items: list[PhotoOut]
    next_cursor: str | None

    @classmethod
    def of(cls, found: Sequence[StoredPhoto], limit: int) -> PhotoList:
        """Return a page of photos, of up to one more than fit on it."""
        items = [PhotoOut.of(one) for one in found[:limit]]
        return cls(items=items, next_cursor=str(items[-1].photo) if len(found) > limit else None)


class CorrectionIn(BaseModel):
    """What the map shows otherwise than it is at the place; nothing about a person."""

    model_config = ConfigDict(extra="forbid")

    district: Annotated[str, AfterValidator(check_district), Field(examples=["西湖"])]
    grid: Annotated[
        Line | None,
        Field(max_length=200, description="Version or name; optional when one grid is served."),
    ] = None
    kind: CorrectionKind
    element_id: Annotated[
        Line | None,
        Field(min_length=1, max_length=200, description="Element of the grid it is about."),
    ] = None
    lon: Lon
    lat: Lat
    accuracy_m: AccuracyM | None = None
    note: Note = ""


class CorrectionMoveIn(BaseModel):
    """What becomes of a correction."""

    model_config = ConfigDict(extra="forbid")

    to: Literal["taken", "done", "refused"]
    note: Note = ""


class CorrectionOut(BaseModel):
    """A correction, and what became of it so far."""

    correction_id: str
    state: CorrectionState
    district: str
    grid: str
    grid_version: Annotated[str, Field(description="That was shown.")]
    kind: CorrectionKind
    element_id: str | None
    lon: float
    lat: float
    accuracy_m: float | None
    note: str
    opened_by: str
    opened_at: datetime
    moved_by: Annotated[str | None, Field(description="Who moved it last; null: nobody did.")]
    moved_at: datetime | None
    move_note: str

    @classmethod
    def of(cls, stored: StoredCorrection) -> CorrectionOut:
        """Return a correction as it is shown."""
        names = [name for name in cls.model_fields if name != "grid"]
        facts: dict[str, Any] = {name: getattr(stored, name) for name in names}
        return cls(grid=stored.grid_name, **facts)


class CorrectionList(BaseModel):
    """Corrections in the order they came; `next_cursor` is null on the last page."""

    items: list[CorrectionOut]
    next_cursor: str | None
