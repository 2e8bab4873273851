"""The field: what a customer manager confirms, photographs and finds wrong at the site."""

from __future__ import annotations

import sqlalchemy as sa

from api.database.tables.base import METADATA, application, number
from api.database.types import UtcTime

__all__ = ["confirmations", "map_corrections", "photos"]


def _spot() -> tuple[sa.Column[float], sa.Column[float], sa.Column[float]]:
    """Where somebody stood, CGCS2000; none: the phone did not know, or was not asked."""
    return (
        sa.Column("lon", sa.Float),
        sa.Column("lat", sa.Float),
        sa.Column("accuracy_m", sa.Float),
    )


confirmations = sa.Table(
    "confirmations",
    METADATA,
    number(),
    application(),
    # code of `planner.confirmations`
    sa.Column("code", sa.String(40), nullable=False),
    sa.Column("confirmed_by", sa.String(80), nullable=False),
    sa.Column("confirmed_at", UtcTime, nullable=False),
    *_spot(),
)
"""What somebody at the site stands for by name."""

photos = sa.Table(
    "photos",
    METADATA,
    sa.Column(
        "application_id",
        sa.String(40),
        sa.ForeignKey("applications.application_id"),
        primary_key=True,
    ),
    # 1, 2, ... of the application; of an erased one nobody gets it again
    sa.Column("photo", sa.Integer, primary_key=True, autoincrement=False),
    # may show people; none once it was erased
    sa.Column("content", sa.LargeBinary),
    sa.Column("content_hash", sa.String(64), nullable=False),
    sa.Column("size_bytes", sa.Integer, nullable=False),
    sa.Column("width_px", sa.Integer, nullable=False),
    sa.Column("height_px", sa.Integer, nullable=False),
    # by the phone's clock
    sa.Column("taken_at", UtcTime),
    sa.Column("sent_by", sa.String(80), nullable=False),
    sa.Column("sent_at", UtcTime, nullable=False),
    sa.Column("erased_at", UtcTime),
    *_spot(),
    # the same picture twice is one photo, whatever goes wrong elsewhere
    sa.Index(
        "uq_photos_kept",
        "application_id",
        "content_hash",
        unique=True,
        sqlite_where=sa.text("erased_at IS NULL"),
        postgresql_where=sa.text("erased_at IS NULL"),
    ),
)
"""Photos of sites, each with who sent it."""

map_corrections = sa.Table(
    "map_corrections",
    METADATA,
    number(),
    sa.Column("correction_id", sa.String(40), nullable=False, unique=True),
    sa.Column("district", sa.String(80), nullable=False),
    # open, taken; done, refused
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("grid_name", sa.String(200), nullable=False),
    sa.Column("grid_version", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    # element of that version of the grid; none: of none
    sa.Column("element_id", sa.String(200)),
    sa.Column("lon", sa.Float, nullable=False),
    sa.Column("lat", sa.Float, nullable=False),
    sa.Column("accuracy_m", sa.Float),
    sa.Column("note", sa.String(400), nullable=False),
    sa.Column("opened_by", sa.String(80), nullable=False),
    sa.Column("opened_at", UtcTime, nullable=False),
    # of the last move; none: nobody has moved it
    sa.Column("moved_by", sa.String(80)),
    sa.Column("moved_at", UtcTime),
    sa.Column("move_note", sa.String(400), nullable=False),
    sa.Index(None, "district", "state"),
)
"""What the map shows otherwise than it is at the place, until the data team has looked."""
