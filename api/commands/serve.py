"""Serving: folders in, a listening server out."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from api.commands.listening import listen
from api.database import Database
from api.logs import configure_logs
from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings
from api.terminal import make_console
from api.worker import Offer, make_app
from grid_models.errors import InputError, InputProblem

__all__ = ["serve_folders", "serve_grids"]

METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
# A worker that says nothing for so long hangs, and another takes its place.
WORKER_ANSWERS_WITHIN_S = 120


def serve_folders(
    folders: Sequence[Path],
    *,
    prices: Path | None = None,
    calendar: Path | None = None,
    streets: Path | None = None,
    database: str | None = None,
    host: str,
    port: int,
    workers: int = 1,
) -> None:
    """Serve the grids of some folders until interrupted.

    Parameters
    ----------
    streets
        File of streets along which routes are led; None: routes are estimated.
    database
        URL of the database that knows who may what; None: nobody is asked who they are.
    workers
        How many processes answer; they share the address and the pages of the grids.

    Raises
    ------
    InputError
        With every folder that cannot be read, or if the database cannot be opened or the address
        is taken, or is open to others while nobody is asked who they are.
    """
    if database is None and not _is_this_machine(host):
        raise _refuse_host(host)
    settings = Settings()
    offer = Offer(
        folders=tuple(folders), prices=prices, calendar=calendar, streets=streets,
        database=database,
    )  # fmt: skip
    grids, kept = offer.open(settings)
    if workers == 1:
        serve_grids(grids, kept, host=host, port=port)
        return
    if kept is not None:  # all is in order: each worker opens it for itself
        kept.close()
    del grids, kept
    with TemporaryDirectory(prefix="supply-plan-metrics-") as folder:
        os.environ[METRICS_FOLDER] = folder  # where workers put their counts together
        config = _configure(partial(make_app, offer), settings, workers=workers)
        with _announced(host, port, settings) as listening:
            supervisor = Multiprocess(config, sockets=[listening])
            supervisor.run()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        raise RuntimeError("a worker could not start, the log says why / 工作进程无法启动，见日志")
    make_console().print("已停止 / stopped")


def serve_grids(
    grids: ServedGrids, database: Database | None = None, *, host: str, port: int
) -> None:
    """Serve grids until interrupted; Ctrl-C ends it cleanly.

    Raises
    ------
    InputError
        If the address cannot be listened on.
    RuntimeError
        If the grids could not be made ready: nothing would ever be answered.
    """
    settings, has_failed = Settings(), Event()

    def give_up() -> None:
        has_failed.set()
        server.should_exit = True

    app = create_app(settings, grids, database, give_up=give_up)
    server = uvicorn.Server(_configure(app, settings))
    with _announced(host, port, settings) as listening:
        try:
            server.run(sockets=[listening])
        except KeyboardInterrupt:  # uvicorn has shut down by now and passes the signal on
            make_console().print("已停止 / stopped")
    if has_failed.is_set():
        raise RuntimeError("the grids are not ready, the log says why / 电网未能就绪，见日志")


def _configure(
    app: FastAPI | Callable[[], FastAPI], settings: Settings, *, workers: int = 1
) -> uvicorn.Config:
    """Return how to serve an app, or what makes one in each worker."""
    return uvicorn.Config(
        app,
        factory=not isinstance(app, FastAPI),
        workers=workers,
        # ours: one line a request, with its id
        log_config=None,
        access_log=False,
        forwarded_allow_ips=[str(network) for network in settings.proxy_networks],
        timeout_graceful_shutdown=settings.stop_s,
        timeout_worker_healthcheck=WORKER_ANSWERS_WITHIN_S,
    )


@contextmanager
def _announced(host: str, port: int, settings: Settings) -> Iterator[socket.socket]:
    """Listen, and say where."""
    with listen(host, port) as listening:
        configure_logs(settings.log_level)
        shown_host = f"[{host}]" if ":" in host else host
        address = f"http://{shown_host}:{listening.getsockname()[1]}"
        make_console().print(
            f"服务地址 / serving on {address}  （POST {address}/v1/plans，Ctrl-C 停止）"
        )
        yield listening


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refuse_host(host: str) -> InputError:
    return InputError(
        [
            InputProblem(
                field="--host",
                zh=f"未给出 --database 时无需登录，只能监听本机：--host {host} 应为 127.0.0.1",
                en=f"without --database nobody logs in, so only this machine is served: "
                f"--host {host} must be 127.0.0.1",
            )
        ]
    )
