"""Work folder: where the parts of a job lie on this machine until they are put together."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path

from sqlalchemy.engine import Connection

from api.jobs.errors import UnknownJobError
from api.jobs.job import Job, find_job
from api.settings import Settings
from grid_models.errors import InputError, InputProblem

__all__ = ["name_own_folder", "open_work_folder", "sweep"]

_PRIVATE = 0o700


def open_work_folder(settings: Settings) -> Path:
    """Return the folder of all jobs on this machine, made if it is not there.

    A worker that takes up a job finds there what was done before, also after a kill.

    Raises
    ------
    InputError
        If the one among the machine's temporary folders is another user's, or open to others.
    """
    if settings.job_folder is not None:
        settings.job_folder.mkdir(parents=True, exist_ok=True)
        return settings.job_folder.resolve()
    user = os.getuid() if hasattr(os, "getuid") else os.getlogin()
    folder = Path(tempfile.gettempdir()) / f"supply-plan-jobs-{user}"
    folder.mkdir(mode=_PRIVATE, exist_ok=True)
    found = folder.lstat()
    if hasattr(os, "getuid") and (
        not stat.S_ISDIR(found.st_mode)
        or found.st_uid != os.getuid()
        or stat.S_IMODE(found.st_mode) & ~_PRIVATE
    ):
        raise InputError(
            [
                InputProblem(
                    field="SUPPLY_PLAN_JOB_FOLDER",
                    zh="作业的临时目录不属于本服务，或他人可以读写；请设置 SUPPLY_PLAN_JOB_FOLDER",
                    en="the temporary folder for jobs is not this server's alone; "
                    "set SUPPLY_PLAN_JOB_FOLDER",
                )
            ]
        )
    return folder


def name_own_folder(folder: Path, job: Job) -> Path:
    """Return where the one who has a job now puts what nobody else may touch.

    Parameters
    ----------
    folder
        Of all jobs on this machine.
    job
        As it was taken: its worker has another name each time.
    """
    return folder / job.job_id / str(job.worker).rpartition("/")[-1]


def sweep(connection: Connection, folder: Path) -> None:
    """Remove what lies there of jobs that have ended."""
    for own in folder.glob("job-*"):
        try:
            has_ended = find_job(connection, own.name).has_ended
        except UnknownJobError:
            continue  # of another database
        if has_ended:
            shutil.rmtree(own, ignore_errors=True)
