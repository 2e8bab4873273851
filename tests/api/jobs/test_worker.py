"""A worker sees each job to its end, or gives it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.tables import job_file_pieces
from api.database.trouble import DatabaseTroubleError
from api.jobs.bench import Bench, Found
from api.jobs.errors import UnknownJobFileError
from api.jobs.files import PIECE_BYTES, JobFile, find_head, read_file
from api.jobs.lease import Lease
from api.jobs.taking import LEASE, MOST_ATTEMPTS, ask_cancel
from api.jobs.worker import Worker
from api.serving import ServedGrids
from api.settings import Settings
from grid_models.errors import InputError, InputProblem
from tests.api.auth.house import StoppedClock
from tests.api.grids import shop_grid
from tests.api.jobs.acts import Acts, Troubled

Do = Callable[[Lease], Found]


@pytest.fixture
def acts(bench: Bench, clock: StoppedClock) -> Acts:
    return Acts(bench.database, clock)


def work(bench: Bench, do: Do) -> bool:
    return worker_of(bench, do).work()


def worker_of(bench: Bench, do: Do) -> Worker:
    return Worker(bench=bench, kinds={"scenario": lambda _bench, _job, lease: do(lease)})


def raises(error: Exception) -> Do:
    def do(_: Lease) -> Found:
        raise error

    return do


def test_a_job_that_is_done_has_its_result_and_files(acts: Acts, bench: Bench) -> None:
    job_id = acts.add()
    file = JobFile(name="a.txt", media_type="text/plain", content=b"a")
    assert work(bench, lambda _: Found(result={"n": 1}, files=(file,)))
    job = acts.find(job_id)
    assert (job.state, job.result, job.ended_at) == ("done", {"n": 1}, acts.clock.now)
    assert bench.database.read(lambda c: read_file(c, job_id, "a.txt")) == b"a"


def test_where_there_is_nothing_to_do_nothing_is_done(bench: Bench) -> None:
    assert not work(bench, raises(AssertionError()))


def test_no_job_is_taken_before_the_grids_are_ready(acts: Acts, bench: Bench) -> None:
    job_id = acts.add()
    unready = replace(bench, grids=ServedGrids([shop_grid()]))
    assert not work(unready, raises(AssertionError()))
    assert acts.find(job_id).state == "waiting"


def test_a_fault_ends_the_job_without_a_word_of_what_is_behind_it(acts: Acts, bench: Bench) -> None:
    job_id = acts.add()
    work(bench, raises(KeyError("secret of the code")))
    job = acts.find(job_id)
    assert (job.state, "secret" in str(job.problem)) == ("failed", False)
    assert str(job.problem).startswith("a fault of ours")


def test_what_cannot_be_done_is_said_in_both_languages(acts: Acts, bench: Bench) -> None:
    job_id = acts.add()
    problem = InputProblem(field="grid", zh="没有", en="there is none")
    work(bench, raises(InputError([problem])))
    assert acts.find(job_id).problem == "there is none / 没有"


def test_a_database_that_is_away_is_no_fault_of_the_job(acts: Acts, bench: Bench) -> None:
    job_id = acts.add()
    for _ in range(MOST_ATTEMPTS + 1):
        with pytest.raises(DatabaseTroubleError):
            work(bench, lambda _: Troubled(bench.database, at=1).read(lambda _: Found()))
    assert (acts.find(job_id).state, acts.find(job_id).attempts) == ("waiting", 0)


def worker_during_outages(bench: Bench) -> Worker:
    """A worker whose database is away at each job and when it is to be given back."""
    troubled = Troubled(bench.database, at=0)

    def do(_: Lease) -> Found:
        troubled.fail_next(2)
        return troubled.read(lambda _: Found())

    return worker_of(replace(bench, database=troubled), do)


def test_outages_that_outlast_the_giving_back_cost_no_attempt(acts: Acts, bench: Bench) -> None:
    job_id, worker = acts.add(), worker_during_outages(bench)
    for _ in range(MOST_ATTEMPTS + 1):
        with pytest.raises(DatabaseTroubleError):
            worker.work()
    assert (acts.find(job_id).state, acts.find(job_id).attempts) == ("running", 1)


def test_what_could_not_be_given_back_is_when_the_worker_is_stopped(
    acts: Acts, bench: Bench
) -> None:
    job_id, worker = acts.add(), worker_during_outages(bench)
    with pytest.raises(DatabaseTroubleError):
        worker.work()
    worker.stop()
    assert (acts.find(job_id).state, acts.find(job_id).attempts) == ("waiting", 0)


def test_what_another_took_up_during_an_outage_is_not_given_back(acts: Acts, bench: Bench) -> None:
    job_id, worker = acts.add(), worker_during_outages(bench)
    with pytest.raises(DatabaseTroubleError):
        worker.work()
    acts.clock.move(seconds=LEASE.total_seconds())
    acts.take("another")
    assert not worker.work()
    assert (acts.find(job_id).state, acts.find(job_id).worker) == ("running", "another")


def test_a_job_whose_end_cannot_be_written_stays_to_be_done(acts: Acts, bench: Bench) -> None:
    job_id = acts.add()
    # tidied, looked, taken, ended
    troubled = replace(bench, database=Troubled(bench.database, at=4))
    with pytest.raises(DatabaseTroubleError):
        work(troubled, lambda _: Found())
    assert acts.find(job_id).state == "waiting"
    work(bench, lambda _: Found())
    assert acts.find(job_id).state == "done"


def test_a_failure_that_cannot_be_written_stays_to_be_done(acts: Acts, bench: Bench) -> None:
    job_id = acts.add()
    troubled = replace(bench, database=Troubled(bench.database, at=4))
    with pytest.raises(DatabaseTroubleError):
        work(troubled, raises(KeyError("a fault")))
    assert acts.find(job_id).state == "waiting"


def test_a_stop_gives_the_job_back_at_once_and_what_is_found_after_it_counts_for_nothing(
    acts: Acts, bench: Bench
) -> None:
    job_id, seen = acts.add(), []

    def do(_: Lease) -> Found:
        worker.stop()
        seen.append(acts.find(job_id).state)
        return Found(result={"too": "late"})

    worker = worker_of(bench, do)
    worker.work()
    assert (seen, acts.find(job_id).state, acts.find(job_id).result) == (
        ["waiting"],
        "waiting",
        None,
    )
    assert not worker.work()


def test_a_stop_without_a_job_in_hand_takes_none(acts: Acts, bench: Bench) -> None:
    acts.add()
    worker = worker_of(bench, raises(AssertionError()))
    worker.stop()
    assert not worker.work()


def test_a_large_file_is_kept_in_pieces_as_it_was(acts: Acts, bench: Bench, tmp_path: Path) -> None:
    job_id, content = acts.add(), b"0123456789" * (PIECE_BYTES // 4)
    path = tmp_path / "large.bin"
    path.write_bytes(content)
    file = JobFile(name="large.bin", media_type="application/octet-stream", content=path)
    work(bench, lambda _: Found(files=(file,)))

    def sizes(connection: Connection) -> list[int]:
        length = sa.func.length(job_file_pieces.c.content)
        return list(connection.execute(sa.select(length)).scalars())

    assert sorted(bench.database.read(sizes)) == [2_000_000, PIECE_BYTES, PIECE_BYTES]
    assert bench.database.read(lambda c: read_file(c, job_id, "large.bin")) == content
    head = bench.database.read(lambda c: find_head(c, job_id, "large.bin"))
    assert (head.size_bytes, head.content_hash) == (len(content), sha256(content).hexdigest())


def test_a_file_whose_writing_broke_off_is_not_there_and_then_is_whole(
    acts: Acts, bench: Bench
) -> None:
    job_id = acts.add()
    long = JobFile(name="a.txt", media_type="text/plain", content=b"a" * (PIECE_BYTES + 1))
    # tidied, looked, taken, a piece, and another one
    with pytest.raises(DatabaseTroubleError):
        work(
            replace(bench, database=Troubled(bench.database, at=5)), lambda _: Found(files=(long,))
        )
    with pytest.raises(UnknownJobFileError):
        bench.database.read(lambda c: read_file(c, job_id, "a.txt"))
    short = JobFile(name="a.txt", media_type="text/plain", content=b"b")
    work(bench, lambda _: Found(files=(short,)))
    assert bench.database.read(lambda c: read_file(c, job_id, "a.txt")) == b"b"


def test_nothing_is_left_of_a_file_whose_job_was_cancelled(acts: Acts, bench: Bench) -> None:
    job_id = acts.add()
    file = JobFile(name="a.txt", media_type="text/plain", content=b"a")
    with pytest.raises(DatabaseTroubleError):
        work(
            replace(bench, database=Troubled(bench.database, at=5)), lambda _: Found(files=(file,))
        )
    acts.database.write(lambda c: ask_cancel(c, acts.find(job_id), actor="li", now=acts.clock.now))
    query = sa.select(sa.func.count()).select_from(job_file_pieces)
    assert bench.database.read(lambda c: c.execute(query).scalar_one()) == 0


def test_files_are_dropped_when_they_were_kept_long_enough(acts: Acts, bench: Bench) -> None:
    job_id = acts.add()
    file = JobFile(name="a.txt", media_type="text/plain", content=b"a")
    work(bench, lambda _: Found(files=(file,)))
    days: Any = Settings().job_file_days
    acts.clock.move(days=days + 1)
    work(bench, raises(AssertionError()))
    with pytest.raises(UnknownJobFileError):
        bench.database.read(lambda c: read_file(c, job_id, "a.txt"))
