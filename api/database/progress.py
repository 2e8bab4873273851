"""Progress: how far applications have come, of a whole page at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.holds import is_live
from api.database.tables import holds, plans

__all__ = ["Progress", "find_progress"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an application has come.

    Parameters
    ----------
    mode
        Of its last plan: on_site, back_office or no_option; None: it has none.
    hold_expires_at
        Until when something is held for it; None: nothing is, or it does not run out.
    """

    mode: str | None = None
    hold_expires_at: datetime | None = None


def find_progress(
    connection: Connection, application_ids: Sequence[str], now: datetime
) -> Mapping[str, Progress]:
    """Return how far each of some applications has come, in two queries however many they are."""
    others = plans.alias()
    last = (
        sa.select(sa.func.max(others.c.version))
        .where(others.c.application_id == plans.c.application_id)
        .scalar_subquery()
    )
    modes = connection.execute(
        sa.select(plans.c.application_id, plans.c.mode).where(
            plans.c.application_id.in_(application_ids), plans.c.version == last
        )
    )
    ends = connection.execute(
        sa.select(holds.c.application_id, holds.c.expires_at).where(
            holds.c.application_id.in_(application_ids), is_live(now)
        )
    )
    mode_of = {row.application_id: row.mode for row in modes}
    end_of = {row.application_id: row.expires_at for row in ends}
    return {
        name: Progress(mode=mode_of.get(name), hold_expires_at=end_of.get(name))
        for name in application_ids
    }
