"""Checks of thermal limits and voltages on a solved connection: practice, section 5.

Each check looks at every element of the source tree, tells path, feeder and rest apart, and what
was broken before from what the new load breaks. The result is one `Check` a code: the worst effect,
and among equals the least margin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.plan import Check, Effect, Scope
from planner.rules import Rules

__all__ = ["Elements", "Judgement", "Worsening", "judge"]

# Two numbers this close (share of the limit) are equal: rounding decides nothing.
SLACK = 1e-9
_EFFECTS: tuple[Effect, ...] = ("show", "desk", "block")
_SHOW, _DESK, _BLOCK = range(3)
_SCOPES: tuple[Scope, ...] = ("path", "feeder", "tree")

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Elements:
    """Elements of one kind before and after the new load; arrays of one length.

    Parameters
    ----------
    before, after
        Values in `unit`.
    limit
        Limit of each; NaN where there is none.
    scope
        0 path, 1 feeder, 2 rest of the tree.
    name
        Id of element k.
    """

    before: Floats
    after: Floats
    limit: Floats
    scope: Ints
    unit: str
    name: Callable[[int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worsening:
    """How much worse than before counts as worse, in the elements' unit; by element or for all."""

    allowed: Floats | float
    # What was too high before and is no higher after: the desk adjusts a tap, nothing blocks.
    forgives_improvement: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Outcome of one rule.

    Parameters
    ----------
    check
        The element with the worst effect, among equals with the least margin.
    desk
        For each desk code that applies, the check of its worst element.
    """

    check: Check
    desk: Mapping[str, Check]


def judge(
    code: str,
    elements: Elements,
    rules: Rules,
    worsening: Worsening,
    *,
    upper: bool,
    never_blocks: bool = False,
) -> Judgement | None:
    """Hold one rule against elements; None if it concerns none of them.

    Parameters
    ----------
    upper
        True: value <= limit is right; False: value >= limit.
    never_blocks
        Only show what breaks (heavy load at low voltage: connect first, reinforce later).
    """
    sign = 1.0 if upper else -1.0
    limit = elements.limit
    margin = sign * (limit - elements.after) / np.abs(limit)
    known = np.flatnonzero(np.isfinite(margin))
    if not len(known):
        return None

    def check(k: int, *, passed: bool, effect: Effect, pre_existing: bool) -> Check:
        return Check(
            code=code,
            element_id=elements.name(k),
            value=float(elements.after[k]),
            limit=float(limit[k]),
            unit=elements.unit,
            margin_pct=100.0 * float(margin[k]),
            passed=passed,
            effect=effect,
            scope=_SCOPES[elements.scope[k]],
            pre_existing=pre_existing,
            rule_id=code,
        )

    broken = known[margin[known] < -SLACK]
    if not len(broken):
        k = int(known[np.argmin(margin[known])])
        return Judgement(check=check(k, passed=True, effect="show", pre_existing=False), desk={})
    was_broken = sign * (limit - elements.before)[broken] < -SLACK * np.abs(limit[broken])
    worse = sign * (elements.after - elements.before)[broken]
    is_worse = worse > np.broadcast_to(worsening.allowed, limit.shape)[broken]
    is_better = worsening.forgives_improvement & (worse <= SLACK * np.abs(limit[broken]))
    scope = elements.scope[broken]
    severity = _severities(
        _stated(code, rules), scope, was_broken=was_broken, is_worse=is_worse, is_better=is_better
    )
    if never_blocks:
        severity = np.zeros_like(severity)
    order = np.lexsort((broken, margin[broken], -severity))

    def at(place: int) -> Check:
        return check(
            int(broken[place]),
            passed=False,
            effect=_EFFECTS[severity[place]],
            pre_existing=bool(was_broken[place]),
        )

    desk = {}
    for name, applies in (("tap_adjustment", was_broken), ("neighbour_affected", ~was_broken)):
        places = order[(severity[order] == _DESK) & applies[order]]
        if len(places):
            desk[name] = at(int(places[0]))
    return Judgement(check=at(int(order[0])), desk=desk)


def _stated(code: str, rules: Rules) -> Ints:
    return np.array([_EFFECTS.index(rules.effect(code, scope)) for scope in _SCOPES])


def _severities(
    stated: Ints, scope: Ints, *, was_broken: Bools, is_worse: Bools, is_better: Bools
) -> Ints:
    """Effect of each broken element as a number, 0 show, 1 desk, 2 block."""
    on_path = scope == 0
    own = stated[scope]
    before = np.where(on_path, own, np.where(is_worse, _BLOCK, _SHOW))
    before = np.where(is_better, np.where(on_path, _DESK, _SHOW), before)
    return np.where(was_broken & (own != _SHOW), before, own)
