"""What all tables share: one collection, names of constraints, the order of arrival."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = ["METADATA", "application", "number"]

METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def number() -> sa.Column[int]:
    """Order of arrival: lists are paged by it."""
    return sa.Column(
        "number",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    )


def application() -> sa.Column[str]:
    """Which application a row is about."""
    return sa.Column(
        "application_id",
        sa.String(40),
        sa.ForeignKey("applications.application_id"),
        nullable=False,
        index=True,
    )
