"""Schemas: what HTTP takes and gives about applications, their plans and promises."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from api.auth.names import EVERYWHERE, is_district
from api.database.applications import Moved, StoredApplication
from api.database.holds import Hold
from api.database.pauses import StoredPause
from api.database.plans import PlanNote, StoredPlan
from api.database.progress import Progress
from api.database.waiting import Place
from api.plan_names import names_in
from api.schemas import PlanIn, ProblemDetails
from grid_models.model import GridModel
from planner.outside import cut_plan

__all__ = [
    "ApplicationDetail",
    "ApplicationIn",
    "ApplicationList",
    "ApplicationOut",
    "CapacityGone",
    "HoldIn",
    "HoldOut",
    "Line",
    "MoveIn",
    "MovedList",
    "PauseOut",
    "PlaceOut",
    "PlanNoteList",
    "PlanOut",
    "check_district",
]


def _check_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("one line of printable characters / 应为单行文字")
    return text


def check_district(text: str) -> str:
    """Return a district, if it may be called so."""
    if text == EVERYWHERE or not is_district(text):
        raise ValueError("the name of one district / 应为一个区域的名称")
    return text


Line = Annotated[str, AfterValidator(_check_line)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ApplicationIn(_In):
    """A complete application; nothing about a person is kept with it."""

    district: Annotated[str, AfterValidator(check_district), Field(examples=["西湖"])]
    application: PlanIn
    completed_on: Annotated[
        date | None, Field(description="Day it was complete: who came first. Null: today.")
    ] = None
    replaces_id: Annotated[
        Line | None, Field(max_length=40, description="Temporary supply this one takes over.")
    ] = None
    supersedes_id: Annotated[
        Line | None,
        Field(max_length=40, description="Application that ends once this one is held."),
    ] = None


# Fields of an application that answers kept by their key may not have yet.
_LATER = ("light", "mode", "accepted_by", "at", "hold_expires_at")


class ApplicationOut(BaseModel):
    """An application as it is kept."""

    application_id: str
    district: str
    state: str
    application: dict[str, Any]
    grid: str
    completed_on: date
    replaces_id: str | None
    supersedes_id: str | None
    is_shadow: bool
    limit_due_on: Annotated[
        date | None,
        Field(
            description="Last day of the utility's limit; null: the clock stands or cannot be told."
        ),
    ]
    light: Annotated[
        Literal["green", "yellow", "red", "unknown"] | None,
        Field(description="How near the limit is; null: no clock counts."),
    ]
    mode: Annotated[
        str | None,
        Field(description="Of the last plan: on_site, back_office, no_option; null: none is made."),
    ]
    accepted_by: Annotated[
        str | None,
        Field(description="Who brought it; null: not known, or not for outsiders."),
    ]
    at: Annotated[
        Annotated[list[float], Field(min_length=2, max_length=2)] | None,
        Field(description="Site in CGCS2000, [lon, lat]; null: a draft that names none."),
    ]
    hold_expires_at: Annotated[
        datetime | None,
        Field(description="End of what is held; null: nothing is, or it does not run out."),
    ]
    revision: int
    created_at: datetime
    changed_at: datetime

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: Any) -> Any:
        """Take an answer that was kept before there were some of the fields."""
        return dict.fromkeys(_LATER) | given if isinstance(given, dict) else given

    @classmethod
    def of(
        cls,
        stored: StoredApplication,
        progress: Progress,
        *,
        at: tuple[float, float] | None,
        today: date,
        names_bringer: bool,
    ) -> ApplicationOut:
        """Return an application as it is shown; `api.shown` knows to whom.

        Parameters
        ----------
        at
            Site in CGCS2000, degrees.
        names_bringer
            Whether who brought it is told.
        """
        return cls(
            application_id=stored.application_id,
            district=stored.district,
            state=stored.state,
            application=dict(stored.asked),
            grid=stored.grid_name,
            completed_on=stored.completed_on,
            replaces_id=stored.replaces_id,
            supersedes_id=stored.supersedes_id,
            is_shadow=stored.is_shadow,
            limit_due_on=stored.limit_due_on,
            light=stored.light_on(today),
            mode=progress.mode,
            accepted_by=stored.accepted_by if names_bringer else None,
            at=None if at is None else list(at),
            hold_expires_at=progress.hold_expires_at,
            revision=stored.revision,
            created_at=stored.created_at,
            changed_at=stored.changed_at,
        )


class PlaceOut(BaseModel):
    """Where an application stands among those that wait for room on the same element."""

    element_id: Annotated[str | None, Field(description="Null for outsiders.")]
    position: Annotated[int, Field(description="From 1, by the day it was complete.")]
    count: int

    @classmethod
    def of(cls, place: Place, *, is_cut: bool) -> PlaceOut:
        """Return a place as it is shown; for outsiders without the element."""
        element_id = None if is_cut else place.element_id
        return cls(element_id=element_id, position=place.position, count=place.count)


class PauseOut(BaseModel):
    """A stop of the utility's clock; `until_on` is null while it stands."""

    pause: int
    reason: str
    note: str
    from_on: date
    until_on: date | None
    noted_by: str
    noted_at: datetime

    @classmethod
    def of(cls, stored: StoredPause) -> PauseOut:
        """Return a pause as it is shown."""
        names = [name for name in cls.model_fields if name != "pause"]
        return cls(pause=stored.number, **{name: getattr(stored, name) for name in names})


class ApplicationDetail(ApplicationOut):
    """An application with what is held for it, its clock, and its place in the queue."""

    hold: HoldOut | None
    pauses: list[PauseOut]
    place: PlaceOut | None

    @classmethod
    def with_all(
        cls,
        shown: ApplicationOut,
        *,
        hold: Hold | None,
        pauses: Sequence[StoredPause],
        place: Place | None,
        is_cut: bool,
    ) -> ApplicationDetail:
        """Return an application as it is shown alone."""
        return cls(
            **shown.model_dump(),
            hold=HoldOut.of(hold) if hold else None,
            pauses=[PauseOut.of(pause) for pause in pauses],
            place=PlaceOut.of(place, is_cut=is_cut) if place else None,
        )


class MovedOut(BaseModel):
    """A change of state."""

    from_state: str
    to_state: str
    reason: str
    moved_by: str
    moved_at: datetime


class MovedList(BaseModel):
    """Changes of state in order; `next_cursor` is null on the last page."""

    items: list[MovedOut]
    next_cursor: str | None

    @classmethod
    def of(cls, page: Sequence[Moved], next_cursor: str | None) -> MovedList:
        """Return a page of changes."""
        names = MovedOut.model_fields
        items = [MovedOut(**{name: getattr(moved, name) for name in names}) for moved in page]
        return cls(items=items, next_cursor=next_cursor)


class ApplicationList(BaseModel):
    """Applications in the order asked for; `next_cursor` is null on the last page."""

    items: list[ApplicationOut]
    next_cursor: str | None


class PlanOut(BaseModel):
    """A version of an application's plan; integrators are shown a part of it."""

    application_id: str
    version: int
    plan_id: str
    grid_version: str
    made_at: datetime
    names: Annotated[
        dict[str, str],
        Field(description="What people call the elements of the plan; none for outsiders."),
    ]
    plan: dict[str, Any]

    @classmethod
    def of(cls, stored: StoredPlan, *, is_cut: bool, model: GridModel | None = None) -> PlanOut:
        """Return a plan as it is shown.

        Parameters
        ----------
        is_cut
            For outsiders: no figure of the grid.
        model
            Grid it was made on, for the names of what it speaks of; None: it is not served.
        """
        return cls(
            application_id=stored.application_id,
            version=stored.version,
            plan_id=stored.plan_id,
            grid_version=stored.grid_version,
            made_at=stored.made_at,
            names={} if is_cut or model is None else names_in(stored.document, model),
            plan=cut_plan(stored.document) if is_cut else dict(stored.document),
        )


class PlanNoteOut(BaseModel):
    """A version of a plan without what is in it."""

    version: int
    plan_id: str
    grid_version: str
    mode: str
    made_at: datetime


class PlanNoteList(BaseModel):
    """Versions of a plan in order; `next_cursor` is null on the last page."""

    items: list[PlanNoteOut]
    next_cursor: str | None

    @classmethod
    def of(cls, found: Sequence[PlanNote], limit: int) -> PlanNoteList:
        """Return a page of versions, of up to one more than fit on it."""
        names = PlanNoteOut.model_fields
        items = [PlanNoteOut(**{name: getattr(n, name) for name in names}) for n in found[:limit]]
        return cls(items=items, next_cursor=str(items[-1].version) if len(found) > limit else None)


class HoldIn(_In):
    """Which option of which version of the plan is to be held."""

    version: Annotated[int, Field(ge=1, lt=2**31)]
    rank: Annotated[int, Field(ge=1, lt=2**31)] = 1


class HoldOut(BaseModel):
    """Capacity that is held."""

    hold_id: str
    application_id: str
    plan_version: int
    option_rank: int
    grid_version: str
    state: str
    held_at: datetime
    expires_at: datetime | None

    @classmethod
    def of(cls, hold: Hold) -> HoldOut:
        """Return a hold as it is shown."""
        return cls(**{name: getattr(hold, name) for name in cls.model_fields})


class MoveIn(_In):
    """Where an application goes from here."""

    to: Literal["planned", "agreed", "in_construction", "energised", "withdrawn"]
    reason: Annotated[Line, Field(max_length=400)] = ""
    measured_peak_kva: Annotated[
        float | None,
        Field(ge=0.0, le=1e9, description="Asked for where the supply is energised."),
    ] = None


class CapacityGone(ProblemDetails):
    """What an option needs was promised to others; `obstacles` say what stands against it now.

    `plan` is the version that was made with what is left, `place` where the application stands in
    the queue for the first obstacle.
    """

    obstacles: list[dict[str, Any]]
    plan: PlanOut | None
    place: PlaceOut | None
