"""Audit: who saw and did what, each row chained to the one before by its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.tables import audit, audit_head

__all__ = [
    "Break",
    "Deed",
    "WrittenDeed",
    "count",
    "find_breaks",
    "has_deed",
    "list_deeds",
    "record",
]

FIRST_HASH = "0" * 64
# Rows read at a time where the whole chain is looked at.
BATCH = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something somebody did or saw.

    Parameters
    ----------
    actor
        Name of the account or key; never a customer's.
    action
        Such as ``hold.place``.
    subject
        Id of what it was done to.
    details
        Facts, without personal data.
    """

    at: datetime
    actor: str
    district: str
    action: str
    subject: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenDeed(Deed):
    """A deed as it stands in the audit, a link of the chain."""

    number: int
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A place at which the chain does not hold."""

    number: int
    zh: str
    en: str


def record(connection: Connection, deed: Deed) -> int:
    """Write a deed down, in the transaction that does it; return its number."""
    head = connection.execute(sa.select(audit_head.c.number, audit_head.c.hash)).one_or_none()
    number, previous = (head.number + 1, head.hash) if head else (1, FIRST_HASH)
    row = {
        "number": number,
        "at": deed.at,
        "actor": deed.actor,
        "district": deed.district,
        "action": deed.action,
        "subject": deed.subject,
        "details": _canonical(deed.details),
        "previous_hash": previous,
    }
    row["hash"] = _hash(row)
    connection.execute(sa.insert(audit).values(row))
    new_head = {"number": number, "hash": row["hash"]}
    if head:
        connection.execute(sa.update(audit_head).values(new_head))
    else:
        connection.execute(sa.insert(audit_head).values(chain=1, **new_head))
    return number


def list_deeds(
    connection: Connection,
    *,
    districts: Sequence[str] | None = None,
    subject: str | None = None,
    actor: str | None = None,
    action: str | None = None,
    after: int = 0,
    most: int = 50,
) -> list[WrittenDeed]:
    """Return deeds in the order they were done.

    Parameters
    ----------
    districts
        Those whose deeds the caller may see; None: every one, and those about no district.
    subject, actor, action
        Only deeds with exactly that; None: any.
    after
        Number of the last one of the page before.
    """
    query = sa.select(audit).where(audit.c.number > after)
    if districts is not None:
        query = query.where(audit.c.district.in_(districts))
    for column, wanted in ((audit.c.subject, subject), (audit.c.actor, actor),
                           (audit.c.action, action)):  # fmt: skip
        if wanted is not None:
            query = query.where(column == wanted)
    rows = connection.execute(query.order_by(audit.c.number).limit(most))
    return [
        WrittenDeed(**{**row, "details": json.loads(row["details"])}) for row in rows.mappings()
    ]


def has_deed(
    connection: Connection, *, subject: str, actor: str, action: str, since: datetime
) -> bool:
    """Tell whether somebody did something to a subject at a moment or later."""
    query = sa.select(audit.c.number).where(
        audit.c.subject == subject, audit.c.actor == actor, audit.c.action == action,
        audit.c.at >= since,
    )  # fmt: skip
    return connection.execute(query.limit(1)).first() is not None


def find_breaks(connection: Connection) -> Iterator[Break]:
    """Go through the whole chain and name every row that was altered, removed or put elsewhere."""
    number, previous = 0, FIRST_HASH
    rows = connection.execute(
        sa.select(audit).order_by(audit.c.number), execution_options={"yield_per": BATCH}
    )
    for row in rows.mappings():
        if row["number"] != number + 1:
            yield Break(
                number=number + 1,
                zh=f"审计第 {number + 1} 行至第 {row['number'] - 1} 行缺失",
                en=f"audit rows {number + 1} to {row['number'] - 1} are missing",
            )
        elif row["previous_hash"] != previous:
            yield Break(
                number=row["number"],
                zh=f"审计第 {row['number']} 行与前一行不相接",
                en=f"audit row {row['number']} does not follow the row before it",
            )
        if row["hash"] != _hash(row):
            yield Break(
                number=row["number"],
                zh=f"审计第 {row['number']} 行的内容已被改动",
                en=f"the contents of audit row {row['number']} were altered",
            )
        number, previous = row["number"], row["hash"]
    head = connection.execute(sa.select(audit_head.c.number, audit_head.c.hash)).one_or_none()
    last = (head.number, head.hash) if head else (0, FIRST_HASH)
    if last != (number, previous):
        yield Break(
            number=number,
            zh=f"审计应止于第 {last[0]} 行，实际止于第 {number} 行，或末行已被替换",
            en=f"the audit should end with row {last[0]}, it ends with row {number}, "
            "or its last row was replaced",
        )


def count(connection: Connection) -> int:
    """Return how many rows the audit has."""
    return connection.execute(sa.select(sa.func.count()).select_from(audit)).scalar_one()


def _canonical(details: Mapping[str, Any]) -> str:
    return json.dumps(
        details, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def _hash(row: Mapping[Any, Any]) -> str:
    at: datetime = row["at"]
    parts = [
        str(row["number"]), at.astimezone(UTC).isoformat(), row["actor"], row["district"],
        row["action"], row["subject"], row["details"], row["previous_hash"],
    ]  # fmt: skip
    # a JSON list: no part can run into the next
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
