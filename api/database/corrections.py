"""Corrections: what the map shows otherwise than it is, kept until the data team has looked."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.database.audit import Deed, record
from api.database.outbox import tell
from api.database.tables import map_corrections
from grid_models.errors import SupplyPlanError

__all__ = [
    "CorrectionMoveError",
    "StoredCorrection",
    "UnknownCorrectionError",
    "add_correction",
    "find_correction",
    "list_corrections",
    "move_correction",
]

OPENED = "correction.opened"
_MOVES: Mapping[str, tuple[str, ...]] = {
    "open": ("taken", "done", "refused"),
    "taken": ("done", "refused"),
    "done": (),
    "refused": (),
}


class UnknownCorrectionError(SupplyPlanError):
    """There is no such correction, or it is not the caller's to see."""

    def __init__(self, correction_id: str) -> None:
        super().__init__(f"no correction {correction_id} / 没有地图更正 {correction_id}")


class CorrectionMoveError(SupplyPlanError):
    """The state of a correction does not lead there."""

    def __init__(self, correction_id: str, state: str, wanted: str) -> None:
        onward = ", ".join(_MOVES[state]) or "-"
        super().__init__(
            f"correction {correction_id} is {state} and cannot become {wanted}; "
            f"it may become: {onward} / "
            f"地图更正 {correction_id} 现为 {state}，不能变为 {wanted}；可变为：{onward}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCorrection:
    """A correction as it is kept.

    Parameters
    ----------
    state
        open, taken, done or refused.
    grid_version
        That was served when it was opened.
    element_id
        Element of that version; None: it is about none.
    lon, lat, accuracy_m
        CGCS2000 and metres; None: no accuracy is known.
    moved_by, moved_at, move_note
        Of the last move; None and empty: there was none.
    """

    number: int
    correction_id: str
    district: str
    state: str
    grid_name: str
    grid_version: str
    kind: str
    element_id: str | None
    lon: float
    lat: float
    accuracy_m: float | None
    note: str
    opened_by: str
    opened_at: datetime
    moved_by: str | None
    moved_at: datetime | None
    move_note: str


def add_correction(
    connection: Connection, facts: Mapping[str, Any], *, actor: str, now: datetime
) -> StoredCorrection:
    """Keep a new correction, and have the data team told.

    Parameters
    ----------
    facts
        What `StoredCorrection` holds from `district` to `note`, but its state.
    """
    correction_id = f"map-{uuid.uuid4().hex}"
    connection.execute(
        sa.insert(map_corrections).values(
            **facts, correction_id=correction_id, state="open", opened_by=actor, opened_at=now,
            move_note="",
        )
    )  # fmt: skip
    added = find_correction(connection, correction_id)
    _write_down(connection, added, "correction.add", actor, now, kind=added.kind)
    # the note is somebody's own words: it is not for others
    tell(
        connection, OPENED, district=added.district, subject=correction_id, now=now,
        correction_id=correction_id, correction_kind=added.kind, grid_name=added.grid_name,
        grid_version=added.grid_version, element_id=added.element_id,
    )  # fmt: skip
    return added


def find_correction(
    connection: Connection, correction_id: str, *, districts: Sequence[str] | None = None
) -> StoredCorrection:
    """Return a correction.

    Parameters
    ----------
    districts
        Those the caller may see; None: every one.

    Raises
    ------
    UnknownCorrectionError
        If there is none, or it is not the caller's to see.
    """
    query = sa.select(map_corrections).where(map_corrections.c.correction_id == correction_id)
    row = connection.execute(query).mappings().one_or_none()
    if row is None or (districts is not None and row["district"] not in districts):
        raise UnknownCorrectionError(correction_id)
    return StoredCorrection(**row)


def list_corrections(
    connection: Connection,
    *,
    districts: Sequence[str] | None = None,
    states: Sequence[str] = (),
    after: int = 0,
    most: int = 50,
) -> list[StoredCorrection]:
    """Return corrections in the order they came.

    Parameters
    ----------
    states
        Only these; empty: any.
    after
        Number of the last one of the page before.
    """
    query = sa.select(map_corrections).where(map_corrections.c.number > after)
    if districts is not None:
        query = query.where(map_corrections.c.district.in_(districts))
    if states:
        query = query.where(map_corrections.c.state.in_(states))
    rows = connection.execute(query.order_by(map_corrections.c.number).limit(most))
    return [StoredCorrection(**row) for row in rows.mappings()]


def move_correction(
    connection: Connection,
    correction: StoredCorrection,
    to_state: str,
    *,
    note: str,
    actor: str,
    now: datetime,
) -> StoredCorrection:
    """Move a correction on; the grid stays as it is.

    Raises
    ------
    CorrectionMoveError
        If its state does not lead there.
    """
    if to_state not in _MOVES[correction.state]:
        raise CorrectionMoveError(correction.correction_id, correction.state, to_state)
    connection.execute(
        sa.update(map_corrections)
        .where(map_corrections.c.correction_id == correction.correction_id)
        .values(state=to_state, moved_by=actor, moved_at=now, move_note=note)
    )
    moved = find_correction(connection, correction.correction_id)
    _write_down(
        connection, moved, "correction.move", actor, now, from_state=correction.state,
        state=to_state,
    )  # fmt: skip
    return moved


def _write_down(
    connection: Connection,
    correction: StoredCorrection,
    action: str,
    actor: str,
    now: datetime,
    **details: Any,
) -> None:
    deed = Deed(
        at=now, actor=actor, district=correction.district, action=action,
        subject=correction.correction_id, details=details,
    )  # fmt: skip
    record(connection, deed)
