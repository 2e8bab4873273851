"""Load on the service: plans and holds a second, and memory as time goes on.

A program to be run by hand; it starts the server, a PostgreSQL of its own and clients on loopback:

    uv run python -m tests.bench.service_load GRID [--seconds S] [--slices N] [--workers N]

Prints the rows of docs/performance.md. Nothing here decides a test.
"""

# ruff: noqa: T201 -- the table is what a benchmark is for

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from grid_models.stored.opening import open_model
from tests.api.database.databases import server

COMMAND = str(Path(sys.executable).with_name("supply-plan"))
PASSWORD = "correct horse battery staple"  # noqa: S105
READY_WITHIN_S = 600.0
MV_KVA, LV_KW = (400, 630, 800, 1_000, 1_250), (20, 60, 100, 150)
# Clients a worker: enough that none is ever idle.
CLIENTS = 2
# No two slices ask the same.
SEEDS = count()


@dataclass
class Answers:
    """What came of one kind of request."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def row(self, name: str, lasted_s: float) -> str:
        p50, p99 = np.percentile(self.seconds, [50, 99]) * 1_000.0
        done = len(self.seconds)
        statuses = ", ".join(f"{n} x {status}" for status, n in sorted(self.statuses.items()))
        return (
            f"| {name} | {done:,} in {lasted_s:.0f} s | {done / lasted_s:.1f} /s "
            f"| p50 {p50:.0f}, p99 {p99:.0f} ms | {statuses} |"
        )


@dataclass
class Client:
    """One connection that is kept."""

    port: int
    token: str
    connection: http.client.HTTPConnection | None = None

    def post(self, path: str, body: Any, key: str | None = None) -> tuple[int, Any]:
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {
            "Content-Type": "application/json", "Authorization": f"Bearer {self.token}",
        } | ({"Idempotency-Key": key} if key else {})  # fmt: skip
        self.connection.request("POST", path, json.dumps(body), headers)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())


def sites_of(folder: Path, count: int) -> list[tuple[float, float]]:
    """Places of loads drawn from the whole grid."""
    grid = open_model(folder).grid
    nodes = grid.nodes.loc[grid.loads["node"].sample(count, random_state=7)]
    return list(zip(nodes["lon"].tolist(), nodes["lat"].tolist(), strict=True))


def run(
    clients: Sequence[Client],
    act: Callable[[Client, random.Random], tuple[int, Any]],
    *,
    seconds: float | None = None,
    items: Iterator[Any] | None = None,
) -> tuple[Answers, float]:
    """Let clients act for a time, or until there is nothing left to act on."""
    answers, lock, begun = Answers(), threading.Lock(), time.perf_counter()

    def work(client: Client, seed: int) -> None:
        client.connection = None  # the server closes one that rested
        draw = random.Random(seed)  # noqa: S311
        while seconds is None or time.perf_counter() - begun < seconds:
            with lock:
                item = next(items, None) if items is not None else draw
            if item is None:
                return
            start = time.perf_counter()
            status, _ = act(client, item)
            with lock:
                answers.seconds.append(time.perf_counter() - start)
                answers.statuses[status] += 1

    threads = [threading.Thread(target=work, args=(c, next(SEEDS))) for c in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers, time.perf_counter() - begun


def memory_mb(pid: int) -> list[float]:
    """Memory of a process and its children that is their own or shared in parts (PSS), in MB."""
    pids = [pid]
    for each in pids:
        children = Path(f"/proc/{each}/task/{each}/children").read_text().split()
        pids += [int(child) for child in children]
    found = []
    for each in pids:
        for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                found.append(int(line.split()[1]) / 1024.0)
    return found


@contextmanager
def serving(grid: Path, url: str, workers: int) -> Iterator[tuple[int, int]]:
    """Start the server; give its port and process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {"SUPPLY_PLAN_LOG_LEVEL": "warning"}
    process = subprocess.Popen(
        [COMMAND, "serve", "--grid", str(grid), "--database", url, "--port", str(port),
         "--workers", str(workers)],
        env=environment, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until and process.poll() is None:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", "/readyz")
                if connection.getresponse().status == http.HTTPStatus.OK:
                    break
            except OSError:
                pass
            time.sleep(0.5)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(60)


def command(*words: str, text: str | None = None) -> None:
    subprocess.run([COMMAND, *words], input=text, text=True, check=True, capture_output=True)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("grid", type=Path)
    asked.add_argument("--seconds", type=float, default=60.0)
    asked.add_argument("--slices", type=int, default=0, help="of mixed load, each --seconds long")
    asked.add_argument("--workers", type=int, default=2)
    asked.add_argument("--holds", type=int, default=600)
    given = asked.parse_args()
    url = server().get_uri()
    command("db", "upgrade", "--database", url)
    command(
        "user", "add", "wang", "--role", "manager", "--district", "*", "--password-stdin",
        "--database", url, text=PASSWORD + "\n",
    )  # fmt: skip
    sites = sites_of(given.grid, 5_000)
    with serving(given.grid, url, given.workers) as (port, pid):
        login = Client(port, "")
        _, session = login.post("/v1/sessions", {"name": "wang", "password": PASSWORD})
        clients = [Client(port, session["token"]) for _ in range(CLIENTS * given.workers)]
        facts = {"special_load": "none", "route_confirmed_by": "张工"}

        def plan(amount: Callable[[random.Random], dict[str, int]]) -> Callable[..., Any]:
            return lambda client, draw: client.post(
                "/v1/plans", {"at": draw.choice(sites), **amount(draw), **facts}
            )

        mv = plan(lambda draw: {"kva": draw.choice(MV_KVA)})
        lv = plan(lambda draw: {"kw": draw.choice(LV_KW)})
        run(clients, mv, seconds=15.0)  # the kernels and the pages
        print(run(clients, mv, seconds=given.seconds)[0].row("plans at 10 kV", given.seconds))
        print(run(clients, lv, seconds=given.seconds)[0].row("plans at 0.4 kV", given.seconds))

        names: list[str] = []

        def prepare(client: Client, number: int) -> tuple[int, Any]:
            draw = random.Random(number)  # noqa: S311
            asked = {"at": draw.choice(sites), "kva": draw.choice(MV_KVA), **facts}
            body = {"district": f"区{number % 8}", "application": asked}
            _, kept = client.post("/v1/applications", body, f"a-{number}")
            name = kept["application_id"]
            status, made = client.post(f"/v1/applications/{name}/plans", None, f"p-{number}")
            if made["plan"]["options"]:
                names.append(name)
            return status, made

        def hold(client: Client, name: str) -> tuple[int, Any]:
            body = {"version": 1, "rank": 1}
            return client.post(f"/v1/applications/{name}/hold", body, f"h-{name}")

        done, lasted_s = run(clients, prepare, items=iter(range(given.holds)))
        print(done.row("accepted and planned", lasted_s))
        held, lasted_s = run(clients, hold, items=iter(names))
        print(held.row("holds", lasted_s))
        print("memory, MB:", [round(mb) for mb in memory_mb(pid)])

        def mixed(client: Client, draw: random.Random) -> tuple[int, Any]:
            if draw.random() < 0.8:
                return (mv if draw.random() < 0.5 else lv)(client, draw)
            number = draw.getrandbits(60)
            status, made = prepare(client, number)
            if made["plan"]["options"]:
                name = made["application_id"]
                status, _ = hold(client, name)
                body = {"to": "withdrawn", "reason": "load test"}
                client.post(f"/v1/applications/{name}/moves", body, f"w-{name}")
            return status, made

        for number in range(given.slices):
            answers, lasted_s = run(clients, mixed, seconds=given.seconds)
            print(answers.row(f"mixed, slice {number + 1}", lasted_s))
            print("memory, MB:", [round(mb) for mb in memory_mb(pid)], flush=True)
    command("audit", "verify", "--database", url)


if __name__ == "__main__":
    main()
