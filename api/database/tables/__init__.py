"""Tables: every table and column of the database, units in their names.

::

    applications -- plans -- holds -- hold_sources        a promise, and what it takes where
         |            |        `-- promise_checks         looked at again on later versions
       moves       (documents of plans are never changed)
       pauses, decisions, reminders, reply_forms             clocks that stood, the desk, forms
    waiting_for                                           who waits for room on the same element
    shadow_districts                                      where the desk confirms every answer
    audit -- audit_head                                   who saw and did what, a chain of hashes
    answered                                              answers by idempotency key
    outbox -- deliveries -- webhooks                      what happened, who is told, who was
    jobs -- job_rows, job_files, job_file_pieces          work that takes long
    rule_drafts, grid_versions, served_grids              rules on their way, grids as served
    accounts -- sessions, login_failures                  people
    keys                                                  systems
    confirmations, photos                                 what was seen at a site, by whom
    map_corrections                                       what the map shows otherwise than it is
"""

from __future__ import annotations

from api.database.tables.base import METADATA
from api.database.tables.calls import deliveries, webhooks
from api.database.tables.desk import (
    decisions,
    pauses,
    promise_checks,
    reminders,
    reply_forms,
    shadow_districts,
)
from api.database.tables.field import confirmations, map_corrections, photos
from api.database.tables.people import accounts, keys, login_failures, sessions
from api.database.tables.promises import (
    answered,
    applications,
    audit,
    audit_head,
    hold_sources,
    holds,
    moves,
    outbox,
    plans,
    waiting_for,
)
from api.database.tables.work import (
    grid_versions,
    job_file_pieces,
    job_files,
    job_rows,
    jobs,
    rule_drafts,
    served_grids,
)

__all__ = [
    "METADATA",
    "accounts",
    "answered",
    "applications",
    "audit",
    "audit_head",
    "confirmations",
    "decisions",
    "deliveries",
    "grid_versions",
    "hold_sources",
    "holds",
    "job_file_pieces",
    "job_files",
    "job_rows",
    "jobs",
    "keys",
    "login_failures",
    "map_corrections",
    "moves",
    "outbox",
    "pauses",
    "photos",
    "plans",
    "promise_checks",
    "reminders",
    "reply_forms",
    "rule_drafts",
    "served_grids",
    "sessions",
    "shadow_districts",
    "waiting_for",
    "webhooks",
]
