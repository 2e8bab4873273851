"""One worker at a time has a job; whoever lost it writes nothing."""

from __future__ import annotations

from threading import Thread

import pytest
import sqlalchemy as sa

from api.database import Database
from api.database.tables import audit
from api.jobs.errors import CancelAskedError, JobEndedError, LostLeaseError
from api.jobs.taking import LEASE, MOST_ATTEMPTS, ask_cancel, end_job
from tests.api.auth.house import StoppedClock
from tests.api.jobs.acts import Acts, is_lost

LATER_S = LEASE.total_seconds() + 1


@pytest.fixture
def acts(database: Database, clock: StoppedClock) -> Acts:
    return Acts(database, clock)


def cancel(acts: Acts, job_id: str) -> None:
    job = acts.find(job_id)
    acts.database.write(lambda c: ask_cancel(c, job, actor="li", now=acts.clock.now))


def deeds(acts: Acts) -> list[tuple[str, str]]:
    query = sa.select(audit).order_by(audit.c.number)
    return [(r.actor, r.action) for r in acts.database.read(lambda c: c.execute(query).all())]


def test_the_oldest_job_is_taken_first(acts: Acts) -> None:
    first, second = acts.add(), acts.add()
    leases = [acts.take("a"), acts.take("b")]
    assert [lease.job.job_id for lease in leases if lease] == [first, second]


def test_callers_take_turns_however_many_jobs_one_of_them_sends(acts: Acts) -> None:
    of_wang = [acts.add() for _ in range(3)]
    of_li = [acts.add(actor="li") for _ in range(2)]
    taken = []
    while (lease := acts.take(f"w{len(taken)}")) is not None:
        taken.append(lease.job.job_id)
        acts.clock.move(seconds=1)
    assert taken == [of_wang[0], of_li[0], of_wang[1], of_li[1], of_wang[2]]


def test_a_job_that_is_given_back_again_and_again_waits_its_turn(acts: Acts) -> None:
    troubled, *of_li = acts.add(), acts.add(actor="li"), acts.add(actor="li")
    taken = []
    for k in range(4):
        lease = acts.take(f"w{k}")
        assert lease is not None
        taken.append(lease.job.job_id)
        if lease.job.job_id == troubled:
            lease.hand_back()
        acts.clock.move(seconds=1)
    assert taken == [troubled, of_li[0], troubled, of_li[1]]


def test_a_job_says_when_it_was_begun_the_first_time(acts: Acts) -> None:
    job_id, begun_at = acts.add(), acts.clock.now
    for _ in range(2):
        lease = acts.take()
        assert lease is not None
        lease.hand_back()
        acts.clock.move(seconds=1)
    assert acts.find(job_id).started_at == begun_at


def test_workers_at_once_never_take_one_job_twice(acts: Acts) -> None:
    jobs = {acts.add() for _ in range(6)}
    taken: list[str] = []

    def take_all(name: str) -> None:
        k = 0
        while (lease := acts.take(f"{name}/{k}")) is not None:
            taken.append(lease.job.job_id)
            k += 1

    threads = [Thread(target=take_all, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(jobs)


def test_a_job_in_hand_is_not_taken(acts: Acts) -> None:
    acts.add()
    assert acts.take("a") is not None
    assert acts.take("b") is None


def test_a_lease_that_ran_out_is_taken_up_and_the_first_worker_writes_nothing(acts: Acts) -> None:
    job_id = acts.add()
    first = acts.take("a")
    acts.clock.move(seconds=LATER_S)
    second = acts.take("b")
    assert first is not None
    assert second is not None
    assert (second.job.job_id, is_lost(second), is_lost(first)) == (job_id, False, True)
    with pytest.raises(LostLeaseError):
        first.write(lambda c: end_job(c, first.job, "done", actor="wang", now=acts.clock.now))
    assert acts.find(job_id).state == "running"


def test_a_lease_that_is_renewed_does_not_run_out(acts: Acts) -> None:
    acts.add()
    lease = acts.take("a")
    assert lease is not None
    for _ in range(3):
        acts.clock.move(seconds=LATER_S / 2)
        lease.renew()
    assert acts.take("b") is None


def test_a_job_that_has_ended_is_lost_to_its_worker(acts: Acts) -> None:
    acts.add()
    lease = acts.take("a")
    assert lease is not None
    lease.write(lambda c: end_job(c, lease.job, "done", actor="wang", now=acts.clock.now))
    assert is_lost(lease)


def test_a_job_that_ends_its_workers_is_given_up_with_a_sentence(acts: Acts) -> None:
    job_id = acts.add()
    for k in range(MOST_ATTEMPTS):
        assert acts.take(f"w{k}") is not None
        acts.clock.move(seconds=LATER_S)
    assert acts.take("another") is None
    job = acts.find(job_id)
    assert (job.state, str(job.problem).partition(" / ")[0]) == (
        "failed", "3 workers in a row ended before it got on; it is not tried again",
    )  # fmt: skip
    assert deeds(acts) == [("wang", "job.add"), ("clock", "job.failed")]


def test_a_job_that_gets_on_is_taken_up_as_often_as_it_takes(acts: Acts) -> None:
    acts.add()
    for k in range(2 * MOST_ATTEMPTS):
        lease = acts.take(f"w{k}")
        assert lease is not None
        lease.write(lambda _: None, done_count=k + 1)
        acts.clock.move(seconds=LATER_S)


def test_what_was_done_before_counts_as_getting_on_once(acts: Acts) -> None:
    acts.add()
    for k in range(MOST_ATTEMPTS):
        lease = acts.take(f"w{k}")
        assert lease is not None
        lease.write(lambda _: None, done_count=5)
        acts.clock.move(seconds=LATER_S)
    assert acts.take("another") is None


def test_a_job_that_is_given_back_is_taken_at_once_and_not_counted(acts: Acts) -> None:
    job_id = acts.add()
    for k in range(2 * MOST_ATTEMPTS):
        lease = acts.take(f"w{k}")
        assert lease is not None
        lease.hand_back()
        assert acts.find(job_id).state == "waiting"
        assert is_lost(lease)


def test_a_job_that_waits_is_cancelled_at_once(acts: Acts) -> None:
    job_id = acts.add()
    cancel(acts, job_id)
    assert acts.find(job_id).state == "cancelled"
    assert acts.take() is None
    assert deeds(acts)[1:] == [("li", "job.cancel"), ("li", "job.cancelled")]


def test_a_job_in_hand_is_cancelled_between_its_pieces(acts: Acts) -> None:
    job_id = acts.add()
    lease = acts.take()
    assert lease is not None
    cancel(acts, job_id)
    with pytest.raises(CancelAskedError):
        lease.get_on(1)


def test_a_long_piece_learns_of_a_cancel_when_its_lease_is_renewed(acts: Acts) -> None:
    job_id = acts.add()
    lease = acts.take()
    assert lease is not None
    cancel(acts, job_id)
    lease.check()
    lease.renew()
    with pytest.raises(CancelAskedError):
        lease.check()


def test_a_cancelled_job_whose_worker_died_is_not_taken_up(acts: Acts) -> None:
    job_id = acts.add()
    acts.take()
    cancel(acts, job_id)
    acts.clock.move(seconds=LATER_S)
    assert acts.take("b") is None
    assert acts.find(job_id).state == "cancelled"


def test_cancelled_twice_is_cancelled_once(acts: Acts) -> None:
    job_id = acts.add()
    cancel(acts, job_id)
    cancel(acts, job_id)
    assert [action for _, action in deeds(acts)].count("job.cancel") == 1


def test_what_is_done_is_not_cancelled(acts: Acts) -> None:
    job_id = acts.add()
    lease = acts.take()
    assert lease is not None
    lease.write(lambda c: end_job(c, lease.job, "done", actor="wang", now=acts.clock.now))
    with pytest.raises(JobEndedError):
        cancel(acts, job_id)


def test_progress_is_written_no_more_than_once_a_second(acts: Acts) -> None:
    job_id = acts.add()
    lease = acts.take()
    assert lease is not None
    seen = []
    for seconds in (0.0, 0.5, 0.5):
        acts.clock.move(seconds=seconds)
        lease.get_on(10)
        seen.append(acts.find(job_id).done_count)
    assert seen == [10, 10, 30]
