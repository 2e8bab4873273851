"""Jobs: asked for, followed, cancelled; their rows and files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from itertools import count
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.engine import Connection

from api.asked_scenario import read_asked_scenario
from api.auth.caller import Caller, may, require, require_each
from api.auth.dependency import ThisIdentity, allowed
from api.auth.names import EVERYWHERE, find_choice_problems, is_district, refuse
from api.database import Database
from api.dependencies import After, Grids, Id, Limit, Now, Today, refuse_repeated_fields
from api.handed_out import private_headers
from api.jobs.capacity_map import MEDIA_TYPES, read_asked_capacity
from api.jobs.files import KeptFile, find_head, list_files, read_piece
from api.jobs.job import BULK, CAPACITY_MAP, KINDS, SCENARIO, STATES, Job, add_job, find_job
from api.jobs.job import list_jobs as list_kept
from api.jobs.rows import list_rows
from api.jobs.schemas import JobIn, JobList, JobOut, JobRowList, JobRowOut
from api.jobs.taking import ask_cancel
from api.once import ThisOnce
from api.pages import cut_page
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER, refusal
from api.seen import saw
from api.serving import ServedGrids
from grid_models.errors import InputError, InputProblem

__all__ = ["NDJSON", "accepted", "choose_district", "router"]

NDJSON = "application/x-ndjson"
# Rows that are read at a time where all of them are sent.
_PAGE = 500
_UNKNOWN = refusal(404, "No such job, or it is not the caller's to see.")

router = APIRouter(
    prefix="/v1/jobs",
    tags=["jobs"],
    dependencies=[Depends(refuse_repeated_fields)],
    responses=NOT_ALLOWED | NOT_IN_ORDER,
)
Reader = Annotated[Caller, Depends(allowed("application.read"))]
Writer = Annotated[Caller, Depends(allowed("application.write"))]
Asker = Annotated[Caller, Depends(allowed("job.write"))]
States = Annotated[list[str] | None, Query(alias="state", description="Only these states.")]
Kinds = Annotated[list[str] | None, Query(alias="kind", description="Only these kinds.")]
FileName = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$", description="One of `files`.")
]


@router.post(
    "",
    status_code=202,
    summary="Ask for work that takes long",
    response_model=JobOut,
    responses=refusal(404, "No such grid is served.")
    | refusal(409, "As many jobs of the caller wait as may, or the key was used before.")
    | refusal(503, "Grids are being loaded."),
)
def ask(
    asked: JobIn,
    caller: Asker,
    grids: Grids,
    today: Today,
    now: Now,
    identity: ThisIdentity,
    once: ThisOnce,
    request: Request,
    response: Response,
) -> Any:
    """Keep a job; a worker takes it when its turn comes. What is wrong with it is said now."""
    # first: what was accepted once is told again, whatever has changed since
    if (answer := once.kept()) is None:
        district = choose_district(caller, "job.write", asked.district)
        require(caller, "capacity.read")
        _check(asked, grids, today)
        most = identity.settings.job_max_waiting

        def keep(connection: Connection) -> Any:
            job = add_job(
                connection, kind=asked.kind, district=district, actor=caller.name, now=now,
                asked={"asked": asked.asked, "sent_on": today.isoformat()}, most_waiting=most,
            )  # fmt: skip
            return JobOut.of(job, []).model_dump(mode="json")

        answer = once.do(keep, status=202)
    return accepted(answer, request, response)


@router.get("", summary="Jobs of the caller's districts")
def list_jobs(
    caller: Reader,
    identity: ThisIdentity,
    state: States = None,
    kind: Kinds = None,
    after: After = 0,
    limit: Limit = 50,
) -> JobList:
    """Return jobs in the order they came, without their results."""
    refuse(
        find_choice_problems("state", state or (), STATES)
        + find_choice_problems("kind", kind or (), KINDS)
    )
    seen = _kinds_of(caller)
    kinds = [name for name in seen if kind is None or name in kind]

    def look(connection: Connection) -> JobList:
        found = list_kept(
            connection, districts=caller.districts, kinds=kinds, states=state or (), after=after,
            most=limit + 1,
        )  # fmt: skip
        page, next_cursor = cut_page(found, limit)
        files = list_files(connection, [job.job_id for job in page])
        items = [JobOut.of(job, files[job.job_id]) for job in page]
        return JobList(items=items, next_cursor=next_cursor)

    return identity.database.read(look)


@router.get("/{job_id}", summary="One job: how far it is, and what came of it", responses=_UNKNOWN)
def get_one(job_id: Id, caller: Reader, identity: ThisIdentity) -> JobOut:
    """Return a job with its result."""
    return identity.database.read(
        lambda connection: _shown(connection, _own(connection, caller, job_id))
    )


@router.post(
    "/{job_id}/cancel",
    status_code=201,
    summary="Have a job end",
    response_model=JobOut,
    responses=_UNKNOWN | refusal(409, "It has ended, or the key was used before."),
)
def cancel(job_id: Id, caller: Writer, now: Now, once: ThisOnce) -> Any:
    """End a job after the piece that is being done; rows that are done stay done."""

    def end(connection: Connection) -> Any:
        job = _own(connection, caller, job_id)
        require(caller, "application.write" if job.kind == BULK else "job.write")
        job = ask_cancel(connection, job, actor=caller.name, now=now)
        return _shown(connection, job).model_dump(mode="json")

    return once.do(end)


@router.get(
    "/{job_id}/rows",
    summary="What came of each row",
    response_model=JobRowList,
    responses=_UNKNOWN
    | {
        200: {
            "description": "A page; with `Accept: application/x-ndjson` every row there is after "
            "the cursor, one a line.",
            "content": {NDJSON: {"schema": {"type": "string"}}},
        }
    },
)
def get_rows(
    job_id: Id,
    caller: Reader,
    identity: ThisIdentity,
    request: Request,
    after: After = 0,
    limit: Limit = 50,
) -> Any:
    """Return rows in the order they were sent, as far as they are done."""
    database = identity.database
    job = database.read(lambda connection: _own(connection, caller, job_id))
    if NDJSON in request.headers.get("accept", ""):
        return StreamingResponse(_lines(database, job, after), media_type=NDJSON)
    found = database.read(
        lambda c: list_rows(c, job.job_id, after=_row_number(after), most=limit + 1)
    )
    page, next_cursor = cut_page(found, limit)
    return JobRowList(items=[JobRowOut.of(row) for row in page], next_cursor=next_cursor)


@router.get(
    "/{job_id}/files/{name}",
    summary="A file of a job",
    response_class=Response,
    responses=refusal(404, "No such job or file, or the file was kept long enough.")
    | {
        200: {
            "description": "The file, as its kind is called.",
            "content": {
                name.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
                for name in (*MEDIA_TYPES.values(), "application/json")
            },
        }
    },
)
def get_file(
    job_id: Id, name: FileName, caller: Reader, identity: ThisIdentity, now: Now
) -> Response:
    """Return a file as it was made."""
    database = identity.database

    def find(connection: Connection) -> tuple[Job, KeptFile]:
        job = _own(connection, caller, job_id)
        return job, find_head(connection, job.job_id, name)

    job, file = database.read(find)
    saw(database, caller, "job", job.job_id, now=now, district=job.district, file=name)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(file.size_bytes),
    }
    content = _pieces(database, job.job_id, name)
    headers |= private_headers(file.media_type)
    return StreamingResponse(content, media_type=file.media_type, headers=headers)


# ---------------------------------------------------------------------- what they share


def choose_district(caller: Caller, action: str, given: str | None) -> str:
    """Return whose a job is.

    Parameters
    ----------
    given
        None: the caller's, if they have one only, or every district if they have all.

    Raises
    ------
    InputError
        If it is no district, or the caller has several and names none.
    NotAllowedError
        If the caller may not do it there.
    """
    if given is None:
        if caller.districts is None:
            return EVERYWHERE
        if len(caller.districts) != 1:
            raise InputError([_which_district()])
        return caller.districts[0]
    if given == EVERYWHERE:
        require_each(caller, action, None)
        return EVERYWHERE
    if not is_district(given):
        raise InputError([_which_district()])
    require(caller, action, given)
    return given


def accepted(answer: Any, request: Request, response: Response) -> Any:
    """Return a job that was accepted, say where it is, and let this server's workers look now."""
    for worker in request.app.state.job_workers:
        worker.wake()
    response.headers["Location"] = f"/v1/jobs/{answer['job_id']}"
    return answer


def _own(connection: Connection, caller: Caller, job_id: str) -> Job:
    """Return a job the caller may see; of others nobody learns that it is there."""
    return find_job(connection, job_id, districts=caller.districts, kinds=_kinds_of(caller))


def _kinds_of(caller: Caller) -> list[str]:
    """Return which kinds a caller may see: what a grid can take is not for outsiders."""
    return [kind for kind in KINDS if kind == BULK or may(caller, "capacity.read")]


def _shown(connection: Connection, job: Job) -> JobOut:
    return JobOut.of(job, list_files(connection, [job.job_id])[job.job_id])


def _check(asked: JobIn, grids: ServedGrids, today: date) -> None:
    """Refuse what a worker could not do."""
    try:
        # as it will be kept: no half characters, no NUL, no NaN
        kept = json.dumps(asked.asked, ensure_ascii=False, allow_nan=False)
        kept.encode()
        is_text = "\\u0000" not in kept
    except (ValueError, RecursionError):
        is_text = False
    if not is_text:
        raise InputError([_no_text()])
    match asked.kind:
        case _ if asked.kind == CAPACITY_MAP:
            read_asked_capacity(asked.asked, grids, today)
        case _ if asked.kind == SCENARIO:
            read_asked_scenario(asked.asked, grids, today)


def _lines(database: Database, job: Job, after: int) -> Iterator[str]:
    """Give every row as a line of JSON, read page by page."""
    number = _row_number(after)
    while page := database.read(
        lambda c, number=number: list_rows(c, job.job_id, after=number, most=_PAGE)  # type: ignore[misc]
    ):
        for row in page:
            yield JobRowOut.of(row).model_dump_json() + "\n"
        number = page[-1].number


def _pieces(database: Database, job_id: str, name: str) -> Iterator[bytes]:
    """Give a file, read piece by piece."""
    for number in count():
        piece = database.read(lambda c, k=number: read_piece(c, job_id, name, k))  # type: ignore[misc]
        if piece is None:
            return
        yield piece


def _row_number(after: int) -> int:
    """Return a cursor as a row has it: no job has a row beyond."""
    return min(after, 2**31 - 1)


def _which_district() -> InputProblem:
    return InputProblem(
        field="district",
        zh="district 应为调用者的一个区域，或“*”表示全部（仅限全部区域的调用者）",
        en='district must be one of the caller\'s, or "*" for every one, which takes a caller of '
        "every district",
    )


def _no_text() -> InputProblem:
    return InputProblem(
        field="asked",
        zh="asked 含有空字符、不成对的代理字符或不是数的数，或层次过深",
        en="asked holds NUL, half a character or no number, or is nested too deeply",
    )
