"""A database that is busy, full or gone: 503, nothing half done, and on it goes afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from api.auth.identity import Identity
from api.auth.passwords import Passwords
from api.database import Database, Limits, engine, upgrade
from api.database.engine import ATTEMPTS
from api.database.tables import audit_head
from api.database.trouble import (
    DatabaseBusyError,
    DatabaseTroubleError,
    DatabaseUnreachableError,
    DiskFullError,
)
from api.dependencies import get_now
from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings
from tests.api.auth.house import NOW, House, bearer
from tests.api.operations.servers import own_server

HASTY = Limits(connections=2, wait_s=0.05)
SOON_S = 30.0


def head(connection: sa.engine.Connection) -> None:
    connection.execute(sa.insert(audit_head).values(chain=1, number=1, hash=""))


def heads(database: Database) -> int:
    query = sa.select(sa.func.count()).select_from(audit_head)
    return database.read(lambda c: c.execute(query).scalar_one())


def reopened(database: Database, limits: Limits) -> Database:
    """Return the same database for somebody of less patience."""
    return Database.open(database.engine.url.render_as_string(hide_password=False), limits)


@pytest.fixture
def hasty(database: Database) -> Iterator[Database]:
    other = reopened(database, HASTY)
    yield other
    other.close()


@contextmanager
def writing(database: Database) -> Iterator[None]:
    """Be in the middle of a write meanwhile."""
    has_begun, may_end = Event(), Event()

    def work(_connection: sa.engine.Connection) -> None:
        has_begun.set()
        assert may_end.wait(SOON_S)

    thread = Thread(target=database.write, args=(work,))
    thread.start()
    assert has_begun.wait(SOON_S)
    try:
        yield
    finally:
        may_end.set()
        thread.join()


# Busy -----------------------------------------------------------------------------------------


def test_who_waits_too_long_for_another_process_is_told_that_it_is_busy(
    database: Database, hasty: Database
) -> None:
    with writing(database), pytest.raises(DatabaseBusyError):
        hasty.write(head)

    hasty.write(head)
    assert heads(database) == 1


def test_who_waits_too_long_for_a_writer_of_the_same_process_is_told_so(hasty: Database) -> None:
    with writing(hasty), pytest.raises(DatabaseBusyError):
        hasty.write(head)

    hasty.write(head)


def test_a_pool_without_a_connection_left_is_busy(hasty: Database) -> None:
    with hasty.engine.connect(), hasty.engine.connect(), pytest.raises(DatabaseBusyError):
        heads(hasty)

    assert heads(hasty) == 0


def test_writers_that_wait_leave_connections_to_readers(hasty: Database) -> None:
    """Two connections: one writes; were the other one waiting for its turn, nobody could read."""
    patient = reopened(hasty, Limits(connections=2, wait_s=SOON_S))
    with writing(patient):
        waiting = [Thread(target=patient.write, args=(lambda _: None,)) for _ in range(3)]
        for thread in waiting:
            thread.start()
        assert heads(patient) == 0
    for thread in waiting:
        thread.join()
    patient.close()


# Full -----------------------------------------------------------------------------------------


def fill(connection: sa.engine.Connection) -> None:
    head(connection)
    connection.exec_driver_sql("CREATE TABLE large (content TEXT)")
    for _ in range(100):
        connection.execute(sa.text("INSERT INTO large VALUES (:content)"), {"content": "x" * 9_000})


def test_a_full_sqlite_file_says_so_and_keeps_nothing(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'service.db'}", Limits(connections=1))
    upgrade(database)
    with database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 5}")

    with pytest.raises(DiskFullError):
        database.write(fill)

    assert heads(database) == 0
    database.write(head)
    database.close()


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("53100", DiskFullError),
        ("53300", DatabaseBusyError),
        ("55P03", DatabaseBusyError),
        ("57014", DatabaseBusyError),
        ("57P01", DatabaseUnreachableError),
        ("57P03", DatabaseUnreachableError),
        ("08006", DatabaseUnreachableError),
        ("25006", DatabaseUnreachableError),
        ("58030", DatabaseUnreachableError),
    ],
)
def test_what_postgresql_says_is_understood(postgresql: Database, state: str, kind: type) -> None:
    def fail(connection: sa.engine.Connection) -> None:
        head(connection)
        connection.exec_driver_sql(f"DO $$ BEGIN RAISE 'no' USING ERRCODE = '{state}'; END $$")

    with pytest.raises(DatabaseTroubleError) as raised:
        postgresql.write(fail)

    assert type(raised.value) is kind
    assert heads(postgresql) == 0


def test_a_transaction_that_loses_again_and_again_is_busy(postgresql: Database) -> None:
    tries = []

    def lose(connection: sa.engine.Connection) -> None:
        tries.append(1)
        connection.exec_driver_sql("DO $$ BEGIN RAISE 'no' USING ERRCODE = '40001'; END $$")

    with pytest.raises(DatabaseBusyError):
        postgresql.write(lose)

    assert len(tries) == ATTEMPTS


def test_what_breaks_a_rule_of_the_tables_is_no_trouble(database: Database) -> None:
    database.write(head)

    with pytest.raises(sa.exc.IntegrityError):
        database.write(head)


def test_errors_tell_nothing_of_what_is_kept(database: Database) -> None:
    database.write(head)
    values = {"chain": 1, "number": 1, "hash": "geheim"}

    with pytest.raises(sa.exc.IntegrityError) as raised:
        database.write(lambda c: c.execute(sa.insert(audit_head).values(values)))

    assert "geheim" not in str(raised.value)


# Gone -----------------------------------------------------------------------------------------


def test_a_file_that_cannot_be_opened_is_unreachable(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'nowhere' / 'service.db'}")

    with pytest.raises(DatabaseUnreachableError):
        heads(database)


def test_a_file_that_is_no_database_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "service.db").write_bytes(b"not a database at all" * 100)

    with pytest.raises(DatabaseUnreachableError):
        heads(Database.open(f"sqlite:///{tmp_path / 'service.db'}"))


def test_nobody_at_the_address_is_unreachable() -> None:
    with pytest.raises(DatabaseUnreachableError):
        heads(Database.open("postgresql://nobody@127.0.0.1:1/none"))


def end_session(connection: sa.engine.Connection) -> None:
    """End the session in the middle of its work, as an administrator or a crash does."""
    pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    other = Database(connection.engine)
    other.read(lambda c: c.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 5000)"))
    head(connection)


def test_a_writer_whose_session_ends_keeps_nobody_out(postgresql: Database) -> None:
    with pytest.raises(DatabaseUnreachableError):
        postgresql.write(end_session)

    postgresql.write(head)
    assert heads(postgresql) == 1


def test_connections_that_broke_meanwhile_are_not_used_again(postgresql: Database) -> None:
    heads(postgresql)
    outside = reopened(postgresql, Limits())
    ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> "
    ended += "pg_backend_pid() AND datname = current_database()"
    outside.read(lambda c: c.exec_driver_sql(ended).all())
    outside.close()

    assert heads(postgresql) == 0


def test_a_turn_that_cannot_be_given_back_ends_with_its_session(
    postgresql: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = engine._lock

    def fail_to_unlock(connection: sa.engine.Connection, function: str) -> None:
        if function == "pg_advisory_unlock":
            raise sa.exc.OperationalError("unlock", {}, psycopg.OperationalError("cut"))
        lock(connection, function)

    with monkeypatch.context() as patched:
        patched.setattr(engine, "_lock", fail_to_unlock)
        postgresql.write(head)  # what was written counts

    other = reopened(postgresql, Limits(wait_s=SOON_S))
    assert heads(other) == 1
    other.write(lambda _: None)
    other.close()


def test_a_statement_that_takes_too_long_is_ended(postgresql: Database) -> None:
    hasty = reopened(postgresql, Limits(statement_s=0.05))

    with pytest.raises(DatabaseBusyError):
        hasty.read(lambda c: c.exec_driver_sql("SELECT pg_sleep(30)"))

    hasty.close()


# What is answered -----------------------------------------------------------------------------


@pytest.fixture
def served(
    database: Database, hasty: Database, passwords: Passwords, grids: ServedGrids
) -> TestClient:
    """Return a client, logged in, of an app that has no patience with its database."""
    settings = Settings()
    house = House(
        identity=Identity(database=database, settings=settings, passwords=passwords, issuer=None)
    )
    house.person(role="administrator")
    app = create_app(settings, grids, hasty)
    app.dependency_overrides[get_now] = lambda: NOW
    headers = bearer(house.log_in().token)
    return TestClient(app, raise_server_exceptions=False, headers=headers)


KEY = {"name": "marketing", "scopes": ["plan.make"], "districts": ["西湖"]}


def test_who_comes_while_the_database_is_busy_is_told_when_to_come_again(
    served: TestClient, database: Database
) -> None:
    with writing(database):
        answer = served.post("/v1/keys", json=KEY)

    assert (answer.status_code, answer.json()["code"]) == (503, "database_busy")
    assert int(answer.headers["retry-after"]) > 0
    assert served.post("/v1/keys", json=KEY).status_code == 201


@pytest.mark.acceptance
def test_a_service_whose_postgresql_stops_goes_on_when_it_is_back(
    tmp_path: Path, passwords: Passwords, grids: ServedGrids
) -> None:
    with own_server(tmp_path) as server:
        database = Database.open(server.get_uri(), HASTY)
        upgrade(database)
        settings = Settings()
        identity = Identity(database=database, settings=settings, passwords=passwords, issuer=None)
        house = House(identity=identity)
        house.person(role="administrator")
        app = create_app(settings, grids, database)
        app.dependency_overrides[get_now] = lambda: NOW
        client = TestClient(
            app, raise_server_exceptions=False, headers=bearer(house.log_in().token)
        )
        assert client.get("/readyz").status_code == 200
        server.stop()
        for answer in (client.post("/v1/keys", json=KEY), client.get("/readyz")):
            assert (answer.status_code, answer.json()["code"]) == (503, "database_unreachable")
            assert int(answer.headers["retry-after"]) > 0
        assert client.get("/healthz").status_code == 200
        server.start()
        assert client.get("/readyz").status_code == 200
        assert client.post("/v1/keys", json=KEY).status_code == 201
        assert len(client.get("/v1/keys").json()["items"]) == 1
        database.close()
