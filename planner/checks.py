"""Checks of thermal limits and voltages on a solved connection: practice, section 5.

Each rule is held against every element of the source tree; path, feeder and rest are told apart,
and what was broken before from what the new load breaks. The result is one `Check` a rule: the
worst effect, and among equals the least margin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from planner.plan import Check, Effect, Scope
from planner.rules import Rules

__all__ = ["Elements", "Judgement", "Worsening", "judge"]

# Two numbers this close (share of the limit) are equal: rounding decides nothing.
SLACK = 1e-9
_EFFECTS: tuple[Effect, ...] = ("show", "desk", "block")
_SCOPES: tuple[Scope, ...] = ("path", "feeder", "tree")
_SHOW, _DESK, _BLOCK = range(3)
_PATH, _FEEDER, _TREE = range(3)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


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
    """When something that was broken before counts as worse.

    Parameters
    ----------
    allowed
        By how much it may grow worse, in the elements' unit; one for each element.
    forgives_improvement
        What is no worse than before never blocks: the desk adjusts a tap.
    """

    allowed: Floats
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
    stated = np.array([_EFFECTS.index(rules.effect(code, scope)) for scope in _SCOPES])
    if never_blocks:
        stated[:] = _SHOW
    worst, severity, was_broken, desk = _find_worst(
        elements.before, elements.after, elements.limit, elements.scope, worsening.allowed,
        stated, 1.0 if upper else -1.0, worsening.forgives_improvement,
    )  # fmt: skip
    if worst < 0:
        return None

    def check(k: int, severity: int, *, pre_existing: bool) -> Check:
        limit, value = float(elements.limit[k]), float(elements.after[k])
        room = (limit - value if upper else value - limit) / abs(limit)
        return Check(
            code=code,
            element_id=elements.name(k),
            value=value,
            limit=limit,
            unit=elements.unit,
            margin_pct=100.0 * room,
            passed=room >= -SLACK,
            effect=_EFFECTS[severity],
            scope=_SCOPES[elements.scope[k]],
            pre_existing=pre_existing,
            rule_id=code,
        )

    return Judgement(
        check=check(int(worst), int(severity), pre_existing=bool(was_broken)),
        desk={
            name: check(int(k), _DESK, pre_existing=name == "tap_adjustment")
            for name, k in zip(("neighbour_affected", "tap_adjustment", code), desk, strict=True)
            if k >= 0
        },
    )


@njit(cache=True, error_model="numpy")
def _find_worst(
    before: Floats, after: Floats, limit: Floats, scope: Ints, allowed: Floats,
    stated: Ints, sign: float, forgives: bool,
) -> tuple[int, int, bool, Ints]:  # fmt: skip
    """Find the element with the worst effect and, among equals, the least margin.

    Returns
    -------
    worst, severity, was_broken
        -1 where no element has a limit; severity 0 show (or passed), 1 desk, 2 block.
    desk
        Worst element sent to the desk in the rest of the tree, one whose voltage a tap would mend,
        and any other on the path or the feeder.
    """
    worst, severity, margin, was = -1, -1, np.inf, False
    desk = np.full(3, -1, np.int64)
    desk_margin = np.full(3, np.inf)
    for k in range(len(after)):
        if not np.isfinite(limit[k]):
            continue
        size = abs(limit[k])
        room = sign * (limit[k] - after[k]) / size
        effect, broken_before, is_tap = 0, False, False
        if room < -SLACK:
            effect = stated[scope[k]]
            broken_before = sign * (limit[k] - before[k]) < -SLACK * size
            if broken_before and effect != _SHOW:
                worse = sign * (after[k] - before[k])
                if forgives and worse <= SLACK * size:
                    is_tap = scope[k] == _PATH
                    effect = _DESK if is_tap else _SHOW
                elif scope[k] != _PATH:
                    # In the rest of the tree what was broken and grows worse is more than a
                    # neighbour's matter; on the feeder it is what the rule says of the feeder.
                    severe = _BLOCK if scope[k] == _TREE else effect
                    effect = severe if worse > allowed[k] else _SHOW
            if effect == _DESK:
                place = 1 if is_tap else 0 if scope[k] == _TREE else 2
                if room < desk_margin[place]:
                    desk[place], desk_margin[place] = k, room
        if effect > severity or (effect == severity and room < margin):
            worst, severity, margin, was = k, effect, room, broken_before
    return worst, severity, was, desk
