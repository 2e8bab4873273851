"""Schemas: what HTTP takes and gives about jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from api.jobs.job import Job
from api.jobs.rows import JobRow

__all__ = ["JobIn", "JobList", "JobOut", "JobRowList", "JobRowOut"]

_EXAMPLES: list[JsonValue] = [
    {
        "kind": "capacity_map",
        "district": "西湖",
        "asked": {"power_factor": 0.95, "format": "parquet"},
    },
    {
        "kind": "scenario",
        "district": "西湖",
        "asked": {"steps": [{"name": "充电站", "add_load": {"node": "bus:6", "p_kw": 120}}]},
    },
]


class JobIn(BaseModel):
    """Work that takes long. Applications in bulk go to `POST /v1/applications/bulk`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": _EXAMPLES})

    kind: Literal["capacity_map", "scenario"]
    district: Annotated[
        str | None,
        Field(
            description='Whose job it is: who sees this district sees it. "*": only who sees every '
            "one. Null: the caller's, if there is one only."
        ),
    ] = None
    asked: Annotated[
        dict[str, Any],
        Field(
            description="Of a capacity map: grid, area, on_date, power_factor, season, hour, "
            "all_hours, format (parquet, csv or gpkg), none of which has to be given. Of a "
            "scenario: the body of `POST /v1/scenarios`."
        ),
    ] = {}


class JobOut(BaseModel):
    """A job as it stands; in a list without what was asked and what came of it."""

    job_id: str
    kind: str
    district: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    is_cancel_asked: bool
    done_count: Annotated[int, Field(description="Nodes, or rows.")]
    total_count: Annotated[int | None, Field(description="Null until it is known.")]
    asked: Annotated[dict[str, Any], Field(description="As it was sent; empty for a bulk.")]
    result: Annotated[
        dict[str, Any] | None,
        Field(
            description="Of a scenario or a map: its file and what it stands on. Of a bulk: how "
            "many rows came to which outcome."
        ),
    ]
    problem: Annotated[str | None, Field(description="Why it failed.")]
    files: list[str]
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, job: Job, files: list[str]) -> JobOut:
        """Return a job as it is shown."""
        return cls(
            job_id=job.job_id,
            kind=job.kind,
            district=job.district,
            state=job.state,  # type: ignore[arg-type]  # the table's word
            is_cancel_asked=job.is_cancel_asked,
            done_count=job.done_count,
            total_count=job.total_count,
            asked=dict(job.asked.get("asked", {})),
            result=None if job.result is None else dict(job.result),
            problem=job.problem,
            files=files,
            created_at=job.created_at,
            started_at=job.started_at,
            ended_at=job.ended_at,
        )


class JobList(BaseModel):
    """Jobs in the order they came; `next_cursor` is null on the last page."""

    items: list[JobOut]
    next_cursor: str | None


class JobRowOut(BaseModel):
    """What came of one line of a bulk.

    planned: accepted, with the first version of its plan. accepted: no plan could be made yet,
    `plan_problem` says why. refused: nothing was kept, `problems` say why. fault: nothing was kept.
    """

    row: Annotated[int, Field(description="Line of what was sent, from 1.")]
    outcome: Literal["planned", "accepted", "refused", "fault"]
    application_id: str | None = None
    district: str | None = None
    plan_version: int | None = None
    plan_id: str | None = None
    mode: str | None = None
    plan_problem: dict[str, str] | None = None
    problems: list[dict[str, str]] = []
    detail: str | None = None
    done_at: datetime

    @classmethod
    def of(cls, row: JobRow) -> JobRowOut:
        """Return a row as it is shown."""
        return cls(row=row.number, done_at=row.done_at, **row.result)


class JobRowList(BaseModel):
    """Rows in the order they were sent; `next_cursor` is null on the last page so far."""

    items: list[JobRowOut]
    next_cursor: str | None
