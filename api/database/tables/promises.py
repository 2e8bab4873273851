"""Applications, their plans and what is held for them; the audit; answers and events."""

from __future__ import annotations

import sqlalchemy as sa

from api.database.tables.base import METADATA, number
from api.database.types import DOCUMENT, UtcTime

__all__ = [
    "answered",
    "applications",
    "audit",
    "audit_head",
    "hold_sources",
    "holds",
    "moves",
    "outbox",
    "plans",
    "waiting_for",
]

applications = sa.Table(
    "applications",
    METADATA,
    number(),
    sa.Column("application_id", sa.String(40), nullable=False, unique=True),
    sa.Column("district", sa.String(80), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    # what was asked, as `plan.application` holds it; nothing about a person
    sa.Column("asked", DOCUMENT, nullable=False),
    sa.Column("grid_name", sa.String(200), nullable=False),
    # the day the application was complete: who came first where two compete
    sa.Column("completed_on", sa.Date, nullable=False),
    sa.Column("replaces_id", sa.String(40), sa.ForeignKey("applications.application_id")),
    sa.Column("is_shadow", sa.Boolean, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("changed_at", UtcTime, nullable=False),
    # application this one takes the place of, which ends with it
    sa.Column("supersedes_id", sa.String(40)),
    # last day of the utility's limit, and the first one from which it is near; none: the clock
    # stands, or falls beyond the calendar
    sa.Column("limit_due_on", sa.Date),
    sa.Column("limit_near_on", sa.Date),
    # who brought it; none: it was kept before there was this column and the audit does not tell
    sa.Column("accepted_by", sa.String(80), index=True),
    sa.Index(None, "district", "state"),
    sa.Index(None, "limit_due_on"),
)
"""One row an application."""

waiting_for = sa.Table(
    "waiting_for",
    METADATA,
    sa.Column(
        "application_id",
        sa.String(40),
        sa.ForeignKey("applications.application_id"),
        primary_key=True,
    ),
    sa.Column("element_id", sa.String(200), primary_key=True, index=True),
)
"""Elements on the way of the option an application stands for: there it waits with others."""

moves = sa.Table(
    "moves",
    METADATA,
    number(),
    sa.Column(
        "application_id",
        sa.String(40),
        sa.ForeignKey("applications.application_id"),
        nullable=False,
        index=True,
    ),
    sa.Column("from_state", sa.String(20), nullable=False),
    sa.Column("to_state", sa.String(20), nullable=False),
    sa.Column("reason", sa.String(400), nullable=False),
    sa.Column("moved_by", sa.String(80), nullable=False),
    sa.Column("moved_at", UtcTime, nullable=False),
)
"""Every change of state."""

plans = sa.Table(
    "plans",
    METADATA,
    number(),
    sa.Column(
        "application_id",
        sa.String(40),
        sa.ForeignKey("applications.application_id"),
        nullable=False,
    ),
    # 1, 2, ... of the application
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("plan_id", sa.String(40), nullable=False, index=True),
    sa.Column("grid_version", sa.String(64), nullable=False),
    sa.Column("rules_area", sa.String(40), nullable=False),
    sa.Column("rules_version", sa.String(64), nullable=False),
    # the promises of others it was made with: made again, they give the same plan
    sa.Column("commitments", DOCUMENT, nullable=False),
    sa.Column("document", DOCUMENT, nullable=False),
    sa.Column("made_at", UtcTime, nullable=False),
    # on_site, back_office, no_option; of what was kept before there was this column the desk judges
    sa.Column("mode", sa.String(20), nullable=False, server_default="back_office"),
    sa.UniqueConstraint("application_id", "version"),
)
"""Every version of every plan, as it was made."""

holds = sa.Table(
    "holds",
    METADATA,
    number(),
    sa.Column("hold_id", sa.String(40), nullable=False, unique=True),
    sa.Column(
        "application_id",
        sa.String(40),
        sa.ForeignKey("applications.application_id"),
        nullable=False,
        index=True,
    ),
    sa.Column("plan_version", sa.Integer, nullable=False),
    sa.Column("option_rank", sa.Integer, nullable=False),
    sa.Column("grid_version", sa.String(64), nullable=False),
    # deciding, replied, building, residual; released
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("held_at", UtcTime, nullable=False),
    # moment from which it holds nothing; none while works go on
    sa.Column("expires_at", UtcTime),
    sa.Column("released_at", UtcTime),
    sa.Column("release_reason", sa.String(400)),
    # whether the plan was its own proof; if not, the desk has not seen what it rests on
    sa.Column("is_by_plan", sa.Boolean, nullable=False, server_default=sa.false()),
    # whether it rests on every promise of the grid, not on those in its own source trees alone
    sa.Column("rests_on_all", sa.Boolean, nullable=False, server_default=sa.true()),
    # another promise it rests on stands elsewhere since it was made
    sa.Column("is_to_be_checked", sa.Boolean, nullable=False, server_default=sa.false()),
    # what an energised supply draws at most, and since when loads of the grid may count it
    sa.Column("measured_peak_kva", sa.Float),
    sa.Column("energised_on", sa.Date),
    sa.ForeignKeyConstraint(
        ["application_id", "plan_version"], ["plans.application_id", "plans.version"]
    ),
    # one live promise an application, whatever goes wrong elsewhere
    sa.Index(
        "uq_holds_live",
        "application_id",
        unique=True,
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    ),
)
"""Every promise of capacity."""

hold_sources = sa.Table(
    "hold_sources",
    METADATA,
    sa.Column("hold_id", sa.String(40), sa.ForeignKey("holds.hold_id"), primary_key=True),
    # of the plan's sources, from 0
    sa.Column("source", sa.Integer, primary_key=True),
    sa.Column("node_id", sa.String(200), nullable=False),
    sa.Column("bay_id", sa.String(200), nullable=False),
    sa.Column("s_kva", sa.Float, nullable=False),
    sa.Column("power_factor", sa.Float, nullable=False),
    sa.Column("demand_factor", sa.Float, nullable=False),
)
"""What a promise takes at each source."""

audit = sa.Table(
    "audit",
    METADATA,
    sa.Column(
        "number",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor", sa.String(80), nullable=False),
    sa.Column("district", sa.String(80), nullable=False),
    sa.Column("action", sa.String(60), nullable=False),
    sa.Column("subject", sa.String(80), nullable=False, index=True),
    # canonical JSON, as it was hashed
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("previous_hash", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
"""Who saw and did what; each row carries the hash of the one before."""

audit_head = sa.Table(
    "audit_head",
    METADATA,
    sa.Column(
        "chain",
        sa.Integer,
        sa.CheckConstraint("chain = 1", "one_chain"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
"""The last row of the audit: without it a cut end would not be seen."""

answered = sa.Table(
    "answered",
    METADATA,
    sa.Column("caller", sa.String(80), primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("request_hash", sa.String(64), nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("answer", DOCUMENT, nullable=False),
    sa.Column("answered_at", UtcTime, nullable=False, index=True),
    # of the address; null: it named none
    sa.Column("application_id", sa.String(40), index=True),
)
"""Answers that were given, by who asked and the idempotency key."""

outbox = sa.Table(
    "outbox",
    METADATA,
    number(),
    sa.Column("event_id", sa.String(40), nullable=False, unique=True),
    sa.Column("district", sa.String(80), nullable=False),
    sa.Column("kind", sa.String(60), nullable=False),
    sa.Column("subject", sa.String(80), nullable=False, index=True),
    sa.Column("payload", DOCUMENT, nullable=False),
    sa.Column("happened_at", UtcTime, nullable=False),
)
"""What happened, written with it; each receiver is told later."""
