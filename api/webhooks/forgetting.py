"""Forgetting: events and their deliveries after a stated time, so that they do not pile up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api import clock
from api.database import Database
from api.database.outbox import WAITING
from api.database.tables import deliveries, outbox

__all__ = ["Forgetter"]

# Events forgotten in one transaction: nobody waits long for it.
PIECE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetter:
    """Forgets what happened long ago; the audit does not.

    Parameters
    ----------
    kept_for
        How long events are kept; what still waits is kept longer.
    """

    database: Database
    kept_for: timedelta
    now: Callable[[], datetime] = clock.now

    def work(self) -> bool:
        """Forget a piece; True where there may be more."""
        before = self.now() - self.kept_for
        if not self.database.read(lambda connection: _find_old(connection, before)):
            return False
        return self.database.write(lambda connection: _forget(connection, before)) == PIECE


def _find_old(connection: Connection, before: datetime) -> list[str]:
    waits = sa.exists().where(
        deliveries.c.event_id == outbox.c.event_id, deliveries.c.state == WAITING
    )
    return list(
        connection.execute(
            sa.select(outbox.c.event_id)
            .where(outbox.c.happened_at < before, ~waits)
            .order_by(outbox.c.number)
            .limit(PIECE)
        ).scalars()
    )


def _forget(connection: Connection, before: datetime) -> int:
    old = _find_old(connection, before)
    connection.execute(sa.delete(deliveries).where(deliveries.c.event_id.in_(old)))
    connection.execute(sa.delete(outbox).where(outbox.c.event_id.in_(old)))
    return len(old)
