"""Capacity map: what every node of a served grid can still take, with the ledger's promises."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy.engine import Connection

from api.asked_hours import read_hours
from api.capacity_files import write_capacity
from api.capacity_run import Run, run_capacity
from api.database.holds import count_holds, list_commitments
from api.jobs.bench import Bench, Found
from api.jobs.errors import (
    ClusterAwayError,
    LargeFileError,
    NoRoomError,
    UnknownJobFileError,
)
from api.jobs.files import JobFile, keep_file, read_file
from api.jobs.job import Job
from api.jobs.lease import Lease
from api.jobs.taking import set_total
from api.jobs.work_folder import name_own_folder, open_work_folder
from api.node_capacity import refuse_astray
from api.serving import ServedGrid, ServedGrids
from grid_models.errors import InputError
from grid_models.stored.model import StoredModel
from planner.application import Commitment
from planner.capacity import CapacityQuestion, count_parts, rows_of_part
from planner.capacity_hours import Hours
from planner.form import SHARE, Form
from planner.rules import Rules

__all__ = ["MEDIA_TYPES", "CapacityAsked", "do_capacity_map", "read_asked_capacity"]

MEDIA_TYPES: Mapping[str, str] = {
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv; charset=utf-8",
    "gpkg": "application/geopackage+sqlite3",
}
"""What a map is given out as, by the ending of its file."""
PROMISES = "promises.json"
# Source trees without a solution that are named.
SHOWN = 20
_LABELS = {
    "grid": "电网", "area": "规则地区", "on_date": "日期", "power_factor": "功率因数",
    "season": "季节", "hour": "时刻", "all_hours": "所有时刻", "format": "文件格式",
}  # fmt: skip

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityAsked:
    """What is asked of every node of a grid.

    Parameters
    ----------
    ending
        One of `MEDIA_TYPES`.
    """

    served: ServedGrid
    rules: Rules
    power_factor: float
    hours: Hours | None
    ending: str


def read_asked_capacity(asked: Mapping[str, Any], grids: ServedGrids, today: date) -> CapacityAsked:
    """Return what is asked, with everything that is not stated filled in.

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
    form = Form(asked, _LABELS)
    name = form.text("grid")
    if form.problems:
        form.raise_problems()
    served = grids.find(name)
    area = form.text("area") or served.model.grid.metadata.area
    on_date = form.day("on_date") or today
    power_factor = form.number("power_factor", SHARE)
    ending = form.one_of("format", tuple(MEDIA_TYPES)) or next(iter(MEDIA_TYPES))
    form.flag("all_hours")
    hours = read_hours(form, served.model)
    form.raise_problems()
    rules = grids.rule_book(area).on(on_date)
    return CapacityAsked(
        served=served, rules=rules, hours=hours, ending=ending,
        power_factor=power_factor or rules.number("power_factor_mv"),
    )  # fmt: skip


def do_capacity_map(bench: Bench, job: Job, lease: Lease) -> Found:
    """Map a grid part by part; what was done before a break on this machine is not done again."""
    today = date.fromisoformat(job.asked["sent_on"])
    asked = read_asked_capacity(job.asked["asked"], bench.grids, today)
    served, model = asked.served, asked.served.model
    promised_at, promises = _settle_promises(bench, job, lease, served)
    folder = open_work_folder(bench.settings)
    output = folder / job.job_id / f"capacity.{asked.ending}"
    output.parent.mkdir(exist_ok=True)
    total = sum(len(rows_of_part(model, number)) for number in range(count_parts(model)))
    lease.write(lambda connection: set_total(connection, job, total))
    run = Run(
        folder=_folder_of(served), version=served.version, area=asked.rules.area,
        on_date=asked.rules.on_date, rules=asked.rules,
        question=CapacityQuestion(
            power_factor=asked.power_factor, commitments=promises, hours=asked.hours
        ),
    )  # fmt: skip
    table = _map(bench, lease, run, served, output)
    lease.write(lambda _: None)  # who lost the job meanwhile writes no file
    # whole or not, a file of who had the job before is never that of who has it now
    own = name_own_folder(folder, job) / output.name
    own.parent.mkdir(exist_ok=True)
    _write(table, own, bench.settings.job_file_max_bytes)
    lease.check()
    is_unknown = table["quality"] == "unknown"
    unsolved = sorted(set(table.loc[is_unknown, "source_tree_id"]) - {""})
    file = JobFile(name=output.name, media_type=MEDIA_TYPES[asked.ending], content=own)
    return Found(
        files=(file,),
        result={
            "file": file.name,
            "grid": {"name": served.name, "version": served.version},
            "rules": {
                "area": asked.rules.area, "version": asked.rules.version,
                "on_date": asked.rules.on_date.isoformat(),
            },
            "power_factor": asked.power_factor,
            "hours": None if asked.hours is None else asdict(asked.hours),
            "promised_at": promised_at,
            "promise_count": count_holds(promises),
            "not_supplied_promises": sum(
                model.place_of_node(model.node_rows[c.node_id]) is None for c in promises
            ),
            "node_count": len(table),
            "unknown_count": int(is_unknown.sum()),
            "unsolved_trees": unsolved[:SHOWN],
        },
    )  # fmt: skip


def _map(bench: Bench, lease: Lease, run: Run, served: ServedGrid, output: Path) -> pd.DataFrame:
    # worker processes elsewhere open the grid by its folder: one that has none is mapped here
    is_stored = isinstance(served.model, StoredModel)
    scheduler = bench.settings.job_scheduler if is_stored else None
    try:
        return run_capacity(
            run, served.model, output, scheduler=scheduler,
            workers=bench.settings.job_threads, progress=lease.get_on,
        )  # fmt: skip
    except InputError as error:
        if scheduler is None:
            raise
        # where the cluster is, and where it looks for the grid, is nobody's business outside
        _log.error("capacity map: %s", error)
        raise ClusterAwayError from None


def _settle_promises(
    bench: Bench, job: Job, lease: Lease, served: ServedGrid
) -> tuple[str, tuple[Commitment, ...]]:
    """Return what is promised, as it was when the job was first worked on, and that moment.

    It is kept as a file of the job: parts done before a break stay right, and anybody can see
    later what was counted.
    """
    try:
        kept = bench.database.read(lambda c: read_file(c, job.job_id, PROMISES))
    except UnknownJobFileError:
        now = bench.clock()

        def settle(connection: Connection) -> bytes:
            document = {
                "promised_at": now.isoformat(),
                "promises": [
                    {
                        "commitment_id": c.commitment_id, "node_id": c.node_id, "s_kva": c.s_kva,
                        "demand_factor": c.demand_factor, "power_factor": c.power_factor,
                        "bay_id": c.bay_id,
                    }
                    for c in list_commitments(
                        connection, served.name, now, load_date=served.model.grid.metadata.load_date
                    )
                ],
            }  # fmt: skip
            content = json.dumps(document, ensure_ascii=False, indent=2).encode()
            file = JobFile(name=PROMISES, media_type="application/json", content=content)
            keep_file(connection, job.job_id, file)
            return content

        kept = lease.write(settle)
    document = json.loads(kept)
    promises = tuple(Commitment(**stated) for stated in document["promises"])
    refuse_astray(served.model, promises)
    return document["promised_at"], promises


def _folder_of(served: ServedGrid) -> Path:
    model = served.model
    return model.tables.folder.resolve() if isinstance(model, StoredModel) else Path()


def _write(table: pd.DataFrame, path: Path, most_bytes: int) -> None:
    """Write a map, of no more than what is kept."""
    try:
        write_capacity(table, path)
    except InputError as error:
        _log.error("capacity map: %s", error)
        raise NoRoomError from None
    size = path.stat().st_size
    if size > most_bytes:
        raise LargeFileError(path.name, size, most_bytes)
