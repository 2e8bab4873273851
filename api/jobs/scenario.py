"""Scenario: what `POST /v1/scenarios` answers, found in a job."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from api.jobs.bench import Bench, Found
from api.jobs.errors import LargeFileError
from api.jobs.job import Job
from api.jobs.lease import Lease
from api.serving import ServedGrid, ServedGrids
from api.translate import json_ready, to_json_text
from planner.scenarios import Scenario, read_scenario, run_scenario, what_if_to_json

__all__ = ["do_scenario", "read_asked_scenario"]


def read_asked_scenario(
    asked: Mapping[str, Any], grids: ServedGrids, today: date
) -> tuple[ServedGrid, Scenario]:
    """Return the base grid and the steps that are asked for.

    Parameters
    ----------
    today
        Day it was sent, whose rules hold unless another is given.

    Raises
    ------
    InputError
        With every problem.
    UnknownGridError
        If no such grid is served.
    """
    wanted = asked.get("grid")
    served = grids.find(wanted if isinstance(wanted, str) else None)
    scenario = read_scenario(
        dict(asked),
        model=served.model,
        area=served.area,
        catalogue=grids.catalogue,
        rule_book=grids.rule_book,
        today=today,
    )
    return served, scenario


def do_scenario(bench: Bench, job: Job, lease: Lease) -> Found:
    """Carry out the steps on a copy of the grid and compare it before and after."""
    today = date.fromisoformat(job.asked["sent_on"])
    served, scenario = read_asked_scenario(job.asked["asked"], bench.grids, today)
    lease.get_on(0)
    rule_book = bench.grids.rule_book(scenario.area)
    found = run_scenario(scenario, served.model, rule_book, bench.grids.catalogue)
    lease.check()
    document = json_ready(what_if_to_json(found))
    size = len(to_json_text(document).encode())
    if size > bench.settings.job_file_max_bytes:
        raise LargeFileError("result", size, bench.settings.job_file_max_bytes)
    return Found(result=document)
