"""The one clock: moments in UTC, days of the company's own place."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = ["day_of", "end_of", "now", "start_of", "today"]

COMPANY = ZoneInfo("Asia/Shanghai")


def today() -> date:
    """Return today's date in Asia/Shanghai, the acceptance date unless another is given."""
    return day_of(now())


def now() -> datetime:
    """Return the present moment, in UTC."""
    return datetime.now(UTC)


def day_of(moment: datetime) -> date:
    """Return the date in Asia/Shanghai at a moment."""
    return moment.astimezone(COMPANY).date()


def start_of(day: date) -> datetime:
    """Return the moment at which a day begins in Asia/Shanghai."""
    return datetime.combine(day, time.min, tzinfo=COMPANY)


def end_of(day: date) -> datetime:
    """Return the moment after the last of a day in Asia/Shanghai."""
    return start_of(day + timedelta(days=1))
