"""Applications: accepted, planned, held and moved on; every POST happens once."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from sqlalchemy.engine import Connection

from api.application_schemas import (
    ApplicationIn,
    ApplicationList,
    ApplicationOut,
    CapacityGone,
    HoldIn,
    HoldOut,
    MoveIn,
    PlanOut,
)
from api.auth.caller import Caller, require
from api.auth.dependency import ThisIdentity, allowed
from api.database import Database
from api.database.applications import (
    StoredApplication,
    add_application,
    check_revision,
    find_application,
    list_applications,
)
from api.database.plans import find_plan
from api.dependencies import After, Grids, Id, Limit, Now, Today, refuse_repeated_fields
from api.ledger.ledger import Ledger
from api.life import MOVES
from api.once import ThisOnce
from api.outside import is_outside, telling
from api.pages import cut_page
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER, refusal
from api.request import Gathered, read_plan_request
from api.rows import rows_of_list
from api.schemas import ProblemDetails
from api.seen import saw
from api.serving import ServedGrids
from api.translate import json_ready
from grid_models.errors import InputError, InputProblem
from planner.plan_id import plain_fields

__all__ = ["router"]

_UNKNOWN = refusal(404, "No such application, plan or grid.")
_CONFLICT = refusal(409, "The present state does not allow it, or the key was used before.")

router = APIRouter(
    prefix="/v1/applications",
    tags=["applications"],
    dependencies=[Depends(refuse_repeated_fields)],
    responses=NOT_ALLOWED | NOT_IN_ORDER | refusal(503, "Grids are being loaded."),
)
Reader = Annotated[Caller, Depends(allowed("application.read"))]
Writer = Annotated[Caller, Depends(allowed("application.write"))]
PlanMaker = Annotated[Caller, Depends(allowed("plan.make"))]
Holder = Annotated[Caller, Depends(allowed("hold.place"))]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", pattern=r'^"[0-9]{1,9}"$', description="ETag that was seen."),
]
States = Annotated[list[str] | None, Query(alias="state", description="Only these states.")]


@router.post(
    "",
    status_code=201,
    summary="Accept an application",
    response_model=ApplicationOut,
    responses=_UNKNOWN | _CONFLICT,
)
def accept(
    asked: ApplicationIn, caller: Writer, grids: Grids, today: Today, now: Now, once: ThisOnce
) -> Any:
    """Keep a complete application of a district; its plan comes next."""
    require(caller, "application.write", asked.district)
    fields, grid_name = _read(asked, grids, today)
    completed_on = asked.completed_on or today

    def keep(connection: Connection) -> Any:
        if asked.replaces_id is not None:
            _own(connection, caller, asked.replaces_id)
        stored = add_application(
            connection, application_id=f"app-{uuid.uuid4().hex}", district=asked.district,
            asked=fields, grid_name=grid_name, completed_on=completed_on, actor=caller.name,
            now=now, replaces_id=asked.replaces_id,
        )  # fmt: skip
        return ApplicationOut.of(stored).model_dump(mode="json")

    return once.do(keep)


@router.get("", summary="Applications of the caller's districts")
def list_them(
    caller: Reader,
    identity: ThisIdentity,
    state: States = None,
    after: After = 0,
    limit: Limit = 50,
) -> ApplicationList:
    """Return applications in the order they came."""
    unknown = sorted(set(state or ()) - set(MOVES))
    if unknown:
        raise InputError([_unknown_state(unknown[0])])
    found = identity.database.read(
        lambda connection: list_applications(
            connection, districts=caller.districts, states=state or (), after=after,
            most=limit + 1,
        )
    )  # fmt: skip
    page, next_cursor = cut_page(found, limit)
    return ApplicationList(
        items=[ApplicationOut.of(stored) for stored in page],
        next_cursor=next_cursor,
    )


@router.get("/{application_id}", summary="One application", responses=_UNKNOWN)
def get_one(
    application_id: Id, caller: Reader, identity: ThisIdentity, response: Response
) -> ApplicationOut:
    """Return an application; its ETag is its revision."""
    stored = identity.database.read(lambda connection: _own(connection, caller, application_id))
    response.headers["ETag"] = f'"{stored.revision}"'
    return ApplicationOut.of(stored)


@router.post(
    "/{application_id}/plans",
    status_code=201,
    summary="Make the next version of the plan",
    response_model=PlanOut,
    responses=_UNKNOWN | _CONFLICT,
)
def make_plan_of(
    application_id: Id, caller: PlanMaker, grids: Grids, now: Now, once: ThisOnce
) -> Any:
    """Plan with all that is promised to others now."""
    if (kept := once.kept()) is not None:
        return kept
    ledger = _ledger(once.database, caller, application_id, grids)
    with telling(caller):
        draft = ledger.draft(once.database, application_id, now=now)

    def keep(connection: Connection) -> Any:
        stored = ledger.keep(connection, draft, actor=caller.name, now=now)
        return PlanOut.of(stored, is_cut=is_outside(caller)).model_dump(mode="json")

    return once.do(keep)


@router.get(
    "/{application_id}/plans/{version}", summary="A version of the plan", responses=_UNKNOWN
)
def get_plan(
    application_id: Id,
    version: Annotated[int, Path(ge=1, lt=2**31, description="1, 2, ...")],
    caller: Reader,
    identity: ThisIdentity,
    now: Now,
) -> PlanOut:
    """Return a plan as it was made."""

    def find(connection: Connection) -> tuple[PlanOut, str]:
        own = _own(connection, caller, application_id)
        stored = find_plan(connection, application_id, version)
        return PlanOut.of(stored, is_cut=is_outside(caller)), own.district

    plan, district = identity.database.read(find)
    saw(identity.database, caller, "plan", application_id, now=now, district=district,
        version=plan.version)  # fmt: skip
    return plan


@router.post(
    "/{application_id}/hold",
    status_code=201,
    summary="Hold the capacity an option needs",
    response_model=HoldOut,
    responses=_UNKNOWN
    | {
        409: {
            "model": CapacityGone | ProblemDetails,
            "description": "Others were promised it (`capacity_gone`, with obstacles), the grid "
            "moved on, the state does not lead there, or the key was used before.",
        }
    },
)
def hold(
    application_id: Id, asked: HoldIn, caller: Holder, grids: Grids, now: Now, once: ThisOnce
) -> Any:
    """Hold it while the customer decides, if no promise to others stands against it."""
    if (kept := once.kept()) is not None:
        return kept
    ledger = _ledger(once.database, caller, application_id, grids)

    def place(connection: Connection) -> Any:
        held = ledger.hold(
            connection, application_id, version=asked.version, rank=asked.rank,
            actor=caller.name, now=now,
        )  # fmt: skip
        return HoldOut.of(held).model_dump(mode="json")

    with telling(caller):
        return once.do(place)


@router.post(
    "/{application_id}/moves",
    status_code=201,
    summary="Move an application on",
    response_model=ApplicationOut,
    responses=_UNKNOWN | _CONFLICT | refusal(412, "It was changed since the ETag was seen."),
)
def move_on(
    application_id: Id,
    asked: MoveIn,
    caller: Writer,
    grids: Grids,
    now: Now,
    once: ThisOnce,
    if_match: IfMatch = None,
) -> Any:
    """Note that the customer agreed, works began, the supply is live, or it was withdrawn."""
    if (kept := once.kept()) is not None:
        return kept
    if (asked.to == "energised") != (asked.measured_peak_kva is not None):
        raise InputError([_peak_problem(asked.to)])
    ledger = _ledger(once.database, caller, application_id, grids)

    def go(connection: Connection) -> Any:
        if if_match is not None:
            check_revision(connection, application_id, int(if_match.strip('"')))
        stored = ledger.move_on(
            connection, application_id, asked.to, reason=asked.reason,
            measured_peak_kva=asked.measured_peak_kva or 0.0, actor=caller.name, now=now,
        )  # fmt: skip
        return ApplicationOut.of(stored).model_dump(mode="json")

    return once.do(go)


# ---------------------------------------------------------------------- what they share


def _own(connection: Connection, caller: Caller, application_id: str) -> StoredApplication:
    """Return an application of the caller's districts; of others nobody learns that it is there."""
    return find_application(connection, application_id, districts=caller.districts)


def _ledger(database: Database, caller: Caller, application_id: str, grids: ServedGrids) -> Ledger:
    """Return the ledger of the grid an application is about."""
    application = database.read(lambda connection: _own(connection, caller, application_id))
    return Ledger(
        served=grids.find(application.grid_name), rule_book=grids.rule_book, terms=grids.terms
    )


def _read(asked: ApplicationIn, grids: ServedGrids, today: date) -> tuple[dict[str, Any], str]:
    """Return what is kept of what was asked, and the grid it is about."""
    given = asked.application.model_dump(exclude_unset=True)
    gathered = Gathered()
    if given.get("commitments"):
        gathered.refuse(_promises_problem())
    found = gathered.attempt(lambda: grids.find(given.get("grid")))
    equipment = given.get("equipment")
    request = read_plan_request(
        gathered,
        {k: v for k, v in given.items() if k not in ("grid", "equipment", "commitments")},
        grid=found.area if found else None,
        rule_book=grids.rule_book,
        today=today,
        equipment=None if equipment is None else lambda: rows_of_list(equipment, "equipment"),
    )
    return json_ready(plain_fields(request.application)), gathered.settle(found).name


def _promises_problem() -> InputProblem:
    return InputProblem(
        field="commitments",
        zh="commitments 不应填写：已承诺容量以台账为准",
        en="commitments must not be given: the ledger knows what is promised",
    )


def _unknown_state(state: str) -> InputProblem:
    known = ", ".join(MOVES)
    return InputProblem(
        field="state",
        zh=f"state 为“{state[:40]}”，应为其中之一：{known}",
        en=f'state is "{state[:40]}"; give one of {known}',
    )


def _peak_problem(to: str) -> InputProblem:
    if to == "energised":
        return InputProblem(
            field="measured_peak_kva",
            zh="measured_peak_kva 未填写，送电时应填写实测最大负荷（kVA）",
            en="measured_peak_kva is missing; give the measured peak (kVA) of what is energised",
        )
    return InputProblem(
        field="measured_peak_kva",
        zh="measured_peak_kva 仅在送电时填写",
        en="measured_peak_kva is given only where the supply is energised",
    )
