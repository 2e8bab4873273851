"""Harm: what measures alone, without the new load, do to others; they may break no limit.

Where a limit is broken already it may grow worse by a small share of what the rules let it (a
point, or half a percent): the rest is left to the customer's own load.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from grid_models.network import LINE
from planner.plan import RejectionReason
from planner.refusal import blocked
from planner.rules import Rules
from planner.situation import Situation

__all__ = ["find_harm"]

# Two loadings (points) or voltages (volts) this close are equal.
SAME = 1e-6
_LOADINGS = ("thermal_line", "thermal_transformer", "heavy_load")

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Stand = Callable[[int], Situation]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Values:
    """Values of some rows of a tree, in the unit of their limit.

    Parameters
    ----------
    names
        Gives the ids of some rows: of a whole tree they take longer than all the rest.
    """

    names: Callable[[Ints], list[str]]
    rows: Ints
    value: Floats
    limit: Floats
    allowed: Floats


def find_harm(
    before: Stand,
    trees: Collection[int],
    after: Stand,
    changed: Collection[int],
    rules: Rules,
) -> tuple[RejectionReason, ...]:
    """Return the limits that measures break, worst first a rule; empty: none.

    Parameters
    ----------
    before, trees
        Gives a tree as it stands, and which ones the measures change.
    after, changed
        The same of the grid after the measures.
    """
    was = [before(number) for number in sorted(trees)]
    now = [after(number) for number in sorted(changed)]
    for situation in now:
        if not situation.state.converged:
            name = situation.source_id
            return (
                blocked(
                    situation.model, "voltage_low", name, value=0.0, limit=1.0, unit="pu",
                    was_broken=False,
                ),
            )  # fmt: skip
    found = [
        _worse(code, was, now, _reading(code, rules), -1.0 if code == "voltage_low" else 1.0)
        for code in (*_LOADINGS, "voltage_low", "voltage_high")
    ]
    return tuple(reason for reason in found if reason is not None)


def _worse(
    code: str,
    was: list[Situation],
    now: list[Situation],
    read: Callable[[Situation], _Values],
    sign: float,
) -> RejectionReason | None:
    """Find the element beyond its limit that was not so, or less so, before."""
    broken = []
    for situation in now:
        values = read(situation)
        beyond = np.flatnonzero(sign * (values.value - values.limit) > SAME)
        if len(beyond):
            broken.append((situation, values, beyond))
    if not broken:
        return None
    known: dict[str, float] = {}
    for situation in was:
        if situation.state.converged:
            values = read(situation)
            known |= zip(values.names(values.rows), values.value.tolist(), strict=True)
    worst, reason = 0.0, None
    for situation, values, beyond in broken:
        names = values.names(values.rows[beyond])
        for name, k in zip(names, beyond.tolist(), strict=True):
            value, limit = float(values.value[k]), float(values.limit[k])
            present = known.get(name, limit)
            was_broken = sign * (present - limit) > SAME
            most = sign * present + values.allowed[k] if was_broken else sign * limit
            if sign * value - most <= SAME:
                continue
            excess = sign * (value - limit) / limit
            if excess > worst:
                worst = excess
                reason = blocked(
                    situation.model, code, name, value=value, limit=limit,
                    unit="V" if code.startswith("voltage") else "%",
                    was_broken=was_broken,
                )  # fmt: skip
    return reason


def _reading(code: str, rules: Rules) -> Callable[[Situation], _Values]:
    """Return what reads the values of a rule off a tree."""
    share = rules.number("remedy_worsening_share")
    if code in _LOADINGS:
        return partial(_loadings, code=code, limit=rules.number(code), share=share)
    return partial(_volts, is_upper=code == "voltage_high", share=share)


def _loadings(situation: Situation, code: str, limit: float, share: float) -> _Values:
    limits = situation.limits
    own = limits.is_line if code == "thermal_line" else limits.is_transformer
    if code == "heavy_load":
        own = limits.is_line | limits.is_transformer
    rows = np.flatnonzero(own & limits.is_known)
    loading = situation.state.loading_pct[rows] * limits.factor[rows]
    return _Values(
        names=partial(_branch_ids, situation),
        rows=rows,
        value=loading,
        limit=np.full(len(rows), limit),
        allowed=np.full(len(rows), share * situation.relaxation.loading_points),
    )


def _volts(situation: Situation, *, is_upper: bool, share: float) -> _Values:
    limits = situation.limits
    bound = limits.v_high_pu if is_upper else limits.v_low_pu
    rows = np.flatnonzero(situation.is_named & np.isfinite(bound) & (bound > 0.0))
    base_v = 1000.0 * limits.kv[rows]
    allowed = np.broadcast_to(situation.relaxation.voltage_share, bound.shape)[rows]
    return _Values(
        names=partial(_node_ids, situation), rows=rows, value=situation.state.v_pu[rows] * base_v,
        limit=bound[rows] * base_v, allowed=share * allowed * base_v,
    )  # fmt: skip


def _branch_ids(situation: Situation, rows: Ints) -> list[str]:
    """Ids of the lines and transformers above some rows."""
    model, branches = situation.model, situation.model.network.branches
    branch = situation.tree.branch[rows]
    element, is_line = branches.element[branch], branches.kind[branch] == LINE
    names = np.empty(len(rows), dtype=object)
    names[is_line] = model.texts("lines", "id", element[is_line])
    names[~is_line] = model.texts("transformers", "id", element[~is_line])
    return names.tolist()


def _node_ids(situation: Situation, rows: Ints) -> list[str]:
    """Ids of the nodes of some rows that have a name."""
    model = situation.model
    return model.texts("nodes", "id", model.network.node_of_bus[situation.tree.bus[rows]])
