"""Health: does the process live, can it answer."""

from __future__ import annotations

from fastapi import APIRouter

from api.dependencies import Grids
from api.refusals import refusal
from api.schemas import Status

__all__ = ["router"]

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Does the process live?")
def healthz() -> Status:
    """Answer as long as the process lives."""
    return Status(status="ok")


@router.get(
    "/readyz",
    summary="Can it answer?",
    responses=refusal(503, "Grids are being loaded."),
)
def readyz(grids: Grids) -> Status:
    """Answer once every grid is loaded; 503 until then."""
    grids.all()
    return Status(status="ready")
