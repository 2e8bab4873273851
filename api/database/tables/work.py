"""Work that takes long, drafts of rules, and versions of grids that were served."""

from __future__ import annotations

import sqlalchemy as sa

from api.database.tables.base import METADATA, number
from api.database.types import DOCUMENT, UtcTime

__all__ = [
    "grid_versions",
    "job_file_pieces",
    "job_files",
    "job_rows",
    "jobs",
    "rule_drafts",
    "served_grids",
]

jobs = sa.Table(
    "jobs",
    METADATA,
    number(),
    sa.Column("job_id", sa.String(40), nullable=False, unique=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("district", sa.String(80), nullable=False),
    sa.Column("asked", DOCUMENT, nullable=False),
    # waiting, running, done, failed, cancelled
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("done_count", sa.BigInteger, nullable=False),
    # none: not known yet
    sa.Column("total_count", sa.BigInteger),
    sa.Column("result", DOCUMENT),
    # why it failed, one sentence
    sa.Column("problem", sa.String(2000)),
    sa.Column("is_cancel_asked", sa.Boolean, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    # who works on it, and until when nobody else may
    sa.Column("worker", sa.String(80)),
    sa.Column("leased_until", UtcTime),
    sa.Column("made_by", sa.String(80), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("started_at", UtcTime),
    # the last time
    sa.Column("taken_at", UtcTime),
    sa.Column("ended_at", UtcTime),
    sa.Index(None, "state", "leased_until"),
    # who was served when
    sa.Index(None, "made_by", "taken_at"),
)
"""Work that takes long; whoever has time takes the next."""

job_rows = sa.Table(
    "job_rows",
    METADATA,
    sa.Column("job_id", sa.String(40), sa.ForeignKey("jobs.job_id"), primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("result", DOCUMENT, nullable=False),
    sa.Column("done_at", UtcTime, nullable=False),
)
"""What came of each row of a job, written with its effect: a job taken up again leaves it out."""

job_files = sa.Table(
    "job_files",
    METADATA,
    sa.Column("job_id", sa.String(40), sa.ForeignKey("jobs.job_id"), primary_key=True),
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("media_type", sa.String(120), nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("content_hash", sa.String(64), nullable=False),
)
"""Files a job made, all of whose pieces are there."""

job_file_pieces = sa.Table(
    "job_file_pieces",
    METADATA,
    sa.Column("job_id", sa.String(40), sa.ForeignKey("jobs.job_id"), primary_key=True),
    sa.Column("name", sa.String(200), primary_key=True),
    # from 0
    sa.Column("piece", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
"""Content of files, each piece written by itself: a large one keeps no writer waiting."""

rule_drafts = sa.Table(
    "rule_drafts",
    METADATA,
    number(),
    sa.Column("draft_id", sa.String(40), nullable=False, unique=True),
    sa.Column("area", sa.String(40), nullable=False, index=True),
    # rows of rules with their dates, as a rule file has them
    sa.Column("entries", DOCUMENT, nullable=False),
    # of the area's rules when it was made
    sa.Column("base_version", sa.String(64), nullable=False),
    # draft, approved, rejected
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("note", sa.String(400), nullable=False),
    sa.Column("made_by", sa.String(80), nullable=False),
    sa.Column("made_at", UtcTime, nullable=False),
    sa.Column("decided_by", sa.String(80)),
    sa.Column("decided_at", UtcTime),
    sa.Column("decision_note", sa.String(400)),
)
"""Rows of rules on their way into force; approved ones stand over the area's files."""

grid_versions = sa.Table(
    "grid_versions",
    METADATA,
    number(),
    sa.Column("grid_name", sa.String(200), nullable=False),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("folder", sa.String(1000), nullable=False),
    sa.Column("load_date", sa.Date),
    sa.Column("topology_date", sa.Date),
    sa.Column("first_served_at", UtcTime, nullable=False),
    sa.UniqueConstraint("grid_name", "version"),
)
"""Every version of every grid that answers were given on."""

served_grids = sa.Table(
    "served_grids",
    METADATA,
    sa.Column("grid_name", sa.String(200), primary_key=True),
    # promises are made on this version alone, whatever a process that is behind serves
    sa.Column("version", sa.String(64), nullable=False),
    # until then one process looks at the promises of the grid for all others
    sa.Column("checked_until", UtcTime),
)
"""The version of each grid that is served now."""
