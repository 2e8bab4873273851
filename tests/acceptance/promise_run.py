"""Does the service keep its promise? Clients, kills, then the proof from history and database.

    python tests/acceptance/promise_run.py --database postgresql --seconds 120 --history FOLDER

Exit code 1: something was promised twice, lost, doubled or answered otherwise.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

import pandapower as pp
from promise_clients import Customers
from promise_history import History
from promise_power import Carried, carry
from promise_proofs import find_breaches
from promise_rows import Rows, read_rows
from promise_servers import Sender, Servers, answer_of, kill_at_random, store_of
from referee_grids import OBERRHEIN, ON_DATE, Case, write_case
from referee_sites import Plane, seeded_sites
from service import COMMAND, ROOT, import_grid, run_command

CASE = Case(grid=OBERRHEIN, scale=0.6, overhead_share=0.5)
PASSWORD = "hold what was promised"  # noqa: S105
FAULT = 500
DISTRICTS = ("西湖", "上城", "拱墅")
SITES, SITE_SEED = 12, 11
REPLY = "/v1/applications/{application_id}/reply"
DETAILS = {
    "application_no": "2026-0001", "account_no": "", "customer": "某制造有限公司",
    "address": "工业路 1 号", "contact": "", "phone": "",
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Outcome:
    """Figures of one run and every breach of the promise; none: it was kept."""

    database: str
    clients: int
    seconds: float
    kinds: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    killed: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    retried: int = 0
    again: int = 0
    misused: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    carried: Carried | None = None
    breaches: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        carried = self.carried
        return [
            f"{self.database}: {self.clients} clients, {self.seconds:.0f} s, "
            f"killed {_counts(self.killed)}",
            f"  requests {sum(self.kinds.values())} ({_counts(self.kinds)}), sent {self.sent}, "
            f"retried after no answer or a fault {self.retried}",
            f"  sent once more {self.again}, keys used for another request {self.misused}",
            f"  answers {_counts(self.statuses)}; refusals {_counts(self.refused)}",
            f"  solved by pandapower {carried.solved} promises, at most {carried.most_at_once} "
            f"({carried.most_kva:.0f} kVA) at once, greatest loading {carried.greatest_pct:.1f} %"
            if carried else "  not solved",
            f"  violations {len(self.breaches)}",
            *(f"    {breach}" for breach in self.breaches[:20]),
        ]  # fmt: skip


def run(
    database: str, folder: Path, *, clients: int, seconds: float, servers: int = 3,
    kill_every_s: float = 4.0, seed: int = 1,
) -> Outcome:  # fmt: skip
    """Drive the clients for so long, let them finish, and prove it."""
    net_file, grid = folder / "grid.json", folder / "grid"
    plane = Plane(write_case(CASE, net_file))
    import_grid(net_file, grid, assumptions=CASE.assumptions, on_date=ON_DATE)
    sites = [(site.lon, site.lat) for site in seeded_sites(plane, SITES, SITE_SEED)]
    with store_of(database, folder) as store:
        run_command("db", "upgrade", "--database", store.url)
        for k, district in enumerate(DISTRICTS):
            _add_manager(f"manager{k}", district, store.url)
        running = Servers(servers, grid, store.url, folder)
        try:
            running.start_all()
            history, killed, took_s = _drive(
                running, store, sites, clients=clients, seconds=seconds,
                kill_every_s=kill_every_s, seed=seed,
            )  # fmt: skip
        finally:
            running.stop()
        rows = read_rows(store.url)
        history.write(folder / "history.jsonl")
    outcome = figures(history, database, clients, took_s, killed)
    prove(outcome, history, rows, pp.from_json(str(net_file)))
    return outcome


def figures(
    history: History, database: str, clients: int, seconds: float, killed: Counter[str]
) -> Outcome:
    """Count what was asked and answered."""
    outcome = Outcome(database=database, clients=clients, seconds=seconds, killed=killed)
    for request in history.requests:
        outcome.kinds[request.kind] += 1
        outcome.sent += len(request.attempts)
        outcome.again += len(request.again)
        outcome.misused += len(request.misused)
        for attempt in request.attempts:
            outcome.statuses[str(attempt.status or attempt.fault)] += 1
            outcome.retried += attempt.status is None or attempt.status >= 500
        if request.code:
            outcome.refused[f"{request.status} {request.code}"] += 1
    outcome.refused["409 key_reused"] += outcome.misused
    if faults := outcome.statuses[str(FAULT)]:
        outcome.breaches.append(f"{faults} requests were answered {FAULT}: nothing may be")
    if outcome.kinds["reply"] and not any(history.acknowledged("reply")):
        outcome.breaches.append("there is a route for replies, and none was acknowledged")
    return outcome


def prove(outcome: Outcome, history: History, rows: Rows, net: pp.pandapowerNet) -> None:
    """Find every breach, and what pandapower says of the promises."""
    outcome.breaches += find_breaches(history, rows)
    outcome.carried = carry(net, rows)
    outcome.breaches += outcome.carried.breaches


def _drive(
    running: Servers, store: Any, sites: Sequence[tuple[float, float]], *, clients: int,
    seconds: float, kill_every_s: float, seed: int,
) -> tuple[History, Counter[str], float]:  # fmt: skip
    history, has_reply = History(), REPLY in running.document()["paths"]
    tokens = [_log_in(running, f"manager{k}") for k in range(len(DISTRICTS))]
    is_over, no_more_kills = Event(), Event()
    senders = [Sender(running) for _ in range(clients)]
    customers = [
        Customers(
            number=k, send=senders[k], servers=len(running.ports), token=tokens[k % len(tokens)],
            district=DISTRICTS[k % len(tokens)], sites=sites,
            facts={"area": "demo", "on_date": ON_DATE}, history=history, has_reply=has_reply,
            reply_body=reply_body(), is_over=is_over.is_set,
            draw=random.Random(f"{seed}/{k}"),  # noqa: S311 -- the same run again
        )
        for k in range(clients)
    ]  # fmt: skip
    killer = random.Random(seed)  # noqa: S311 -- the same run again
    started = time.monotonic()
    with ThreadPoolExecutor(clients + 1) as threads:
        at_work = [threads.submit(customer.run) for customer in customers]
        killing = threads.submit(
            kill_at_random, running, store, killer, no_more_kills, kill_every_s
        )
        try:
            is_over.wait(seconds)
        finally:
            no_more_kills.set()
            is_over.set()
        killed = killing.result()
        running.see_to()
        for work in at_work:
            work.result()
    for sender in senders:
        sender.close()
    return history, killed, time.monotonic() - started


def reply_body() -> Mapping[str, Any]:
    # the day of the company, whatever the clock of this machine says
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    return {"signed_on": today.isoformat(), "details": DETAILS}


def _log_in(running: Servers, name: str) -> str:
    import httpx2

    address = f"http://127.0.0.1:{running.ports[0]}/v1/sessions"
    answer = httpx2.post(
        address, json={"name": name, "password": PASSWORD}, trust_env=False, timeout=60.0
    )
    status, told = answer_of(answer)
    assert status == 201, told
    return str(told["token"])


def _add_manager(name: str, district: str, url: str) -> None:
    done = subprocess.run(
        [
            COMMAND, "user", "add", name, "--role", "planner", "--district", district,
            "--password-stdin", "--database", url,
        ],
        input=PASSWORD, text=True, capture_output=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counter.items())) or "none"


def main() -> int:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--servers", type=int, default=3)
    parser.add_argument("--kill-every", type=float, default=4.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--history", type=Path, help="Folder to keep history, logs and grid in.")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as spare:
        folder = asked.history or Path(spare)
        folder.mkdir(parents=True, exist_ok=True)
        outcome = run(
            asked.database, folder, clients=asked.clients, seconds=asked.seconds,
            servers=asked.servers, kill_every_s=asked.kill_every, seed=asked.seed,
        )  # fmt: skip
    sys.stdout.write("\n".join(outcome.lines()) + "\n")
    return 1 if outcome.breaches else 0


if __name__ == "__main__":
    sys.exit(main())
