"""A capacity run: part by part, here or on a dask cluster, resumable.

The parts are the source trees and, after them, the meshed parts. Every part that is done lies in a
folder beside the file that is being made, named after all the answer depends on; a run that was
broken off takes up what it finds there.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as arrow
from pyarrow import feather

from grid_models.errors import InputError, InputProblem, MissingExtraError
from grid_models.model import GridModel
from grid_models.stored.opening import open_model
from planner.capacity import CapacityQuestion, count_parts, join_parts, map_part
from planner.rules import Rules, load_rule_book

__all__ = ["LOCAL", "Run", "discard_parts", "run_capacity"]

LOCAL = "local"
SCHEDULER_WITHIN_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What every worker has to know.

    Parameters
    ----------
    folder, version
        Stored grid and its version.
    area, on_date
        Rules.
    rules
        Those rules where they are not the area's files; None: they are.
    """

    folder: Path
    version: str
    area: str
    on_date: date
    question: CapacityQuestion
    rules: Rules | None = None

    def in_force(self) -> Rules:
        """Return the rules that hold."""
        return self.rules or load_rule_book(self.area).on(self.on_date)

    @property
    def key(self) -> str:
        """Hash of everything the answer depends on."""
        content = {
            "version": self.version,
            "rules": self.in_force().version,
            "on_date": self.on_date,
            "question": asdict(self.question),
        }
        text = json.dumps(content, default=str, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def run_capacity(
    run: Run,
    model: GridModel,
    output: Path,
    *,
    scheduler: str | None,
    workers: int,
    progress: Callable[[int], object],
) -> pd.DataFrame:
    """Map a grid and return the table; what was done before a break is not done again.

    Parameters
    ----------
    output
        File that is being made: the parts lie beside it until it is written.
    scheduler
        Address of a dask scheduler, or `LOCAL` for a cluster of processes on this machine; None:
        threads of this process.
    workers
        Threads or local processes.
    progress
        Called with the number of nodes of every part that is there.

    Raises
    ------
    InputError
        If the scheduler cannot be reached.
    MissingExtraError
        If dask is asked for and not installed.
    """
    folder = output.with_name(f".{output.name}.{run.key}.parts")
    folder.mkdir(exist_ok=True)
    numbers = range(count_parts(model))
    missing = []
    for number in numbers:
        done = _read_part(_part_file(folder, number))
        if done is None:
            missing.append(number)
        else:
            progress(len(done))
    if scheduler is None:
        found = _on_threads(run, model, missing, workers)
    else:
        found = _on_dask(run, missing, scheduler, workers)
    with closing(found):
        for number, part in found:
            _write_part(part, _part_file(folder, number))
            progress(len(part))
    # Read again one by one: all parts beside the table that is made of them are as large as it is.
    return join_parts(model, (feather.read_feather(_part_file(folder, n)) for n in numbers))


def _part_file(folder: Path, number: int) -> Path:
    return folder / f"{number}.arrow"


def discard_parts(run: Run, output: Path) -> None:
    """Remove the parts of a run once its file is written."""
    shutil.rmtree(output.with_name(f".{output.name}.{run.key}.parts"), ignore_errors=True)


def _on_threads(
    run: Run, model: GridModel, numbers: list[int], workers: int
) -> Generator[tuple[int, pd.DataFrame], None, None]:
    rules = run.in_force()
    with ThreadPoolExecutor(workers) as pool:
        futures = {pool.submit(map_part, model, n, rules, run.question): n for n in numbers}
        try:
            for future in as_completed(list(futures)):
                # a future holds its result as long as it is held itself
                yield futures.pop(future), future.result()
        finally:
            # whoever breaks off does not wait for the parts nobody has begun
            pool.shutdown(wait=False, cancel_futures=True)


def _on_dask(
    run: Run, numbers: list[int], scheduler: str, workers: int
) -> Generator[tuple[int, pd.DataFrame], None, None]:
    try:
        # Any: the library has no types.
        dask: Any = import_module("distributed")
    except ImportError as error:
        raise MissingExtraError("dask") from error
    with _client(dask, scheduler, workers) as client:
        futures = client.map(_part_by_path, [run] * len(numbers), numbers, pure=False)
        number_of = {future.key: n for future, n in zip(futures, numbers, strict=True)}
        for future, part in dask.as_completed(futures, with_results=True):
            yield number_of[future.key], part


@contextmanager
def _client(dask: Any, scheduler: str, workers: int) -> Iterator[Any]:
    if scheduler == LOCAL:
        processes = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
        with dask.LocalCluster(**processes) as cluster, dask.Client(cluster) as client:
            yield client
        return
    try:
        client = dask.Client(scheduler, timeout=SCHEDULER_WITHIN_S)
    except (OSError, ValueError) as error:
        raise InputError(
            [
                InputProblem(
                    field="scheduler",
                    zh=f"调度器 {scheduler} 无法连接；应为 tcp://主机:端口 或 {LOCAL}",
                    en=f"scheduler {scheduler} cannot be reached; tcp://HOST:PORT or {LOCAL} "
                    "is right",
                )
            ]
        ) from error
    with client:
        yield client


def _part_by_path(run: Run, number: int) -> pd.DataFrame:
    """Solve one part in a worker process, which opens the stored grid by its path."""
    model = _model(str(run.folder), run.version)
    return map_part(model, number, run.in_force(), run.question)


@lru_cache(maxsize=2)
def _model(folder: str, version: str) -> GridModel:
    model = open_model(Path(folder))
    if model.version != version:
        raise InputError(
            [
                InputProblem(
                    field="grid",
                    zh=f"电网目录 {folder} 的版本为 {model.version}，应为 {version}",
                    en=f"grid {folder} has version {model.version}; {version} is asked for",
                )
            ]
        )
    return model


def _read_part(path: Path) -> pd.DataFrame | None:
    """Return a part that was done before; a damaged one counts as not done."""
    if not path.is_file():
        return None
    try:
        part: pd.DataFrame = feather.read_feather(path)
    except (OSError, ValueError):
        return None
    return part


def _write_part(part: pd.DataFrame, path: Path) -> None:
    # two may be at the same part, where one of them has lost the job and does not know it yet
    draft = path.with_suffix(f".{uuid.uuid4().hex}.tmp")
    # As it lies in memory: a city has a thousand parts, each of which is read once at most.
    table = arrow.Table.from_pandas(part, nthreads=1)
    feather.write_feather(table, draft, compression="uncompressed")
    draft.replace(path)
