"""Desk, call-backs, jobs, drafts of rules, versions of grids."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.database.types import DOCUMENT, UtcTime

__all__ = ["upgrade"]

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.add_column("applications", sa.Column("supersedes_id", sa.String(length=40), nullable=True))
    op.add_column("applications", sa.Column("limit_due_on", sa.Date(), nullable=True))
    op.add_column("applications", sa.Column("limit_near_on", sa.Date(), nullable=True))
    op.create_index(op.f("ix_applications_limit_due_on"), "applications", ["limit_due_on"])
    op.add_column(
        "plans",
        sa.Column("mode", sa.String(length=20), nullable=False, server_default="back_office"),
    )
    op.add_column(
        "holds",
        sa.Column("is_by_plan", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "holds",
        sa.Column("rests_on_all", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    op.add_column(
        "holds",
        sa.Column("is_to_be_checked", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("holds", sa.Column("measured_peak_kva", sa.Float(), nullable=True))
    op.add_column("holds", sa.Column("energised_on", sa.Date(), nullable=True))
    op.add_column("answered", sa.Column("application_id", sa.String(length=40), nullable=True))
    op.create_index(op.f("ix_answered_application_id"), "answered", ["application_id"])
    op.create_table(
        "waiting_for",
        sa.Column("application_id", sa.String(length=40), nullable=False),
        sa.Column("element_id", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.application_id"],
            name=op.f("fk_waiting_for_application_id"),
        ),
        sa.PrimaryKeyConstraint("application_id", "element_id", name=op.f("pk_waiting_for")),
    )
    op.create_index(op.f("ix_waiting_for_element_id"), "waiting_for", ["element_id"])
    op.create_table(
        "reminders",
        sa.Column("application_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("about", sa.String(length=80), nullable=False),
        sa.Column("told_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.application_id"],
            name=op.f("fk_reminders_application_id"),
        ),
        sa.PrimaryKeyConstraint("application_id", "kind", "about", name=op.f("pk_reminders")),
    )
    op.create_table(
        "grid_versions",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("grid_name", sa.String(length=200), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("folder", sa.String(length=1000), nullable=False),
        sa.Column("load_date", sa.Date(), nullable=True),
        sa.Column("topology_date", sa.Date(), nullable=True),
        sa.Column("first_served_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_grid_versions")),
        sa.UniqueConstraint(
            "grid_name", "version", name=op.f("uq_grid_versions_grid_name_version")
        ),
    )
    op.create_table(
        "served_grids",
        sa.Column("grid_name", sa.String(length=200), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("checked_until", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("grid_name", name=op.f("pk_served_grids")),
    )
    op.create_table(
        "jobs",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("district", sa.String(length=80), nullable=False),
        sa.Column("asked", DOCUMENT, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("done_count", sa.BigInteger(), nullable=False),
        sa.Column("total_count", sa.BigInteger(), nullable=True),
        sa.Column("result", DOCUMENT, nullable=True),
        sa.Column("problem", sa.String(length=2000), nullable=True),
        sa.Column("is_cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=80), nullable=True),
        sa.Column("leased_until", UtcTime(), nullable=True),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("taken_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_jobs")),
        sa.UniqueConstraint("job_id", name=op.f("uq_jobs_job_id")),
    )
    op.create_index(
        op.f("ix_jobs_state_leased_until"), "jobs", ["state", "leased_until"], unique=False
    )
    op.create_index(op.f("ix_jobs_made_by_taken_at"), "jobs", ["made_by", "taken_at"], unique=False)
    op.create_table(
        "rule_drafts",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("draft_id", sa.String(length=40), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=False),
        sa.Column("entries", DOCUMENT, nullable=False),
        sa.Column("base_version", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("decision_note", sa.String(length=400), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_rule_drafts")),
        sa.UniqueConstraint("draft_id", name=op.f("uq_rule_drafts_draft_id")),
    )
    op.create_index(op.f("ix_rule_drafts_area"), "rule_drafts", ["area"], unique=False)
    op.create_table(
        "shadow_districts",
        sa.Column("district", sa.String(length=80), nullable=False),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.Column("set_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("district", name=op.f("pk_shadow_districts")),
    )
    op.create_table(
        "webhooks",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("webhook_id", sa.String(length=40), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("is_inside", sa.Boolean(), nullable=False),
        sa.Column("districts", DOCUMENT, nullable=False),
        sa.Column("kinds", DOCUMENT, nullable=False),
        sa.Column("secret", sa.String(length=200), nullable=False),
        sa.Column("previous_secret", sa.String(length=200), nullable=True),
        sa.Column("previous_until", UtcTime(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_webhooks")),
        sa.UniqueConstraint("webhook_id", name=op.f("uq_webhooks_webhook_id")),
    )
    op.create_table(
        "decisions",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("application_id", sa.String(length=40), nullable=False),
        sa.Column("plan_version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("option_rank", sa.Integer(), nullable=False),
        sa.Column("reason_code", sa.String(length=60), nullable=False),
        sa.Column("rule_id", sa.String(length=80), nullable=True),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.application_id"],
            name=op.f("fk_decisions_application_id"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_decisions")),
    )
    op.create_index(
        op.f("ix_decisions_application_id"), "decisions", ["application_id"], unique=False
    )
    op.create_table(
        "deliveries",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("webhook_id", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("replays", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcTime(), nullable=False),
        sa.Column("leased_until", UtcTime(), nullable=True),
        sa.Column("tried_at", UtcTime(), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.String(length=400), nullable=True),
        sa.Column("delivered_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["outbox.event_id"], name=op.f("fk_deliveries_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.webhook_id"], name=op.f("fk_deliveries_webhook_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_deliveries")),
        sa.UniqueConstraint(
            "event_id", "webhook_id", name=op.f("uq_deliveries_event_id_webhook_id")
        ),
    )
    op.create_index(
        op.f("ix_deliveries_state_next_at"), "deliveries", ["state", "next_at"], unique=False
    )
    op.create_index(
        op.f("ix_deliveries_webhook_id_state"), "deliveries", ["webhook_id", "state"], unique=False
    )
    op.create_table(
        "job_file_pieces",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("piece", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.job_id"], name=op.f("fk_job_file_pieces_job_id")
        ),
        sa.PrimaryKeyConstraint("job_id", "name", "piece", name=op.f("pk_job_file_pieces")),
    )
    op.create_table(
        "job_files",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=120), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"], name=op.f("fk_job_files_job_id")),
        sa.PrimaryKeyConstraint("job_id", "name", name=op.f("pk_job_files")),
    )
    op.create_table(
        "job_rows",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("result", DOCUMENT, nullable=False),
        sa.Column("done_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"], name=op.f("fk_job_rows_job_id")),
        sa.PrimaryKeyConstraint("job_id", "row", name=op.f("pk_job_rows")),
    )
    op.create_table(
        "pauses",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("application_id", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("noted_by", sa.String(length=80), nullable=False),
        sa.Column("noted_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.application_id"],
            name=op.f("fk_pauses_application_id"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_pauses")),
    )
    op.create_index(op.f("ix_pauses_application_id"), "pauses", ["application_id"], unique=False)
    op.create_table(
        "promise_checks",
        sa.Column("hold_id", sa.String(length=40), nullable=False),
        sa.Column("grid_version", sa.String(length=64), nullable=False),
        sa.Column("is_kept", sa.Boolean(), nullable=True),
        sa.Column("obstacles", DOCUMENT, nullable=False),
        sa.Column("checked_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hold_id"], ["holds.hold_id"], name=op.f("fk_promise_checks_hold_id")
        ),
        sa.PrimaryKeyConstraint("hold_id", "grid_version", name=op.f("pk_promise_checks")),
    )
    op.create_table(
        "reply_forms",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("application_id", sa.String(length=40), nullable=False),
        sa.Column("hold_id", sa.String(length=40), nullable=False),
        sa.Column("plan_version", sa.Integer(), nullable=False),
        sa.Column("option_rank", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.String(length=40), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("valid_until", UtcTime(), nullable=False),
        sa.Column("form", sa.LargeBinary(), nullable=True),
        sa.Column("form_hash", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("erased_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.application_id"],
            name=op.f("fk_reply_forms_application_id"),
        ),
        sa.ForeignKeyConstraint(
            ["hold_id"], ["holds.hold_id"], name=op.f("fk_reply_forms_hold_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_reply_forms")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_reply_forms_hold_id")),
    )
    op.create_index(
        op.f("ix_reply_forms_application_id"), "reply_forms", ["application_id"], unique=False
    )
