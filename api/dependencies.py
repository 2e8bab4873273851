"""What routes are given: the grids served and the day."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Depends, Request

from api import clock
from api.serving import ServedGrids

__all__ = ["Grids", "Today", "get_grids", "get_today"]


def get_grids(request: Request) -> ServedGrids:
    """Return the grids of the app that answers."""
    grids: ServedGrids = request.app.state.grids
    return grids


def get_today() -> date:
    """Return today's date where the company is; tests override it."""
    return clock.today()


Grids = Annotated[ServedGrids, Depends(get_grids)]
Today = Annotated[date, Depends(get_today)]
