"""Applications: accepted, planned, held and moved on; every POST happens once."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from sqlalchemy.engine import Connection

from api.accepting import read_complete
from api.application_schemas import (
    ApplicationDetail,
    ApplicationIn,
    ApplicationList,
    ApplicationOut,
    CapacityGone,
    HoldIn,
    HoldOut,
    MovedList,
    MoveIn,
    PlanNoteList,
    PlanOut,
)
from api.auth.caller import Caller, require
from api.auth.dependency import ThisIdentity, allowed
from api.database.application_lists import Sort, cursor_of, list_applications
from api.database.applications import StoredApplication, list_moves
from api.database.holds import find_live_hold
from api.database.pauses import list_pauses
from api.database.plans import StoredPlan, UnknownPlanError, find_plan, list_plans
from api.database.waiting import Place, find_place
from api.dependencies import After, Grids, Id, Limit, Now, Today, refuse_repeated_fields
from api.ledger.errors import CapacityGoneError
from api.ledger.holding import hold as place_hold
from api.ledger.holding import prove
from api.ledger.ledger import Ledger, binding_element
from api.life import MOVES
from api.once import Once, ThisOnce
from api.outside import is_outside, person_of, telling
from api.own import IfMatch, check_seen, find_own, ledger_of
from api.pages import cut_page
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER, refusal
from api.schemas import ProblemDetails
from api.seen import saw
from api.shown import show, show_all
from grid_models.errors import InputError, InputProblem

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
States = Annotated[list[str] | None, Query(alias="state", description="Only these states.")]
Light = Annotated[
    Literal["yellow", "red", "unknown"] | None,
    Query(
        description="Only those whose limit is near (yellow) or past (red), or whose clock stands "
        "or cannot be told (unknown)."
    ),
]
CUSTOMER = "customer"
View = Annotated[
    Literal["full", "customer"],
    Query(description="customer: without the grid's figures, whoever asks; for a shared screen."),
]
Mine = Annotated[bool, Query(description="Only those the caller brought.")]
Part = Annotated[
    str | None,
    Query(
        pattern=r"^[^\p{C}]{1,100}$",
        description="Only those whose id or district has this in it, capital letters or not.",
    ),
]
SortBy = Annotated[
    Sort,
    Query(description="`due`: by the last day of the limit, those without one last."),
]


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
    if (kept := once.kept()) is not None:
        return kept
    complete = read_complete(asked, grids, today, person_of(caller))

    def keep(connection: Connection) -> Any:
        stored = complete.keep(
            connection, f"app-{uuid.uuid4().hex}", districts=caller.districts, actor=caller.name,
            now=now,
        )  # fmt: skip
        shown = show(connection, stored, caller=caller, today=today, now=now)
        return shown.model_dump(mode="json")

    return once.do(keep)


@router.get("", summary="Applications of the caller's districts")
def list_them(
    caller: Reader,
    identity: ThisIdentity,
    today: Today,
    now: Now,
    state: States = None,
    light: Light = None,
    mine: Mine = False,
    q: Part = None,
    sort: SortBy = "arrival",
    after: After = 0,
    limit: Limit = 50,
) -> ApplicationList:
    """Return applications in the order they came, or as their limits end."""
    unknown = sorted(set(state or ()) - set(MOVES))
    if unknown:
        raise InputError([_unknown_state(unknown[0])])

    def find(connection: Connection) -> ApplicationList:
        found = list_applications(
            connection, districts=caller.districts, states=state or (), light=light, today=today,
            brought_by=caller.name if mine else None, part=q, sort=sort, after=after,
            most=limit + 1,
        )  # fmt: skip
        page = found[:limit]
        return ApplicationList(
            items=show_all(connection, page, caller=caller, today=today, now=now),
            next_cursor=cursor_of(page[-1], sort) if len(found) > limit else None,
        )

    return identity.database.read(find)


@router.get("/{application_id}", summary="One application", responses=_UNKNOWN)
def get_one(
    application_id: Id,
    caller: Reader,
    identity: ThisIdentity,
    now: Now,
    today: Today,
    response: Response,
) -> ApplicationDetail:
    """Return an application with its hold, its clock and its place; its ETag is its revision."""

    def find(connection: Connection) -> ApplicationDetail:
        stored = find_own(connection, caller, application_id)
        return ApplicationDetail.with_all(
            show(connection, stored, caller=caller, today=today, now=now),
            hold=find_live_hold(connection, application_id, now),
            pauses=list_pauses(connection, application_id),
            place=_find_place(connection, stored),
            is_cut=is_outside(caller),
        )

    found = identity.database.read(find)
    response.headers["ETag"] = f'"{found.revision}"'
    return found


@router.get("/{application_id}/moves", summary="Its changes of state", responses=_UNKNOWN)
def get_moves(
    application_id: Id,
    caller: Reader,
    identity: ThisIdentity,
    after: After = 0,
    limit: Limit = 50,
) -> MovedList:
    """Return who moved the application where, when and why."""

    def find(connection: Connection) -> MovedList:
        find_own(connection, caller, application_id)
        found = list_moves(connection, application_id, after=after, most=limit + 1)
        return MovedList.of(*cut_page(found, limit))

    return identity.database.read(find)


@router.post(
    "/{application_id}/plans",
    status_code=201,
    summary="Make the next version of the plan",
    response_model=PlanOut,
    responses=_UNKNOWN | _CONFLICT,
)
def make_plan(application_id: Id, caller: PlanMaker, grids: Grids, now: Now, once: ThisOnce) -> Any:
    """Plan with all that is promised to others now."""
    if (kept := once.kept()) is not None:
        return kept
    ledger = ledger_of(once.database, caller, application_id, grids)
    with telling(caller):
        draft = ledger.draft(once.database, application_id, now=now)

    def keep(connection: Connection) -> Any:
        stored = ledger.keep(connection, draft, actor=caller.name, now=now)
        made = PlanOut.of(stored, is_cut=is_outside(caller), model=ledger.served.model)
        return made.model_dump(mode="json")

    return once.do(keep)


@router.get("/{application_id}/plans", summary="Versions of the plan", responses=_UNKNOWN)
def get_plans(
    application_id: Id,
    caller: Reader,
    identity: ThisIdentity,
    after: After = 0,
    limit: Limit = 50,
) -> PlanNoteList:
    """Return every version without what is in it."""

    def find(connection: Connection) -> PlanNoteList:
        find_own(connection, caller, application_id)
        found = list_plans(connection, application_id, after=after, most=limit + 1)
        return PlanNoteList.of(found, limit)

    return identity.database.read(find)


@router.get(
    "/{application_id}/plans/{version}", summary="A version of the plan", responses=_UNKNOWN
)
def get_plan(
    application_id: Id,
    version: Annotated[int, Path(ge=1, lt=2**31, description="1, 2, ...")],
    caller: Reader,
    identity: ThisIdentity,
    grids: Grids,
    now: Now,
    view: View = "full",
) -> PlanOut:
    """Return a plan as it was made, or what of it anybody may be shown."""
    served = {each.version: each.model for each in grids.all()}

    def find(connection: Connection) -> tuple[StoredPlan, str]:
        own = find_own(connection, caller, application_id)
        return find_plan(connection, application_id, version), own.district

    stored, district = identity.database.read(find)
    is_cut = is_outside(caller) or view == CUSTOMER
    plan = PlanOut.of(stored, is_cut=is_cut, model=served.get(stored.grid_version))
    saw(identity.database, caller, "plan", application_id, now=now, district=district,
        version=plan.version, view=view if view == CUSTOMER else None)  # fmt: skip
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
            "description": "Others were promised it (`capacity_gone`, with obstacles, a fresh "
            "plan with what is left, and the place in the queue), the grid moved on, the state "
            "does not lead there, or the key was used before.",
        }
    },
)
def hold(
    application_id: Id, asked: HoldIn, caller: Holder, grids: Grids, now: Now, once: ThisOnce
) -> Any:
    """Hold it while the customer decides, if no promise to others stands against it."""
    if (kept := once.kept()) is not None:
        return kept
    ledger = ledger_of(once.database, caller, application_id, grids)

    wanted: dict[str, int] = {"version": asked.version, "rank": asked.rank}

    with telling(caller):
        proof = prove(ledger, once.database, application_id, now=now, **wanted)

        def place(connection: Connection) -> Any:
            held = place_hold(
                ledger, connection, application_id, actor=caller.name, now=now, proof=proof,
                **wanted,
            )  # fmt: skip
            return HoldOut.of(held).model_dump(mode="json")

        try:
            return once.do(place)
        except CapacityGoneError as error:
            _plan_anew(ledger, once, application_id, caller, error)
            raise


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
    today: Today,
    now: Now,
    once: ThisOnce,
    if_match: IfMatch = None,
) -> Any:
    """Note that the customer agreed, works began, the supply is live, or it was withdrawn."""
    if (kept := once.kept()) is not None:
        return kept
    if (asked.to == "energised") != (asked.measured_peak_kva is not None):
        raise InputError([_peak_problem(asked.to)])
    ledger = ledger_of(once.database, caller, application_id, grids)

    def go(connection: Connection) -> Any:
        check_seen(connection, application_id, if_match)
        stored = ledger.move_on(
            connection, application_id, asked.to, reason=asked.reason,
            measured_peak_kva=asked.measured_peak_kva or 0.0, actor=caller.name, now=now,
        )  # fmt: skip
        shown = show(connection, stored, caller=caller, today=today, now=now)
        return shown.model_dump(mode="json")

    return once.do(go)


# ---------------------------------------------------------------------- what they share


def _find_place(connection: Connection, application: StoredApplication) -> Place | None:
    """Return the application's place among those that need what binds its first option."""
    try:
        plan = find_plan(connection, application.application_id)
    except UnknownPlanError:
        return None
    element_id = binding_element(plan.document)
    return None if element_id is None else find_place(connection, application, element_id)


def _plan_anew(
    ledger: Ledger, once: Once, application_id: str, caller: Caller, error: CapacityGoneError
) -> None:
    """Give who came second the plan that is possible now, and their place in the queue."""
    draft = ledger.draft(once.database, application_id, now=once.now)

    def keep(connection: Connection) -> tuple[StoredPlan, Place | None]:
        last = find_plan(connection, application_id)
        is_same = (last.grid_version, last.commitments) == (
            ledger.served.version, draft.commitments,
        )  # fmt: skip
        # asked again and again, one new version tells it
        stored = (
            last if is_same else ledger.keep(connection, draft, actor=caller.name, now=once.now)
        )
        application = find_own(connection, caller, application_id)
        return stored, find_place(connection, application, error.obstacles[0].element_id)

    error.fresh, error.place = once.database.write(keep)


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
