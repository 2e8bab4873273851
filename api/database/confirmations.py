"""Confirmations: kept with who stood for what, when and where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.tables import confirmations
from api.spot import Spot

__all__ = ["StoredConfirmation", "add_confirmation", "list_confirmations"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConfirmation:
    """What somebody stands for.

    Parameters
    ----------
    code
        One of `planner.confirmations.CONFIRMATIONS`.
    lon, lat, accuracy_m
        Where they stood, CGCS2000 and metres; None: not known.
    """

    number: int
    application_id: str
    code: str
    confirmed_by: str
    confirmed_at: datetime
    lon: float | None
    lat: float | None
    accuracy_m: float | None


def add_confirmation(
    connection: Connection,
    application_id: str,
    code: str,
    spot: Spot,
    *,
    actor: str,
    now: datetime,
) -> None:
    """Keep a confirmation."""
    connection.execute(
        sa.insert(confirmations).values(
            application_id=application_id, code=code, confirmed_by=actor, confirmed_at=now,
            lon=spot.lon, lat=spot.lat, accuracy_m=spot.accuracy_m,
        )
    )  # fmt: skip


def list_confirmations(
    connection: Connection, application_id: str, *, after: int = 0, most: int = 50
) -> list[StoredConfirmation]:
    """Return what was confirmed of an application, in order.

    Parameters
    ----------
    after
        Number of the last one of the page before.
    """
    rows = connection.execute(
        sa.select(confirmations)
        .where(
            confirmations.c.application_id == application_id, confirmations.c.number > after
        )
        .order_by(confirmations.c.number)
        .limit(most)
    )  # fmt: skip
    return [StoredConfirmation(**row) for row in rows.mappings()]
