"""A capacity map in a job says what the planner says, with what the ledger has promised."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from api.database.holds import list_commitments
from api.database.trouble import DatabaseTroubleError
from api.jobs.bench import Bench
from api.jobs.capacity_map import do_capacity_map
from api.jobs.errors import LostLeaseError
from api.jobs.files import read_file
from api.jobs.lease import Lease
from api.jobs.taking import LEASE
from api.jobs.worker import Worker
from api.settings import Settings
from planner.application import Commitment
from planner.capacity import CapacityQuestion, map_capacities
from planner.rules import load_rule_book
from tests.api.auth.house import StoppedClock
from tests.api.database.ring_ledger import BY, Desk, apply_for, make_desk
from tests.api.jobs.acts import Acts, Troubled

Work = Callable[[], None]


@pytest.fixture
def acts(bench: Bench, clock: StoppedClock) -> Acts:
    return Acts(bench.database, clock)


def hold_for_one(bench: Bench) -> Desk:
    desk = make_desk(bench.database)
    apply_for(desk, "app-1")
    desk.plan("app-1", **BY)
    desk.hold("app-1", version=1, rank=1, **BY)
    return desk


@pytest.fixture
def promises(bench: Bench) -> tuple[Commitment, ...]:
    """One customer of 800 kVA is held for."""
    desk = hold_for_one(bench)
    return desk.database.read(lambda c: list_commitments(c, desk.served.name, BY["now"]))


def file_of(acts: Acts, job_id: str, name: str) -> bytes:
    return acts.database.read(lambda c: read_file(c, job_id, name))


def expected(bench: Bench, *promises: Commitment, power_factor: float = 0.9) -> pd.DataFrame:
    (served,) = bench.grids.all()
    rules = load_rule_book("demo").on(pd.Timestamp("2026-06-01").date())
    question = CapacityQuestion(power_factor=power_factor, commitments=promises)
    return map_capacities(served.model, rules, question)


def test_a_map_counts_what_is_promised_and_says_what_the_planner_says(
    acts: Acts, bench: Bench, promises: tuple[Commitment, ...], work: Work
) -> None:
    job_id = acts.add("capacity_map", power_factor=0.9)
    work()
    job = acts.find(job_id)
    assert job.problem is None
    table = pd.read_parquet(io.BytesIO(file_of(acts, job_id, "capacity.parquet")))
    want = expected(bench, *promises)
    pd.testing.assert_frame_equal(table, want, check_dtype=False)
    assert not table.equals(expected(bench))
    result: Any = job.result
    assert (result["promise_count"], result["node_count"]) == (1, len(want))
    assert (job.done_count, job.total_count) == (job.total_count, job.done_count)


def test_the_promises_that_were_counted_can_be_read_later(
    acts: Acts, promises: tuple[Commitment, ...], work: Work
) -> None:
    job_id = acts.add("capacity_map")
    work()
    document = json.loads(file_of(acts, job_id, "promises.json"))
    assert [p["s_kva"] for p in document["promises"]] == [p.s_kva for p in promises]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("ending", "begin"), [("csv", b"\xef\xbb\xbfnode_id,"), ("gpkg", b"SQLite format 3")]
)
def test_a_map_comes_as_the_file_that_is_asked_for(
    acts: Acts, work: Work, ending: str, begin: bytes
) -> None:
    job_id = acts.add("capacity_map", format=ending)
    work()
    assert file_of(acts, job_id, f"capacity.{ending}").startswith(begin)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_file_that_is_too_large_is_refused_with_a_sentence(acts: Acts, bench: Bench) -> None:
    job_id = acts.add("capacity_map", format="csv")
    settings = Settings(job_folder=bench.settings.job_folder, job_file_max_bytes=10)
    Worker(bench=replace(bench, settings=settings)).work()
    job = acts.find(job_id)
    assert job.state == "failed"
    assert "at most 10 are kept" in str(job.problem)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_parts_done_before_a_kill_are_not_done_again_with_promises_as_they_were(
    acts: Acts, bench: Bench, tmp_path: Path
) -> None:
    class Killed(BaseException):
        pass

    job_id = acts.add("capacity_map", power_factor=0.9)
    before = expected(bench)

    def parts() -> list[Path]:
        return list((tmp_path / "jobs").rglob("*.arrow"))

    def die(*_: Any) -> None:
        if parts():
            raise Killed

    class Clock:
        """Kills the worker once a part is there."""

        def __call__(self) -> Any:
            die()
            return acts.clock.now

    with pytest.raises(Killed):
        Worker(bench=replace(bench, clock=Clock())).work()
    (part,) = parts()
    kept_at = part.stat().st_mtime_ns
    acts.clock.move(minutes=2)
    hold_for_one(bench)
    seen = []

    class Watch(Clock):
        def __call__(self) -> Any:
            seen.extend(p.stat().st_mtime_ns for p in parts())
            return acts.clock.now

    Worker(bench=replace(bench, clock=Watch())).work()
    assert set(seen) == {kept_at}
    table = pd.read_parquet(io.BytesIO(file_of(acts, job_id, "capacity.parquet")))
    pd.testing.assert_frame_equal(table, before, check_dtype=False)
    assert list((tmp_path / "jobs").iterdir()) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_worker_that_lost_the_job_does_not_change_the_file_of_who_has_it(
    acts: Acts, bench: Bench
) -> None:
    acts.add("capacity_map")
    files = []
    for name in ("old", "new"):
        lease = acts.take(name)
        assert lease is not None
        files += do_capacity_map(bench, lease.job, lease).files
        acts.clock.move(seconds=LEASE.total_seconds())
    old, new = files
    old.content.write_bytes(b"late")
    assert sha256(b"".join(new.pieces())).hexdigest() == new.content_hash


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_worker_that_lost_the_job_at_the_last_part_writes_no_file(
    acts: Acts, bench: Bench, tmp_path: Path
) -> None:
    class Slow(Lease):
        def get_on(self, count: int) -> None:
            super().get_on(count)
            acts.clock.move(seconds=LEASE.total_seconds())
            assert acts.take("new") is not None

    acts.add("capacity_map")
    taken = acts.take("old")
    assert taken is not None
    lease = Slow(database=bench.database, job=taken.job, clock=bench.clock)
    with pytest.raises(LostLeaseError):
        do_capacity_map(bench, lease.job, lease)
    assert list((tmp_path / "jobs").rglob("capacity.*")) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_map_that_could_not_be_kept_leaves_its_parts_and_no_file(
    acts: Acts, bench: Bench, tmp_path: Path
) -> None:
    acts.add("capacity_map")
    # tidied, looked, taken, no promises kept, kept, the total, a part, still ours, a piece
    with pytest.raises(DatabaseTroubleError):
        Worker(bench=replace(bench, database=Troubled(bench.database, at=9))).work()
    assert list((tmp_path / "jobs").rglob("capacity.*")) == []
    assert list((tmp_path / "jobs").rglob("*.arrow"))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_worker_elsewhere_counts_the_promises_as_they_stood(
    acts: Acts, bench: Bench, tmp_path: Path
) -> None:
    job_id = acts.add("capacity_map", power_factor=0.9)
    before = expected(bench)
    # tidied, looked, taken, no promises kept, kept, the total
    with pytest.raises(DatabaseTroubleError):
        Worker(bench=replace(bench, database=Troubled(bench.database, at=6))).work()
    assert file_of(acts, job_id, "promises.json")
    hold_for_one(bench)
    Worker(bench=replace(bench, settings=Settings(job_folder=tmp_path / "elsewhere"))).work()
    table = pd.read_parquet(io.BytesIO(file_of(acts, job_id, "capacity.parquet")))
    pd.testing.assert_frame_equal(table, before, check_dtype=False)
    assert acts.find(job_id).result["promise_count"] == 0  # type: ignore[index]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_cluster_that_is_away_is_named_without_its_address(
    acts: Acts, bench: Bench, tmp_path: Path
) -> None:
    from api.serving import ServedGrids
    from grid_models.storage import write_grid
    from grid_models.stored.opening import open_model
    from tests.api.database.ring_ledger import tee_grid

    write_grid(tee_grid(), tmp_path / "grid")
    grids = ServedGrids([open_model(tmp_path / "grid")], warm_up=lambda: None)
    grids.prepare()
    settings = Settings(job_folder=tmp_path / "jobs", job_scheduler="tcp://nowhere")
    job_id = acts.add("capacity_map")
    Worker(bench=replace(bench, grids=grids, settings=settings)).work()
    job = acts.find(job_id)
    assert (job.state, "nowhere" in str(job.problem)) == ("failed", False)
    assert "cannot be reached" in str(job.problem)
