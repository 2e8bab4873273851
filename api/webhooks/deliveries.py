"""Deliveries: what a webhook was told of, and what is sent to it once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.auth.deeds import write_down
from api.auth.names import write_districts
from api.database.outbox import EVERYTHING, NOWHERE, WAITING, tell_one
from api.database.tables import deliveries, outbox
from api.webhooks.errors import UnknownDeliveryError
from api.webhooks.leases import DELIVERED
from api.webhooks.webhooks import DEAD, Webhook, require_active

__all__ = [
    "STATES",
    "Delivery",
    "find_delivery",
    "list_deliveries",
    "replay",
    "replay_dead",
    "send_test",
]

STATES = (WAITING, DELIVERED, DEAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event for one webhook.

    Parameters
    ----------
    state
        One of `STATES`.
    next_at
        Moment of the next attempt, where it waits.
    tried_at
        Moment of the last attempt; None: there was none.
    last_status, last_error
        What came of it; None: there was no answer, or nothing to complain of.
    """

    number: int
    event_id: str
    kind: str
    subject: str
    district: str
    happened_at: datetime
    state: str
    attempts: int
    next_at: datetime
    tried_at: datetime | None
    last_status: int | None
    last_error: str | None
    delivered_at: datetime | None


def list_deliveries(
    connection: Connection,
    webhook: Webhook,
    *,
    within: Sequence[str] | None,
    states: Sequence[str] = (),
    after: int = 0,
    most: int = 50,
) -> list[Delivery]:
    """Return what a webhook is or was to be told of, in the order it happened.

    Parameters
    ----------
    within
        Districts of the caller: the webhook may have had more than it has now. None: all of them.
    states
        Only these; empty: every one.
    after
        Number of the last one of the page before.
    """
    query = _select(webhook, within).where(deliveries.c.number > after)
    if states:
        query = query.where(deliveries.c.state.in_(states))
    rows = connection.execute(query.order_by(deliveries.c.number).limit(most))
    return [Delivery(**row) for row in rows.mappings()]


def find_delivery(
    connection: Connection, webhook: Webhook, event_id: str, *, within: Sequence[str] | None
) -> Delivery:
    """Return one of them.

    Raises
    ------
    UnknownDeliveryError
        If the webhook was not told of such an event, or it is not the caller's to see.
    """
    query = _select(webhook, within).where(deliveries.c.event_id == event_id)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise UnknownDeliveryError(event_id)
    return Delivery(**row)


def replay(
    connection: Connection,
    webhook: Webhook,
    event_id: str,
    *,
    within: Sequence[str] | None,
    actor: str,
    now: datetime,
) -> Delivery:
    """Send an event again with its id, or now what waits; attempts are counted anew.

    Raises
    ------
    UnknownDeliveryError
        If it is none of the webhook's districts and the caller's.
    InactiveWebhookError
        If the webhook is not active.
    """
    require_active(webhook)
    found = find_delivery(connection, webhook, event_id, within=_both(webhook, within))
    _send_again(connection, deliveries.c.number == found.number, now)
    write_down(connection, webhook.webhook_id, "webhook.replay", actor, now, event_id=event_id)
    return find_delivery(connection, webhook, event_id, within=within)


def replay_dead(
    connection: Connection,
    webhook: Webhook,
    *,
    within: Sequence[str] | None,
    actor: str,
    now: datetime,
) -> int:
    """Send again all that is dead; how many that is.

    Raises
    ------
    InactiveWebhookError
        If the webhook is not active.
    """
    require_active(webhook)
    dead = (
        _select(webhook, _both(webhook, within))
        .where(deliveries.c.state == DEAD)
        .with_only_columns(deliveries.c.number)
    )
    count = _send_again(connection, deliveries.c.number.in_(dead), now)
    write_down(connection, webhook.webhook_id, "webhook.replay", actor, now, count=count)
    return count


def send_test(connection: Connection, webhook: Webhook, *, actor: str, now: datetime) -> Delivery:
    """Send a test event to a webhook.

    Raises
    ------
    InactiveWebhookError
        If it is not active.
    """
    require_active(webhook)
    event_id = tell_one(connection, webhook.webhook_id, now)
    write_down(connection, webhook.webhook_id, "webhook.test", actor, now, event_id=event_id)
    return find_delivery(connection, webhook, event_id, within=None)


def _select(webhook: Webhook, within: Sequence[str] | None) -> sa.Select[Any]:
    query = (
        sa.select(
            deliveries.c.number, deliveries.c.event_id, outbox.c.kind, outbox.c.subject,
            outbox.c.district, outbox.c.happened_at, deliveries.c.state, deliveries.c.attempts,
            deliveries.c.next_at, deliveries.c.tried_at, deliveries.c.last_status,
            deliveries.c.last_error, deliveries.c.delivered_at,
        )
        .join(outbox, outbox.c.event_id == deliveries.c.event_id)
        .where(deliveries.c.webhook_id == webhook.webhook_id)
    )  # fmt: skip
    if within is not None:
        query = query.where(outbox.c.district.in_([*within, NOWHERE]))
    return query


def _both(webhook: Webhook, within: Sequence[str] | None) -> Sequence[str] | None:
    """Return districts that are the webhook's and the caller's; None: all of them."""
    own = write_districts(webhook.districts)
    if EVERYTHING in own:
        return within
    return own if within is None else [district for district in own if district in within]


def _send_again(connection: Connection, which: sa.ColumnElement[bool], now: datetime) -> int:
    """Make deliveries due; a lease somebody has is left to them: it is never sent twice at once."""
    return connection.execute(
        sa.update(deliveries)
        .where(which)
        .values(
            state=WAITING, attempts=0, replays=deliveries.c.replays + 1, next_at=now,
            delivered_at=None,
        )
    ).rowcount  # fmt: skip
