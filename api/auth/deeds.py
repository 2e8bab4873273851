"""Deeds: what is done to accounts, keys and sessions, written into the audit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from api.auth.names import NO_DISTRICT
from api.database.audit import Deed, record

__all__ = ["write_down"]


def write_down(
    connection: Connection, subject: str, action: str, actor: str, now: datetime, **details: Any
) -> None:
    """Write down what was done; passwords, tokens and secrets are never among the details."""
    deed = Deed(
        at=now, actor=actor, district=NO_DISTRICT, action=action, subject=subject, details=details
    )
    record(connection, deed)
