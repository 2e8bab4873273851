"""Schemas: what HTTP takes and gives about applications, their plans and promises."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.auth.names import EVERYWHERE, is_district
from api.database.applications import StoredApplication
from api.database.holds import Hold
from api.database.plans import StoredPlan
from api.schemas import PlanIn, ProblemDetails
from planner.outside import cut_plan

__all__ = [
    "ApplicationIn",
    "ApplicationList",
    "ApplicationOut",
    "CapacityGone",
    "HoldIn",
    "HoldOut",
    "MoveIn",
    "PlanOut",
]


def _check_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("one line of printable characters / 应为单行文字")
    return text


def _check_district(text: str) -> str:
    if text == EVERYWHERE or not is_district(text):
        raise ValueError("the name of one district / 应为一个区域的名称")
    return text


_Line = Annotated[str, AfterValidator(_check_line)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ApplicationIn(_In):
    """A complete application; nothing about a person is kept with it."""

    district: Annotated[str, AfterValidator(_check_district), Field(examples=["西湖"])]
    application: PlanIn
    completed_on: Annotated[
        date | None, Field(description="Day it was complete: who came first. Null: today.")
    ] = None
    replaces_id: Annotated[
        _Line | None, Field(max_length=40, description="Temporary supply this one takes over.")
    ] = None


class ApplicationOut(BaseModel):
    """An application as it is kept."""

    application_id: str
    district: str
    state: str
    application: dict[str, Any]
    grid: str
    completed_on: date
    replaces_id: str | None
    is_shadow: bool
    revision: int
    created_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, stored: StoredApplication) -> ApplicationOut:
        """Return an application as it is shown."""
        return cls(
            application_id=stored.application_id,
            district=stored.district,
            state=stored.state,
            application=dict(stored.asked),
            grid=stored.grid_name,
            completed_on=stored.completed_on,
            replaces_id=stored.replaces_id,
            is_shadow=stored.is_shadow,
            revision=stored.revision,
            created_at=stored.created_at,
            changed_at=stored.changed_at,
        )


class ApplicationList(BaseModel):
    """Applications in the order they came; `next_cursor` is null on the last page."""

    items: list[ApplicationOut]
    next_cursor: str | None


class PlanOut(BaseModel):
    """A version of an application's plan; integrators are shown a part of it."""

    application_id: str
    version: int
    plan_id: str
    grid_version: str
    made_at: datetime
    plan: dict[str, Any]

    @classmethod
    def of(cls, stored: StoredPlan, *, is_cut: bool) -> PlanOut:
        """Return a plan as it is shown.

        Parameters
        ----------
        is_cut
            For outsiders: no figure of the grid.
        """
        return cls(
            application_id=stored.application_id,
            version=stored.version,
            plan_id=stored.plan_id,
            grid_version=stored.grid_version,
            made_at=stored.made_at,
            plan=cut_plan(stored.document) if is_cut else dict(stored.document),
        )


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

    to: Literal["agreed", "in_construction", "energised", "withdrawn"]
    reason: Annotated[_Line, Field(max_length=400)] = ""
    measured_peak_kva: Annotated[
        float | None,
        Field(ge=0.0, le=1e9, description="Asked for where the supply is energised."),
    ] = None


class CapacityGone(ProblemDetails):
    """What an option needs was promised to others; `obstacles` say what stands against it now."""

    obstacles: list[dict[str, Any]]
