"""Calls to other systems: who is to be told, and what was."""

from __future__ import annotations

import sqlalchemy as sa

from api.database.tables.base import METADATA, number
from api.database.types import DOCUMENT, UtcTime

__all__ = ["deliveries", "webhooks"]

webhooks = sa.Table(
    "webhooks",
    METADATA,
    number(),
    sa.Column("webhook_id", sa.String(40), nullable=False, unique=True),
    sa.Column("url", sa.String(2000), nullable=False),
    # an administrator named it: it may lie in a network of the company's own
    sa.Column("is_inside", sa.Boolean, nullable=False),
    # events of these districts; ["*"]: of every one
    sa.Column("districts", DOCUMENT, nullable=False),
    # kinds of events; ["*"]: every one
    sa.Column("kinds", DOCUMENT, nullable=False),
    # signs what is sent, so that it is kept as it is
    sa.Column("secret", sa.String(200), nullable=False),
    # the secret before, which still signs until then
    sa.Column("previous_secret", sa.String(200)),
    sa.Column("previous_until", UtcTime),
    sa.Column("is_active", sa.Boolean, nullable=False),
    sa.Column("made_by", sa.String(80), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("changed_at", UtcTime, nullable=False),
)
"""Addresses that are told of events."""

deliveries = sa.Table(
    "deliveries",
    METADATA,
    number(),
    sa.Column(
        "webhook_id",
        sa.String(40),
        sa.ForeignKey("webhooks.webhook_id"),
        nullable=False,
    ),
    sa.Column("event_id", sa.String(40), sa.ForeignKey("outbox.event_id"), nullable=False),
    # waiting, delivered, dead
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    # how often it was asked for again: an attempt under way says nothing of one asked for since
    sa.Column("replays", sa.Integer, nullable=False, default=0),
    # not before
    sa.Column("next_at", UtcTime, nullable=False),
    # a worker sends it; nobody else does until then
    sa.Column("leased_until", UtcTime),
    sa.Column("tried_at", UtcTime),
    sa.Column("last_status", sa.Integer),
    sa.Column("last_error", sa.String(400)),
    sa.Column("delivered_at", UtcTime),
    # by event first: old events are looked up here when they are forgotten
    sa.UniqueConstraint("event_id", "webhook_id"),
    sa.Index(None, "state", "next_at"),
    sa.Index(None, "webhook_id", "state"),
)
"""Each event for each address that is told of it; written with the event."""
