from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from api.database import Database, OutdatedDatabaseError, upgrade
from api.database.tables import METADATA, answered, audit_head
from api.database.upgrade import require_current, upgrade_tables

NOW = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)


def count_up(connection: sa.engine.Connection) -> None:
    """Read a number and write the next: what is lost where two do it at once."""
    number = connection.execute(sa.select(audit_head.c.number)).scalar_one_or_none()
    if number is None:
        connection.execute(sa.insert(audit_head).values(chain=1, number=1, hash=""))
    else:
        connection.execute(sa.update(audit_head).values(number=number + 1))


def test_writers_at_once_lose_nothing(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: database.write(count_up), range(80)))

    assert database.read(lambda c: c.execute(sa.select(audit_head.c.number)).scalar()) == 80


def test_a_write_that_fails_leaves_nothing_behind(database: Database) -> None:
    def fail(connection: sa.engine.Connection) -> None:
        count_up(connection)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        database.write(fail)

    assert database.read(lambda c: c.execute(sa.select(audit_head.c.number)).all()) == []


def test_after_a_failure_others_may_write(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        database.write(lambda _: 1 // 0)

    database.write(count_up)


def test_an_error_names_no_values(database: Database) -> None:
    values = {"chain": 1, "number": None, "hash": "top-secret"}
    with pytest.raises(sa.exc.IntegrityError) as refused:
        database.write(lambda c: c.execute(sa.insert(audit_head).values(values)))
    assert "parameters hidden" in str(refused.value)


def test_a_moment_comes_back_as_it_went_in(database: Database) -> None:
    values = {
        "caller": "a", "key": "k", "request_hash": "", "status": 201, "answer": {"zh": "你好"},
        "answered_at": NOW,
    }  # fmt: skip
    database.write(lambda c: c.execute(sa.insert(answered).values(values)))

    row = database.read(lambda c: c.execute(sa.select(answered)).one())
    assert (row.answered_at, row.answer) == (NOW, {"zh": "你好"})


def test_a_moment_without_offset_is_refused(database: Database) -> None:
    with pytest.raises(sa.exc.StatementError, match="needs its offset"):
        database.read(
            lambda c: c.execute(
                sa.select(answered).where(answered.c.answered_at < NOW.replace(tzinfo=None))
            )
        )


# Tables ---------------------------------------------------------------------------------------


def test_the_steps_make_the_tables_the_program_knows(database: Database) -> None:
    made = sa.MetaData()
    made.reflect(database.engine)

    assert {
        table.name: [(c.name, c.nullable) for c in table.columns]
        for table in made.sorted_tables
        if table.name != "alembic_version"
    } == {
        table.name: [(c.name, c.nullable) for c in table.columns]
        for table in METADATA.sorted_tables
    }


def test_nothing_is_left_to_change_after_the_steps(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    assert database.read(lambda c: compare_metadata(MigrationContext.configure(c), METADATA)) == []


def test_a_database_without_tables_is_outdated(empty: Database) -> None:
    with pytest.raises(OutdatedDatabaseError, match="supply-plan db upgrade"):
        require_current(empty)


def test_an_upgraded_database_is_current(database: Database) -> None:
    assert require_current(database) is None


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    database.write(count_up)
    upgrade(database)

    assert database.read(lambda c: c.execute(sa.select(audit_head.c.number)).scalar()) == 1


def test_an_upgrade_that_is_cut_off_leaves_no_table(empty: Database) -> None:
    def cut_off(connection: sa.engine.Connection) -> None:
        upgrade_tables(connection)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        empty.write(cut_off)

    assert sa.inspect(empty.engine).get_table_names() == []
