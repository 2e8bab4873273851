"""Plans: one application in, ranked options out. Nothing is kept."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from api.dependencies import Grids, Today
from api.request import Gathered, RowReader, read_plan_request
from api.rows import rows_of_list
from api.schemas import PlanIn, ProblemDetails
from api.translate import plan_document, to_json_text
from planner.assistant import make_plan
from planner.plan import SupplyPlan

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["plans"])

_PARTS = ("grid", "equipment", "commitments")


@router.post(
    "/plans",
    summary="How to connect one customer",
    response_class=Response,
    responses={
        200: {
            "model": SupplyPlan,
            "description": "The plan; its mode is `no_option` where nothing fits. Infinite "
            'capacities are the text "inf".',
        },
        404: {"model": ProblemDetails, "description": "No such grid is served."},
        413: {"model": ProblemDetails, "description": "The body is too large."},
        422: {"model": ProblemDetails, "description": "What was sent cannot be answered."},
        503: {"model": ProblemDetails, "description": "Grids are being loaded."},
    },
)
def create_plan(asked: PlanIn, grids: Grids, today: Today) -> Response:
    """Return ranked connection options that a power flow confirms, or why there is none."""
    given = asked.model_dump(exclude_unset=True)
    gathered = Gathered()
    found = gathered.attempt(lambda: grids.find(given.get("grid")))
    request = read_plan_request(
        gathered,
        {name: value for name, value in given.items() if name not in _PARTS},
        grid=found.area if found else None,
        rule_book=grids.rule_book,
        today=today,
        equipment=_rows(given, "equipment"),
        commitments=_rows(given, "commitments"),
    )
    served = gathered.settle(found)
    plan = make_plan(
        request.application,
        served.model,
        grids.rule_book(request.application.area),
        grids.catalogue,
        commitments=request.commitments,
    )
    return Response(to_json_text(plan_document(plan)), media_type="application/json")


def _rows(given: dict[str, Any], name: str) -> RowReader | None:
    items = given.get(name)
    return None if items is None else lambda: rows_of_list(items, name)
