"""The reply form as PDF, beside the one in Word."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

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
