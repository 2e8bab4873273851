"""The product from outside: its command line and its HTTP service, in their own processes."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

READY_WITHIN_S = 120.0
ANSWER_WITHIN_S = 300.0
ASK_AGAIN_S = 0.2
ROOT = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).with_name("supply-plan"))


def run_command(*arguments: str) -> str:
    """Run `supply-plan ARGUMENTS`; a failure shows what it said."""
    done = subprocess.run(
        [COMMAND, *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=ANSWER_WITHIN_S,
    )  # fmt: skip
    assert done.returncode == 0, f"supply-plan {' '.join(arguments)}: {done.stderr}"
    return done.stdout


def import_grid(
    source: Path,
    folder: Path,
    *,
    assumptions: Mapping[str, str],
    on_date: str,
    relocate: tuple[float, float] | None = None,
) -> None:
    """Import a pandapower file with data as fresh as `on_date`."""
    options: list[str] = ["--load-date", on_date, "--topology-date", on_date, "--area", "demo"]
    for key, value in assumptions.items():
        options += ["--assume", f"{key}={value}"]
    if relocate is not None:
        options += ["--relocate", f"{relocate[0]},{relocate[1]}"]
    run_command("grid", "import", str(source), "-o", str(folder), *options)


class Service:
    """One running `supply-plan serve` with one grid."""

    def __init__(self, address: str) -> None:
        self.address = address

    def plan(self, body: Mapping[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310
            f"{self.address}/v1/plans",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_WITHIN_S) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            said = error.read().decode()
            raise AssertionError(f"{error.code} for {body}: {said}") from error


@contextlib.contextmanager
def serving(folder: Path, log: Path) -> Iterator[Service]:
    """Serve a compiled grid until the block ends."""
    port = _free_port()
    command = [
        COMMAND, "serve", "--grid", str(folder), "--port", str(port),
    ]  # fmt: skip
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_ready(process, address, log)
            yield Service(address)
        finally:
            process.terminate()
            try:
                process.wait(timeout=10.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(process: subprocess.Popen, address: str, log: Path) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        assert process.poll() is None, f"the service ended: {log.read_text(errors='replace')}"
        if _is_ready(address):
            return
        time.sleep(ASK_AGAIN_S)
    raise AssertionError(f"not ready in {READY_WITHIN_S} s: {log.read_text(errors='replace')}")


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5.0) as answer:  # noqa: S310
            return answer.status == 200
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def request_body(
    at: Sequence[float], *, kw: float | None, kva: float | None, on_date: str
) -> dict[str, Any]:
    asked = {"kw": kw} if kw is not None else {"kva": kva}
    return {"at": list(at), **asked, "special_load": "none", "on_date": on_date, "area": "demo"}
