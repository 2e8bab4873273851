"""Health: does the process live, can it answer."""

from __future__ import annotations

from fastapi import APIRouter, Request

from api.database.upgrade import require_current
from api.dependencies import Grids
from api.refusals import refusal
from api.schemas import Status

__all__ = ["router"]

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Does the process live?")
async def healthz() -> Status:
    """Answer as long as the process lives, however busy it is."""
    return Status(status="ok")


@router.get(
    "/readyz",
    summary="Can it answer?",
    responses=refusal(503, "Grids are being loaded, the database cannot be used, or it stops."),
)
def readyz(request: Request, grids: Grids) -> Status:
    """Answer once every grid is loaded, and while the database can be used and nothing stops."""
    request.app.state.stopping.refuse()
    grids.all()
    if request.app.state.database is not None:
        require_current(request.app.state.database)
    return Status(status="ready")
