"""The database as it is, read with plain SQL and nothing of the product."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Row = dict[str, Any]
TABLES = {
    "applications": "number", "moves": "number", "plans": "number", "holds": "number",
    "hold_sources": "hold_id, source", "audit": "number", "audit_head": "chain",
    "answered": "caller, key", "reply_forms": "number",
}  # fmt: skip
TIMES = ("at", "held_at", "expires_at", "released_at", "made_at", "moved_at", "valid_until")
DOCUMENTS = ("answer", "document", "asked", "commitments")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Every row of the tables a promise is kept in."""

    applications: list[Row]
    moves: list[Row]
    plans: list[Row]
    holds: list[Row]
    hold_sources: list[Row]
    audit: list[Row]
    audit_head: list[Row]
    answered: list[Row]
    reply_forms: list[Row]


def read_rows(url: str) -> Rows:
    """Read all of them on one state of the database."""
    ask, close = _open(url)
    try:
        return Rows(**{
            name: [_plain(row) for row in ask(f"SELECT * FROM {name} ORDER BY {order}")]  # noqa: S608
            for name, order in TABLES.items()
        })  # fmt: skip
    finally:
        close()


def _open(url: str) -> Any:
    if url.startswith("sqlite:///"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        connection.row_factory = sqlite3.Row
        connection.execute("BEGIN")
        return connection.execute, connection.close
    import psycopg
    from psycopg.rows import dict_row

    server = psycopg.connect(url, row_factory=dict_row)
    server.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    return server.execute, server.close


def _plain(row: Any) -> Row:
    return {name: _value(name, row[name]) for name in row.keys()}  # noqa: SIM118 -- a sqlite3.Row


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in TIMES:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if name in DOCUMENTS and isinstance(value, str):
        return json.loads(value)
    return value
