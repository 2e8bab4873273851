"""The one clock: days are those of the company's own place."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

__all__ = ["today"]


def today() -> date:
    """Return today's date in Asia/Shanghai, the acceptance date unless another is given."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()
