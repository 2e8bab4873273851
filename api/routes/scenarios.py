"""Scenarios: a base grid and steps in, before and after out. Nothing is kept."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request, Response

from api.asked_scenario import find_what_if, read_asked_scenario
from api.dependencies import Grids, Now, Today, refuse_repeated_fields
from api.outside import Viewer
from api.refusals import refusal
from api.scenario_schema import inlined, scenario_schema
from api.seen import saw
from api.translate import to_json_text
from planner.scenarios import WhatIf

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["scenarios"], dependencies=[Depends(refuse_repeated_fields)])

_BODY = {"requestBody": {"required": True, "content": {"application/json": {
    "schema": {name: part for name, part in inlined(scenario_schema()).items()
               if not name.startswith("$")},
}}}}  # fmt: skip


@router.post(
    "/scenarios",
    summary="What a scenario breaks, mends, gains and loses",
    response_class=Response,
    openapi_extra=_BODY,
    responses={
        200: {
            "model": WhatIf,
            "description": "Before and after, over the source trees the steps touch. Infinite "
            'capacities are the text "inf".',
        },
        **refusal(404, "No such grid is served."),
        **refusal(422, "A step cannot be made; every reason."),
        **refusal(503, "Grids are being loaded."),
    },
)
def create_what_if(
    asked: Annotated[dict[str, Any], Body()],
    grids: Grids,
    today: Today,
    now: Now,
    viewer: Viewer,
    request: Request,
) -> Response:
    """Carry out the steps on a copy of the grid and compare it before and after."""
    served, scenario = read_asked_scenario(asked, grids, today)
    if viewer is not None:
        database = request.app.state.identity.database
        saw(database, viewer, "scenario", served.version, now=now)
    text = to_json_text(find_what_if(served, scenario, grids), indent=None)
    return Response(text, media_type="application/json")
