"""People and systems that may act here."""

from __future__ import annotations

import sqlalchemy as sa

from api.database.tables.base import METADATA, number
from api.database.types import DOCUMENT, UtcTime

__all__ = ["accounts", "keys", "login_failures", "sessions"]

accounts = sa.Table(
    "accounts",
    METADATA,
    number(),
    sa.Column("account_id", sa.String(40), nullable=False, unique=True),
    sa.Column("name", sa.String(80), nullable=False, unique=True),
    # None: no password was set, nobody logs in with one
    sa.Column("password_hash", sa.String(300)),
    sa.Column("role", sa.String(20), nullable=False),
    # names of districts; ["*"]: every one, []: none
    sa.Column("districts", DOCUMENT, nullable=False),
    sa.Column("is_active", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("changed_at", UtcTime, nullable=False),
)
"""People who may log in."""

keys = sa.Table(
    "keys",
    METADATA,
    number(),
    sa.Column("key_id", sa.String(40), nullable=False, unique=True),
    sa.Column("name", sa.String(80), nullable=False, unique=True),
    sa.Column("secret_hash", sa.String(64), nullable=False),
    # of the secret before, which is good until then
    sa.Column("previous_secret_hash", sa.String(64)),
    sa.Column("previous_until", UtcTime),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("scopes", DOCUMENT, nullable=False),
    sa.Column("districts", DOCUMENT, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
    sa.Column("revoked_at", UtcTime),
    # the day is enough to find keys nobody uses
    sa.Column("last_used_on", sa.Date),
)
"""Keys of other systems."""

sessions = sa.Table(
    "sessions",
    METADATA,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column(
        "account_id",
        sa.String(40),
        sa.ForeignKey("accounts.account_id"),
        nullable=False,
        index=True,
    ),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False, index=True),
    sa.Column("ended_at", UtcTime),
)
"""Who is logged in; of the token only its hash is kept."""

login_failures = sa.Table(
    "login_failures",
    METADATA,
    number(),
    # people type their password where the name belongs: it is not kept as it was typed
    sa.Column("name_hash", sa.String(64), nullable=False),
    sa.Column("at", UtcTime, nullable=False, index=True),
    sa.Index(None, "name_hash", "at"),
)
"""Logins that failed lately, known name or not."""
