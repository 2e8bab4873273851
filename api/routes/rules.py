"""Rules: read by everybody, drafted by one administrator and approved by another."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from sqlalchemy.engine import Connection

from api.auth.caller import Caller, require_each
from api.auth.dependency import ThisIdentity, allowed
from api.database.rule_drafts import (
    APPROVED,
    REJECTED,
    RulesChangedError,
    StoredDraft,
    add_draft,
    check_open,
    decide,
    find_draft,
    list_drafts,
)
from api.dependencies import After, Grids, Id, Limit, Now, Today, refuse_repeated_fields
from api.once import ThisOnce
from api.outside import inside_only
from api.pages import cut_page
from api.refusals import NOT_ALLOWED, NOT_IN_ORDER, refusal
from api.rule_schemas import (
    AREA,
    DraftList,
    DraftOut,
    GapsOut,
    RuleDecisionIn,
    RuleDraftIn,
    RulesOut,
    gaps_of,
)
from api.rule_trial import try_rules
from grid_models.errors import InputError, InputProblem
from planner.rules import Rule, find_rule_gaps, lay_over, read_entries

__all__ = ["router"]

_WRITE = "rules.write"
_UNKNOWN = refusal(404, "No such draft.")
_CONFLICT = refusal(
    409,
    "It is the caller's own (`four_eyes`), was decided on (`draft_decided`), the rules are others "
    "than those it was made over (`rules_changed`), or the key was used before.",
)
_PAST = "effective_from"

router = APIRouter(
    prefix="/v1/rules",
    tags=["rules"],
    dependencies=[Depends(refuse_repeated_fields)],
    responses=NOT_ALLOWED | NOT_IN_ORDER,
)
Reader = Annotated[Caller, Depends(allowed("rules.read"))]
Writer = Annotated[Caller, Depends(allowed(_WRITE))]
Area = Annotated[str, Query(pattern=AREA, description="Area of the rules.", examples=["hangzhou"])]
OnDate = Annotated[date | None, Query(description="Acceptance date; today in Asia/Shanghai.")]


@router.get(
    "",
    summary="Rules in force on a day",
    response_model=RulesOut,
    responses={
        **refusal(404, "The rules never had that version."),
        304: {"description": "They are as the ETag says."},
    },
)
def list_rules(
    _caller: Reader,
    grids: Grids,
    today: Today,
    response: Response,
    area: Area,
    on_date: OnDate = None,
    version: Annotated[
        str | None,
        Query(pattern="^[0-9a-f]{16}$", description="As an answer names it; null: now."),
    ] = None,
    if_none_match: Annotated[str | None, Header(max_length=200)] = None,
) -> Any:
    """Return every row in force on a day, also by a version that answers were given with."""
    rules, day = grids.rule_book, on_date or today
    book = rules(area) if version is None else rules.as_of(area, version)
    headers = {"ETag": f'"{book.version}.{day}"'}
    if if_none_match == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return RulesOut.of(book, day)


@router.get("/drafts", summary="Drafts of rules")
def list_them(
    caller: Reader,
    identity: ThisIdentity,
    grids: Grids,
    area: Annotated[str | None, Query(pattern=AREA)] = None,
    state: Annotated[list[Literal["draft", "approved", "rejected"]] | None, Query()] = None,
    after: After = 0,
    limit: Limit = 50,
) -> DraftList:
    """Return drafts in the order they were made, each with what it changes."""
    inside_only(caller)
    found = identity.database.read(
        lambda connection: list_drafts(
            connection, area=area, states=state or (), after=after, most=limit + 1
        )
    )
    page, next_cursor = cut_page(found, limit)
    rules = grids.rule_book
    return DraftList(items=[_shown(draft, rules) for draft in page], next_cursor=next_cursor)


@router.get("/drafts/{draft_id}", summary="One draft", responses=_UNKNOWN)
def get_one(draft_id: Id, caller: Reader, identity: ThisIdentity, grids: Grids) -> DraftOut:
    """Return a draft and what it changes."""
    inside_only(caller)
    draft = identity.database.read(lambda connection: find_draft(connection, draft_id))
    return _shown(draft, grids.rule_book)


@router.post(
    "/drafts",
    status_code=201,
    summary="Draft rows of rules",
    response_model=DraftOut,
    responses=refusal(409, "The key was used before."),
)
def create_draft(
    asked: RuleDraftIn, caller: Writer, grids: Grids, today: Today, now: Now, once: ThisOnce
) -> Any:
    """Keep rows for another administrator to approve; nothing is in force yet.

    They are read as a rule file is, and two made-up applications are answered by them.
    """
    require_each(caller, _WRITE, None)
    if (kept := once.kept()) is not None:
        return kept
    rules = grids.rule_book
    book = rules(asked.area)
    rows = read_entries(book, asked.entries, name="entries")
    _refuse_past(rows, today)
    changed = lay_over(book, asked.entries, name="entries")
    try_rules(changed, (row.effective_from for row in rows))

    def keep(connection: Connection) -> Any:
        draft = add_draft(
            connection, area=asked.area, entries=asked.entries, base_version=book.version,
            note=asked.note, actor=caller.name, now=now,
        )  # fmt: skip
        return _shown(draft, rules).model_dump(mode="json")

    return once.do(keep)


@router.post(
    "/drafts/{draft_id}/approve",
    status_code=201,
    summary="Put a draft into force",
    response_model=DraftOut,
    responses=_UNKNOWN | _CONFLICT,
)
def approve(
    draft_id: Id,
    asked: RuleDecisionIn,
    caller: Writer,
    grids: Grids,
    today: Today,
    now: Now,
    once: ThisOnce,
) -> Any:
    """Lay a draft of somebody else over the area's rules; every process sees it at once."""
    require_each(caller, _WRITE, None)
    shelf = grids.rules

    def put(connection: Connection) -> Any:
        draft = find_draft(connection, draft_id)
        check_open(draft, caller.name)
        book = shelf.inside(connection)(draft.area)
        if book.version != draft.base_version:
            raise RulesChangedError(draft_id, draft.base_version, book.version)
        _refuse_past(read_entries(book, draft.entries, name=draft_id), today)
        changed = lay_over(book, draft.entries, name=draft_id)
        decided = decide(
            connection, draft, APPROVED, version=changed.version, note=asked.note,
            actor=caller.name, now=now,
        )  # fmt: skip
        return _shown(decided, lambda _: changed).model_dump(mode="json")

    return once.do(put)


@router.post(
    "/drafts/{draft_id}/reject",
    status_code=201,
    summary="End a draft",
    response_model=DraftOut,
    responses=_UNKNOWN | _CONFLICT,
)
def reject(
    draft_id: Id, asked: RuleDecisionIn, caller: Writer, grids: Grids, now: Now, once: ThisOnce
) -> Any:
    """End a draft of somebody else; the rules stay as they are."""
    require_each(caller, _WRITE, None)
    rules = grids.rule_book

    def end(connection: Connection) -> Any:
        draft = find_draft(connection, draft_id)
        decided = decide(
            connection, draft, REJECTED, version=rules(draft.area).version, note=asked.note,
            actor=caller.name, now=now,
        )  # fmt: skip
        return _shown(decided, rules).model_dump(mode="json")

    return once.do(end)


@router.get("/{area}/gaps", summary="Rules to verify and to adopt")
def list_gaps(
    area: Annotated[str, Path(pattern=AREA)],
    _caller: Reader,
    grids: Grids,
    today: Today,
    on_date: OnDate = None,
) -> GapsOut:
    """Return what is left to do before the area's answers stand by themselves."""
    book, day = grids.rule_book(area), on_date or today
    gaps = find_rule_gaps(book, day)
    return gaps_of(book, day, gaps.to_verify, gaps.to_adopt)


def _shown(draft: StoredDraft, rules: Any) -> DraftOut:
    """Return a draft as it is shown; what it changes only where its base can be rebuilt."""
    present = rules(draft.area)
    base = present.as_of(draft.base_version)
    rows = () if base is None else read_entries(base, draft.entries, name=draft.draft_id)
    return DraftOut.of(draft, present, rows, base)


def _refuse_past(rows: tuple[Rule, ...], today: date) -> None:
    """Refuse rows that would change what past answers rest on.

    Raises
    ------
    InputError
        With every such row.
    """
    problems = [
        InputProblem(
            field=_PAST,
            zh=f"规则 {row.rule_id} 的生效日 {row.effective_from} 早于今日 {today}",
            en=f"rule '{row.rule_id}' begins on {row.effective_from}, before today, {today}",
        )
        for row in rows
        if row.effective_from < today
    ]
    if problems:
        raise InputError(problems)
