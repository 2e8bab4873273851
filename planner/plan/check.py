"""Checks of an option: one row a rule, the element with the least margin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Check", "Effect", "Scope"]

Effect = Literal["block", "desk", "show"]
Scope = Literal["path", "feeder", "tree"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One rule held against one element: the one with the least margin.

    `value` and `limit` are in `unit`; `margin_pct` is 100 (limit - value) / |limit|, with the sign
    turned for lower limits. `effect` is what a failure does, `scope` where the element lies.
    """

    code: str
    element_id: str
    value: float
    limit: float
    unit: str
    margin_pct: float
    passed: bool
    effect: Effect
    scope: Scope
    pre_existing: bool
    rule_id: str
