"""A service in the middle of its life, to be backed up: something in every kind of column."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from api.auth.accounts import add_account
from api.database import Database
from api.database.reply_forms import FormFiles
from api.database.tables import (
    METADATA,
    confirmations,
    deliveries,
    job_file_pieces,
    job_files,
    jobs,
    map_corrections,
    outbox,
    photos,
    webhooks,
)
from tests.api.database.ring_ledger import BY, NOW, SIGNED_ON, apply_for, make_desk


def fill(database: Database) -> None:
    """Have one customer replied to, another planned, a job done and a call-back dead."""
    desk = make_desk(database)
    for name in ("app-1", "app-2"):
        apply_for(desk, name)
        desk.plan(name, **BY)
    desk.hold("app-1", version=1, rank=1, **BY)
    form = FormFiles(docx=bytes(range(256)), pdf=bytes(range(255, -1, -1)), page_count=2)
    desk.reply("app-1", signed_on=SIGNED_ON, make_form=lambda *_: form, **BY)
    database.write(_fill_by_hand)


def _fill_by_hand(connection: sa.engine.Connection) -> None:
    add_account(
        connection, name="wang", password_hash=None, role="planner", districts=["西湖"],
        actor="admin", now=NOW,
    )  # fmt: skip
    event_id = connection.execute(sa.select(outbox.c.event_id).limit(1)).scalar_one()
    rows: list[tuple[sa.Table, dict[str, Any]]] = [
        (webhooks, {
            "webhook_id": "w", "url": "https://example.org", "is_inside": False,
            "districts": ["*"], "kinds": [],
            "secret": "s", "is_active": True, "made_by": "wang", "created_at": NOW,
            "changed_at": NOW,
        }),
        (deliveries, {
            "webhook_id": "w", "event_id": event_id, "state": "dead", "attempts": 9,
            "next_at": NOW, "last_error": "gone",
        }),
        # one without a result, one whose result is nothing
        *[(jobs, {
            "job_id": name, "kind": "bulk", "district": "西湖", "asked": {"深": [1.5, None, "\t"]},
            "state": "waiting", "done_count": 0, "is_cancel_asked": False, "attempts": 0,
            "made_by": "wang", "created_at": NOW, "result": result,
        }) for name, result in (("j1", sa.null()), ("j2", None))],
        (job_files, {
            "job_id": "j1", "name": "f", "media_type": "text/csv", "size_bytes": 2,
            "content_hash": "h",
        }),
        (confirmations, {
            "application_id": "app-1", "code": "route_clear", "confirmed_by": "wang",
            "confirmed_at": NOW, "lon": 120.1633, "lat": 30.2802, "accuracy_m": 8.0,
        }),
        *[(photos, {
            "application_id": "app-1", "photo": number, "content": content, "content_hash": "h",
            "size_bytes": 2, "width_px": 1, "height_px": 1, "sent_by": "wang", "sent_at": NOW,
            "erased_at": erased_at,
        }) for number, content, erased_at in ((1, None, NOW), (2, b"\x00\xff", None))],
        (map_corrections, {
            "correction_id": "map-1", "district": "西湖", "state": "open", "grid_name": "g",
            "grid_version": "v", "kind": "other", "lon": 120.1, "lat": 30.2, "note": "杆号",
            "opened_by": "wang", "opened_at": NOW, "move_note": "",
        }),
        (job_file_pieces, {
            "job_id": "j1", "name": "f", "piece": 0, "content": b"\x00\xff",
        }),
    ]  # fmt: skip
    for table, values in rows:
        connection.execute(sa.insert(table).values(values))


def all_rows(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return all there is but the audit, which a restoring goes on."""

    def read(connection: sa.engine.Connection) -> dict[str, list[tuple[Any, ...]]]:
        return {
            table.name: [
                tuple(row)
                for row in connection.execute(
                    sa.select(
                        table, *[c.is_(sa.null()) for c in table.c if isinstance(c.type, sa.JSON)]
                    ).order_by(*table.primary_key.columns)
                )
            ]
            for table in METADATA.sorted_tables
            if not table.name.startswith("audit")
        }

    return database.read(read)
