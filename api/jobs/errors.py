"""Errors of jobs: what callers are told, and what ends the work of one worker.

::

    SupplyPlanError
    |-- UnknownJobError, UnknownJobFileError  404
    |-- JobEndedError, TooManyJobsError       409
    `-- ClusterAwayError, LargeFileError, NoRoomError
                                              the job fails with its sentence
    InterruptedWork                           never leaves the worker
    |-- LostLeaseError      another worker has the job now, or nobody
    |-- CancelAskedError    somebody wants it to end
    `-- StoppingError       this server is being stopped
"""

from __future__ import annotations

from grid_models.errors import SupplyPlanError
from planner.form import shown

__all__ = [
    "CancelAskedError",
    "ClusterAwayError",
    "InterruptedWork",
    "JobEndedError",
    "LargeFileError",
    "LostLeaseError",
    "NoRoomError",
    "StoppingError",
    "TooManyJobsError",
    "UnknownJobError",
    "UnknownJobFileError",
]


class UnknownJobError(SupplyPlanError):
    """There is no such job, or it is not the caller's to see."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"no job {shown(job_id)} / 没有作业 {shown(job_id)}")


class UnknownJobFileError(SupplyPlanError):
    """A job has no such file, or not any more."""

    def __init__(self, job_id: str, name: str) -> None:
        super().__init__(
            f'job {shown(job_id)} has no file "{shown(name)}", or it was kept long enough / '
            f"作业 {shown(job_id)} 没有文件“{shown(name)}”，或其保存期已过"
        )


class JobEndedError(SupplyPlanError):
    """A job has ended: there is nothing to cancel."""

    def __init__(self, job_id: str, state: str) -> None:
        super().__init__(
            f"job {job_id} has ended already ({state}) / 作业 {job_id} 已经结束（{state}）"
        )


class TooManyJobsError(SupplyPlanError):
    """As many jobs of a caller wait as may."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"{most} jobs of this caller wait already, the most there may be; send it again once "
            "one of them was begun, or cancel one / "
            f"该调用方已有 {most} 个作业等待处理，已达上限；请待其中之一开始后重新发送，或取消一个"
        )


class LargeFileError(SupplyPlanError):
    """A file is larger than what is kept."""

    def __init__(self, name: str, size_bytes: int, most_bytes: int) -> None:
        super().__init__(
            f"{name} has {size_bytes:,} bytes, at most {most_bytes:,} are kept "
            "(SUPPLY_PLAN_JOB_FILE_MAX_BYTES); ask for .parquet, the smallest, or have the limit "
            "raised / "
            f"{name} 为 {size_bytes:,} 字节，最多保存 {most_bytes:,} 字节"
            "（SUPPLY_PLAN_JOB_FILE_MAX_BYTES）；请改用最小的 .parquet，或调高上限"
        )


class ClusterAwayError(SupplyPlanError):
    """The scheduler that is set for capacity maps does not answer; where it is stays inside."""

    def __init__(self) -> None:
        super().__init__(
            "the workers for capacity maps cannot be reached now, or lack this grid; the server's "
            "log says which / "
            "容量地图的计算集群目前无法连接，或没有该电网，详见服务器日志"
        )


class NoRoomError(SupplyPlanError):
    """A file cannot be written on this machine; where and why is in the log."""

    def __init__(self) -> None:
        super().__init__(
            "the server cannot write the file, its disk may be full / "
            "服务器无法写入文件，磁盘可能已满"
        )


class InterruptedWork(Exception):
    """A worker ends its work on a job before it is done."""


class LostLeaseError(InterruptedWork):
    """Somebody else has the job: nothing this worker found may be written."""


class CancelAskedError(InterruptedWork):
    """The job was cancelled."""


class StoppingError(InterruptedWork):
    """The server is being stopped; the job goes back."""
