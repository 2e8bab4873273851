"""A new version in a grid's folder is served without a restart, or the old one goes on."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from api.database import Database
from api.database.tables import audit, grid_versions, served_grids
from api.grid_watch import PATIENCE, GridWatch
from api.serving import ServedGrids
from grid_models.grid import Grid
from grid_models.storage import write_grid
from grid_models.stored.opening import open_model
from tests.api.database.ring_ledger import NOW
from tests.api.resources.company import NOW_KW, ON_SQLITE, Company, ring_of, stored, terms
from tests.planner.routing.drawn import draw_streets, line

OTHER_KW = NOW_KW + 1.0
STREET = line("street", (0, 0), (100, 0))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(stored(ring_of(NOW_KW)), tmp_path / "ring")


@pytest.fixture
def grids(folder: Path) -> ServedGrids:
    served = ServedGrids(
        [open_model(folder)], folders=[folder], terms=terms(), warm_up=lambda: None
    )
    served.prepare()
    return served


def version_of(grids: ServedGrids) -> str:
    (served,) = grids.all()
    return served.version


def publish(folder: Path, grid: Grid) -> str:
    """Replace a folder by another version; `write_grid` does so in two renamings as well."""
    draft = shutil.copytree(stored(grid), folder.with_name("draft"))
    old = folder.rename(folder.with_name("old"))
    draft.rename(folder)
    shutil.rmtree(old)
    return grid.version


def test_a_new_version_is_served_once_the_folder_holds_it(grids: ServedGrids, folder: Path) -> None:
    version = publish(folder, ring_of(OTHER_KW))

    assert [served.version for served in grids.reload().new] == [version]
    assert version_of(grids) == version


def test_a_folder_that_is_as_it_was_is_not_opened_again(grids: ServedGrids) -> None:
    (before,) = grids.all()

    assert grids.reload().new == ()
    assert grids.all() == (before,)


def test_a_request_finishes_on_the_version_it_found(grids: ServedGrids, folder: Path) -> None:
    (found,) = grids.all()
    write_grid(ring_of(OTHER_KW), folder, force=True)
    grids.reload()

    # read for the first time now, though the folder holds another table by now
    assert sorted(found.model.column("loads", "p_kw")) == [300.0, 500.0, 500.0, 500.0]


def test_a_damaged_version_is_not_served_and_the_old_one_goes_on(
    grids: ServedGrids, folder: Path
) -> None:
    before = version_of(grids)
    publish(folder, ring_of(OTHER_KW))
    (folder / "loads.parquet").write_bytes(b"nothing")

    reloaded = grids.reload()

    assert version_of(grids) == before
    assert "loads.parquet" in reloaded.problems[0].en
    assert grids.reload().problems == reloaded.problems  # told until something is put in place


def test_a_version_that_was_mended_is_served(grids: ServedGrids, folder: Path) -> None:
    publish(folder, ring_of(OTHER_KW))
    (folder / "loads.parquet").write_bytes(b"nothing")
    grids.reload()
    version = publish(folder, ring_of(OTHER_KW))

    assert [served.version for served in grids.reload().new] == [version]
    assert grids.reload().problems == ()


def test_a_folder_that_is_gone_goes_on_being_served(grids: ServedGrids, folder: Path) -> None:
    before = version_of(grids)
    shutil.rmtree(folder)

    assert grids.reload().new == ()
    assert version_of(grids) == before


def test_a_folder_that_is_gone_is_told_until_it_is_back(grids: ServedGrids, folder: Path) -> None:
    away = folder.rename(folder.with_name("away"))
    told = [len(grids.reload().problems) for _ in range(3)]
    away.rename(folder)

    assert told == [1, 1, 1]
    assert grids.reload().problems == ()


def test_a_folder_that_is_gone_is_logged_once(
    grids: ServedGrids, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    grids.reload()
    folder.rename(folder.with_name("away"))
    for _ in range(4):
        grids.reload()

    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_a_grid_of_another_name_is_not_served(grids: ServedGrids, folder: Path) -> None:
    before, other = version_of(grids), ring_of(OTHER_KW)
    publish(folder, replace(other, metadata=replace(other.metadata, name="elsewhere")))

    assert '"elsewhere"' in grids.reload().problems[0].en
    assert version_of(grids) == before


def test_grids_made_in_memory_are_never_reloaded() -> None:
    grids = ServedGrids([ring_of(NOW_KW)], warm_up=lambda: None)
    grids.prepare()

    assert grids.reload().new == ()


class ShortOfMemory(dict[Any, Any]):
    """What streets keep; no room for the versions named."""

    without: frozenset[str] = frozenset()

    def __setitem__(self, key: Any, value: Any) -> None:
        if any(key == (version, True) for version in self.without):
            raise MemoryError
        super().__setitem__(key, value)


@pytest.fixture
def memory() -> ShortOfMemory:
    return ShortOfMemory()


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    return shutil.copytree(stored(elsewhere(NOW_KW)), tmp_path / "elsewhere")


@pytest.fixture
def both(folder: Path, beside: Path, memory: ShortOfMemory) -> ServedGrids:
    """The ring and another grid, each in a folder of its own, with streets."""
    served = ServedGrids(
        [open_model(folder), open_model(beside)], folders=[folder, beside], terms=terms(),
        streets=replace(draw_streets(STREET), prepared=memory), warm_up=lambda: None,
    )  # fmt: skip
    served.prepare()
    return served


def elsewhere(p_kw: float) -> Grid:
    grid = ring_of(p_kw)
    return replace(grid, metadata=replace(grid.metadata, name="elsewhere"))


def test_a_fault_while_a_version_is_made_ready_is_told(
    both: ServedGrids, folder: Path, memory: ShortOfMemory
) -> None:
    memory.without = frozenset({publish(folder, ring_of(OTHER_KW))})

    (problem,) = both.reload().problems

    assert "MemoryError" in problem.en


def test_a_version_that_could_not_be_made_ready_is_tried_again(
    both: ServedGrids, folder: Path, memory: ShortOfMemory
) -> None:
    version = publish(folder, ring_of(OTHER_KW))
    memory.without = frozenset({version})
    both.reload()
    memory.without = frozenset()
    reloaded = both.reload()

    assert [served.version for served in reloaded.new] == [version]
    assert reloaded.problems == ()


def test_a_fault_that_stays_is_logged_once(
    both: ServedGrids, folder: Path, memory: ShortOfMemory, caplog: pytest.LogCaptureFixture
) -> None:
    memory.without = frozenset({publish(folder, ring_of(OTHER_KW))})
    both.reload()
    both.reload()

    assert len(caplog.records) == 1


def test_one_bad_folder_does_not_keep_another_from_being_served(
    both: ServedGrids, folder: Path, beside: Path, memory: ShortOfMemory
) -> None:
    memory.without = frozenset({publish(folder, ring_of(OTHER_KW))})
    version = publish(beside, elsewhere(OTHER_KW))

    assert [served.version for served in both.reload().new] == [version]


@ON_SQLITE
def test_a_version_that_cannot_be_written_down_keeps_no_other_from_it(
    both: ServedGrids, database: Database
) -> None:
    answers = iter([False, True])

    def now() -> datetime:
        if not next(answers, True):
            raise OverflowError
        return NOW

    reloaded = GridWatch(grids=both, database=database, now=now).reload()

    assert [problem.en.split('"')[1] for problem in reloaded.problems] == [both.all()[0].name]
    kept = database.read(lambda c: list(c.execute(sa.select(grid_versions.c.grid_name)).scalars()))
    assert kept == ["elsewhere"]


# over HTTP ------------------------------------------------------------------------------------


def test_every_version_that_was_served_is_listed(company: Company) -> None:
    company.look()
    company.publish(ring_of(OTHER_KW))
    company.look()
    company.look()

    answer = company.person("wang").get("/v1/grids/versions").json()

    versions = [ring_of(kw).version for kw in (NOW_KW, OTHER_KW)]
    assert [one["version"] for one in answer["items"]] == versions
    folders = [str(stored(ring_of(kw))) for kw in (NOW_KW, OTHER_KW)]
    assert [row["folder"] for row in company.rows(grid_versions)] == folders


def test_versions_are_paged(company: Company) -> None:
    company.look()
    company.publish(ring_of(OTHER_KW))
    company.look()
    client = company.person("wang")

    first = client.get("/v1/grids/versions", params={"limit": 1}).json()
    last = client.get("/v1/grids/versions", params={"after": first["next_cursor"]}).json()

    assert first["items"][0]["version"] == ring_of(NOW_KW).version
    assert [one["version"] for one in last["items"]] == [ring_of(OTHER_KW).version]
    assert last["next_cursor"] is None


@ON_SQLITE
def test_a_version_is_written_into_the_audit_once(company: Company) -> None:
    company.look()
    company.look()

    assert [row["action"] for row in company.rows(audit)].count("grid.serve") == 1


def test_another_process_writes_the_same_version_down_only_once(company: Company) -> None:
    company.watch.reload()
    company.watch.reload()

    assert len(company.rows(grid_versions)) == 1


@ON_SQLITE
def test_a_planner_has_the_folders_looked_at_now(company: Company) -> None:
    company.publish(ring_of(OTHER_KW))

    answer = company.person("li", role="planner").post("/v1/grids/reload")

    assert answer.status_code == 200
    assert [(one["version"], one["is_new"]) for one in answer.json()["served"]] == [
        (ring_of(OTHER_KW).version, True)
    ]


@ON_SQLITE
def test_a_planner_is_told_why_a_version_is_not_served(company: Company) -> None:
    damaged = company.folder.with_name("damaged")
    shutil.copytree(stored(ring_of(OTHER_KW)), damaged)
    (damaged / "loads.parquet").write_bytes(b"nothing")
    company.lead_to(damaged)

    answer = company.person("li", role="planner").post("/v1/grids/reload").json()

    assert answer["served"][0]["is_new"] is False
    assert "loads.parquet" in answer["problems"][0]["en"]


@ON_SQLITE
def test_a_manager_has_no_folders_looked_at(company: Company) -> None:
    assert company.person("wang").post("/v1/grids/reload").status_code == 403


@pytest.mark.parametrize("grid", ["a\x00", "\ud800", "x" * 201])
def test_a_name_that_no_grid_can_have_is_refused(company: Company, grid: str) -> None:
    name = grid.encode("utf-8", "surrogatepass")
    answer = company.person("wang").get("/v1/grids/versions", params={"grid": name})

    assert answer.status_code in (200, 422)


def late_process(company: Company, folder: Path) -> GridWatch:
    """Return a process that began on the first version, with a folder of its own."""
    late = ServedGrids(
        [open_model(stored(ring_of(NOW_KW)))], folders=[folder], terms=terms(),
        warm_up=lambda: None,
    )  # fmt: skip
    late.prepare()
    return GridWatch(grids=late, database=company.house.identity.database)


def served_version(company: Company) -> str:
    (row,) = company.rows(served_grids)
    return str(row["version"])


def test_a_process_that_cannot_read_the_new_version_does_not_have_the_old_one_served(
    company: Company, tmp_path: Path
) -> None:
    company.publish(ring_of(OTHER_KW))
    company.look()
    damaged = shutil.copytree(stored(ring_of(OTHER_KW + 1.0)), tmp_path / "damaged")
    (damaged / "loads.parquet").write_bytes(b"nothing")
    for folder in (damaged, tmp_path / "gone"):
        late_process(company, folder).reload()

    assert served_version(company) == ring_of(OTHER_KW).version


def test_of_each_grid_that_is_served_the_version_is_written_down(company: Company) -> None:
    other = ring_of(OTHER_KW)
    named = replace(other, metadata=replace(other.metadata, name="second"))
    grids = ServedGrids([ring_of(NOW_KW), named], terms=terms(), warm_up=lambda: None)
    grids.prepare()
    reloaded = GridWatch(grids=grids, database=company.house.identity.database).reload()

    assert reloaded.problems == ()
    assert len(company.rows(served_grids)) == 2


@pytest.mark.parametrize(("looks", "kw"), [(PATIENCE, OTHER_KW), (PATIENCE + 1, NOW_KW)])
def test_a_version_another_process_had_served_gives_way_after_a_while(
    company: Company, tmp_path: Path, looks: int, kw: float
) -> None:
    folder = shutil.copytree(stored(ring_of(NOW_KW)), tmp_path / "own")
    process = late_process(company, folder)
    process.look()
    company.publish(ring_of(OTHER_KW))
    company.look()
    for _ in range(looks):
        process.look()

    assert served_version(company) == ring_of(kw).version


@ON_SQLITE
def test_a_planner_has_the_version_of_the_folder_served_at_once(company: Company) -> None:
    process = late_process(company, stored(ring_of(OTHER_KW)))
    company.look()
    process.reload()
    company.person("li", role="planner").post("/v1/grids/reload")

    assert served_version(company) == ring_of(NOW_KW).version


def test_a_version_that_is_gone_back_to_is_the_one_promises_are_made_on(company: Company) -> None:
    for kw in (NOW_KW, OTHER_KW, NOW_KW):
        company.publish(ring_of(kw))
        company.look()

    (row,) = company.rows(served_grids)
    assert row["version"] == ring_of(NOW_KW).version
    assert len(company.rows(grid_versions)) == 2
