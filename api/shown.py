"""Shown: applications as a caller may see them, with how far they have come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from api.application_schemas import ApplicationOut
from api.auth.caller import Caller
from api.database.applications import StoredApplication
from api.database.progress import find_progress
from api.life import DRAFT
from api.outside import is_outside
from planner.form import Form
from planner.intake import FIELDS
from planner.site import read_site

__all__ = ["show", "show_all"]


def show(
    connection: Connection,
    stored: StoredApplication,
    *,
    caller: Caller,
    today: date,
    now: datetime,
) -> ApplicationOut:
    """Return an application as a caller may see it."""
    return show_all(connection, [stored], caller=caller, today=today, now=now)[0]


def show_all(
    connection: Connection,
    found: Sequence[StoredApplication],
    *,
    caller: Caller,
    today: date,
    now: datetime,
) -> list[ApplicationOut]:
    """Return applications as a caller may see them, in their order.

    Other companies' systems are not told who of the staff brought one.
    """
    progress = find_progress(connection, [stored.application_id for stored in found], now)
    return [
        ApplicationOut.of(
            stored,
            progress[stored.application_id],
            at=_place(stored),
            today=today,
            names_bringer=not is_outside(caller) or stored.accepted_by == caller.name,
        )
        for stored in found
    ]


def _place(stored: StoredApplication) -> tuple[float, float] | None:
    """Return the site in CGCS2000; a draft is read as far as it can be."""
    asked: Mapping[str, Any] = stored.asked
    if "lon" in asked and "lat" in asked:
        return asked["lon"], asked["lat"]
    return read_site(Form(asked, FIELDS), None, None) if stored.state == DRAFT else None
