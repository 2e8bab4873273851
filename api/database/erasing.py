"""Erasing: what people typed about an application or photographed: names and faces."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.answered import blank_notes
from api.database.photos import erase_photos
from api.database.tables import decisions, moves, pauses

__all__ = ["erase_personal"]


def erase_personal(connection: Connection, application_id: str, now: datetime) -> int:
    """Take out photos, reasons and notes, kept answers included; codes, days and who acted stay.

    Returns
    -------
    photos
        How many there were.
    """
    texts: set[str] = set()
    for column in (moves.c.reason, pauses.c.note, decisions.c.note):
        is_about = column.table.c.application_id == application_id
        texts.update(connection.execute(sa.select(column).where(is_about, column != "")).scalars())
        connection.execute(sa.update(column.table).where(is_about).values({column.name: ""}))
    blank_notes(connection, application_id, texts)
    return erase_photos(connection, application_id, now)
