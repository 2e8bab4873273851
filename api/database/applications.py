"""Applications: kept, found, moved from state to state, each change written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from api.database.audit import Deed, record
from api.database.outbox import tell
from api.database.tables import applications, moves
from api.life import TIMED, check_move
from grid_models.errors import SupplyPlanError

__all__ = [
    "ChangedMeanwhileError",
    "Moved",
    "StoredApplication",
    "UnknownApplicationError",
    "add_application",
    "check_revision",
    "find_application",
    "list_moves",
    "list_successors",
    "move",
    "restate",
    "set_limit",
]


Light = Literal["green", "yellow", "red", "unknown"]


class UnknownApplicationError(SupplyPlanError):
    """There is no such application, or it is not the caller's to see."""

    def __init__(self, application_id: str) -> None:
        super().__init__(f"no application {application_id} / 没有申请 {application_id}")


class ChangedMeanwhileError(SupplyPlanError):
    """Somebody changed it since it was read."""

    def __init__(self, application_id: str, revision: int) -> None:
        super().__init__(
            f"application {application_id} was changed meanwhile, it is at revision {revision}; "
            "read it again / "
            f"申请 {application_id} 已被他人修改，现为第 {revision} 次修改，请重新读取"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredApplication:
    """One application as it is kept.

    Parameters
    ----------
    asked
        As `plan.application` holds it: facts of the supply, nothing about a person.
    completed_on
        Day it was complete: who came first where two compete.
    replaces_id
        Temporary application it takes the place of.
    supersedes_id
        Application it takes the place of, which ends with it.
    is_shadow
        Whether even an answer on the spot goes to the desk for confirmation.
    limit_due_on, limit_near_on
        Last day of the utility's limit and the first one from which it is near; None: the clock
        stands, the days are beyond the calendar, or what says so cannot be read.
    revision
        Grows by one with every change.
    accepted_by
        Who brought it; None: nobody knows any more.
    """

    number: int
    application_id: str
    district: str
    state: str
    asked: Mapping[str, Any]
    grid_name: str
    completed_on: date
    replaces_id: str | None
    supersedes_id: str | None
    is_shadow: bool
    limit_due_on: date | None
    limit_near_on: date | None
    revision: int
    created_at: datetime
    changed_at: datetime
    accepted_by: str | None

    def light_on(self, day: date) -> Light | None:
        """Return how near the limit is on a day; None: no clock counts."""
        if self.state not in TIMED:
            return None
        if self.limit_due_on is None or self.limit_near_on is None:
            return "unknown"
        if day > self.limit_due_on:
            return "red"
        return "yellow" if day >= self.limit_near_on else "green"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A change of an application's state."""

    number: int
    application_id: str
    from_state: str
    to_state: str
    reason: str
    moved_by: str
    moved_at: datetime


def add_application(
    connection: Connection,
    *,
    application_id: str,
    district: str,
    asked: Mapping[str, Any],
    grid_name: str,
    completed_on: date,
    actor: str,
    now: datetime,
    state: str = "accepted",
    replaces_id: str | None = None,
    supersedes_id: str | None = None,
    is_shadow: bool = False,
) -> StoredApplication:
    """Keep a new application."""
    values = {
        "application_id": application_id, "district": district, "state": state,
        "asked": asked, "grid_name": grid_name, "completed_on": completed_on,
        "replaces_id": replaces_id, "supersedes_id": supersedes_id,
        "is_shadow": is_shadow, "revision": 1, "accepted_by": actor,
        "created_at": now, "changed_at": now,
    }  # fmt: skip
    connection.execute(sa.insert(applications).values(values))
    added = find_application(connection, application_id)
    _write_down(connection, added, "application.add", actor, now, state=state)
    return added


def find_application(
    connection: Connection, application_id: str, *, districts: Sequence[str] | None = None
) -> StoredApplication:
    """Return an application.

    Parameters
    ----------
    districts
        Those whose applications the caller may see; None: every one.

    Raises
    ------
    UnknownApplicationError
        If there is none, or it is not the caller's to see.
    """
    query = sa.select(applications).where(applications.c.application_id == application_id)
    row = connection.execute(query).mappings().one_or_none()
    if row is None or (districts is not None and row["district"] not in districts):
        raise UnknownApplicationError(application_id)
    return _stored(row)


def list_successors(connection: Connection, application_id: str) -> list[StoredApplication]:
    """Return applications that take the place of another one, or are to."""
    rows = connection.execute(
        sa.select(applications)
        .where(
            sa.or_(
                applications.c.supersedes_id == application_id,
                applications.c.replaces_id == application_id,
            )
        )
        .order_by(applications.c.number)
    )
    return [_stored(row) for row in rows.mappings()]


def restate(
    connection: Connection,
    application: StoredApplication,
    *,
    asked: Mapping[str, Any],
    grid_name: str,
    completed_on: date,
    now: datetime,
    is_shadow: bool = False,
) -> StoredApplication:
    """Let an application state something else: a draft, or what was confirmed since."""
    connection.execute(
        sa.update(applications)
        .where(applications.c.application_id == application.application_id)
        .values(
            asked=asked, grid_name=grid_name, completed_on=completed_on, is_shadow=is_shadow,
            revision=application.revision + 1, changed_at=now,
        )
    )  # fmt: skip
    return find_application(connection, application.application_id)


def set_limit(
    connection: Connection, application_id: str, due_on: date | None, near_on: date | None
) -> None:
    """Write down when the limit of an application ends, and from when on it is near."""
    connection.execute(
        sa.update(applications)
        .where(applications.c.application_id == application_id)
        .values(limit_due_on=due_on, limit_near_on=near_on)
    )


def list_moves(
    connection: Connection, application_id: str, *, after: int = 0, most: int = 50
) -> list[Moved]:
    """Return an application's changes of state in order.

    Parameters
    ----------
    after
        Number of the last one of the page before.
    """
    rows = connection.execute(
        sa.select(moves)
        .where(moves.c.application_id == application_id, moves.c.number > after)
        .order_by(moves.c.number)
        .limit(most)
    )
    return [Moved(**row) for row in rows.mappings()]


def check_revision(connection: Connection, application_id: str, seen: int) -> None:
    """Make sure an application is as the caller has seen it.

    Raises
    ------
    ChangedMeanwhileError
        If it is at another revision.
    """
    present = find_application(connection, application_id)
    if seen != present.revision:
        raise ChangedMeanwhileError(application_id, present.revision)


def move(
    connection: Connection,
    application: StoredApplication,
    to_state: str,
    *,
    actor: str,
    now: datetime,
    reason: str = "",
) -> StoredApplication:
    """Move an application to another state.

    Raises
    ------
    MoveError
        If its state does not lead there.
    """
    present = find_application(connection, application.application_id)
    check_move(present.application_id, present.state, to_state)
    connection.execute(
        sa.update(applications)
        .where(applications.c.application_id == present.application_id)
        .values(state=to_state, revision=present.revision + 1, changed_at=now)
    )
    connection.execute(
        sa.insert(moves).values(
            application_id=present.application_id,
            from_state=present.state,
            to_state=to_state,
            reason=reason,
            moved_by=actor,
            moved_at=now,
        )
    )
    moved = find_application(connection, present.application_id)
    _write_down(
        connection, moved, "application.move", actor, now, from_state=present.state,
        state=to_state,
    )  # fmt: skip
    return moved


def _write_down(
    connection: Connection,
    application: StoredApplication,
    action: str,
    actor: str,
    now: datetime,
    *,
    state: str,
    from_state: str | None = None,
    **details: Any,
) -> None:
    """Put what happened into the audit, and among the events others are told of."""
    name = application.application_id
    deed = Deed(
        at=now, actor=actor, district=application.district, action=action, subject=name,
        details={"state": state, **details},
    )  # fmt: skip
    record(connection, deed)
    # the reason is somebody's own words: it is not for others
    tell(
        connection, f"application.{state}", district=application.district, subject=name, now=now,
        application_id=name, state=state, from_state=from_state, revision=application.revision,
    )  # fmt: skip


def _stored(row: RowMapping) -> StoredApplication:
    return StoredApplication(**row)
