"""Commitments: what is promised and not used yet, and whether the grid still carries it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from sqlalchemy.engine import Connection

from api.auth.caller import Caller, require
from api.auth.dependency import ThisIdentity, allowed
from api.commitment_schemas import CommitmentList, CommitmentOut, PlaceIn
from api.database.promise_checks import LivePromise, find_live_promise, list_promises
from api.dependencies import After, Grids, Id, Limit, Now
from api.ledger.recheck import Recheck
from api.once import Once, ThisOnce
from api.pages import cut_page
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER, refusal
from api.seen import saw
from api.serving import ServedGrid, ServedGrids
from grid_models.errors import InputError, InputProblem
from planner.form import shown

__all__ = ["router"]

_READ, _WRITE = "capacity.read", "desk.decide"

router = APIRouter(
    prefix="/v1/commitments",
    tags=["commitments"],
    responses=NOT_ALLOWED | NOT_IN_ORDER | refusal(503, "Grids are being loaded."),
)
Reader = Annotated[Caller, Depends(allowed(_READ))]
Planner = Annotated[Caller, Depends(allowed(_WRITE))]
States = Annotated[
    list[Literal["deciding", "replied", "building", "residual"]] | None,
    Query(alias="state", description="Only promises in these states."),
]
IsKept = Annotated[
    bool | None,
    Query(
        description="true: known to be kept on the version that is served. false: looked at there "
        "and not known to be kept, `not_kept` and `unknown` alike: what the desk has to look at."
    ),
]


@router.get("", summary="Live promises of the caller's districts")
def list_them(
    caller: Reader,
    identity: ThisIdentity,
    grids: Grids,
    now: Now,
    state: States = None,
    is_kept: IsKept = None,
    after: After = 0,
    limit: Limit = 50,
) -> CommitmentList:
    """Return live promises, each with its last look on the version of the grid that is served."""
    served = _served(grids)
    saw(identity.database, caller, "commitments", "live", now=now, state=state, is_kept=is_kept,
        after=after)  # fmt: skip
    found = identity.database.read(
        lambda connection: list_promises(
            connection, served, now, districts=caller.districts, states=state or (),
            kept=is_kept, after=after, most=limit + 1,
        )
    )  # fmt: skip
    page, next_cursor = cut_page(found, limit)
    return CommitmentList(
        items=[CommitmentOut.of(one, served.get(one.grid_name)) for one in page],
        next_cursor=next_cursor,
    )


@router.post(
    "/{hold_id}/checks",
    status_code=201,
    summary="Look at a promise again",
    response_model=CommitmentOut,
    responses=refusal(404, "No such promise stands, or its grid is not served.")
    | refusal(409, "The key was used before."),
)
def look_again(hold_id: Id, caller: Planner, grids: Grids, now: Now, once: ThisOnce) -> Any:
    """Solve a promise with all that is promised to others now; what comes of it counts from now.

    For a promise that was not kept, once another one was given up or the grid was mended.
    """
    if (kept := once.kept()) is not None:
        return kept

    find, promise, recheck = _pose(hold_id, caller, grids, once)
    served = recheck.served
    look = recheck.look_again(once.database, promise, now=now)

    def keep(connection: Connection) -> Any:
        recheck.keep(connection, look, actor=caller.name, now=now)
        return CommitmentOut.of(find(connection), served.version).model_dump(mode="json")

    return once.do(keep)


@router.post(
    "/{hold_id}/place",
    status_code=201,
    summary="Place a promise anew",
    response_model=CommitmentOut,
    responses=refusal(404, "No such promise stands, or its grid is not served.")
    | refusal(409, "The key was used before, for another request."),
)
def place_anew(
    hold_id: Id, asked: PlaceIn, caller: Planner, grids: Grids, now: Now, once: ThisOnce
) -> Any:
    """Let a promise stand at other nodes, where the version that is served lacks those it had.

    A source whose access point is still there stands at the node of that point, no other.

    Others count it there from now on; whether it is kept is unknown until somebody looks again.
    """
    if (kept := once.kept()) is not None:
        return kept

    find, promise, recheck = _pose(hold_id, caller, grids, once)
    served = recheck.served
    nodes = recheck.find_nodes(once.database, promise)
    if problems := _place_problems(promise, asked.node_ids, nodes, served):
        raise InputError(problems)

    def put(connection: Connection) -> Any:
        recheck.place(connection, promise, asked.node_ids, actor=caller.name, now=now)
        return CommitmentOut.of(find(connection), served.version).model_dump(mode="json")

    return once.do(put)


def _pose(
    hold_id: str, caller: Caller, grids: ServedGrids, once: Once
) -> tuple[Callable[[Connection], LivePromise], LivePromise, Recheck]:
    """Return how a promise is found, the promise, and what looks at it on its grid as served."""

    def find(connection: Connection) -> LivePromise:
        return find_live_promise(
            connection, hold_id, _served(grids), once.now, districts=caller.districts
        )

    promise = once.database.read(find)
    require(caller, _WRITE, promise.district)
    served = grids.find(promise.grid_name)
    return find, promise, Recheck(served=served, rule_book=grids.rule_book, terms=grids.terms)


def _place_problems(
    promise: LivePromise,
    node_ids: Sequence[str],
    nodes: Sequence[str | None],
    served: ServedGrid,
) -> list[InputProblem]:
    count = len(promise.sources)
    if len(node_ids) != count:
        return [
            InputProblem(
                field="node_ids",
                zh=f"node_ids 有 {len(node_ids)} 个，该承诺有 {count} 个电源，应各给一个节点",
                en=f"node_ids names {len(node_ids)}; the promise has {count} source(s), give a "
                "node for each",
            )
        ]
    known = served.model.node_rows
    problems = []
    places = zip(node_ids, promise.sources, nodes, strict=True)
    for number, (node_id, source, at_point) in enumerate(places):
        present, field = str(source["node_id"]), f"node_ids.{number}"
        # where the access point still tells the node, no other may be counted in its stead
        only = at_point or (present if present in known else None)
        if only is not None and node_id != only:
            zh = f"该电源的接入点在当前电网版本中位于节点“{only}”，不能改到别处"
            en = f'the access point of the source is at node "{only}" of the version that is '
            en += "served; it cannot stand elsewhere"
        elif node_id not in known:
            zh = f"当前电网版本中没有节点“{shown(node_id)}”"
            en = f'the version that is served has no node "{shown(node_id)}"'
        else:
            continue
        problems.append(InputProblem(field=field, zh=zh, en=en))
    return problems


def _served(grids: ServedGrids) -> dict[str, str]:
    """Return the version that is served of each grid."""
    return {one.name: one.version for one in grids.all()}
