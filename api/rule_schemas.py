"""Schemas: what HTTP takes and gives about rules and drafts of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.database.rule_drafts import StoredDraft
from planner.rules import Rule, RuleBook

__all__ = [
    "AREA",
    "Change",
    "DraftList",
    "DraftOut",
    "GapsOut",
    "RuleDecisionIn",
    "RuleDraftIn",
    "RuleOut",
    "RulesOut",
]

AREA = "^[a-z][a-z0-9_-]{0,39}$"

# What a table of a rule may hold at most.
_DEEPEST, _LARGEST, _LONGEST = 6, 1e15, 2_000


def _check_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("one line of printable characters / 应为单行文字")
    return text


def _check_entry(entry: dict[str, Any]) -> dict[str, Any]:
    """Refuse what no database takes, or nobody can go through."""
    waiting: list[tuple[Any, int]] = [(entry, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > _DEEPEST:
            raise ValueError(f"at most {_DEEPEST} tables deep / 嵌套不得超过 {_DEEPEST} 层")
        match value:
            case dict():
                waiting += [(part, depth) for part in value]
                waiting += [(part, depth + 1) for part in value.values()]
            case list():
                waiting += [(part, depth + 1) for part in value]
            case str() if not (value.isprintable() and len(value) <= _LONGEST):
                raise ValueError("texts are one printable line each / 文字应为单行可显示字符")
            case int() | float() if not -_LARGEST <= value <= _LARGEST:
                raise ValueError("a number is out of range / 数值超出范围")
    return entry


_Line = Annotated[str, AfterValidator(_check_line), Field(max_length=400)]
_Entry = Annotated[dict[str, Any], AfterValidator(_check_entry)]

_EXAMPLE = {
    "id": "lv_access_limit",
    "value": 250,
    "unit": "kW",
    "source": "通知",
    "effective_from": "2027-01-01",
    "adopted_by": "营销部",
    "adopted_on": "2026-12-01",
    "decides": True,
    "decides_zh": "申请多大功率以内低压供电",
    "decides_en": "up to how much power low voltage is given",
}


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RuleDraftIn(_In):
    """Rows that are to be laid over the rules of an area."""

    area: Annotated[str, Field(pattern=AREA, examples=["hangzhou"])]
    entries: Annotated[
        list[_Entry],
        Field(
            min_length=1, max_length=100, examples=[[_EXAMPLE]],
            description="Rows as a rule file has them, dates as YYYY-MM-DD.",
        ),
    ]  # fmt: skip
    note: _Line = ""


class RuleDecisionIn(_In):
    """Why a draft is approved or rejected."""

    note: _Line = ""


class RuleOut(BaseModel):
    """One dated row."""

    rule_id: str
    value: Any
    unit: str
    condition: str
    source: str
    clause: str
    effective_from: date
    effective_to: date | None
    verified: bool
    verified_by: str
    adopted: bool
    adopted_by: str
    adopted_on: date | None
    decides: bool
    effects: dict[str, str]
    decides_zh: str
    decides_en: str
    note: str

    @classmethod
    def of(cls, rule: Rule) -> RuleOut:
        """Return a row as it is shown."""
        facts = {name: getattr(rule, name) for name in cls.model_fields if name != "adopted"}
        return cls(**facts, adopted=rule.is_adopted)


class _OfAnArea(BaseModel):
    area: str
    title_zh: str
    title_en: str
    is_example: bool
    version: str
    on_date: date


class RulesOut(_OfAnArea):
    """Every row of an area in force on a day; there is one page."""

    items: list[RuleOut]
    next_cursor: str | None = None

    @classmethod
    def of(cls, book: RuleBook, day: date) -> RulesOut:
        """Return the rows in force on a day."""
        rows = [row for _, row in sorted(book.on(day).in_force.items())]
        return cls(**_area(book, day), items=[RuleOut.of(row) for row in rows])


class GapsOut(_OfAnArea):
    """Rows in force that somebody has yet to verify or to adopt."""

    to_verify: list[RuleOut]
    to_adopt: list[RuleOut]


class Change(BaseModel):
    """One row of a draft beside what holds of its rule on its first day."""

    rule_id: str
    before: RuleOut | None
    after: RuleOut


class DraftOut(BaseModel):
    """A draft, with what it changes in the rules it was made over."""

    draft_id: str
    area: str
    state: str
    note: str
    entries: list[dict[str, Any]]
    base_version: str
    is_current: bool = Field(description="Whether the rules are still those it was made over.")
    changes: list[Change] = Field(description="Empty where those rules cannot be rebuilt.")
    made_by: str
    made_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str | None

    @classmethod
    def of(
        cls, draft: StoredDraft, present: RuleBook, rows: tuple[Rule, ...], base: RuleBook | None
    ) -> DraftOut:
        """Return a draft as it is shown.

        Parameters
        ----------
        present
            The area's rules now.
        rows
            Of the draft.
        base
            The rules it was made over; None: they cannot be rebuilt.
        """
        stored = {
            name: getattr(draft, name)
            for name in cls.model_fields
            if name not in ("entries", "is_current", "changes")
        }
        return cls(
            **stored,
            entries=[dict(entry) for entry in draft.entries],
            is_current=draft.base_version == present.version,
            changes=[] if base is None else list(_changes(base, rows)),
        )


class DraftList(BaseModel):
    """Drafts in the order they were made; `next_cursor` is null on the last page."""

    items: list[DraftOut]
    next_cursor: str | None


def _area(book: RuleBook, day: date) -> dict[str, Any]:
    names = ("area", "title_zh", "title_en", "is_example", "version")
    return {name: getattr(book, name) for name in names} | {"on_date": day}


def gaps_of(book: RuleBook, day: date, to_verify: Any, to_adopt: Any) -> GapsOut:
    """Return what is left to do, as it is shown."""
    return GapsOut(
        **_area(book, day),
        to_verify=[RuleOut.of(rule) for rule in to_verify],
        to_adopt=[RuleOut.of(rule) for rule in to_adopt],
    )


def _changes(base: RuleBook, rows: tuple[Rule, ...]) -> Iterator[Change]:
    for row in rows:
        held = [
            other
            for other in base.rows
            if other.rule_id == row.rule_id and other.is_in_force(row.effective_from)
        ]
        yield Change(
            rule_id=row.rule_id,
            before=RuleOut.of(held[0]) if held else None,
            after=RuleOut.of(row),
        )
