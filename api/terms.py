"""Price lists and calendars of a company, from their files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from api.files import read_calendar_rows, read_price_rows
from api.request import Gathered
from grid_models.catalogue import Catalogue
from planner.calendar import WorkingCalendar, read_calendar
from planner.prices import PriceList, read_prices

__all__ = ["read_terms"]


def read_terms(
    gathered: Gathered, files: Mapping[str, Path | None], catalogue: Catalogue
) -> tuple[PriceList | None, WorkingCalendar | None]:
    """Return the price list and the calendar of two files; None where none is given or refused.

    Parameters
    ----------
    gathered
        Keeps what is wrong with them.
    files
        Paths of ``prices`` and ``calendar``; None: what comes along is to be used.
    """
    prices, days = files["prices"], files["calendar"]
    return (
        gathered.attempt(lambda: read_prices(read_price_rows(prices), prices.name, catalogue))
        if prices
        else None,
        gathered.attempt(lambda: read_calendar(read_calendar_rows(days))) if days else None,
    )
