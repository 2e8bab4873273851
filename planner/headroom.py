"""Headroom: what many places of a grid can still take, and how loaded they are, tree by tree.

The figures are those of the capacity map (`planner.capacity`), worked out for the rows asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from grid_models.capacity_map import QUALITIES, UNKNOWN, open_capacities, settle_loads
from grid_models.model import GridModel
from planner.application import Commitment
from planner.rules import Rules
from planner.situation import Situation, group_by_tree, make_situation

__all__ = ["Headroom", "Headrooms"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Headroom:
    """What some places can take, each alone: capacities of two places never add up.

    Parameters
    ----------
    loading_pct
        Of the branch above each place in percent of its limit, promises not counted; NaN where
        the limit is unknown or nothing is solved.
    free_kva
        The lesser of open capacity after promises and hosting capacity; may be negative, inf where
        nothing binds, NaN where unknown.
    quality
        exact, full_ac or unknown, as in the capacity map.
    """

    loading_pct: Floats
    free_kva: Floats
    quality: npt.NDArray[np.object_]


@dataclass(frozen=True, kw_only=True)
class Headrooms:
    """Trees with everything promised, each solved once however often one asks.

    Parameters
    ----------
    commitments
        Promised to others, all of them at nodes of the grid.
    """

    model: GridModel
    rules: Rules
    commitments: Sequence[Commitment]
    _solved: dict[int, Situation | None] = field(default_factory=dict)

    def at(self, tree: Ints, row: Ints, *, power_factor: float) -> Headroom:
        """Return the headroom of some places.

        Parameters
        ----------
        tree, row
            Of each place; a tree below 0 is none: nothing is known there.
        power_factor
            Of the new load, lagging.
        """
        loading, free = np.full(len(tree), np.nan), np.full(len(tree), np.nan)
        quality = np.full(len(tree), QUALITIES[UNKNOWN], dtype=object)
        for number in np.unique(tree[tree >= 0]).tolist():
            situation = self._situation(number)
            if situation is None:
                continue
            own = np.flatnonzero(tree == number)
            rows, place = np.unique(row[own], return_inverse=True)
            free_of, quality_of = self._free(situation, rows, power_factor)
            limits = situation.limits
            loading_of = np.where(
                limits.is_known, situation.peak_loading_pct * limits.factor, np.nan
            )
            loading[own] = loading_of[row[own]]
            free[own], quality[own] = free_of[place], quality_of[place]
        return Headroom(loading_pct=loading, free_kva=free, quality=quality)

    def _free(
        self, situation: Situation, rows: Ints, power_factor: float
    ) -> tuple[Floats, npt.NDArray[np.object_]]:
        _, (open_kva, _) = open_capacities(
            situation.tree, situation.limits, peak_loading_pct=situation.peak_loading_pct,
            promised_kva=situation.promised_kva, k=self.rules.number("open_capacity_k"),
        )  # fmt: skip
        hosting, quality = settle_loads(
            situation.folded, situation.state, situation.limits, situation.bounds, rows,
            power_factor=power_factor,
        )  # fmt: skip
        free = np.minimum(open_kva[rows], 1_000.0 * hosting.s_pu)
        return free, np.array(QUALITIES, dtype=object)[quality]

    def _situation(self, number: int) -> Situation | None:
        """Return a tree with its promises; None: it has no solution, with them or without."""
        if number not in self._solved:
            own = self._by_tree.get(number, ())
            found = make_situation(self.model, number, self.rules, own)
            bare = make_situation(self.model, number, self.rules, ()) if own else found
            is_solved = found.state.converged and bare.state.converged
            self._solved[number] = found if is_solved else None
        return self._solved[number]

    @cached_property
    def _by_tree(self) -> Mapping[int, Sequence[Commitment]]:
        return group_by_tree(self.model, self.commitments, self.rules.on_date)
