"""Serving: folders in, a listening server out."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import uvicorn

from api.commands.database import open_current
from api.commands.plan import open_streets
from api.database import Database
from api.main import create_app
from api.request import Gathered
from api.serving import ServedGrids
from api.settings import Settings
from api.terminal import make_console
from api.terms import read_terms
from grid_models.catalogue import load_catalogue
from grid_models.errors import InputError, InputProblem
from grid_models.stored.opening import open_model
from planner.terms import Terms

__all__ = ["serve_folders", "serve_grids"]


def serve_folders(
    folders: Sequence[Path],
    *,
    prices: Path | None = None,
    calendar: Path | None = None,
    streets: Path | None = None,
    database: str | None = None,
    host: str,
    port: int,
) -> None:
    """Serve the grids of some folders until interrupted.

    Parameters
    ----------
    streets
        File of streets along which routes are led; None: routes are estimated.
    database
        URL of the database that knows who may what; None: nobody is asked who they are.

    Raises
    ------
    InputError
        With every folder that cannot be read, or if the database cannot be opened or the address
        is taken.
    """
    gathered = Gathered()
    grids = [gathered.attempt(partial(open_model, folder)) for folder in folders]
    catalogue = load_catalogue()
    terms = read_terms(gathered, {"prices": prices, "calendar": calendar}, catalogue)
    opened = [gathered.settle(grid) for grid in grids]
    known = open_streets(gathered, streets)
    served = ServedGrids(opened, folders=folders, terms=Terms.of(catalogue, *terms), streets=known)
    kept = None if database is None else open_current(database)
    serve_grids(served, kept, host=host, port=port)


def serve_grids(
    grids: ServedGrids, database: Database | None = None, *, host: str, port: int
) -> None:
    """Serve grids until interrupted; Ctrl-C ends it cleanly.

    Raises
    ------
    InputError
        If the address cannot be listened on.
    """
    app = create_app(Settings(), grids, database)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    with _listen(host, port) as listening:
        shown_host = f"[{host}]" if ":" in host else host
        address = f"http://{shown_host}:{listening.getsockname()[1]}"
        console = make_console()
        console.print(f"服务地址 / serving on {address}  （POST {address}/v1/plans，Ctrl-C 停止）")
        try:
            server.run(sockets=[listening])
        except KeyboardInterrupt:  # uvicorn has shut down by now and passes the signal on
            console.print("已停止 / stopped")


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise InputError(
            [
                InputProblem(
                    field="--port",
                    zh=f"无法监听 {host}:{port}（{error}），请用 --port 换一个端口",
                    en=f"cannot listen on {host}:{port} ({error}); choose another with --port",
                )
            ]
        ) from error
