"""Servers as they run: several workers, killed, drained and stopped; nothing is left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from api.auth.identity import Identity
from api.commands.database import open_served
from api.commands.serve import serve_folders
from api.database import Database, Limits
from api.database.tables import METADATA
from api.database.upgrade import require_current
from api.demo import DISTRICT, PERSON, add_person
from grid_models.errors import InputError
from tests.api.auth.house import PASSWORD, House, StoppedClock
from tests.api.commands import run
from tests.api.operations.test_backup import url_of

TOKEN = "0123456789abcdef0123456789abcdef"  # noqa: S105
LONG_S = 300.0


# What is refused before anything is served ------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org"])  # noqa: S104
def test_without_a_database_only_this_machine_is_served(tiny: Path, host: str) -> None:
    done = run("serve", "--grid", tiny, "--host", host, "--port", 0)
    assert (done.exit_code, "must be 127.0.0.1" in done.stderr) == (2, True)


def test_no_worker_is_none(tiny: Path) -> None:
    assert run("serve", "--grid", tiny, "--workers", 0).exit_code == 2


def test_what_is_not_there_is_said_before_any_worker_starts(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        serve_folders([tmp_path / "nowhere"], host="127.0.0.1", port=0, workers=2)


# The database of a server -----------------------------------------------------------------------


def test_a_sqlite_file_is_made_and_upgraded(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'service.db'}"
    for _ in range(2):
        database = open_served(url, Limits())
        require_current(database)
        assert set(METADATA.tables) <= set(sa.inspect(database.engine).get_table_names())
        database.close()


def test_an_outdated_postgresql_is_left_alone(postgresql_empty: Database) -> None:
    with pytest.raises(InputError, match="supply-plan db upgrade"):
        open_served(url_of(postgresql_empty), Limits())


def test_a_file_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'service.db'}"
    database = open_served(url, Limits())
    later = "UPDATE alembic_version SET version_num = '9999'"
    database.write(lambda c: c.exec_driver_sql(later))
    database.close()

    with pytest.raises(InputError, match="9999"):
        open_served(url, Limits())


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="name a file"):
        open_served(url, Limits())


def test_the_login_of_the_demo_is_a_planners_of_its_district(
    identity: Identity, clock: StoppedClock
) -> None:
    add_person(identity.database, PASSWORD)

    session = House(identity=identity).log_in(PERSON, PASSWORD, clock.now)
    caller = identity.identify(session.token, clock.now)
    assert (caller.role, caller.districts) == ("planner", (DISTRICT,))


# Running ----------------------------------------------------------------------------------------


@contextmanager
def serving(folder: Path, tmp_path: Path, workers: int, **settings: str) -> Iterator[Any]:
    """Serve a grid with a database of its own; gives the process and the address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    script = "from api.cli import main; main()"
    arguments = ["serve", "--grid", str(folder), "--port", str(port), "--workers", str(workers),
                 "--database", f"sqlite:///{tmp_path / 'service.db'}"]  # fmt: skip
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", script, *arguments], cwd=Path(__file__).parents[3],
            env={**os.environ, "SUPPLY_PLAN_METRICS_TOKEN": TOKEN, **settings},
            stdout=subprocess.DEVNULL, stderr=log,
        )  # fmt: skip
        try:
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(LONG_S)


def eventually(look: Callable[[], Any]) -> Any:
    """Return what is seen once there is something to see."""
    until = time.monotonic() + LONG_S
    while time.monotonic() < until:
        if seen := look():
            return seen
        time.sleep(0.2)
    raise AssertionError("it never came to that")


def status_of(address: str) -> int:
    try:
        return httpx2.get(address, timeout=30).status_code
    except httpx2.TransportError:
        return 0


def workers_of(process: subprocess.Popen[bytes]) -> list[int]:
    found = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [
        int(pid)
        for pid in found
        if "spawn_main" in Path("/proc", pid, "cmdline").read_bytes().decode()
    ]


@pytest.mark.acceptance
def test_a_worker_that_is_killed_is_replaced_and_all_end_together(
    tiny: Path, tmp_path: Path
) -> None:
    with serving(tiny, tmp_path, 2) as (process, address):
        eventually(lambda: status_of(f"{address}/readyz") == 200)
        first, second = workers_of(process)
        os.kill(first, signal.SIGKILL)
        eventually(
            lambda: (
                len(set(workers_of(process)) - {first}) == 2
                and status_of(f"{address}/readyz") == 200
            )
        )
        headers = {"Authorization": f"Bearer {TOKEN}"}

        def seen() -> set[str]:
            text = httpx2.get(f"{address}/metrics", headers=headers, timeout=30).text
            rows = [r for r in text.splitlines() if r.startswith("supply_plan_worker_resident")]
            return {row.split('"')[1] for row in rows}

        assert str(first) not in seen()
        now = workers_of(process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(LONG_S) == 0
        assert not any(Path("/proc", str(pid)).exists() for pid in [*now, second])
    assert b"Traceback" not in (tmp_path / "log").read_bytes()


@pytest.mark.acceptance
def test_who_stops_says_so_first_and_finishes_what_it_has_begun(tiny: Path, tmp_path: Path) -> None:
    with serving(tiny, tmp_path, 1, SUPPLY_PLAN_DRAIN_S="5") as (process, address):
        eventually(lambda: status_of(f"{address}/readyz") == 200)
        begun = socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])))
        body = b'{"name": "wang", "password": "correct horse battery"}'
        head = f"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        begun.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n")
        process.send_signal(signal.SIGTERM)
        eventually(lambda: status_of(f"{address}/readyz") == 503)
        assert status_of(f"{address}/healthz") == 200
        eventually(lambda: status_of(f"{address}/healthz") == 0)
        begun.sendall(body)
        assert b" 401 " in begun.recv(100)
        begun.close()
        assert process.wait(LONG_S) == -signal.SIGTERM
