from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from api.database import Database
from api.database.audit import Deed, find_breaks, record
from api.database.tables import audit, audit_head

NOW = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def chain(database: Database) -> Database:
    for k in range(5):
        deed = Deed(
            at=NOW + timedelta(minutes=k), actor="wang", district="西湖", action="plan.make",
            subject=f"app-{k}", details={"版本": k, "mode": "on_site"},
        )  # fmt: skip
        database.write(lambda c, deed=deed: record(c, deed))
    return database


def breaks(database: Database) -> list[str]:
    return database.read(lambda c: [found.en for found in find_breaks(c)])


def test_a_chain_nobody_touched_holds(chain: Database) -> None:
    assert breaks(chain) == []


def test_an_empty_chain_holds(database: Database) -> None:
    assert breaks(database) == []


@pytest.mark.parametrize(
    "values",
    [
        {"actor": "li"},
        {"details": "{}"},
        {"at": NOW},
        {"action": "plan.see"},
        {"subject": "app-9"},
        {"district": "上城"},
        {"previous_hash": "0" * 64},
        {"hash": "1" * 64},
    ],
    ids=lambda values: next(iter(values)),
)
def test_a_row_that_was_altered_is_found(chain: Database, values: dict[str, object]) -> None:
    chain.write(lambda c: c.execute(sa.update(audit).where(audit.c.number == 3).values(values)))

    assert any("3" in found for found in breaks(chain))


def test_an_altered_row_with_a_hash_that_fits_is_found_at_the_next(chain: Database) -> None:
    from api.database.audit import _hash

    def forge(connection: sa.engine.Connection) -> None:
        row = dict(connection.execute(sa.select(audit).where(audit.c.number == 3)).mappings().one())
        row["actor"] = "li"
        row["hash"] = _hash(row)
        connection.execute(sa.update(audit).where(audit.c.number == 3).values(row))

    chain.write(forge)

    assert breaks(chain) == ["audit row 4 does not follow the row before it"]


def test_a_row_that_was_removed_is_found(chain: Database) -> None:
    chain.write(lambda c: c.execute(sa.delete(audit).where(audit.c.number == 2)))

    assert breaks(chain)[0] == "audit rows 2 to 2 are missing"


def test_an_end_that_was_cut_off_is_found(chain: Database) -> None:
    chain.write(lambda c: c.execute(sa.delete(audit).where(audit.c.number == 5)))

    assert breaks(chain) == [
        "the audit should end with row 5, it ends with row 4, or its last row was replaced"
    ]


def test_two_rows_that_changed_places_are_found(chain: Database) -> None:
    def swap(connection: sa.engine.Connection) -> None:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            connection.execute(sa.update(audit).where(audit.c.number == old).values(number=new))

    chain.write(swap)

    assert len(breaks(chain)) >= 2


def test_an_audit_emptied_together_with_nothing_else_is_found(chain: Database) -> None:
    chain.write(lambda c: c.execute(sa.delete(audit)))

    assert breaks(chain) == [
        "the audit should end with row 5, it ends with row 0, or its last row was replaced"
    ]


def test_the_head_knows_the_last_row(chain: Database) -> None:
    assert chain.read(lambda c: c.execute(sa.select(audit_head.c.number)).scalar()) == 5
