"""What routes are given: the grids served, the day and the moment; and what no body may hold."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Path, Query, Request

from api import clock
from api.repeated_fields import load_json, repeated_problem
from api.serving import ServedGrids
from grid_models.errors import InputError

__all__ = [
    "After",
    "Grids",
    "Id",
    "Limit",
    "Now",
    "Today",
    "get_grids",
    "get_now",
    "get_today",
    "refuse_repeated_fields",
]


def get_grids(request: Request) -> ServedGrids:
    """Return the grids of the app that answers."""
    grids: ServedGrids = request.app.state.grids
    return grids


def get_today() -> date:
    """Return today's date where the company is; tests override it."""
    return clock.today()


def get_now() -> datetime:
    """Return the present moment; tests override it."""
    return clock.now()


async def _body(request: Request) -> bytes:
    return await request.body()


def refuse_repeated_fields(body: Annotated[bytes, Depends(_body)]) -> None:
    """Refuse a body that gives a field twice: nobody can know which of the two was meant.

    Raises
    ------
    InputError
        With every such field.
    """
    try:
        _, repeated = load_json(body)
    except (ValueError, RecursionError):
        return  # what is no JSON is refused where it is read
    if repeated:
        raise InputError([repeated_problem(name) for name in repeated])


Grids = Annotated[ServedGrids, Depends(get_grids)]
Today = Annotated[date, Depends(get_today)]
Now = Annotated[datetime, Depends(get_now)]
Id = Annotated[
    str,
    Path(pattern="^[A-Za-z0-9-]{1,60}$", description="As the service gave it."),
]
After = Annotated[
    int, Query(ge=0, lt=2**63, description="The page before's `next_cursor`; 0: the first page.")
]
Limit = Annotated[int, Query(ge=1, le=200, description="Most items on a page.")]
