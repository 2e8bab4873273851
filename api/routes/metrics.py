"""Metrics, for Prometheus: what the workers counted and what the database holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from hmac import compare_digest

from fastapi import APIRouter, Request, Response
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from api.auth.dependency import Bearer
from api.auth.errors import NotAuthenticatedError
from api.database import Database
from api.database.figures import Figures, find_figures
from api.database.trouble import DatabaseTroubleError
from api.dependencies import Now
from api.metrics import CONTENT_TYPE, SCRAPES_WITHOUT_DATABASE, show_metrics
from api.refusals import Responses, refusal
from api.settings import Settings

__all__ = ["NO_TOKEN", "metrics_token", "router"]

NO_TOKEN: Responses = refusal(401, "It is not the token of SUPPLY_PLAN_METRICS_TOKEN.")
_TEXT: Responses = {200: {"content": {"text/plain": {}}, "description": "As Prometheus reads it."}}

router = APIRouter(tags=["health"])


@router.get(
    "/metrics", summary="Counts, for Prometheus", response_class=Response, responses=_TEXT
)  # fmt: skip
def metrics(request: Request, now: Now) -> Response:
    """Answer always: where the database cannot be read, without what it holds."""
    found = _find(request.app.state.database, now)
    return Response(show_metrics([found] if found else []), media_type=CONTENT_TYPE)


def metrics_token(settings: Settings) -> Callable[[str], None]:
    """Return the dependency that keeps out all who do not have the token of the settings.

    It is a setting, not a key: it must be good while the database is gone.
    """
    wanted = settings.metrics_token

    def check(token: Bearer) -> None:
        is_good = wanted is not None and compare_digest(
            token.encode(errors="replace"), wanted.get_secret_value().encode()
        )
        if not is_good:
            raise NotAuthenticatedError

    return check


def _find(database: Database | None, now: datetime) -> Collector | None:
    if database is None:
        return None
    try:
        return _Kept(database.read(lambda connection: find_figures(connection, now)))
    except (DatabaseTroubleError, SQLAlchemyError):
        SCRAPES_WITHOUT_DATABASE.inc()
        return None


class _Kept(Collector):
    """Figures of the database as Prometheus has them."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        found = self._figures
        yield _by("applications", "Applications.", "state", found.applications)
        yield _by("live_holds", "Promises that hold something now.", "state", found.live_holds)
        yield _by("promised_kva", "What live promises take (kVA).", "grid", found.promised_kva)
        yield _by("deliveries", "Call-backs not delivered.", "state", found.deliveries)
        yield _by("jobs", "Jobs.", "state", found.jobs)
        yield _total("holds_placed", "Promises ever made.", found.holds_placed)
        yield _total("holds_run_out", "Promises that ran out.", found.holds_run_out)
        yield _one("oldest_delivery_seconds", "Call-back overdue longest.", found.oldest_delivery_s)
        yield _one("oldest_job_seconds", "Job that has waited longest.", found.oldest_job_s)


def _by(name: str, text: str, label: str, counts: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"supply_plan_{name}", text, labels=[label])
    for value, amount in sorted(counts.items()):
        family.add_metric([value], amount)
    return family


def _total(name: str, text: str, value: int) -> Metric:
    return CounterMetricFamily(f"supply_plan_{name}", text, value=value)


def _one(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"supply_plan_{name}", text, value=value)
