"""SIGKILL in the middle of a migration, a backup, a restore, a publishing: nothing is lost.

Real processes, killed at each of their steps in turn (`killing.py`). The gate tries a few steps;
``-m acceptance`` tries them all, on PostgreSQL and on grids as well.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from api.database import Database
from api.database.audit import Deed, find_breaks, record
from api.database.restore import BackupFile
from api.database.upgrade import find_head, find_revision, require_current, upgrade_tables
from grid_models.storage import read_stored_grid, write_grid
from grid_models.stored.opening import open_model
from tests.api.commands import run
from tests.api.database.databases import empty_database, upgraded_database
from tests.api.database.ring_ledger import NOW
from tests.api.grids import shop_grid
from tests.api.operations.filled import all_rows, fill
from tests.api.operations.test_backup import url_of

SCRIPT = Path(__file__).with_name("killing.py")
ROOT = Path(__file__).parents[3]
TO_THE_END = 10**9
Points = Sequence[int]


Run = tuple[int, Sequence[object]]
RunKilled = Callable[[Sequence[Run]], list[int]]


@contextmanager
def killer(module: str) -> Iterator[RunKilled]:
    """Give what runs commands, each killed at a step; 0 for each that was, else its steps."""
    with subprocess.Popen(
        [sys.executable, str(SCRIPT), module], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        asks, answers = process.stdin, process.stdout

        def run_killed(runs: Sequence[Run]) -> list[int]:
            steps = []
            for at, arguments in runs:
                asks.write(json.dumps([at, [str(a) for a in arguments]]) + "\n")
                asks.flush()
                steps.append(int(answers.readline()))
            return steps

        yield run_killed
        asks.close()


@pytest.fixture(scope="module")
def run_killed() -> Iterator[RunKilled]:
    with killer("api.commands.backup") as give:
        yield give


@pytest.fixture(scope="module")
def run_grid_killed() -> Iterator[RunKilled]:
    with killer("api.commands.grid") as give:
        yield give


def some(count: int) -> Points:
    """Return a few of the steps: the first, one between, the last."""
    return [1, count // 2, count]


def every(count: int) -> Points:
    return range(1, count + 1)


@pytest.fixture(params=[some, pytest.param(every, marks=pytest.mark.acceptance)])
def points(request: pytest.FixtureRequest) -> Callable[[int], Points]:
    """Return which of so many steps are tried."""
    which: Callable[[int], Points] = request.param
    return which


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.acceptance)])
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@contextmanager
def many(kind: str, folder: Path, made: Callable[..., Any]) -> Iterator[Callable[[], Database]]:
    """Give as many databases as are asked for."""
    numbers = count(1)
    with ExitStack() as opened:

        def make() -> Database:
            own = folder / str(next(numbers))
            own.mkdir()
            return opened.enter_context(made(kind, own))

        yield make


def chain(database: Database) -> list[str]:
    assert database.read(lambda c: list(find_breaks(c))) == []
    query = sa.text("SELECT hash FROM audit ORDER BY number")
    return list(database.read(lambda c: c.execute(query).scalars().all()))


DEED = Deed(at=NOW, actor="a", district="", action="plan.make", subject="s", details={})


def make_old(database: Database) -> None:
    """Have a database of an earlier version, with something in it."""
    database.write(lambda connection: upgrade_tables(connection, "0002"))
    for _ in range(3):
        database.write(lambda connection: record(connection, DEED))


def test_a_migration_that_is_killed_leaves_the_old_tables_and_can_be_taken_again(
    kind: str, tmp_path: Path, points: Callable[[int], Points], run_killed: RunKilled
) -> None:
    with many(kind, tmp_path, empty_database) as make:
        whole = make()
        make_old(whole)
        before = chain(whole)
        (steps,) = run_killed([(TO_THE_END, ["db", "upgrade", "--database", url_of(whole)])])
        tried = {at: make() for at in points(steps - 1)}
        for database in tried.values():
            make_old(database)
        commands = [
            (at, ["db", "upgrade", "--database", url_of(database)])
            for at, database in tried.items()
        ]
        assert run_killed(commands) == [0] * len(tried)
        for database in tried.values():
            assert find_revision(database) in ("0002", find_head())
            assert len(chain(database)) == len(before)
        run_killed([(TO_THE_END, arguments) for _, arguments in commands])
        for database in tried.values():
            require_current(database)
            assert len(chain(database)) == len(before)


def test_a_backup_that_is_killed_harms_neither_the_database_nor_the_backup_before(
    kind: str, tmp_path: Path, points: Callable[[int], Points], run_killed: RunKilled
) -> None:
    with upgraded_database(kind, tmp_path) as database:
        fill(database)
        before = all_rows(database), chain(database)
        first = tmp_path / "first.gz"
        back_up = ["db", "backup", "--database", url_of(database), "--force", "-o"]
        (steps,) = run_killed([(TO_THE_END, [*back_up, first])])
        places = {at: tmp_path / f"{at}.gz" for at in points(steps - 1)}
        for path in places.values():
            shutil.copy(first, path)
        commands = [(at, [*back_up, path]) for at, path in places.items()]
        assert run_killed(commands) == [0] * len(places)
        assert (all_rows(database), chain(database)) == before
        for path in places.values():
            assert BackupFile.open(path).check().last_hash == before[1][-1]
        assert run("db", "backup", "--database", url_of(database), "-o", places[1],
                   "--force").exit_code == 0  # fmt: skip


def test_a_restore_that_is_killed_leaves_an_empty_database_and_can_be_begun_again(
    kind: str, tmp_path: Path, points: Callable[[int], Points], run_killed: RunKilled
) -> None:
    path = tmp_path / "service.gz"
    with upgraded_database("sqlite", tmp_path) as source:
        fill(source)
        before = all_rows(source), chain(source)
        assert run("db", "backup", "--database", url_of(source), "-o", path).exit_code == 0
    with many(kind, tmp_path, empty_database) as make:
        restore = ["db", "restore", path, "--database"]
        (steps,) = run_killed([(TO_THE_END, [*restore, url_of(make())])])
        tried = {at: make() for at in points(steps - 1)}
        commands = [(at, [*restore, url_of(database)]) for at, database in tried.items()]
        assert run_killed(commands) == [0] * len(tried)
        again = [
            (TO_THE_END, [*restore, url_of(database)])
            for database in tried.values()
            if not is_restored(database)
        ]
        assert again
        run_killed(again)
        for database in tried.values():
            assert all_rows(database) == before[0]
            assert chain(database)[:-1] == before[1]
            database.close()


def is_restored(database: Database) -> bool:
    """Tell whether all is there; nothing is there else."""
    try:
        if sa.inspect(database.engine).get_table_names():
            require_current(database)
            return True
        return False
    finally:
        database.close()  # there are more of them than a server has connections


# Grids ----------------------------------------------------------------------------------------


def is_whole(folder: Path) -> str:
    """Return the version of a grid of which nothing is missing."""
    assert read_stored_grid(folder).version == open_model(folder).version
    return open_model(folder).version


@pytest.fixture
def published(tmp_path: Path) -> Path:
    write_grid(shop_grid(), tmp_path / "grid")
    return tmp_path / "grid"


def copies(folder: Path, points: Points) -> dict[int, Path]:
    made = {}
    for at in points:
        own = folder.with_name(f"of-{at}")
        own.mkdir()
        made[at] = Path(shutil.copytree(folder, own / "grid"))
    return made


@pytest.mark.acceptance
def test_a_publishing_that_is_killed_leaves_the_old_grid_or_the_new_one(
    published: Path, points: Callable[[int], Points], run_grid_killed: RunKilled
) -> None:
    def publish(folder: Path) -> list[object]:
        return ["grid", "synthesize", "-o", folder, "--nodes", 300, "--seed", 1, "--force",
                "--load-date", "2026-06-01", "--topology-date", "2026-06-01"]  # fmt: skip

    old = is_whole(published)
    first = copies(published, [0])[0]
    (steps,) = run_grid_killed([(TO_THE_END, publish(first))])
    new = is_whole(first)
    tried = copies(published, points(steps - 1))

    assert run_grid_killed([(at, publish(folder)) for at, folder in tried.items()]) == [0] * len(
        tried
    )

    seen = [is_whole(folder) for folder in tried.values()]
    assert set(seen) == {old, new}
    run_grid_killed([(TO_THE_END, publish(folder)) for folder in tried.values()])
    assert {is_whole(folder) for folder in tried.values()} == {new}


@pytest.mark.acceptance
def test_a_change_that_is_killed_leaves_the_old_grid_or_the_new_one(
    published: Path, tmp_path: Path, points: Callable[[int], Points], run_grid_killed: RunKilled
) -> None:
    old = is_whole(published)
    loads = tmp_path / "loads.csv"
    loads.write_text(f"id,p_kw\n{open_model(published).column('loads', 'id')[0]},12.5\n")
    first = copies(published, [0])[0]
    (steps,) = run_grid_killed([(TO_THE_END, ["grid", "change", first, loads])])
    new = is_whole(first)
    tried = copies(published, points(steps - 1))

    commands = [(at, ["grid", "change", folder, loads]) for at, folder in tried.items()]
    assert run_grid_killed(commands) == [0] * len(tried)

    assert {is_whole(folder) for folder in tried.values()} <= {old, new}
    assert is_whole(tried[1]) == old
