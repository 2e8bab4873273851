"""What the field's tables keep, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database import Database
from api.database.audit import Deed, record
from api.database.tables import applications, photos
from api.database.upgrade import upgrade_tables
from tests.api.database.ring_ledger import NOW, Desk, apply_for

PHOTO = {
    "application_id": "app-1", "content": b"\xff", "content_hash": "h", "size_bytes": 1,
    "width_px": 1, "height_px": 1, "sent_by": "wang", "sent_at": NOW,
}  # fmt: skip


def put(desk: Desk, **more: Any) -> None:
    desk.database.write(lambda c: c.execute(sa.insert(photos).values(PHOTO | more)))


def test_no_picture_is_kept_twice_whatever_goes_wrong_elsewhere(desk: Desk) -> None:
    apply_for(desk, "app-1")
    put(desk, photo=1)

    with pytest.raises(sa.exc.IntegrityError):
        put(desk, photo=2)


def test_a_picture_that_was_erased_may_come_again(desk: Desk) -> None:
    apply_for(desk, "app-1")
    put(desk, photo=1, content=None, erased_at=NOW)
    put(desk, photo=2)

    count = sa.select(sa.func.count()).select_from(photos)
    assert desk.database.read(lambda c: c.execute(count).scalar_one()) == 2


def test_who_brought_what_was_there_before_is_known_from_the_audit(empty: Database) -> None:
    def take_the_step(connection: Connection) -> None:
        upgrade_tables(connection, "0003")
        for name in ("app-1", "app-2"):
            connection.execute(
                sa.insert(applications).values(
                    application_id=name, district="西湖", state="accepted", asked={},
                    grid_name="g", completed_on=NOW.date(), is_shadow=False, revision=1,
                    created_at=NOW, changed_at=NOW,
                )
            )  # fmt: skip
        for actor, action in (("wang", "application.add"), ("chen", "application.move")):
            deed = Deed(
                at=NOW, actor=actor, district="西湖", action=action, subject="app-1", details={}
            )
            record(connection, deed)
        upgrade_tables(connection)

    empty.write(take_the_step)
    query = sa.select(applications.c.accepted_by).order_by(applications.c.number)
    assert empty.read(lambda c: c.execute(query).scalars().all()) == ["wang", None]
