"""The desk: clocks that stand, decisions, signed forms, promises looked at anew."""

from __future__ import annotations

import sqlalchemy as sa

from api.database.tables.base import METADATA, application, number
from api.database.types import DOCUMENT, UtcTime

__all__ = [
    "decisions",
    "pauses",
    "promise_checks",
    "reminders",
    "reply_forms",
    "shadow_districts",
]


reply_forms = sa.Table(
    "reply_forms",
    METADATA,
    number(),
    application(),
    sa.Column("hold_id", sa.String(40), sa.ForeignKey("holds.hold_id"), nullable=False),
    sa.Column("plan_version", sa.Integer, nullable=False),
    sa.Column("option_rank", sa.Integer, nullable=False),
    sa.Column("plan_id", sa.String(40), nullable=False),
    sa.Column("signed_on", sa.Date, nullable=False),
    sa.Column("valid_until", UtcTime, nullable=False),
    # names the customer, as does `pdf`: the one place that does; none once it was erased
    sa.Column("form", sa.LargeBinary),
    sa.Column("form_hash", sa.String(64), nullable=False),
    sa.Column("made_by", sa.String(80), nullable=False),
    sa.Column("made_at", UtcTime, nullable=False),
    sa.Column("erased_at", UtcTime),
    # none where the form was made before there were any
    sa.Column("pdf", sa.LargeBinary),
    sa.Column("pdf_hash", sa.String(64)),
    sa.Column("page_count", sa.Integer),
    sa.UniqueConstraint("hold_id"),
)
"""Reply forms as they were made, each with the hold it rests on."""

pauses = sa.Table(
    "pauses",
    METADATA,
    number(),
    application(),
    # code of a row of the rule `pause_reasons`
    sa.Column("reason", sa.String(60), nullable=False),
    sa.Column("note", sa.String(400), nullable=False),
    sa.Column("from_on", sa.Date, nullable=False),
    # none: the clock still stands
    sa.Column("until_on", sa.Date),
    sa.Column("noted_by", sa.String(80), nullable=False),
    sa.Column("noted_at", UtcTime, nullable=False),
)
"""When the clock of an application stood, and why."""

decisions = sa.Table(
    "decisions",
    METADATA,
    number(),
    application(),
    sa.Column("plan_version", sa.Integer, nullable=False),
    # confirm, change, override
    sa.Column("kind", sa.String(20), nullable=False),
    # the option the desk stands for
    sa.Column("option_rank", sa.Integer, nullable=False),
    sa.Column("reason_code", sa.String(60), nullable=False),
    # the rule that was overridden
    sa.Column("rule_id", sa.String(80)),
    sa.Column("note", sa.String(400), nullable=False),
    sa.Column("decided_by", sa.String(80), nullable=False),
    sa.Column("decided_at", UtcTime, nullable=False),
)
"""What the desk decided about plans."""

shadow_districts = sa.Table(
    "shadow_districts",
    METADATA,
    sa.Column("district", sa.String(80), primary_key=True),
    sa.Column("set_by", sa.String(80), nullable=False),
    sa.Column("set_at", UtcTime, nullable=False),
)
"""Districts whose answers on the spot are confirmed by the desk as well."""

promise_checks = sa.Table(
    "promise_checks",
    METADATA,
    sa.Column("hold_id", sa.String(40), sa.ForeignKey("holds.hold_id"), primary_key=True),
    sa.Column("grid_version", sa.String(64), primary_key=True),
    # none: it cannot be told at its points, the desk has to look
    sa.Column("is_kept", sa.Boolean),
    # why it no longer holds
    sa.Column("obstacles", DOCUMENT, nullable=False),
    sa.Column("checked_at", UtcTime, nullable=False),
)
"""Live promises looked at again on a later version of their grid."""

reminders = sa.Table(
    "reminders",
    METADATA,
    sa.Column(
        "application_id",
        sa.String(40),
        sa.ForeignKey("applications.application_id"),
        primary_key=True,
    ),
    # kind of the event
    sa.Column("kind", sa.String(60), primary_key=True),
    # day or moment it is about: moved on, it is told of again
    sa.Column("about", sa.String(80), primary_key=True),
    sa.Column("told_at", UtcTime, nullable=False),
)
"""What others were reminded of, each once."""
