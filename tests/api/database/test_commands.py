from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from api.database import Database
from api.database.audit import Deed, record
from api.database.tables import audit
from tests.api.commands import run

DEED = Deed(
    at=datetime(2026, 6, 1, tzinfo=UTC), actor="wang", district="西湖", action="plan.make",
    subject="app-1", details={},
)  # fmt: skip


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'service.db'}"


def test_the_tables_are_made(url: str) -> None:
    done = run("db", "upgrade", "--database", url)

    assert done.exit_code == 0
    assert "audit" in sa.inspect(Database.open(url).engine).get_table_names()


def test_an_unbroken_chain_is_said_to_be_so(url: str) -> None:
    run("db", "upgrade", "--database", url)
    Database.open(url).write(lambda c: record(c, DEED))

    done = run("audit", "verify", "--database", url)

    assert done.exit_code == 0
    assert "1 audit rows, chain unbroken" in done.stdout


def test_an_altered_row_is_named(url: str) -> None:
    run("db", "upgrade", "--database", url)
    database = Database.open(url)
    database.write(lambda c: record(c, DEED))
    database.write(lambda c: c.execute(sa.update(audit).values(actor="li")))

    done = run("audit", "verify", "--database", url)

    assert done.exit_code == 2
    assert "审计第 1 行的内容已被改动" in done.stderr


def test_a_database_without_tables_says_what_to_run(url: str, tmp_path: Path) -> None:
    (tmp_path / "service.db").touch()

    done = run("audit", "verify", "--database", url)

    assert done.exit_code == 2
    assert "supply-plan db upgrade" in done.stderr


def test_a_file_that_is_not_there_is_not_made_to_be_verified(url: str, tmp_path: Path) -> None:
    done = run("audit", "verify", "--database", url)

    assert done.exit_code == 2
    assert "there is no database file" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["mysql://x", "nonsense", "", "sqlite"])
def test_another_kind_of_database_is_refused(url: str) -> None:
    done = run("db", "upgrade", "--database", url)

    assert done.exit_code == 2
    assert "postgresql://" in done.stderr


def test_a_password_is_not_shown() -> None:
    done = run("db", "upgrade", "--database", "postgresql://wang:geheim@127.0.0.1:1/x")

    assert done.exit_code == 2
    assert "geheim" not in done.stderr
    assert "***" in done.stderr
