"""Leases: deliveries that are due, taken by one worker, and what came of them written down.

Taking and writing down are a short transaction each; what lies between them is in none. A worker
that dies there leaves its lease behind: it runs out, and the message is sent again with its id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from api.auth.names import CLOCK, write_districts
from api.database.outbox import WAITING, covers
from api.database.tables import deliveries, outbox
from api.webhooks.posting import Outcome
from api.webhooks.webhooks import DEAD, Webhook, deactivate, find_webhook

__all__ = [
    "DELIVERED",
    "RETRY_AFTER_S",
    "Batch",
    "Call",
    "find_due",
    "give_back",
    "note",
    "put_off",
    "take",
]

DELIVERED = "delivered"
# After each attempt that failed; after the one behind the last of them nobody tries any more.
RETRY_AFTER_S = (
    5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 14 * 3_600, 20 * 3_600, 24 * 3_600,
)  # fmt: skip
# So long all that waits for a receiver is put off where nobody answers: the first time, and then.
PUT_OFF_S = RETRY_AFTER_S[:2]
# So much later at most, by chance: what failed together does not come back together.
JITTER = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A message that is to be sent.

    Parameters
    ----------
    number
        Of the delivery.
    data
        What receivers are told.
    attempts
        That failed before.
    replays
        How often it had been asked for again when it was taken.
    leased_until
        Nobody else sends it until then; tells this lease from every other.
    """

    number: int
    event_id: str
    kind: str
    district: str
    data: Mapping[str, Any]
    happened_at: datetime
    attempts: int
    replays: int
    leased_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Messages for one webhook, oldest event first."""

    webhook: Webhook
    calls: tuple[Call, ...]


def find_due(connection: Connection, now: datetime) -> list[str]:
    """Return the webhooks something is to be sent to now, the one that waits longest first."""
    return list(
        connection.execute(
            sa.select(deliveries.c.webhook_id)
            .where(_is_due(now))
            .group_by(deliveries.c.webhook_id)
            .order_by(sa.func.min(deliveries.c.next_at), deliveries.c.webhook_id)
        ).scalars()
    )


def take(
    connection: Connection, webhook_id: str, now: datetime, *, lease_s: float, most: int
) -> Batch | None:
    """Lease deliveries that are due; None where others took them meanwhile.

    Parameters
    ----------
    lease_s
        So long nobody else sends them, in seconds.
    most
        How many at most.
    """
    rows = connection.execute(
        sa.select(deliveries.c.number, deliveries.c.attempts, outbox)
        .join(outbox, outbox.c.event_id == deliveries.c.event_id)
        .where(deliveries.c.webhook_id == webhook_id, _is_due(now))
        .order_by(deliveries.c.number)
        .limit(most)
        .with_only_columns(
            deliveries.c.number, deliveries.c.attempts, deliveries.c.replays, outbox.c.event_id,
            outbox.c.kind, outbox.c.district, outbox.c.payload, outbox.c.happened_at,
        )
    ).mappings().all()  # fmt: skip
    if not rows:
        return None
    webhook = find_webhook(connection, webhook_id)
    districts = write_districts(webhook.districts)
    inside = [row for row in rows if covers(districts, row["district"])]
    outside = [row["number"] for row in rows if not covers(districts, row["district"])]
    if outside:  # its districts were changed since
        _set(connection, outside, state=DEAD, last_error="of a district the webhook has no more")
    until = now + timedelta(seconds=lease_s)
    _set(connection, [row["number"] for row in inside], leased_until=until)
    return Batch(webhook=webhook, calls=tuple(_call(row, until) for row in inside))


def note(
    connection: Connection, call: Call, outcome: Outcome, webhook_id: str, now: datetime, *,
    chance: float,
) -> None:  # fmt: skip
    """Write down what came of an attempt, unless the lease has passed to somebody else.

    Where somebody asked for it to be sent again meanwhile, that stands: it is sent again.

    Parameters
    ----------
    chance
        From 0 to 1: how much later the next attempt is made.
    """
    attempts = call.attempts + 1
    facts: dict[str, Any] = {
        "attempts": attempts, "tried_at": now, "leased_until": None,
        "last_status": outcome.status, "last_error": outcome.error,
    }  # fmt: skip
    if outcome.is_delivered:
        facts |= {"state": DELIVERED, "delivered_at": now}
    elif outcome.is_gone or attempts > len(RETRY_AFTER_S):
        facts |= {"state": DEAD}
    else:
        wait_s = RETRY_AFTER_S[call.attempts] * (1 + JITTER * chance)
        facts |= {"next_at": now + timedelta(seconds=wait_s)}
    noted = connection.execute(
        sa.update(deliveries)
        .where(
            deliveries.c.number == call.number, deliveries.c.leased_until == call.leased_until,
            deliveries.c.replays == call.replays,
        )
        .values(facts)
    )  # fmt: skip
    if not noted.rowcount:
        give_back(connection, [call])
    if outcome.is_gone:
        deactivate(connection, webhook_id, actor=CLOCK, now=now)


def give_back(connection: Connection, calls: Sequence[Call]) -> None:
    """End the lease of what was not sent: it is due as before."""
    for call in calls[:1]:  # those of a batch were leased together
        connection.execute(
            sa.update(deliveries)
            .where(
                deliveries.c.number.in_([each.number for each in calls]),
                deliveries.c.leased_until == call.leased_until,
            )
            .values(leased_until=None)
        )


def put_off(connection: Connection, webhook_id: str, now: datetime) -> None:
    """Put off all that is due to a receiver nobody answers at, however much that is.

    Each message would take a worker's time to find out the same.
    """
    is_its = sa.and_(deliveries.c.webhook_id == webhook_id, deliveries.c.state == WAITING)
    tried = connection.execute(
        sa.select(sa.func.max(deliveries.c.attempts)).where(is_its)
    ).scalar_one()
    wait_s = PUT_OFF_S[0] if (tried or 0) <= 1 else PUT_OFF_S[1]
    until = now + timedelta(seconds=wait_s)
    connection.execute(
        sa.update(deliveries).where(is_its, deliveries.c.next_at < until).values(next_at=until)
    )


def _is_due(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        deliveries.c.state == WAITING,
        deliveries.c.next_at <= now,
        sa.or_(deliveries.c.leased_until.is_(None), deliveries.c.leased_until <= now),
    )


def _set(connection: Connection, numbers: list[int], **facts: Any) -> None:
    connection.execute(sa.update(deliveries).where(deliveries.c.number.in_(numbers)).values(facts))


def _call(row: RowMapping, until: datetime) -> Call:
    return Call(
        number=row["number"],
        event_id=row["event_id"],
        kind=row["kind"],
        district=row["district"],
        data=row["payload"],
        happened_at=row["happened_at"],
        attempts=row["attempts"],
        replays=row["replays"],
        leased_until=until,
    )
