"""Shadow mode: districts in which the desk confirms even answers on the spot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.tables import shadow_districts

__all__ = ["ShadowDistrict", "is_in_shadow", "list_shadow", "set_shadow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowDistrict:
    """A district in shadow mode, and who set it when."""

    district: str
    set_by: str
    set_at: datetime


def is_in_shadow(connection: Connection, district: str) -> bool:
    """Tell whether a district is in shadow mode."""
    query = sa.select(shadow_districts.c.district).where(shadow_districts.c.district == district)
    return connection.execute(query).one_or_none() is not None


def list_shadow(
    connection: Connection, *, districts: Sequence[str] | None = None
) -> list[ShadowDistrict]:
    """Return districts in shadow mode by name.

    Parameters
    ----------
    districts
        Those the caller may see; None: every one.
    """
    query = sa.select(shadow_districts).order_by(shadow_districts.c.district)
    if districts is not None:
        query = query.where(shadow_districts.c.district.in_(districts))
    return [ShadowDistrict(**row) for row in connection.execute(query).mappings()]


def set_shadow(
    connection: Connection, district: str, *, is_shadow: bool, actor: str, now: datetime
) -> None:
    """Put a district into shadow mode or take it out; what is so already stays so."""
    if is_in_shadow(connection, district) == is_shadow:
        return
    if is_shadow:
        values = {"district": district, "set_by": actor, "set_at": now}
        connection.execute(sa.insert(shadow_districts).values(values))
    else:
        connection.execute(
            sa.delete(shadow_districts).where(shadow_districts.c.district == district)
        )
