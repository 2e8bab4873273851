"""Bulk: many applications sent at once, one a line; a job accepts and plans them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.engine import Connection

from api.auth.caller import Caller, require
from api.auth.dependency import ThisIdentity, allowed
from api.dependencies import Now, Today
from api.jobs.bulk_lines import MEDIA_TYPES, number_lines, read_text
from api.jobs.files import INPUT, JobFile, keep_file
from api.jobs.job import BULK, add_job
from api.jobs.schemas import JobOut
from api.once import ThisOnce
from api.outside import is_outside
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER, refusal
from api.routes.jobs import NDJSON, accepted, choose_district
from grid_models.errors import InputError, InputProblem

__all__ = ["BULK_PATH", "router"]

BULK_PATH = "/v1/applications/bulk"

router = APIRouter(tags=["applications"], responses=NOT_ALLOWED | NOT_IN_ORDER)
Sender = Annotated[Caller, Depends(allowed("application.write"))]
District = Annotated[
    str | None,
    Query(
        description='Whose applications these are: one district, or "*" where the lines say so '
        "and the caller sees every one. Not given: the caller's, if there is one only."
    ),
]

_EXAMPLE = (
    '{"district": "西湖", "application": {"at": [120.15, 30.28], "kw": 150, '
    '"special_load": "none"}}\n'
)
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            NDJSON: {
                "schema": {
                    "type": "string",
                    "description": "One `ApplicationIn` a line, UTF-8.",
                },
                "example": _EXAMPLE,
            }
        },
    }
}


async def _body(request: Request, _caller: Sender) -> bytes:
    # who may not send anything is told so before the body is read
    return await request.body()


@router.post(
    BULK_PATH,
    status_code=202,
    summary="Accept and plan many applications",
    response_model=JobOut,
    openapi_extra=_BODY,
    responses=refusal(409, "As many jobs of the caller wait as may, or the key was used before."),
)
def send_many(
    caller: Sender,
    body: Annotated[bytes, Depends(_body)],
    identity: ThisIdentity,
    today: Today,
    now: Now,
    once: ThisOnce,
    request: Request,
    response: Response,
    district: District = None,
) -> Any:
    """Keep the lines for a job; `GET /v1/jobs/{id}/rows` says what came of each."""
    # first: what was accepted once is told again, whatever has changed since
    if (answer := once.kept()) is None:
        require(caller, "plan.make")
        where = choose_district(caller, "application.write", district)
        _check_media_type(request.headers.get("content-type", ""))
        count = len(number_lines(read_text(body)))
        most = identity.settings.bulk_max_rows
        if not 0 < count <= most:
            raise InputError([_wrong_count(count, most)])
        file = JobFile(name=INPUT, media_type=NDJSON, content=body)

        def keep(connection: Connection) -> Any:
            job = add_job(
                connection, kind=BULK, district=where, actor=caller.name, now=now,
                total_count=count,
                asked={"sent_on": today.isoformat(), "by_system": is_outside(caller)},
                most_waiting=identity.settings.job_max_waiting,
            )  # fmt: skip
            keep_file(connection, job.job_id, file)
            return JobOut.of(job, []).model_dump(mode="json")

        answer = once.do(keep, status=202)
    return accepted(answer, request, response)


def _check_media_type(given: str) -> None:
    name, _, parameters = given.lower().partition(";")
    charset = parameters.replace('"', "").partition("charset=")[2].strip()
    if name.strip() not in MEDIA_TYPES or charset not in ("", "utf-8", "utf8"):
        raise InputError(
            [
                InputProblem(
                    field="Content-Type",
                    zh=f"Content-Type 应为 {NDJSON}，编码为 UTF-8，每行一份申请",
                    en=f"Content-Type must be {NDJSON} in UTF-8, one application a line",
                )
            ]
        )


def _wrong_count(count: int, most: int) -> InputProblem:
    return InputProblem(
        field="body",
        zh=f"共 {count:,} 行申请；应为 1 至 {most:,} 行，更多请分批发送",
        en=f"{count:,} lines; send 1 to {most:,} at once",
    )
