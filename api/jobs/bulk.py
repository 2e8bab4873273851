"""Bulk: many applications accepted and planned, one result a row.

What comes of a row and the row that says so are written together: a job that is taken up again
leaves out the rows that are there, and accepts nothing twice.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.engine import Connection

from api.accepting import Complete, read_complete
from api.auth.names import EVERYWHERE
from api.database.applications import UnknownApplicationError
from api.database.trouble import DatabaseTroubleError
from api.error_kinds import UnknownGridError, code_of
from api.jobs.bench import FAULT, Bench, Found
from api.jobs.bulk_lines import number_lines, read_line, read_text
from api.jobs.errors import InterruptedWork
from api.jobs.files import INPUT, read_file
from api.jobs.job import Job
from api.jobs.lease import Lease
from api.jobs.rows import add_row, rows_done
from api.ledger.errors import AstrayPromisesError
from api.ledger.ledger import Draft
from api.outside import UnnamedAstrayError
from grid_models.errors import InputError, InputProblem, SupplyPlanError

__all__ = ["do_bulk"]

_log = logging.getLogger(__name__)

Result = dict[str, Any]


def do_bulk(bench: Bench, job: Job, lease: Lease) -> Found:
    """Accept and plan every line that has no result yet."""
    sent = bench.database.read(lambda c: read_file(c, job.job_id, INPUT))
    done = bench.database.read(lambda c: rows_done(c, job.job_id))
    rows = _Rows(bench=bench, job=job, lease=lease, today=date.fromisoformat(job.asked["sent_on"]))
    count = len(done)
    for number, line in number_lines(read_text(sent)):
        if number not in done:
            count += 1
            rows.do(number, line, count)
            lease.check()
    # how many rows came to what is counted where the job ends
    return Found()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """Rows of one job.

    Parameters
    ----------
    today
        Day they were sent.
    """

    bench: Bench
    job: Job
    lease: Lease
    today: date

    def do(self, number: int, line: str, done_count: int) -> None:
        """Do what a line asks and keep what came of it, or keep why not."""
        try:
            self._accept(number, line, done_count)
            return
        except (InterruptedWork, DatabaseTroubleError):
            raise  # the row is not to blame: it stays to be done
        except InputError as error:
            result = _refused(error.problems)
        except SupplyPlanError as error:
            result = _refused([InputProblem(field=_field_of(error), **_sentences(error))])
        except Exception:
            _log.exception("job %s: row %d failed", self.job.job_id, number)
            result = {"outcome": "fault", "detail": FAULT}
        self._keep(number, result, done_count)

    def _accept(self, number: int, line: str, done_count: int) -> None:
        complete = self._read(line)
        application_id = f"app-{uuid.uuid4().hex}"
        draft: Draft | None = None
        plan_problem: Mapping[str, str] | None = None
        now = self.bench.clock()
        try:
            draft = complete.ledger.draft_new(
                self.bench.database, application_id, complete.fields,
                replaces_id=complete.replaces_id, supersedes_id=complete.supersedes_id, now=now,
            )  # fmt: skip
        except (InputError, DatabaseTroubleError):
            raise
        except SupplyPlanError as error:
            # the application is in order: it is accepted, and planned once that is settled
            plan_problem = _plan_problem(error)

        def keep(connection: Connection) -> None:
            complete.keep(
                connection, application_id, districts=self._districts, actor=self.job.made_by,
                now=now,
            )  # fmt: skip
            result: Result = {
                "outcome": "accepted", "application_id": application_id,
                "district": complete.district,
            }  # fmt: skip
            if draft is None:
                result |= {"plan_problem": plan_problem}
            else:
                stored = complete.ledger.keep(connection, draft, actor=self.job.made_by, now=now)
                result |= {
                    "outcome": "planned", "plan_version": stored.version,
                    "plan_id": stored.plan_id, "mode": draft.document["answer"]["mode"],
                }  # fmt: skip
            add_row(connection, self.job.job_id, number, result, now)

        self.lease.write(keep, done_count=done_count)

    def _keep(self, number: int, result: Result, done_count: int) -> None:
        now = self.bench.clock()
        self.lease.write(
            lambda connection: add_row(connection, self.job.job_id, number, result, now),
            done_count=done_count,
        )

    def _read(self, line: str) -> Complete:
        asked = read_line(line)
        if self.job.district not in (EVERYWHERE, asked.district):
            raise InputError([_other_district(self.job.district)])
        # an older job does not say who sent it
        person = None if self.job.asked.get("by_system", True) else self.job.made_by
        complete = read_complete(asked, self.bench.grids, self.today, person)
        self.bench.database.read(lambda c: complete.check_others(c, self._districts))
        return complete

    @property
    def _districts(self) -> list[str] | None:
        """Districts of who sent it, as far as this job goes."""
        return None if self.job.district == EVERYWHERE else [self.job.district]


def _refused(problems: Any) -> Result:
    return {
        "outcome": "refused",
        "problems": [{"field": p.field, "zh": p.zh, "en": p.en} for p in problems],
    }


def _field_of(error: SupplyPlanError) -> str:
    """Return which field of a line an error is about."""
    match error:
        case UnknownApplicationError():
            return "replaces_id"
        case UnknownGridError():
            return "grid"
    return "line"


def _plan_problem(error: SupplyPlanError) -> dict[str, str]:
    """Return why no plan can be made yet; outsiders read it too: nothing of others' places."""
    said = UnnamedAstrayError() if isinstance(error, AstrayPromisesError) else error
    return {"code": code_of(error), **_sentences(said)}


def _sentences(error: SupplyPlanError) -> dict[str, str]:
    """Return both languages of an error's sentence: English first, then Chinese."""
    en, _, zh = str(error).replace("\n", "; ").rpartition(" / ")
    return {"zh": zh, "en": en or zh}


def _other_district(district: str) -> InputProblem:
    return InputProblem(
        field="district",
        zh=f"本批申请均属区域“{district}”，该行为其他区域，请另行发送",
        en=f'all that is sent is of district "{district}"; send this line apart',
    )
