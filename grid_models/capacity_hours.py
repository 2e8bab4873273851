"""The least capacity of every node of a source tree over many load cases, and the case it is of.

A case is computed only for the nodes that it may leave less than the cases before: at all others
the least so far still holds with something to spare (`exact.holding`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grid_models.capacity_map import (
    EXACT,
    GUARD,
    TreeCapacity,
    TreeExport,
    codes_of,
    open_capacities,
    settle_exports,
    settle_loads,
)
from grid_models.exact.fold import W0, Folded
from grid_models.exact.holding import find_holding
from grid_models.exact.largest import Largest
from grid_models.limits import Bounds, TreeLimits
from grid_models.solvers.radial import TreeState

__all__ = ["LeastCapacity", "LeastExport"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# What holds with so much to spare is not less by what the cut-off series leaves unsaid.
SPARE = 2.0 * GUARD


@dataclass(slots=True, kw_only=True)
class LeastCapacity:
    """Least capacities by row of a tree over the cases taken so far.

    Parameters
    ----------
    capacity
        Of each number the least, with what binds it there.
    open_case, hosting_case
        Case in which the row has its least open capacity, and its least hosting capacity.
    fall
        How far the hosting capacity takes the squared voltage of its node down.
    """

    capacity: TreeCapacity
    open_case: Ints
    hosting_case: Ints
    fall: Floats

    @classmethod
    def start(cls, count: int) -> LeastCapacity:
        """Return what is known of `count` rows before any case: nothing."""

        def unknown() -> Floats:
            return np.full(count, np.nan)

        def none() -> Ints:
            return np.full(count, -1, np.int64)

        def no_code() -> npt.NDArray[np.object_]:
            return np.full(count, "", dtype=object)

        return cls(
            capacity=TreeCapacity(
                open_kva=unknown(), open_row=none(), free_kva=unknown(), free_row=none(),
                hosting_kva=unknown(), hosting_row=none(), hosting_code=no_code(),
                quality=np.full(count, EXACT),
            ),
            open_case=none(), hosting_case=none(), fall=np.zeros(count),
        )  # fmt: skip

    def take(
        self,
        case: int,
        folded: Folded,
        state: TreeState,
        limits: TreeLimits,
        bounds: Bounds,
        *,
        peak_loading_pct: Floats,
        promised_kva: Floats,
        k: float,
        power_factor: float,
    ) -> None:
        """Take one more case in.

        Parameters
        ----------
        case
            Its number.
        folded, state, limits, bounds, peak_loading_pct, promised_kva, k, power_factor
            The tree in this case, as `capacity_map.map_tree` takes them.
        """
        least = self.capacity
        (open_kva, open_row), (free_kva, free_row) = open_capacities(
            folded.tree, limits, peak_loading_pct=peak_loading_pct, promised_kva=promised_kva, k=k
        )
        rows = _less(free_kva, least.free_kva, self.open_case)
        least.free_kva[rows], least.free_row[rows] = free_kva[rows], free_row[rows]
        rows = _less(open_kva, least.open_kva, self.open_case)
        least.open_kva[rows], least.open_row[rows] = open_kva[rows], open_row[rows]
        self.open_case[rows] = case
        self._take_hosting(case, folded, state, limits, bounds, power_factor)

    def _take_hosting(
        self,
        case: int,
        folded: Folded,
        state: TreeState,
        limits: TreeLimits,
        bounds: Bounds,
        power_factor: float,
    ) -> None:
        least = self.capacity
        rows, near = _in_question(
            folded, least.hosting_kva, self.fall, self.hosting_case, power_factor=power_factor
        )
        if not len(rows):
            return
        found, quality = settle_loads(
            folded, state, limits, bounds, rows, power_factor=power_factor, near=near
        )
        kva = 1000.0 * found.s_pu
        less = _less(kva, least.hosting_kva[rows], self.hosting_case[rows])
        own = rows[less]
        least.hosting_kva[own], least.hosting_row[own] = kva[less], found.row[less]
        least.hosting_code[own] = codes_of(limits, found, folded.broken[rows])[less]
        least.quality[own], self.hosting_case[own] = quality[less], case
        self.fall[own] = folded.node[own, W0] - found.w[less]


@dataclass(slots=True, kw_only=True)
class LeastExport:
    """Least capacities for generation by row of a tree over the cases taken so far.

    Parameters
    ----------
    export
        The least, with what binds it there.
    case
        Case in which the row has it.
    fall
        How far it takes the squared voltage of its node down (negative: up).
    """

    export: TreeExport
    case: Ints
    fall: Floats

    @classmethod
    def start(cls, count: int) -> LeastExport:
        """Return what is known of `count` rows before any case: nothing."""
        return cls(
            export=TreeExport(
                kva=np.full(count, np.nan), row=np.full(count, -1, np.int64),
                code=np.full(count, "", dtype=object),
            ),
            case=np.full(count, -1, np.int64), fall=np.zeros(count),
        )  # fmt: skip

    def take(
        self,
        case: int,
        folded: Folded,
        state: TreeState,
        limits: TreeLimits,
        bounds: Bounds,
        *,
        power_factor: float,
    ) -> None:
        """Take one more case in.

        Parameters
        ----------
        case
            Its number.
        folded, bounds
            Of the tree in this case, as the limits hold for more generation.
        """
        least = self.export
        rows, near = _in_question(
            folded, least.kva, self.fall, self.case, power_factor=power_factor, injects=True
        )
        if not len(rows):
            return
        found = settle_exports(folded, state, bounds, rows, power_factor=power_factor, near=near)
        kva = 1000.0 * found.s_pu
        less = _less(kva, least.kva[rows], self.case[rows])
        own = rows[less]
        least.kva[own], least.row[own] = kva[less], found.row[less]
        least.code[own] = codes_of(limits, found, folded.broken[rows])[less]
        self.case[own] = case
        self.fall[own] = folded.node[own, W0] - found.w[less]


def _in_question(
    folded: Folded,
    kva: Floats,
    fall: Floats,
    case: Ints,
    *,
    power_factor: float,
    injects: bool = False,
) -> tuple[Ints, Largest | None]:
    """Rows at which the least so far might not hold in this case, and where to start from there."""
    if case[0] < 0:
        return np.arange(len(folded.tree)), None
    s_pu = kva / 1000.0
    holding = find_holding(
        folded, s_pu, fall, spare=SPARE, power_factor=power_factor, injects=injects
    )
    rows = np.flatnonzero(~holding)
    w = folded.node[rows, W0] - fall[rows]
    return rows, Largest(s_pu=s_pu[rows], row=rows, code=rows, w=w)


def _less(found: Floats, before: Floats, case: Ints) -> Ints:
    """Entries that are less than before, or the first; what is unknown in one case stays so."""
    return np.flatnonzero((found < before) | np.isnan(found) | (case < 0))
