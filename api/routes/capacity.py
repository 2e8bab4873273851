"""Capacity: what nodes can still take, with everything the ledger has promised."""

from __future__ import annotations

import math
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from api.auth.caller import Caller
from api.auth.dependency import ThisIdentity, allowed
from api.database.holds import count_holds, list_commitments
from api.dependencies import After, Grids, Now, Today
from api.node_capacity import (
    UnknownNodeError,
    list_capacities,
    nodes_near,
    refuse_astray,
)
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER, refusal
from api.seen import saw
from api.serving import ServedGrid
from grid_models.errors import InputError, InputProblem
from planner.capacity import CapacityQuestion
from planner.form import shown

__all__ = ["router"]

_LARGEST_RADIUS_M = 5_000.0

router = APIRouter(prefix="/v1/capacity", tags=["capacity"], responses=NOT_ALLOWED | NOT_IN_ORDER)
Reader = Annotated[Caller, Depends(allowed("capacity.read"))]
Number = float | str | None


class NodeOut(BaseModel):
    """A node and what it can still take, alone: capacities of two nodes never add up.

    Numbers are null where they are not known, the text "inf" where nothing binds.
    """

    model_config = ConfigDict(extra="ignore")

    node_id: str
    lon: Number
    lat: Number
    kv: Number
    source_tree_id: str = ""
    feeder_id: str = ""
    open_capacity_kva: Number = None
    open_binding_id: str = ""
    free_after_promises_kva: Number = None
    hosting_capacity_kva: Number = None
    hosting_binding_id: str = ""
    hosting_binding_code: str = ""
    quality: str = "unknown"
    export_capacity_kva: Number = None
    export_binding_id: str = ""
    export_binding_code: str = ""


class CapacityOut(BaseModel):
    """Nodes and what they can take; `next_cursor` is null on the last page."""

    grid: str
    grid_version: str
    rules_area: str
    rules_version: str
    on_date: date
    power_factor: float
    promises: int = Field(
        description="Promises of the ledger that are counted; one of two sources is one."
    )
    items: list[NodeOut]
    next_cursor: str | None


@router.get(
    "",
    summary="What nodes can still take",
    responses=refusal(404, "No such grid or node.")
    | refusal(409, "Promises stand at nodes this version lacks: no figure would be sure.")
    | refusal(503, "Grids are being loaded."),
)
def list_them(
    caller: Reader,
    identity: ThisIdentity,
    grids: Grids,
    today: Today,
    now: Now,
    grid: Annotated[str | None, Query(max_length=200, description="Version or name.")] = None,
    node_id: Annotated[str | None, Query(max_length=200, description="One node.")] = None,
    near: Annotated[
        str | None,
        Query(max_length=60, description="lon,lat in CGCS2000.", examples=["120.1,30.2"]),
    ] = None,
    radius_m: Annotated[
        float, Query(gt=0.0, le=_LARGEST_RADIUS_M, description="Round `near`.")
    ] = 300.0,
    power_factor: Annotated[
        float | None, Query(gt=0.0, le=1.0, description="Of the new load; the rules'.")
    ] = None,
    area: Annotated[str | None, Query(max_length=40, description="Rules; the grid's.")] = None,
    after: After = 0,
    limit: Annotated[int, Query(ge=1, le=50, description="Most items on a page.")] = 20,
) -> CapacityOut:
    """Return what `supply-plan capacity` says of these nodes, with what is promised now counted."""
    served, rules_of = grids.find(grid), grids.rule_book
    book = rules_of(area or served.area.area)
    rules = book.on(today)
    rows = _find_rows(served, node_id, near, radius_m)
    promised = identity.database.read(
        lambda connection: list_commitments(
            connection, served.name, now, load_date=served.model.grid.metadata.load_date
        )
    )
    refuse_astray(served.model, promised)
    saw(identity.database, caller, "capacity", served.version, now=now, node_id=node_id, near=near,
        radius_m=radius_m if near else None, after=after)  # fmt: skip
    question = CapacityQuestion(
        power_factor=power_factor or rules.number("power_factor_mv"), commitments=promised
    )
    waiting = [row for row in rows if row >= after]
    page = waiting[:limit]
    return CapacityOut(
        grid=served.name,
        grid_version=served.version,
        rules_area=book.area,
        rules_version=book.version,
        on_date=today,
        power_factor=question.power_factor,
        promises=count_holds(promised),
        items=[NodeOut(**facts) for facts in list_capacities(served.model, page, rules, question)],
        next_cursor=str(page[-1] + 1) if len(waiting) > limit else None,
    )


def _find_rows(
    served: ServedGrid, node_id: str | None, near: str | None, radius_m: float
) -> list[int]:
    """Return the rows of the nodes that are asked for.

    Raises
    ------
    UnknownNodeError
        If there is no such node.
    InputError
        If neither or both are asked for, or the place is none.
    """
    if (node_id is None) == (near is None):
        raise InputError([_one_of_both()])
    if node_id is not None:
        if node_id not in served.model.node_rows:
            raise UnknownNodeError(node_id)
        return [served.model.node_rows[node_id]]
    lon, lat = _read_place(str(near))
    return nodes_near(served.model, lon, lat, radius_m)


def _read_place(text: str) -> tuple[float, float]:
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError([_no_place(text)]) from None
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise InputError([_no_place(text)])
    return lon, lat


def _one_of_both() -> InputProblem:
    return InputProblem(
        field="node_id",
        zh="node_id 与 near 须且只能给出一个",
        en="give either node_id or near",
    )


def _no_place(text: str) -> InputProblem:
    return InputProblem(
        field="near",
        zh=f"near 为“{shown(text)}”，应为经度,纬度",
        en=f'near is "{shown(text)}"; give lon,lat',
    )
