"""Grid: what is served, how old and how good its data are."""

from __future__ import annotations

from datetime import date

import numpy as np
from fastapi import APIRouter

from api.dependencies import Grids
from api.refusals import refusal
from api.schemas import GridList, GridOut
from api.serving import ServedGrid
from grid_models.grid import Grid

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["grid"])


@router.get(
    "/grid",
    summary="Grids that are served",
    responses=refusal(503, "Grids are being loaded."),
)
def list_grids(grids: Grids) -> GridList:
    """Return every grid that is served, with the dates and quality of its data."""
    return GridList(items=[_describe(served) for served in grids.all()], next_cursor=None)


def _describe(served: ServedGrid) -> GridOut:
    grid = served.model.grid
    metadata = grid.metadata
    return GridOut(
        name=served.name,
        version=served.version,
        load_date=_day(metadata.load_date),
        topology_date=_day(metadata.topology_date),
        load_basis=metadata.load_basis,
        quality=served.quality,
        problem_count=len(served.model.problems),
        counts={name: len(rows) for name, rows in grid.tables().items()},
        assumptions=dict(metadata.assumptions),
        relocation=dict(metadata.relocation),
        area=metadata.area,
        bbox=_bbox(grid),
    )


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _bbox(grid: Grid) -> list[float] | None:
    points = grid.nodes[["lon", "lat"]].to_numpy()
    points = points[np.isfinite(points).all(axis=1)]
    return [*points.min(axis=0).tolist(), *points.max(axis=0).tolist()] if len(points) else None
