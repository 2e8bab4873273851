"""A backup holds everything, from either database into either, or it is no backup."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from api.database import Database
from api.database.audit import Deed, find_breaks, record
from api.database.backup import take_snapshot
from api.database.tables import audit, jobs
from api.database.trouble import DatabaseTroubleError
from tests.api.commands import run
from tests.api.database.databases import empty_database, upgraded_database
from tests.api.database.ring_ledger import NOW
from tests.api.operations.filled import all_rows, fill


def url_of(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with upgraded_database("sqlite", tmp_path_factory.mktemp("filled")) as database:
        fill(database)
        yield database


@pytest.fixture(scope="module")
def backup(filled: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("backup") / "service.gz"
    done = run("db", "backup", "--database", url_of(filled), "-o", path)
    assert done.exit_code == 0, done.output
    return path


def restored(path: Path, into: Database) -> None:
    done = run("db", "restore", path, "--database", url_of(into))
    assert done.exit_code == 0, done.output


def test_all_that_was_kept_is_there_again(filled: Database, backup: Path, empty: Database) -> None:
    restored(backup, empty)

    assert all_rows(empty) == all_rows(filled)


def test_a_backup_of_postgresql_is_restored_into_sqlite(
    filled: Database, backup: Path, postgresql_empty: Database, tmp_path: Path
) -> None:
    restored(backup, postgresql_empty)
    moved = tmp_path / "moved.gz"
    assert run("db", "backup", "--database", url_of(postgresql_empty), "-o", moved).exit_code == 0
    with empty_database("sqlite", tmp_path) as database:
        restored(moved, database)

        assert all_rows(database) == all_rows(filled)


def test_the_audit_goes_on_with_the_restoring(
    filled: Database, backup: Path, empty: Database
) -> None:
    restored(backup, empty)

    rows = sa.select(audit.c.hash, audit.c.action).order_by(audit.c.number)
    before, after = (d.read(lambda c: c.execute(rows).all()) for d in (filled, empty))
    assert after[:-1] == before
    assert after[-1].action == "database.restore"
    assert empty.read(lambda c: list(find_breaks(c))) == []


def test_new_rows_are_numbered_after_the_restored(backup: Path, empty: Database) -> None:
    restored(backup, empty)

    def copy(connection: sa.engine.Connection) -> tuple[int, int]:
        last = connection.execute(sa.select(sa.func.max(jobs.c.number))).scalar_one()
        row = dict(connection.execute(sa.select(jobs).limit(1)).mappings().one())
        del row["number"]
        made = connection.execute(sa.insert(jobs).values({**row, "job_id": "next"}))
        return last, made.inserted_primary_key[0]

    last, made = empty.write(copy)
    assert made == last + 1


def test_it_is_taken_while_others_write(database: Database) -> None:
    """Nobody waits for a backup, and it shows one state: that of its beginning."""
    deed = Deed(
        at=NOW, actor="a", district="", action="plan.make", subject="s", details={}
    )  # fmt: skip
    count = sa.select(sa.func.count()).select_from(audit)

    def read(connection: sa.engine.Connection) -> list[int]:
        first = connection.execute(count).scalar_one()
        database.write(lambda other: record(other, deed))
        return [first, connection.execute(count).scalar_one()]

    assert take_snapshot(database, read) == [0, 0]
    assert database.read(lambda c: c.execute(count).scalar_one()) == 1


def test_a_snapshot_writes_nothing(postgresql: Database) -> None:
    with pytest.raises(DatabaseTroubleError) as raised:
        take_snapshot(postgresql, lambda c: c.execute(sa.delete(audit)))

    assert "read-only" in str(raised.value.__cause__)


def test_nobody_else_may_read_it(backup: Path) -> None:
    assert backup.stat().st_mode & 0o077 == 0


def test_a_file_that_is_there_is_replaced_only_if_asked(filled: Database, tmp_path: Path) -> None:
    (tmp_path / "b.gz").write_text("mine")
    asked = ("db", "backup", "--database", url_of(filled), "-o", tmp_path / "b.gz")

    assert run(*asked).exit_code == 2
    assert (tmp_path / "b.gz").read_text() == "mine"
    assert run(*asked, "--force").exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["b.gz"]


def test_a_database_that_holds_something_is_left_as_it_is(filled: Database, backup: Path) -> None:
    before = all_rows(filled)

    done = run("db", "restore", backup, "--database", url_of(filled))

    assert (done.exit_code, "not empty" in done.stderr) == (2, True)
    assert all_rows(filled) == before


def test_a_backup_of_another_version_says_what_to_do(backup: Path, empty: Database) -> None:
    lines = gzip.decompress(backup.read_bytes()).splitlines()
    head = {**json.loads(lines[0]), "revision": "0001", "program": "0.0.9"}
    old = backup.with_name("old.gz")
    old.write_bytes(gzip.compress(json.dumps(head).encode() + b"\n"))

    done = run("db", "restore", old, "--database", url_of(empty))

    assert done.exit_code == 2
    assert "version 0.0.9" in done.stderr


def altered(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    def alter(content: bytes) -> bytes:
        lines = gzip.decompress(content).splitlines(keepends=True)
        return gzip.compress(b"".join(change(lines)))

    return alter


def without(name: bytes) -> Callable[[list[bytes]], list[bytes]]:
    return lambda lines: [line for line in lines if name not in line]


HARM: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda content: content[: len(content) // 2],
    "the end cut off": altered(lambda lines: lines[:-1]),
    "a byte turned": lambda content: content[:500] + bytes([content[500] ^ 1]) + content[501:],
    "a word changed": altered(lambda lines: [line.replace(b"app-1", b"app-9") for line in lines]),
    "a row taken out": altered(without(b"example.org")),
    "two rows exchanged": altered(lambda lines: [*lines[:-3], lines[-2], lines[-3], lines[-1]]),
    "a row too short": altered(lambda lines: [*lines[:2], b"[1]\n", *lines[2:]]),
    "another table": altered(lambda lines: [lines[0], b'{"table":"x","columns":[]}\n', *lines]),
    "no backup": lambda _: b"nothing",
    "other JSON": lambda _: gzip.compress(b"[1]\n"),
    "empty": lambda _: b"",
}


@pytest.mark.parametrize("harm", HARM)
def test_a_file_that_is_damaged_is_refused(backup: Path, tmp_path: Path, harm: str) -> None:
    damaged = tmp_path / "damaged.gz"
    damaged.write_bytes(HARM[harm](backup.read_bytes()))

    done = run("db", "restore", damaged, "--database", f"sqlite:///{tmp_path / 'new.db'}")

    assert done.exit_code == 2, done.output
    assert not (tmp_path / "new.db").exists()


def test_a_file_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    done = run("db", "restore", tmp_path / "b.gz", "--database", f"sqlite:///{tmp_path / 'n.db'}")

    assert (done.exit_code, "cannot read" in done.stderr) == (2, True)


def resealed(path: Path, change: Callable[[list[Any]], None]) -> None:
    """Change a backup and seal it again, as only who means it does."""
    import hashlib

    lines = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    change(lines)
    texts = [json.dumps(line).encode() + b"\n" for line in lines]
    end = {**lines[-1], "sha256": hashlib.sha256(b"".join(texts[:-1])).hexdigest()}
    path.write_bytes(gzip.compress(b"".join(texts[:-1]) + json.dumps(end).encode()))


def test_what_does_not_come_out_as_it_says_leaves_the_database_empty(
    backup: Path, tmp_path: Path, empty: Database
) -> None:
    forged = shutil.copy(backup, tmp_path / "forged.gz")

    def change(lines: list[Any]) -> None:
        deed = next(line for line in lines if isinstance(line, list) and "plan.make" in line)
        deed[deed.index("plan.make")] = "plan.see"

    resealed(forged, change)
    done = run("db", "restore", forged, "--database", url_of(empty))

    assert (done.exit_code, "does not hold" in done.stderr) == (2, True)
    assert sa.inspect(empty.engine).get_table_names() == []


def test_a_row_that_fits_no_table_leaves_the_database_empty(
    backup: Path, tmp_path: Path, empty: Database
) -> None:
    forged = shutil.copy(backup, tmp_path / "forged.gz")

    def change(lines: list[Any]) -> None:
        deed = next(line for line in lines if isinstance(line, list) and "plan.make" in line)
        deed[deed.index("plan.make")] = None

    resealed(forged, change)
    done = run("db", "restore", forged, "--database", url_of(empty))

    assert (done.exit_code, "unfit rows" in done.stderr) == (2, True)
    assert sa.inspect(empty.engine).get_table_names() == []


def test_an_audit_that_was_altered_is_kept_as_it_is_and_said_to_be(
    database: Database, tmp_path: Path
) -> None:
    deed = Deed(at=NOW, actor="a", district="", action="x", subject="s", details={})
    database.write(lambda c: record(c, deed))
    database.write(lambda c: c.execute(sa.update(audit).values(actor="b")))
    path = tmp_path / "b.gz"

    done = run("db", "backup", "--database", url_of(database), "-o", path)
    assert (done.exit_code, "the audit does not hold" in done.stderr) == (0, True)
    new = f"sqlite:///{tmp_path / 'new.db'}"
    done = run("db", "restore", path, "--database", new)
    assert (done.exit_code, "the audit does not hold" in done.stderr) == (0, True)
    assert len(Database.open(new).read(lambda c: list(find_breaks(c)))) == 1
