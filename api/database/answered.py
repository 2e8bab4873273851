"""Answers given: the same key and the same request get the same answer, also after a crash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.tables import answered
from grid_models.errors import SupplyPlanError

__all__ = [
    "Answered",
    "KeyReusedError",
    "blank_notes",
    "find_answer",
    "forget_before",
    "keep_answer",
    "request_hash",
]


class KeyReusedError(SupplyPlanError):
    """An idempotency key was used before, for another request."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"Idempotency-Key {key} was used for another request; use a new one / "
            f"幂等键 {key} 已用于另一请求，请换用新的"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer that was given."""

    status: int
    answer: Any


def request_hash(method: str, path: str, body: Any) -> str:
    """Return what tells one request from another; the order of fields does not count."""
    # numbers that are none have their names as well: the route refuses them, not the hash
    text = json.dumps([method, path, body], ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def find_answer(connection: Connection, caller: str, key: str, hashed: str) -> Answered | None:
    """Return the answer a caller got for a key; None if none was given.

    Raises
    ------
    KeyReusedError
        If the key belongs to another request.
    """
    row = connection.execute(
        sa.select(answered).where(answered.c.caller == caller, answered.c.key == key)
    ).one_or_none()
    if row is None:
        return None
    if row.request_hash != hashed:
        raise KeyReusedError(key)
    return Answered(status=row.status, answer=row.answer)


def keep_answer(
    connection: Connection,
    caller: str,
    key: str,
    hashed: str,
    given: Answered,
    now: datetime,
    *,
    application_id: str | None = None,
) -> None:
    """Keep an answer in the transaction that makes it true.

    Parameters
    ----------
    application_id
        Of which it tells; None: of none, and nothing anybody typed about one stands in it.
    """
    connection.execute(
        sa.insert(answered).values(
            caller=caller,
            key=key,
            request_hash=hashed,
            status=given.status,
            answer=given.answer,
            answered_at=now,
            application_id=application_id,
        )
    )


def blank_notes(connection: Connection, application_id: str, texts: Collection[str]) -> None:
    """Take some notes out of the answers about an application; a retry gets what is left."""
    about = sa.select(answered).where(answered.c.application_id == application_id)
    for row in connection.execute(about).all():
        left = _without(row.answer, texts)
        if left != row.answer:
            connection.execute(
                sa.update(answered)
                .where(answered.c.caller == row.caller, answered.c.key == row.key)
                .values(answer=left)
            )


def _without(part: Any, texts: Collection[str]) -> Any:
    if isinstance(part, list):
        return [_without(each, texts) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        name: "" if name == "note" and each in texts else _without(each, texts)
        for name, each in part.items()
    }


def forget_before(connection: Connection, moment: datetime) -> int:
    """Drop answers given before a moment; how many there were."""
    return connection.execute(sa.delete(answered).where(answered.c.answered_at < moment)).rowcount
