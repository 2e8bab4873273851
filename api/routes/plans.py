"""Plans: one application in, ranked options out. Nothing is kept."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Response

from api.dependencies import Grids, Today, refuse_repeated_fields
from api.documents.pdf import draw_option_diagram, make_plan_pdf
from api.handed_out import PDF, SVG, hand_out, private_headers
from api.metrics import count_answer
from api.outside import Viewer, inside_only, shown_plan
from api.refusals import refusal
from api.request import Gathered, RowReader, read_plan_request
from api.rows import rows_of_list
from api.schemas import PlanIn
from api.serving import ServedGrid
from api.translate import plan_document, to_json_text
from planner.assistant import make_plan
from planner.plan import SupplyPlan

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["plans"], dependencies=[Depends(refuse_repeated_fields)])

_PARTS = ("grid", "equipment", "commitments")


_REFUSALS: dict[int | str, dict[str, Any]] = {
    **refusal(404, "No such grid is served."),
    **refusal(422, "What was sent cannot be answered."),
    **refusal(503, "Grids are being loaded."),
}


@router.post(
    "/plans",
    summary="How to connect one customer",
    response_class=Response,
    responses={
        200: {
            "model": SupplyPlan,
            "description": "The plan; its mode is `no_option` where nothing fits. Infinite "
            'capacities are the text "inf". Integrators are shown a part of it.',
        },
        **_REFUSALS,
    },
)
def create_plan(asked: PlanIn, grids: Grids, today: Today, viewer: Viewer) -> Response:
    """Return ranked connection options that a power flow confirms, or why there is none."""
    plan, _ = _answer(asked, grids, today)
    shown = shown_plan(viewer, plan_document(plan))
    return Response(to_json_text(shown, indent=None), media_type="application/json")


@router.post(
    "/plans/pdf",
    dependencies=[Depends(inside_only)],
    summary="The same plan as a PDF in Chinese, with map, single-line diagram and checks",
    response_class=Response,
    responses={200: {"content": {PDF: {}}, "description": "The plan on paper."}, **_REFUSALS},
)
def create_plan_pdf(asked: PlanIn, grids: Grids, today: Today) -> Response:
    """Return the plan on paper; it holds no capacity and says so."""
    plan, served = _answer(asked, grids, today)
    title = grids.rule_book(plan.rules.area).title_zh
    return hand_out(make_plan_pdf(plan, served.model, title), PDF)


@router.post(
    "/plans/diagram",
    dependencies=[Depends(inside_only)],
    summary="The single-line diagram of the plan's first option",
    response_class=Response,
    responses={
        200: {"content": {SVG: {}}, "description": "The diagram."},
        204: {"description": "The plan has no option, so there is nothing to draw."},
        **_REFUSALS,
    },
)
def create_plan_diagram(asked: PlanIn, grids: Grids, today: Today) -> Response:
    """Return the first option as a drawing, from the grid down to the customer."""
    plan, served = _answer(asked, grids, today)
    if not plan.options:
        return Response(status_code=204, headers=private_headers())
    return hand_out(draw_option_diagram(plan, served.model), SVG)


def _answer(asked: PlanIn, grids: Grids, today: Today) -> tuple[SupplyPlan, ServedGrid]:
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
        prices=grids.terms.prices,
        calendar=grids.terms.calendar,
        streets=served.streets,
    )
    count_answer(plan)
    return plan, served


def _rows(given: dict[str, Any], name: str) -> RowReader | None:
    items = given.get(name)
    return None if items is None else lambda: rows_of_list(items, name)
