"""In the field: confirmations, photos, corrections of the map, replies as PDF, who brought what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.database.types import UtcTime

__all__ = ["upgrade"]

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.add_column("reply_forms", sa.Column("pdf", sa.LargeBinary(), nullable=True))
    op.add_column("reply_forms", sa.Column("pdf_hash", sa.String(length=64), nullable=True))
    op.add_column("reply_forms", sa.Column("page_count", sa.Integer(), nullable=True))
    op.add_column("applications", sa.Column("accepted_by", sa.String(length=80), nullable=True))
    op.create_index(op.f("ix_applications_accepted_by"), "applications", ["accepted_by"])
    # the audit has known all along
    op.execute(
        "UPDATE applications SET accepted_by = (SELECT MIN(audit.actor) FROM audit "
        "WHERE audit.subject = applications.application_id AND audit.action = 'application.add')"
    )
    op.create_index(op.f("ix_outbox_subject"), "outbox", ["subject"])
    op.create_table(
        "confirmations",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("application_id", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("confirmed_by", sa.String(length=80), nullable=False),
        sa.Column("confirmed_at", UtcTime(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.application_id"],
            name=op.f("fk_confirmations_application_id"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_confirmations")),
    )
    op.create_index(op.f("ix_confirmations_application_id"), "confirmations", ["application_id"])
    op.create_table(
        "photos",
        sa.Column("application_id", sa.String(length=40), nullable=False),
        sa.Column("photo", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("taken_at", UtcTime(), nullable=True),
        sa.Column("sent_by", sa.String(length=80), nullable=False),
        sa.Column("sent_at", UtcTime(), nullable=False),
        sa.Column("erased_at", UtcTime(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.application_id"],
            name=op.f("fk_photos_application_id"),
        ),
        sa.PrimaryKeyConstraint("application_id", "photo", name=op.f("pk_photos")),
    )
    op.create_index(
        "uq_photos_kept",
        "photos",
        ["application_id", "content_hash"],
        unique=True,
        sqlite_where=sa.text("erased_at IS NULL"),
        postgresql_where=sa.text("erased_at IS NULL"),
    )
    op.create_table(
        "map_corrections",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("correction_id", sa.String(length=40), nullable=False),
        sa.Column("district", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("grid_name", sa.String(length=200), nullable=False),
        sa.Column("grid_version", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("element_id", sa.String(length=200), nullable=True),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("opened_by", sa.String(length=80), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("moved_by", sa.String(length=80), nullable=True),
        sa.Column("moved_at", UtcTime(), nullable=True),
        sa.Column("move_note", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_map_corrections")),
        sa.UniqueConstraint("correction_id", name=op.f("uq_map_corrections_correction_id")),
    )
    op.create_index(
        op.f("ix_map_corrections_district_state"), "map_corrections", ["district", "state"]
    )
