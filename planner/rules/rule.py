"""Rule: one dated row that decides or supplies something in an answer, with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

__all__ = ["EFFECTS", "SCOPES", "Effect", "Rule", "Scope"]

Effect = Literal["block", "desk", "show"]
Scope = Literal["path", "feeder", "tree"]

EFFECTS: tuple[Effect, ...] = ("block", "desk", "show")
SCOPES: tuple[Scope, ...] = ("path", "feeder", "tree")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of a rule file. Treat tables and lists in `value` as read-only.

    Parameters
    ----------
    rule_id
        Stable name; several rows share it when the value changed in time.
    value
        A number, text, truth value, list or table (its keys are texts).
    unit
        Unit of every number in `value`; ``ratio`` for a pure number; empty if there is none.
    condition
        When the row holds, besides its dates.
    source, clause
        Document and clause it comes from; the clause is empty where none is confirmed.
    effective_from, effective_to
        First and last day in force; None: still in force.
    verified, verified_by
        Whether someone read the source, and who.
    adopted_by, adopted_on
        Who decided to use the row in this area, and when; empty and None: nobody yet.
    decides
        True if the row judges or selects something in an answer.
    effects
        What breaking the rule does, by scope (path, feeder, tree); empty if the row judges nothing.
    decides_zh, decides_en
        What the row decides or supplies, in a few words.
    note
        What a reader should know besides.
    """

    rule_id: str
    value: Any
    unit: str = ""
    condition: str = ""
    source: str
    clause: str = ""
    effective_from: date
    effective_to: date | None = None
    verified: bool = False
    verified_by: str = ""
    adopted_by: str = ""
    adopted_on: date | None = None
    decides: bool
    effects: Mapping[str, Effect] = field(default_factory=dict)
    decides_zh: str
    decides_en: str
    note: str = ""

    @property
    def is_adopted(self) -> bool:
        """True if the company decided to use the row."""
        return bool(self.adopted_by)

    def is_in_force(self, day: date) -> bool:
        """Tell whether the row holds on `day`, both its first and its last day included."""
        return self.effective_from <= day and (
            self.effective_to is None or day <= self.effective_to
        )
