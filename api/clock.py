"""The one clock: moments in UTC, days of the company's own place."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

__all__ = ["now", "today"]


def today() -> date:
    """Return today's date in Asia/Shanghai, the acceptance date unless another is given."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def now() -> datetime:
    """Return the present moment, in UTC."""
    return datetime.now(UTC)
