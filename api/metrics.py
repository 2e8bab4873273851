"""Metrics: what a process counts of its own, for Prometheus; several workers put theirs together.

Where ``PROMETHEUS_MULTIPROC_DIR`` is set before this is imported, `prometheus_client` keeps every
count in files there, and whoever is asked answers for all workers.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from math import isfinite
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from planner.plan import SupplyPlan

__all__ = [
    "CONTENT_TYPE",
    "IN_PROGRESS",
    "SCRAPES_WITHOUT_DATABASE",
    "count_answer",
    "count_refusal",
    "count_request",
    "show_metrics",
]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_OWN = CollectorRegistry()

_REQUESTS = Counter(
    "supply_plan_requests", "Requests by route, method and status.",
    ["route", "method", "status"], registry=_OWN,
)  # fmt: skip
_DURATION = Histogram(
    "supply_plan_request_seconds", "Time to the end of the answer.", ["route", "method"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0), registry=_OWN,
)  # fmt: skip
IN_PROGRESS = Gauge(
    "supply_plan_requests_in_progress", "Requests being answered now.",
    multiprocess_mode="livesum", registry=_OWN,
)  # fmt: skip
_ANSWERS = Counter("supply_plan_answers", "Plans made, by mode.", ["mode"], registry=_OWN)
_REASONS = Counter(
    "supply_plan_answer_reasons", "Why a plan was no answer on the spot, by reason.",
    ["mode", "reason"], registry=_OWN,
)  # fmt: skip
_REFUSALS = Counter("supply_plan_refusals", "Problems answered, by code.", ["code"], registry=_OWN)
_HEADROOM = Histogram(
    "supply_plan_headroom_kva",
    "Open capacity at the access point of each first option, before the new load and after all "
    "that is promised (kVA).",
    buckets=(0, 100, 200, 400, 800, 1_600, 3_150, 6_300, 10_000, 20_000), registry=_OWN,
)  # fmt: skip
_MEMORY = Gauge(
    "supply_plan_worker_resident_bytes", "Memory of each worker, pages of grids included.",
    multiprocess_mode="liveall", registry=_OWN,
)  # fmt: skip
SCRAPES_WITHOUT_DATABASE = Counter(
    "supply_plan_scrapes_without_database", "Times the database's figures could not be read.",
    registry=_OWN,
)  # fmt: skip

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def count_request(method: str, route: str, status: int | None, took_s: float) -> None:
    """Count a request; its status is None where whoever asked had gone."""
    _REQUESTS.labels(route, method, status or "none").inc()
    _DURATION.labels(route, method).observe(took_s)
    _MEMORY.set(_resident_bytes())


def count_refusal(code: str) -> None:
    """Count a problem that was answered."""
    _REFUSALS.labels(code).inc()


def count_answer(plan: SupplyPlan) -> None:
    """Count a plan, why it was no answer on the spot, and what room there was."""
    mode = plan.answer.mode
    _ANSWERS.labels(mode).inc()
    for reason in plan.answer.reasons:
        _REASONS.labels(mode, reason.code).inc()
    for option in plan.options[:1]:
        # one that is unknown, or that nothing binds, would spoil the sum for good
        if isfinite(room_kva := option.headroom.open_capacity_kva):
            _HEADROOM.observe(room_kva)


def show_metrics(others: Iterable[Collector] = ()) -> bytes:
    """Return everything counted, by all workers, as Prometheus reads it.

    Parameters
    ----------
    others
        What is found out only now.
    """
    registry = CollectorRegistry()
    folder = os.environ.get(_FOLDER)
    if folder is None:
        registry.register(_OWN)
    else:
        _forget_dead_workers(Path(folder))
        MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
    for other in others:
        registry.register(other)
    return generate_latest(registry)


def _forget_dead_workers(folder: Path) -> None:
    """Take away what only the living count: a worker that was killed could not do it itself."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if not Path("/proc", pid).exists() and pid.isdigit():
            mark_process_dead(int(pid), str(folder))  # type: ignore[no-untyped-call]


def _resident_bytes() -> int:
    """Return what of this process lies in memory, in bytes; 0 where the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * _PAGE_BYTES
