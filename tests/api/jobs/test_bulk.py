"""Many applications in one job: each line for itself, nothing lost, nothing accepted twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database import Database
from api.database.application_lists import list_applications
from api.database.tables import audit, hold_sources, job_files, outbox, plans
from api.database.trouble import DatabaseTroubleError
from api.jobs.bench import Bench
from api.jobs.bulk_lines import number_lines, read_text
from api.jobs.taking import LEASE, ask_cancel
from api.jobs.worker import WORK, Worker
from grid_models.errors import InputError
from tests.api.auth.house import StoppedClock
from tests.api.database.ring_ledger import BY, apply_for, make_desk
from tests.api.jobs.acts import Acts, Troubled, line

Work = Callable[[], None]


class Killed(BaseException):
    """The worker is gone, in the middle of what it does."""


class Dying(Database):
    """A database whose worker is killed at its n-th transaction that writes, before or after it."""

    def __init__(self, database: Database, at: int, *, after: bool) -> None:
        super().__init__(database.engine)
        self.at, self.after, self.writes = at, after, 0

    def write(self, work: Callable[[Connection], Any]) -> Any:
        self.writes += 1
        if self.writes < self.at or (self.writes == self.at and self.after):
            found = super().write(work)
        if self.writes >= self.at:
            raise Killed
        return found


@pytest.fixture
def acts(bench: Bench, clock: StoppedClock) -> Acts:
    return Acts(bench.database, clock)


def applications(acts: Acts) -> list[str]:
    return [a.application_id for a in acts.database.read(list_applications)]


def column(acts: Acts, column: Any) -> list[Any]:
    return list(acts.database.read(lambda c: c.execute(sa.select(column)).scalars().all()))


# Good lines -----------------------------------------------------------------------------------


def test_each_line_is_accepted_and_planned_by_who_sent_it(acts: Acts, work: Work) -> None:
    job_id = acts.add_bulk(line(), line(kva=100))
    work()
    job, rows = acts.find(job_id), acts.rows(job_id)
    assert job.state == "done"
    assert job.result == {"rows": 2, "outcomes": {"planned": 2}, "not_done": 0}
    assert [row.result["application_id"] for row in rows] == applications(acts)
    assert {row.result["plan_id"] for row in rows} == set(column(acts, plans.c.plan_id))
    assert {row.result["mode"] for row in rows} <= {"on_site", "back_office", "no_option"}
    assert set(column(acts, audit.c.actor)) == {"wang"}


def test_the_day_of_an_application_is_the_day_it_was_sent(acts: Acts, work: Work) -> None:
    acts.add_bulk(line())
    acts.clock.move(days=3)
    work()
    (stored,) = acts.database.read(list_applications)
    assert (str(stored.completed_on), stored.created_at) == ("2026-06-01", acts.clock.now)


def test_what_was_sent_is_not_kept_beyond_the_end(acts: Acts, work: Work) -> None:
    acts.add_bulk(line())
    work()
    assert column(acts, job_files.c.name) == []


def test_who_sent_the_lines_can_be_told_that_they_are_done(acts: Acts, work: Work) -> None:
    acts.add_bulk("not JSON")
    work()
    assert column(acts, outbox.c.kind) == ["job.done"]


def test_promises_astray_put_a_plan_off_with_a_code_and_no_word_of_where_they_stand(
    acts: Acts, work: Work
) -> None:
    desk = make_desk(acts.database)
    apply_for(desk, "app-1")
    desk.plan("app-1", **BY)
    desk.hold("app-1", version=1, rank=1, **BY)
    acts.database.write(lambda c: c.execute(sa.update(hold_sources).values(node_id="bus:99")))
    job_id = acts.add_bulk(line())
    work()
    (row,) = acts.rows(job_id)
    problem = row.result["plan_problem"]
    assert (row.result["outcome"], problem["code"]) == ("accepted", "promises_astray")
    assert problem["zh"].startswith("其他已承诺容量")
    assert "bus:99" not in str(row.result)


# Bad lines ------------------------------------------------------------------------------------

BAD = {
    "not JSON": "line",
    "[1]": "line",
    "null": "line",
    '{"district": "西湖"': "line",
    '{"district": NaN}': "line",
    "[" * 5000: "line",
    "1" * 5000: "line",
    '{"x": "' + "长" * 200_000 + '"}': "line",
    '{"district": "\\ud800"}': "line",
    '{"district": "西湖", "district": "西湖"}': "district",
    '{"district": "西湖"}': "application",
    line(district="上城"): "district",
    line(district="a\x00"): "district",
    line(kva=-1): "kva",
    line().replace("800", "1e400"): "kva",
    line(grid="elsewhere"): "grid",
    line(commitments=[{"node_id": "bus:4"}]): "commitments",
    line(customer_name="王小明"): "customer_name",
    line(industry="a\x00b"): "industry",
    line(replaces_id="app-0"): "replaces_id",
}


def test_a_bad_line_is_refused_for_itself_and_the_good_ones_are_kept(
    acts: Acts, work: Work
) -> None:
    job_id = acts.add_bulk(*BAD, line())
    work()
    *bad, good = acts.rows(job_id)
    assert [row.result["outcome"] for row in bad] == ["refused"] * len(BAD)
    named = [row.result["problems"][0]["field"] for row in bad]
    assert dict(zip(BAD, named, strict=True)) == BAD
    assert all(p["zh"] and p["en"] for row in bad for p in row.result["problems"])
    assert good.result["outcome"] == "planned"
    assert applications(acts) == [good.result["application_id"]]


def test_a_fault_in_one_line_is_told_without_its_inside_and_the_next_is_done(
    acts: Acts, bench: Bench
) -> None:
    job_id = acts.add_bulk(line(area="demo"), line())

    def rule_book(area: str, book: Any = bench.grids.rule_book) -> Any:
        if acts.outcomes(job_id) == []:
            raise KeyError("secret of the code")
        return book(area)

    class Faulty:
        def __getattr__(self, name: str) -> Any:
            return rule_book if name == "rule_book" else getattr(bench.grids, name)

    Worker(bench=replace(bench, grids=Faulty())).work()  # type: ignore[arg-type]
    first, second = acts.rows(job_id)
    assert (first.result["outcome"], second.result["outcome"]) == ("fault", "planned")
    assert "secret" not in json.dumps(first.result)


def test_only_a_line_feed_ends_a_line() -> None:
    text = read_text("\ufeff{}\r\n\r\n  \n{\u2028}\u0085\n".encode())
    assert number_lines(text) == [(1, "{}"), (4, "{\u2028}\u0085")]


@pytest.mark.parametrize("coding", ["gb18030", "utf-16"])
def test_another_coding_is_refused_as_a_whole(coding: str) -> None:
    with pytest.raises(InputError, match="is not UTF-8"):
        read_text(line().encode(coding))


def test_a_database_that_is_full_at_any_step_costs_no_row_and_is_no_fault_of_one(
    acts: Acts, bench: Bench, work: Work
) -> None:
    for step in count(1):
        job_id = acts.add_bulk(line(kva=100))
        try:
            Worker(bench=replace(bench, database=Troubled(bench.database, step))).work()
        except DatabaseTroubleError:
            assert (acts.find(job_id).state, acts.find(job_id).attempts) == ("waiting", 0)
        else:
            break
        work()
        assert acts.outcomes(job_id) == ["planned"]
    # looked, taken, what was sent and is done, the row read, planned and written, the end
    assert step > 8


# Kills ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [False, True])
def test_a_job_killed_at_any_step_loses_nothing_and_accepts_nothing_twice(
    acts: Acts, bench: Bench, work: Work, *, after: bool
) -> None:
    # taken, three rows, the end
    for step in range(1, 6):
        before = len(applications(acts))
        job_id = acts.add_bulk(line(kva=100), "not JSON", line(kva=50))
        with pytest.raises(Killed):
            Worker(bench=replace(bench, database=Dying(bench.database, step, after=after))).work()
        acts.clock.move(seconds=LEASE.total_seconds() + 1)
        work()
        assert acts.outcomes(job_id) == ["planned", "refused", "planned"]
        assert acts.find(job_id).state == "done"
        assert len(applications(acts)) == before + 2


def test_a_worker_that_lost_its_job_accepts_nothing_more(
    acts: Acts, bench: Bench, work: Work
) -> None:
    job_id = acts.add_bulk(line(kva=100), line(kva=50))

    def lose_and_do(*given: Any) -> Any:
        acts.clock.move(seconds=LEASE.total_seconds() + 1)
        work()
        return WORK["bulk"](*given)

    Worker(bench=bench, kinds={"bulk": lose_and_do}).work()
    assert acts.outcomes(job_id) == ["planned", "planned"]
    assert len(applications(acts)) == 2


def test_rows_that_are_done_when_a_job_is_cancelled_stay_done(acts: Acts, bench: Bench) -> None:
    job_id = acts.add_bulk("not JSON", line(kva=100), line(kva=50))

    class Cancelled(Database):
        """A database in which the job is cancelled once its first row is done."""

        def write(self, work: Callable[[Connection], Any]) -> Any:
            found = super().write(work)
            job = acts.find(job_id)
            if job.done_count == 1 and not job.is_cancel_asked:
                super().write(lambda c: ask_cancel(c, job, actor="li", now=acts.clock.now))
            return found

    Worker(bench=replace(bench, database=Cancelled(bench.database.engine))).work()
    job = acts.find(job_id)
    # the piece that learns of it is the last
    assert (job.state, acts.outcomes(job_id)) == ("cancelled", ["refused", "planned"])
    outcomes = {"refused": 1, "planned": 1}
    assert job.result == {"rows": 3, "outcomes": outcomes, "not_done": 1}
    assert len(applications(acts)) == 1
