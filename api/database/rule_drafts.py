"""Rule drafts: rows of rules on their way into force, made by one and approved by another."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from api.auth.names import NO_DISTRICT
from api.database.audit import Deed, record
from api.database.tables import rule_drafts
from grid_models.errors import SupplyPlanError

__all__ = [
    "ApprovedSoFar",
    "DraftDecidedError",
    "FourEyesError",
    "RulesChangedError",
    "StoredDraft",
    "UnknownDraftError",
    "add_draft",
    "approved_so_far",
    "check_open",
    "decide",
    "find_draft",
    "list_approved",
    "list_drafts",
]

DRAFT, APPROVED, REJECTED = "draft", "approved", "rejected"


class UnknownDraftError(SupplyPlanError):
    """There is no such draft."""

    def __init__(self, draft_id: str) -> None:
        super().__init__(f"no draft {draft_id} / 没有规则草案 {draft_id}")


class DraftDecidedError(SupplyPlanError):
    """A draft was approved or rejected before."""

    def __init__(self, draft_id: str, state: str) -> None:
        super().__init__(
            f"draft {draft_id} is {state} already / 规则草案 {draft_id} 已处理：{state}"
        )


class FourEyesError(SupplyPlanError):
    """Who made a draft cannot decide on it."""

    def __init__(self, draft_id: str) -> None:
        super().__init__(
            f"draft {draft_id} is yours; another administrator has to decide on it / "
            f"规则草案 {draft_id} 由您提出，须由另一位管理员审批"
        )


class RulesChangedError(SupplyPlanError):
    """The rules are others than those a draft was made over."""

    def __init__(self, draft_id: str, base: str, present: str) -> None:
        super().__init__(
            f"draft {draft_id} was made over rules {base}, they are at {present} now; draft anew / "
            f"规则草案 {draft_id} 基于规则版本 {base}，现为 {present}，请重新起草"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDraft:
    """Rows of rules of an area, and what became of them.

    Parameters
    ----------
    entries
        As a rule file has them, dates as text.
    base_version
        Of the area's rules when it was made.
    state
        draft, approved or rejected.
    """

    number: int
    draft_id: str
    area: str
    entries: Sequence[Mapping[str, Any]]
    base_version: str
    state: str
    note: str
    made_by: str
    made_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str | None


class ApprovedSoFar(NamedTuple):
    """What differs once another draft was approved."""

    drafts: int
    last_number: int


def add_draft(
    connection: Connection,
    *,
    area: str,
    entries: Sequence[Mapping[str, Any]],
    base_version: str,
    note: str,
    actor: str,
    now: datetime,
) -> StoredDraft:
    """Keep a new draft."""
    draft_id = f"rules-{uuid.uuid4().hex}"
    connection.execute(
        sa.insert(rule_drafts).values(
            draft_id=draft_id, area=area, entries=list(entries), base_version=base_version,
            state=DRAFT, note=note, made_by=actor, made_at=now,
        )
    )  # fmt: skip
    ids = sorted({str(entry["id"]) for entry in entries})
    _write_down(connection, draft_id, "rules.draft", actor, now, area=area, rules=ids)
    return find_draft(connection, draft_id)


def find_draft(connection: Connection, draft_id: str) -> StoredDraft:
    """Return a draft.

    Raises
    ------
    UnknownDraftError
        If there is none.
    """
    query = sa.select(rule_drafts).where(rule_drafts.c.draft_id == draft_id)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise UnknownDraftError(draft_id)
    return StoredDraft(**row)


def list_drafts(
    connection: Connection,
    *,
    area: str | None = None,
    states: Sequence[str] = (),
    after: int = 0,
    most: int = 50,
) -> list[StoredDraft]:
    """Return drafts in the order they were made."""
    query = sa.select(rule_drafts).where(rule_drafts.c.number > after)
    if area is not None:
        query = query.where(rule_drafts.c.area == area)
    if states:
        query = query.where(rule_drafts.c.state.in_(states))
    rows = connection.execute(query.order_by(rule_drafts.c.number).limit(most))
    return [StoredDraft(**row) for row in rows.mappings()]


def check_open(draft: StoredDraft, actor: str) -> None:
    """Make sure somebody may decide on a draft.

    Raises
    ------
    DraftDecidedError
        If it was decided on before.
    FourEyesError
        If who decides has made it.
    """
    if draft.state != DRAFT:
        raise DraftDecidedError(draft.draft_id, draft.state)
    if draft.made_by == actor:
        raise FourEyesError(draft.draft_id)


def decide(
    connection: Connection,
    draft: StoredDraft,
    state: str,
    *,
    version: str,
    note: str,
    actor: str,
    now: datetime,
) -> StoredDraft:
    """Approve or reject a draft.

    Parameters
    ----------
    state
        approved or rejected.
    version
        Of the area's rules from then on.

    Raises
    ------
    DraftDecidedError, FourEyesError
        As `check_open` does.
    """
    check_open(draft, actor)
    connection.execute(
        sa.update(rule_drafts)
        .where(rule_drafts.c.draft_id == draft.draft_id)
        .values(state=state, decided_by=actor, decided_at=now, decision_note=note)
    )
    action = "rules.approve" if state == APPROVED else "rules.reject"
    _write_down(connection, draft.draft_id, action, actor, now, area=draft.area, version=version)
    return find_draft(connection, draft.draft_id)


def approved_so_far(connection: Connection) -> ApprovedSoFar:
    """Return what tells whether another draft was approved: one row of a small table."""
    query = sa.select(sa.func.count(), sa.func.max(rule_drafts.c.number)).where(
        rule_drafts.c.state == APPROVED
    )
    count, last = connection.execute(query).one()
    return ApprovedSoFar(count, last or 0)


def list_approved(connection: Connection) -> list[StoredDraft]:
    """Return every approved draft in the order they were approved.

    That is the order they were made in: one that was made over rules that changed before it was
    approved is not approved any more.
    """
    query = sa.select(rule_drafts).where(rule_drafts.c.state == APPROVED)
    rows = connection.execute(query.order_by(rule_drafts.c.number))
    return [StoredDraft(**row) for row in rows.mappings()]


def _write_down(
    connection: Connection, draft_id: str, action: str, actor: str, now: datetime, **details: Any
) -> None:
    deed = Deed(
        at=now, actor=actor, district=NO_DISTRICT, action=action, subject=draft_id,
        details=details,
    )  # fmt: skip
    record(connection, deed)
