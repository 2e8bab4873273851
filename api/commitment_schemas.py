"""Schemas: what HTTP gives about live promises."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.application_schemas import Line
from api.database.promise_checks import LivePromise

__all__ = ["CheckOut", "CommitmentList", "CommitmentOut", "PlaceIn", "SourceOut"]


class SourceOut(BaseModel):
    """What a promise takes at one node."""

    node_id: str
    bay_id: str
    s_kva: float
    power_factor: float
    demand_factor: float


class CheckOut(BaseModel):
    """Whether a promise holds on the version of its grid that is served."""

    result: Literal["kept", "not_kept", "unknown", "not_looked_at"] = Field(
        description="`kept`: made on this version, or looked at and found kept. `unknown`: it "
        "cannot be told at its points, the desk has to look."
    )
    grid_version: str | None = Field(description="Version looked at; null: none is served.")
    checked_at: datetime | None
    obstacles: list[dict[str, Any]] = Field(
        description="Why not, as reasons of a refusal: code, element, value, limit, zh, en."
    )


class CommitmentOut(BaseModel):
    """A live promise."""

    hold_id: str
    application_id: str
    district: str
    grid: str
    plan_version: int
    option_rank: int
    grid_version: str
    state: str
    held_at: datetime
    expires_at: datetime | None
    sources: list[SourceOut]
    check: CheckOut

    @classmethod
    def of(cls, promise: LivePromise, served_version: str | None) -> CommitmentOut:
        """Return a promise as it is shown.

        Parameters
        ----------
        served_version
            Of its grid, now; None: the grid is not served.
        """
        hold = promise.hold
        return cls(
            hold_id=hold.hold_id,
            application_id=hold.application_id,
            district=promise.district,
            grid=promise.grid_name,
            plan_version=hold.plan_version,
            option_rank=hold.option_rank,
            grid_version=hold.grid_version,
            state=hold.state,
            held_at=hold.held_at,
            expires_at=hold.expires_at,
            sources=[
                SourceOut(**{name: source[name] for name in SourceOut.model_fields})
                for source in promise.sources
            ],
            check=_check(promise, served_version),
        )


class PlaceIn(BaseModel):
    """Where a promise stands on the version of its grid that is served."""

    model_config = ConfigDict(extra="forbid")

    node_ids: Annotated[
        list[Annotated[Line, Field(min_length=1, max_length=200)]],
        Field(
            min_length=1,
            max_length=10,
            examples=[["bus:7"]],
            description="A node for each source of the promise, in their order.",
        ),
    ]


class CommitmentList(BaseModel):
    """Live promises in the order they were made; `next_cursor` is null on the last page."""

    items: list[CommitmentOut]
    next_cursor: str | None


def _check(promise: LivePromise, served_version: str | None) -> CheckOut:
    check, hold = promise.check, promise.hold
    if check is None:
        is_proved = hold.is_own_proof(served_version)
        return CheckOut(
            result="kept" if is_proved else "not_looked_at", grid_version=served_version,
            checked_at=hold.held_at if is_proved else None, obstacles=[],
        )  # fmt: skip
    result: Literal["kept", "not_kept", "unknown"] = "unknown"
    if check.is_kept is not None:
        result = "kept" if check.is_kept else "not_kept"
    return CheckOut(
        result=result, grid_version=check.grid_version, checked_at=check.checked_at,
        obstacles=[dict(obstacle) for obstacle in check.obstacles],
    )  # fmt: skip
