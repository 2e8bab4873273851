"""Search for the worst case of every point: whole groups of cases are ruled out by one bound.

The envelope of a group of cases takes at every bus the greatest power of any of them. It covers
each of them (see `demand.worst`), so where it leaves a point no less room than a case already
computed, no case of the group can be that point's worst. A group that is not ruled out is halved,
down to single cases, whose envelope is the case itself. In the end the least capacity of every
point is exact, and most cases were never computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from numba import njit

from grid_models.compiled import CompiledGrid, Tree
from grid_models.demand.cases import LoadCases
from grid_models.demand.trees import tree_at, tree_powers
from grid_models.demand.worst import EQUAL, Breaks, worst_cases

__all__ = ["Capacity", "WorstFound", "search_worst_cases"]

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

Capacity = Callable[[Tree, str], Floats]
"""Capacity of every point of a tree in a case, and its season; always of the same points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstFound:
    """What a search found.

    Parameters
    ----------
    capacity
        Least capacity of every point over all cases.
    case
        Number of the case in which it has it, the first one computed where several have.
    computed
        Numbers of the cases that were computed one by one, ascending.
    evaluations
        Times the capacities were computed, envelopes included.
    """

    capacity: Floats
    case: Ints
    computed: Ints
    evaluations: int


def search_worst_cases(
    compiled: CompiledGrid,
    number: int,
    cases: LoadCases,
    capacity: Capacity,
    *,
    limit_group: Mapping[str, str] | None = None,
    breaks: Breaks | None = None,
) -> WorstFound:
    """Return the least capacity of every point of a tree over all cases, and the case it is in.

    Where nothing is proven (loads that follow the voltage, toward ``export``) all cases that
    `worst_cases` keeps, or all there are, are computed.

    Parameters
    ----------
    compiled, number, cases, limit_group, breaks
        As for `worst_cases`. An envelope that breaks a limit rules nothing out.
    capacity
        Of the points asked about. It must not rise with more load, as hosting capacity does not
        where no limit is broken.
    """
    worst = worst_cases(compiled, number, cases, limit_group=limit_group, breaks=breaks)
    if worst.reason or not worst.is_proven:
        groups = [[k] for k in (worst.kept if worst.is_proven else range(len(cases)))]
        return _Search(compiled, number, cases, capacity, None, breaks).run(groups)
    by_season: dict[str, list[int]] = {}
    for k in worst.kept:
        by_season.setdefault(cases.cases[k].season, []).append(int(k))
    powers = tree_powers(compiled, number, cases)
    return _Search(compiled, number, cases, capacity, powers, breaks).run(list(by_season.values()))


@dataclass(slots=True)
class _Search:
    compiled: CompiledGrid
    number: int
    cases: LoadCases
    capacity: Capacity
    powers: tuple[Floats, Floats] | None
    breaks: Breaks | None

    def run(self, groups: list[list[int]]) -> WorstFound:
        """Go through groups of cases of one season each, the heaviest first."""
        least, at = np.zeros(0), np.zeros(0, np.int64)
        computed: list[int] = []
        evaluations = 0
        open_groups = sorted(groups, key=self._weight)
        while open_groups:
            group = open_groups.pop()
            season = self.cases.cases[group[0]].season
            tree = self._envelope(group)
            is_single = len(group) == 1
            # a bound is of use only where something is known, and none where a limit is broken
            is_bound = is_single or bool(len(least) and self._covers(group))
            if is_bound and not is_single and self.breaks is not None:
                is_bound = not self.breaks(tree, season)
            if is_bound:
                found = self.capacity(tree, season)
                evaluations += 1
                if is_single:
                    computed.append(group[0])
                    if not len(least):
                        least, at = np.full(len(found), np.inf), np.full(len(found), group[0])
                    at = np.where(found < least, group[0], at)
                    least = np.minimum(least, found)
                elif (found >= least).all():
                    continue
            if not is_single:
                half = len(group) // 2
                open_groups += sorted((group[:half], group[half:]), key=self._weight)
        return WorstFound(
            capacity=least, case=at, computed=np.sort(computed), evaluations=evaluations
        )

    def _weight(self, group: list[int]) -> float:
        """Return what the heaviest case of a group takes in all."""
        if self.powers is None:
            return 0.0
        p, q = self.powers
        return float((p[:, group].sum(axis=0) + q[:, group].sum(axis=0)).max())

    def _envelope(self, group: list[int]) -> Tree:
        if self.powers is None or len(group) == 1:
            return tree_at(self.compiled, self.number, self.cases, group[0])
        p, q = (power[:, group].max(axis=1) for power in self.powers)
        return replace(self.compiled.trees[self.number], p=p, q=q)

    def _covers(self, group: list[int]) -> bool:
        """Say whether nothing flows up in a case of the group that is above the envelope's flow."""
        tree = self.compiled.trees[self.number]
        return self.powers is not None and all(
            bool(_is_covered(tree.parent, power[:, group].copy())) for power in self.powers
        )


@njit(cache=True)
def _is_covered(parent: Ints, power: Floats) -> bool:
    """Add powers up from row to row and hold what flows up against the envelope."""
    n, width = power.shape
    envelope = np.empty(n)
    for k in range(n):
        envelope[k] = power[k].max()
    for k in range(n - 1, 0, -1):
        for case in range(width):
            if -power[k, case] > abs(envelope[k]) + EQUAL:
                return False
            power[parent[k], case] += power[k, case]
        envelope[parent[k]] += envelope[k]
    return True
