"""Outbox: what happened, and who is to be told of it, written in the transaction that does it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.tables import deliveries, outbox, webhooks
from api.life import MOVES

__all__ = ["EVERYTHING", "KINDS", "NOWHERE", "TEST", "WAITING", "covers", "tell", "tell_one"]

EVERYTHING = "*"
"""Stands for every district, or every kind of event."""
NOWHERE = ""
"""District of an event that is about none."""
WAITING = "waiting"
"""State of a delivery that is still to be made."""
TEST = "webhook.test"
"""Sent on request, to one address; nothing happened."""
KINDS: Mapping[str, str] = {
    **{f"application.{state}": f"An application is {state} now." for state in MOVES},
    "application.limit_near": "The utility's limit for an application is near.",
    "application.limit_past": "The utility's limit for an application is past.",
    "plan.made": "A version of an application's plan was made.",
    "desk.decided": "The desk stands for an option of an application's plan.",
    "hold.placed": "Capacity is held while the customer decides.",
    "hold.changed": "A hold goes on in another state or until another moment.",
    "hold.ending": "A hold ends soon.",
    **{
        f"job.{state}": f"A bulk submission is {state}."
        for state in ("done", "failed", "cancelled")
    },
    "promise.not_kept": "A promise does not hold on a later version of the grid.",
    "correction.opened": "Somebody found the map to be otherwise than the place.",
    "hold.released": "A hold ended; what was held is free again.",
}
"""Kinds of events others can be told of; a new one is added here and to docs/call-backs.md."""


def tell(
    connection: Connection,
    kind: str,
    *,
    district: str,
    subject: str,
    now: datetime,
    **data: str | float | bool | list[str] | None,
) -> str:
    """Write an event down, and a delivery for each active address that is told of it.

    Parameters
    ----------
    kind
        One of `KINDS`.
    subject
        Id of what it happened to.
    data
        What receivers are told: ids, states and moments. No typed text, nothing about a person,
        and nothing of what the grid can take.

    Returns
    -------
    event_id
        Stays the same however often it is sent.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no kind of event {kind}")
    event_id = _add_event(connection, kind, district, subject, now, data)
    told = connection.execute(
        sa.select(webhooks.c.webhook_id, webhooks.c.districts, webhooks.c.kinds)
        .where(webhooks.c.is_active)
        .order_by(webhooks.c.number)
    )
    _add_deliveries(
        connection,
        event_id,
        [
            row.webhook_id
            for row in told
            if covers(row.districts, district) and {EVERYTHING, kind} & set(row.kinds)
        ],
        now,
    )
    return event_id


def tell_one(connection: Connection, webhook_id: str, now: datetime) -> str:
    """Write down a test event for one address; return its id."""
    data = {"webhook_id": webhook_id}
    event_id = _add_event(connection, TEST, NOWHERE, webhook_id, now, data)
    _add_deliveries(connection, event_id, [webhook_id], now)
    return event_id


def covers(districts: Sequence[str], district: str) -> bool:
    """Tell whether an event of a district may go to an address of some districts."""
    return EVERYTHING in districts or district in districts or district == NOWHERE


def _add_event(
    connection: Connection,
    kind: str,
    district: str,
    subject: str,
    now: datetime,
    data: Mapping[str, object],
) -> str:
    # not a count: whoever is told of some events must not learn how many others there were
    event_id = f"event-{uuid.uuid4().hex}"
    connection.execute(
        sa.insert(outbox).values(
            event_id=event_id, district=district, kind=kind, subject=subject, payload=data,
            happened_at=now,
        )
    )  # fmt: skip
    return event_id


def _add_deliveries(
    connection: Connection, event_id: str, told: Sequence[str], now: datetime
) -> None:
    rows = [
        {
            "webhook_id": webhook_id, "event_id": event_id, "state": WAITING, "attempts": 0,
            "next_at": now,
        }
        for webhook_id in told
    ]  # fmt: skip
    if rows:
        connection.execute(sa.insert(deliveries), rows)
