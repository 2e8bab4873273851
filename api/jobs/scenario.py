"""Scenario: what `POST /v1/scenarios` answers, found in a job."""

from __future__ import annotations

from datetime import date

from api.asked_scenario import find_what_if, read_asked_scenario
from api.jobs.bench import Bench, Found
from api.jobs.errors import LargeFileError
from api.jobs.files import JobFile
from api.jobs.job import Job
from api.jobs.lease import Lease
from api.translate import to_json_text

__all__ = ["do_scenario"]

FILE = "what_if.json"


def do_scenario(bench: Bench, job: Job, lease: Lease) -> Found:
    """Carry out the steps on a copy of the grid and compare it before and after."""
    today = date.fromisoformat(job.asked["sent_on"])
    served, scenario = read_asked_scenario(job.asked["asked"], bench.grids, today)
    lease.get_on(0)
    document = find_what_if(served, scenario, bench.grids)
    lease.check()
    content = to_json_text(document).encode()
    if len(content) > bench.settings.job_file_max_bytes:
        raise LargeFileError(FILE, len(content), bench.settings.job_file_max_bytes)
    return Found(
        files=(JobFile(name=FILE, media_type="application/json", content=content),),
        result={"file": FILE, "grid": {"name": served.name, "version": served.version}},
    )
