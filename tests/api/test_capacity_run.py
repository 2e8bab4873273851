"""A capacity run broken off is taken up; worker processes find the same numbers."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pandas as pd
import pytest
from distributed import LocalCluster
from pyarrow import feather

from api.capacity_run import LOCAL, Run, discard_parts, run_capacity
from grid_models.errors import InputError
from grid_models.model import GridModel
from grid_models.readers import read_grid
from grid_models.storage import write_grid
from planner.capacity import CapacityQuestion, map_capacities
from planner.rules import load_rule_book
from tests.api.conftest import TODAY


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("grids") / "oberrhein"
    grid = read_grid("pandapower:mv_oberrhein")
    write_grid(grid, folder)
    return Run(
        folder=folder, version=grid.version, area="demo", on_date=TODAY,
        question=CapacityQuestion(power_factor=0.95),
    )  # fmt: skip


@pytest.fixture(scope="module")
def model() -> GridModel:
    return GridModel.of(read_grid("pandapower:mv_oberrhein"))


@pytest.fixture(scope="module")
def expected(model) -> pd.DataFrame:
    rules = load_rule_book("demo").on(TODAY)
    return map_capacities(model, rules, CapacityQuestion(power_factor=0.95))


def ask(run, model, output, *, scheduler=None, progress=lambda _: None) -> pd.DataFrame:
    return run_capacity(run, model, output, scheduler=scheduler, workers=2, progress=progress)


def parts(folder: Path) -> list[Path]:
    return sorted(folder.glob(".*.parts/*.arrow"))


def test_threads_find_what_one_thread_finds(run, model, expected, tmp_path) -> None:
    table = ask(run, model, tmp_path / "map.csv")
    pd.testing.assert_frame_equal(table, expected, check_exact=True)


def test_what_was_done_before_a_break_is_not_done_again(run, model, expected, tmp_path) -> None:
    class Broken(Exception):
        pass

    def break_off(_: int) -> None:
        raise Broken

    with pytest.raises(Broken):
        ask(run, model, tmp_path / "map.csv", progress=break_off)
    (done, *_) = parts(tmp_path)
    marked = feather.read_feather(done).assign(feeder_id="done before")
    feather.write_feather(marked, done)
    table = ask(run, model, tmp_path / "map.csv")
    assert (table["feeder_id"] == "done before").sum() == len(marked)
    assert len(table) == len(expected)


def test_a_damaged_part_is_done_again(run, model, expected, tmp_path) -> None:
    ask(run, model, tmp_path / "map.csv")
    parts(tmp_path)[0].write_bytes(b"PAR1 cut off")
    table = ask(run, model, tmp_path / "map.csv")
    pd.testing.assert_frame_equal(table, expected, check_exact=True)


def test_the_parts_are_gone_when_the_file_is_written(run, model, tmp_path) -> None:
    ask(run, model, tmp_path / "map.csv")
    discard_parts(run, tmp_path / "map.csv")
    assert list(tmp_path.iterdir()) == []


def test_another_question_takes_up_no_parts_of_this_one(run) -> None:
    other = Run(
        folder=run.folder, version=run.version, area="demo", on_date=TODAY,
        question=CapacityQuestion(power_factor=0.9),
    )  # fmt: skip
    assert other.key != run.key


def test_processes_find_the_same_numbers_though_one_is_killed(
    run, model, expected, tmp_path
) -> None:
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        victim = next(iter(cluster.workers.values())).pid
        killed = []

        def kill(_: int) -> None:
            if not killed:
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)

        table = ask(
            run, model, tmp_path / "map.csv", scheduler=cluster.scheduler_address, progress=kill
        )
    assert killed
    pd.testing.assert_frame_equal(table, expected, check_exact=True)


def test_a_scheduler_that_does_not_answer_is_named(run, model, tmp_path) -> None:
    with pytest.raises(InputError) as refused:
        ask(run, model, tmp_path / "map.csv", scheduler="tcp://nowhere")
    assert "tcp://nowhere" in refused.value.problems[0].en
    assert LOCAL in refused.value.problems[0].en
