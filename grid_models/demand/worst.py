"""The cases that can bind: those in which no other case puts more on every branch.

Let ``P[k]`` and ``Q[k]`` be what is taken at and below row k of a tree, losses not counted. Case B
*covers* case A when in every row k ::

     P_A[k] <= P_B[k]    and   Q_A[k] <= Q_B[k]       nothing more flows down in A
    -P_A[k] <= |P_B[k]|  and  -Q_A[k] <= |Q_B[k]|     nor up, where generators give more

Then no point of the tree can take more in B than in A, and A need not be computed.

*Proof*, for a tree of constant power without shunts. With ``l`` the squared series current of each
branch, ``w`` the squared voltage at its lower end, ``r`` and ``x`` its impedance, the power flow is
the limit, from ``l = 0``, of putting each of these lines into the next::

    p[k] = P[k] + sum of r l over the branches below k           (q alike, with Q and x)
    w[k] = w[parent] - 2 (r p[k] + x q[k]) - (r^2 + x^2) l[k]    (times the square of a ratio)
    l[k] = (p[k]^2 + q[k]^2) / w[k]

Suppose ``l_A <= l_B`` in every branch. Then ``p_A <= p_B`` and ``q_A <= q_B``, hence
``w_A >= w_B``. Losses are not negative, so ``-p_A <= -P_A <= |P_B|``. Where ``P_B >= 0`` this is at
most ``p_B``, so that ``|p_A| <= |p_B|``; where ``P_B < 0`` the condition leaves ``P_A = P_B``, the
same power flows up in both, and the higher voltage of A lowers its current by more than the
losses it saves below can raise it, unless half of that power is lost. The same holds for q, so the
next ``l_A`` is not above the next ``l_B``; both start at 0, and so it is in the limit: every
voltage is higher in A, every current lower, and A has a solution if B has. A new load of lagging
power factor adds the same to both cases along its path, which leaves the condition as it is. So A
carries any load that B can carry within thermal limits and lowest voltages; the greatest voltage
does not bind a load, which lowers every voltage.

Where it ends:

- Loads that follow the voltage: every case is kept (`WorstCases.reason`).
- A limit that is broken already: what was broken off the path may worsen by a little, so that a
  case with a broken limit can leave *more* room than a lighter one that barely meets it. Give
  `breaks`; a case that breaks a limit is kept and covers no other.
- Seasons have limits of their own: only cases of seasons with the same limits are compared.
- Shunts (charging, iron losses) are the same in both cases but for the difference in voltage, and
  come in through the losses alone. They can turn the order of currents only on branches that carry
  little else. Maps over all cases and over those kept agree to the precision of the search.
- Tap changers that regulate are not covered: ratios are fixed here.

Toward ``export`` the same is done mirrored, least demand and most generation, by the first line
alone. Without losses that is exact. With losses more generation may lower a voltage behind a
reactance, by about ``(x p)^2``, so that the choice is not proven there (`WorstCases.is_proven`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from numba import njit

from grid_models.compiled import CompiledGrid, Tree
from grid_models.demand.cases import LoadCases
from grid_models.demand.trees import has_constant_power, tree_at
from grid_models.grid import SEASONS, Grid

__all__ = ["Breaks", "WorstCases", "covered_cases", "limit_groups", "worst_cases"]

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

Breaks = Callable[[Tree, str], bool]
"""Says of a tree in a case, and its season, whether it breaks a limit anywhere before new load."""

# Powers nearer than this (share of a branch's own, or pu) are equal: sums differ in their last
# digits. Mixtures alike to so many digits are the same.
EQUAL = 1e-11
DIGITS = 12
# Mixtures compared together: enough for fast products, few enough to stop early.
BLOCK = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstCases:
    """The cases that can bind.

    Parameters
    ----------
    kept
        Their numbers, ascending.
    reason
        ``loads_follow_voltage`` where all had to be kept; else empty.
    is_proven
        Whether it is proven that no other can bind.
    """

    kept: Ints
    reason: Literal["", "loads_follow_voltage"]
    is_proven: bool


def limit_groups(grid: Grid) -> dict[str, str]:
    """Return a name for the limits of every season; seasons of one name have the same limits."""
    own = set(grid.limits["season"])
    return {season: season if season in own else "all" for season in (*SEASONS, "all")}


def worst_cases(
    compiled: CompiledGrid,
    number: int,
    cases: LoadCases,
    *,
    limit_group: Mapping[str, str] | None = None,
    breaks: Breaks | None = None,
) -> WorstCases:
    """Return the cases in which some point of a tree may have its least capacity.

    Parameters
    ----------
    number
        Of the tree.
    cases
        Of `compiled`.
    limit_group
        As `limit_groups` returns it. None: every season may have limits of its own.
    breaks
        None: no case breaks a limit.
    """
    every = np.arange(len(cases))
    if not has_constant_power(compiled, number, cases):
        return WorstCases(kept=every, reason="loads_follow_voltage", is_proven=True)
    covered, weight = _find_covered(
        compiled.trees[number], cases, _group_numbers(cases, limit_group)
    )
    covers = np.zeros(len(cases), dtype=bool)
    kept = []
    # Whatever covers a case has no less weight, so it has been judged before.
    for k in np.lexsort((every, -weight)):
        if not (covered[k] & covers).any():
            kept.append(k)
            season = cases.cases[k].season
            covers[k] = breaks is None or not breaks(tree_at(compiled, number, cases, k), season)
    return WorstCases(kept=np.sort(kept), reason="", is_proven=cases.toward == "load")


def covered_cases(
    compiled: CompiledGrid,
    number: int,
    cases: LoadCases,
    *,
    limit_group: Mapping[str, str] | None = None,
) -> Bools:
    """Say of each pair of cases whether the second covers the first; shape (cases, cases).

    For whoever goes through the cases, the heaviest first: one that is covered by a case seen
    before, which broke no limit, leaves no point less. Nothing is covered where that is not proven.

    Parameters
    ----------
    compiled, number, cases, limit_group
        As for `worst_cases`.
    """
    if cases.toward != "load" or not has_constant_power(compiled, number, cases):
        return np.zeros((len(cases), len(cases)), dtype=bool)
    group = _group_numbers(cases, limit_group)
    return _find_covered(compiled.trees[number], cases, group)[0]


def _group_numbers(cases: LoadCases, limit_group: Mapping[str, str] | None) -> Ints:
    group = [(limit_group or {}).get(case.season, case.season) for case in cases.cases]
    return np.asarray(np.unique(group, return_inverse=True)[1], dtype=np.int64)


def _mixtures(tree: Tree, cases: LoadCases, quantity: str) -> Floats:
    """Return in what proportions the columns flow in the branches of a tree, each mixture once.

    Whether a case covers another at a branch is a matter of the mixture, not of its amount, and
    most branches of a street carry the same one.

    Returns
    -------
    mixtures
        Shape (mixtures, columns); the greatest share of each is 1 or -1.
    """
    if quantity not in cases.powers.by_quantity:
        return np.zeros((0, len(cases.columns)))
    taken = cases.powers.by_quantity[quantity][tree.bus].toarray()
    _add_up(tree.parent, taken)
    amount = np.abs(taken).max(axis=1)
    some = amount > 0.0
    shares = np.round(taken[some] / amount[some, None], DIGITS)
    return np.unique(shares + 0.0, axis=0)  # one zero: -0 is another row to `unique`


@njit(cache=True)
def _add_up(parent: Ints, taken: Floats) -> None:
    for k in range(len(parent) - 1, 0, -1):
        taken[parent[k]] += taken[k]


def _find_covered(tree: Tree, cases: LoadCases, group: Ints) -> tuple[Bools, Floats]:
    """Say of each pair (A, B) whether B covers A, and give each case a weight that never falls."""
    light, heavy = np.nonzero((group[:, None] == group) & ~np.eye(len(group), dtype=bool))
    weight = np.zeros(len(group))
    sign = 1.0 if cases.toward == "load" else -1.0
    for quantity, factor in (("p", cases.p_factor), ("q", cases.q_factor)):
        mixtures = _mixtures(tree, cases, quantity)
        for start in range(0, len(mixtures), BLOCK):
            flow = sign * (factor @ mixtures[start : start + BLOCK].T)
            weight += flow.sum(axis=1)
            held = _hold(flow, light, heavy, cases.toward == "load")
            light, heavy = light[held], heavy[held]
    covered = np.zeros((len(group), len(group)), dtype=bool)
    covered[light, heavy] = True
    return covered, weight


@njit(cache=True)
def _hold(flow: Floats, light: Ints, heavy: Ints, both_ways: bool) -> Bools:
    """Say of each pair whether the heavy case covers the light one in some flows.

    Parameters
    ----------
    flow
        Shape (cases, flows).
    both_ways
        Whether what flows up counts too.
    """
    held = np.ones(len(light), dtype=np.bool_)
    for pair in range(len(light)):
        a, b = light[pair], heavy[pair]
        for k in range(flow.shape[1]):
            less, more = flow[a, k], flow[b, k]
            if less > more + EQUAL or (both_ways and -less > abs(more) + EQUAL):
                held[pair] = False
                break
    return held
