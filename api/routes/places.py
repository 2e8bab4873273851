"""Places: addresses looked up for a page, so that the browser asks nobody else."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from api.outside import allowed_inside
from api.places.found import MOST_PLACES
from api.places.search import PlaceSearch
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER, refusal
from grid_models.errors import InputError, InputProblem
from planner.form import shown

__all__ = ["router"]

_FEWEST, _MOST = 2, 100
router = APIRouter(prefix="/v1", tags=["places"], responses=NOT_ALLOWED | NOT_IN_ORDER)
Wanted = Annotated[
    str,
    Query(
        description=f"Words of a name or an address: {_FEWEST} to {_MOST} printable characters.",
        examples=["文园路 12 号"],
    ),
]


class FoundPlaceOut(BaseModel):
    """A place that was found."""

    name: str
    address: Annotated[str, Field(description="Empty where it is not known.")]
    lon: Annotated[float, Field(description="CGCS2000 degrees.")]
    lat: Annotated[float, Field(description="CGCS2000 degrees.")]


class FoundPlaceList(BaseModel):
    """Places that fit, best first."""

    items: Annotated[list[FoundPlaceOut], Field(max_length=MOST_PLACES)]


def get_search(request: Request) -> PlaceSearch:
    """Return the search of the app that answers."""
    search: PlaceSearch = request.app.state.places
    return search


@router.get(
    "/places",
    summary="Look up an address",
    # outsiders have searches of their own, and the company's costs it a quota
    dependencies=[Depends(allowed_inside("application.read"))],
    responses=refusal(404, "The deployment names no search.")
    | refusal(503, "The search does not answer, or the database cannot be used now."),
)
async def find_places(
    q: Wanted, search: Annotated[PlaceSearch, Depends(get_search)]
) -> FoundPlaceList:
    """Return places by name or address, from the search the deployment names."""
    found = await search.find(_read(q))
    return FoundPlaceList(
        items=[
            FoundPlaceOut(name=one.name, address=one.address, lon=one.lon, lat=one.lat)
            for one in found
        ]
    )


def _read(text: str) -> str:
    wanted = text.strip()
    if wanted.isprintable() and _FEWEST <= len(wanted) <= _MOST:
        return wanted
    problem = InputProblem(
        field="q",
        zh=f"q 为“{shown(text)}”（{len(wanted)} 个字符），应为 {_FEWEST} 至 {_MOST} 个可显示字符",
        en=f'q is "{shown(text)}", {len(wanted)} characters; give {_FEWEST} to {_MOST} printable',
    )
    raise InputError([problem])
