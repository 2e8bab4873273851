"""Seen: who saw what, written down before it is shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from api.auth.caller import Caller
from api.auth.names import NO_DISTRICT
from api.database import Database
from api.database.audit import Deed, record

__all__ = ["saw"]


def saw(
    database: Database,
    caller: Caller,
    what: str,
    subject: str,
    *,
    now: datetime,
    district: str = NO_DISTRICT,
    **details: Any,
) -> None:
    """Write down that somebody is shown something: one row a view, in a transaction of its own.

    What cannot be written down is not shown. A view waits its turn among the writers, since each
    row of the audit carries the hash of the one before.

    Parameters
    ----------
    what
        Such as ``plan``; the deed is ``plan.view``.
    subject
        Id of what is shown, or of what it is about.
    details
        What was asked for.
    """
    deed = Deed(
        at=now, actor=caller.name, district=district, action=f"{what}.view", subject=subject,
        details={name: value for name, value in details.items() if value is not None},
    )  # fmt: skip
    database.write(lambda connection: record(connection, deed))
