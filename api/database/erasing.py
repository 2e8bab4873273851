"""Erasing: what people typed about an application, in which a name may stand."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.answered import blank_notes
from api.database.tables import decisions, moves, pauses

__all__ = ["erase_texts"]


def erase_texts(connection: Connection, application_id: str) -> None:
    """Take out reasons and notes, kept answers included; codes, days and who acted stay."""
    texts: set[str] = set()
    for column in (moves.c.reason, pauses.c.note, decisions.c.note):
        is_about = column.table.c.application_id == application_id
        texts.update(connection.execute(sa.select(column).where(is_about, column != "")).scalars())
        connection.execute(sa.update(column.table).where(is_about).values({column.name: ""}))
    blank_notes(connection, application_id, texts)
