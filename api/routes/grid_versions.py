"""Grids: the versions answers were given on, and a look for new ones."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from api.auth.caller import Caller
from api.auth.dependency import Authenticated, ThisIdentity, allowed
from api.database.grid_versions import list_grid_versions
from api.dependencies import After, Limit
from api.grid_schemas import GridVersionList, GridVersionOut, ReloadOut
from api.grid_watch import GridWatch
from api.pages import cut_page
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER, refusal
from grid_models.errors import InputError, InputProblem

__all__ = ["GridName", "router"]

router = APIRouter(prefix="/v1/grids", tags=["grid"], responses=NOT_ALLOWED | NOT_IN_ORDER)
Reloader = Annotated[Caller, Depends(allowed("job.write"))]
GridName = Annotated[str | None, Query(max_length=200, description="Of this grid only.")]


def check_line(field: str, text: str | None) -> None:
    """Refuse what no database takes as a text.

    Raises
    ------
    InputError
        If it holds more than one line of printable characters.
    """
    if text is not None and not text.isprintable():
        problem = InputProblem(
            field=field,
            zh=f"{field} 应为单行可显示文字",
            en=f"{field} must be one line of printable characters",
        )
        raise InputError([problem])


@router.get("/versions", summary="Versions of grids that answers were given on")
def list_versions(
    _caller: Authenticated,
    identity: ThisIdentity,
    grid: GridName = None,
    after: After = 0,
    limit: Limit = 50,
) -> GridVersionList:
    """Return every version that was ever served, in the order they were."""
    check_line("grid", grid)
    found = identity.database.read(
        lambda connection: list_grid_versions(
            connection, grid_name=grid, after=after, most=limit + 1
        )
    )
    page, next_cursor = cut_page(found, limit)
    return GridVersionList(items=[GridVersionOut.of(one) for one in page], next_cursor=next_cursor)


@router.post(
    "/reload",
    summary="Serve new versions of grids now",
    responses=refusal(503, "Grids are being loaded."),
)
def reload(_caller: Reloader, request: Request) -> ReloadOut:
    """Look at the folders now instead of within seconds; other processes look for themselves.

    What cannot be served is told; its old version goes on being served. Doing it twice is as good
    as once.
    """
    watch: GridWatch = request.app.state.grid_watch
    return ReloadOut.of(watch.reload(), watch.grids.all())
