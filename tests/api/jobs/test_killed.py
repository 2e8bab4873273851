"""Real processes: workers killed in the middle of a job, and a cluster that maps a grid."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from distributed import LocalCluster

from api.database import Database
from api.database.application_lists import list_applications
from api.jobs.bench import Bench
from api.jobs.files import read_file
from api.jobs.taking import LEASE
from api.jobs.worker import Worker
from api.serving import ServedGrids
from api.settings import Settings
from grid_models.storage import write_grid
from grid_models.stored.opening import open_model
from planner.capacity import CapacityQuestion, map_capacities
from planner.rules import load_rule_book
from tests.api.auth.house import StoppedClock
from tests.api.database.ring_ledger import tee_grid
from tests.api.jobs.acts import Acts, line

pytestmark = pytest.mark.acceptance
ROOT = Path(__file__).resolve().parents[3]


def kill_after(database: Database, folder: Path, writes: int, clock: StoppedClock) -> None:
    """Let a worker process work and kill it with SIGKILL once it has written so often."""
    url = database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.api.jobs.killed_worker", url, str(folder)]
    command.append(clock.now.isoformat())
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(writes):
            assert process.stdout.readline() == "written\n"
        process.kill()


def test_workers_killed_in_the_middle_lose_nothing_and_accept_nothing_twice(
    bench: Bench, clock: StoppedClock, tmp_path: Path, work: Callable[[], None]
) -> None:
    acts, count = Acts(bench.database, clock), 8
    job_id = acts.add_bulk(*(line(kva=50 + k) for k in range(count)))
    # the first is taken and dies at once; the others get on by a row or two each
    for writes in (1, 2, 3):
        kill_after(bench.database, tmp_path, writes, clock)
        clock.move(seconds=LEASE.total_seconds() + 1)
    done_by_the_killed = len(acts.rows(job_id))
    work()
    assert 3 <= done_by_the_killed < count
    assert acts.outcomes(job_id) == ["planned"] * count
    kept = [a.application_id for a in bench.database.read(list_applications)]
    assert kept == [row.result["application_id"] for row in acts.rows(job_id)]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_cluster_by_address_finds_the_planners_numbers(
    bench: Bench, clock: StoppedClock, tmp_path: Path
) -> None:
    acts = Acts(bench.database, clock)
    write_grid(tee_grid(), tmp_path / "grid")
    model = open_model(tmp_path / "grid")
    grids = ServedGrids([model], warm_up=lambda: None)
    grids.prepare()
    job_id = acts.add("capacity_map", power_factor=0.9)
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        settings = Settings(job_folder=tmp_path / "jobs", job_scheduler=cluster.scheduler_address)
        Worker(bench=replace(bench, grids=grids, settings=settings)).work()
    assert acts.find(job_id).problem is None
    content = bench.database.read(lambda c: read_file(c, job_id, "capacity.parquet"))
    rules = load_rule_book("demo").on(pd.Timestamp("2026-06-01").date())
    want = map_capacities(model, rules, CapacityQuestion(power_factor=0.9))
    pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(content)), want, check_dtype=False)
