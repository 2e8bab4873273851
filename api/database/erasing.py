"""Erasing: what people typed about an application, in which a name may stand."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.tables import decisions, moves, pauses

__all__ = ["erase_texts"]


def erase_texts(connection: Connection, application_id: str) -> None:
    """Take out reasons and notes; codes, days and who acted stay."""
    for column in (moves.c.reason, pauses.c.note, decisions.c.note):
        connection.execute(
            sa.update(column.table)
            .where(column.table.c.application_id == application_id)
            .values({column.name: ""})
        )
