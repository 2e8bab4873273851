"""Capacity of every node of a source tree: open capacity by rule, hosting capacity by AC."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from grid_models.capacity import CODES, Access, hosting_capacity
from grid_models.compiled import Tree
from grid_models.exact.fold import Folded, fold_tree
from grid_models.exact.largest import HIGH, LOW_VOLTAGE, THERMAL, Largest, largest_loads
from grid_models.limits import Bounds, TreeLimits
from grid_models.solvers.radial import TreeState

__all__ = [
    "EXACT", "FULL_AC", "QUALITIES", "UNKNOWN", "TreeCapacity", "TreeExport", "codes_of",
    "lesser_export", "map_export", "map_tree", "open_capacities", "settle_exports", "settle_loads",
]  # fmt: skip

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

UNKNOWN, EXACT, FULL_AC = 0, 1, 2
QUALITIES = ("unknown", "exact", "full_ac")
# Two orders of the series that differ by more than this share of the answer do not settle it: full
# power flows do.
GUARD = 5e-4
NUMBERS = {"voltage_low": LOW_VOLTAGE, "voltage_high": HIGH}


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeCapacity:
    """Capacities by row of a tree.

    Parameters
    ----------
    open_kva, open_row
        Open capacity before promises, and the row below the element that binds (-1: none).
    free_kva, free_row
        The same after promises.
    hosting_kva, hosting_row, hosting_code
        Hosting capacity after promises (inf: nothing binds, NaN: unknown), the row of the element
        or node that binds, and its code.
    quality
        Index of `QUALITIES`: which solver stands behind the hosting capacity.
    """

    open_kva: Floats
    open_row: Ints
    free_kva: Floats
    free_row: Ints
    hosting_kva: Floats
    hosting_row: Ints
    hosting_code: npt.NDArray[np.object_]
    quality: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeExport:
    """Largest generation by row of a tree, never to be mixed with a capacity for load.

    Parameters
    ----------
    kva
        inf where nothing binds, NaN where two orders of the series do not agree.
    row, code
        Of the element or node that binds (-1: none), and its code.
    """

    kva: Floats
    row: Ints
    code: npt.NDArray[np.object_]


def map_tree(
    folded: Folded,
    state: TreeState,
    limits: TreeLimits,
    bounds: Bounds,
    *,
    peak_loading_pct: Floats,
    promised_kva: Floats,
    k: float,
    power_factor: float,
) -> TreeCapacity:
    """Find what every node of a tree can still take, each alone.

    Parameters
    ----------
    folded, state, limits, bounds
        The tree with all promises, solved and folded under these bounds.
    peak_loading_pct
        Loading of each row in percent of its rating, without promises.
    promised_kva
        Promises that load each row.
    k
        Share of a limit that may be used (open capacity).
    power_factor
        Of the new load, lagging.
    """
    tree = folded.tree
    (open_kva, open_row), (free_kva, free_row) = open_capacities(
        tree, limits, peak_loading_pct=peak_loading_pct, promised_kva=promised_kva, k=k
    )
    rows = np.arange(len(tree))
    hosting, quality = settle_loads(folded, state, limits, bounds, rows, power_factor=power_factor)
    return TreeCapacity(
        open_kva=open_kva,
        open_row=open_row,
        free_kva=free_kva,
        free_row=free_row,
        hosting_kva=1000.0 * hosting.s_pu,
        hosting_row=hosting.row,
        hosting_code=codes_of(limits, hosting, folded.broken),
        quality=quality,
    )


def open_capacities(
    tree: Tree, limits: TreeLimits, *, peak_loading_pct: Floats, promised_kva: Floats, k: float
) -> tuple[tuple[Floats, Ints], tuple[Floats, Ints]]:
    """Return open capacity in kVA and the row that binds, by row: before promises, and after.

    Parameters
    ----------
    peak_loading_pct, promised_kva, k
        As `map_tree` takes them.
    """
    known_kva = np.where(np.isfinite(limits.limit_kva), limits.limit_kva, 0.0)
    left = k * limits.limit_kva - peak_loading_pct * limits.factor / 100.0 * known_kva
    return _least_on_way(tree.parent, left), _least_on_way(tree.parent, left - promised_kva)


@njit(cache=True, nogil=True)
def _least_on_way(parent: Ints, left: Floats) -> tuple[Floats, Ints]:
    least, row = left.copy(), np.arange(len(left))
    least[0], row[0] = np.inf, -1
    for k in range(1, len(left)):
        m = parent[k]
        if not left[k] < np.inf:
            row[k] = -1
        if least[m] < least[k] or row[k] < 0:
            least[k], row[k] = least[m], row[m]
    return least, row


def settle_loads(
    folded: Folded,
    state: TreeState,
    limits: TreeLimits,
    bounds: Bounds,
    rows: Ints,
    *,
    power_factor: float,
    near: Largest | None = None,
) -> tuple[Largest, Ints]:
    """Find the largest load at some rows, each settled by two orders of the series.

    Where the two orders do not agree, full power flows settle it.

    Parameters
    ----------
    near
        Answers to start from, one a row of `rows`.

    Returns
    -------
    found, quality
        By `rows`; quality is an index of `QUALITIES`.
    """
    found = largest_loads(folded, rows, power_factor=power_factor, near=near)
    lower = fold_tree(folded.tree, state, bounds, order=2)
    check = largest_loads(lower, rows, power_factor=power_factor, near=found)
    quality = np.full(len(rows), EXACT)
    settled = np.isfinite(found.s_pu) & np.isfinite(check.s_pu)
    third, second = np.where(settled, found.s_pu, 0.0), np.where(settled, check.s_pu, 0.0)
    is_free = np.isposinf(found.s_pu) & np.isposinf(check.s_pu)
    is_sure = is_free | (settled & (np.abs(third - second) <= GUARD * third))
    unsure = np.flatnonzero(~is_sure)
    if len(unsure):
        quality[unsure] = FULL_AC
        accesses = [Access(row=int(k), share=None) for k in rows[unsure]]
        full = hosting_capacity(folded, state, limits, bounds, accesses, power_factor=power_factor)
        for k, hosting in zip(unsure, full, strict=True):
            found.s_pu[k], found.row[k] = hosting.kva / 1000.0, hosting.row
            found.code[k] = NUMBERS.get(hosting.code, THERMAL)
    return found, quality


def map_export(
    tree: Tree, state: TreeState, limits: TreeLimits, bounds: Bounds, *, power_factor: float
) -> TreeExport:
    """Find how much every node of a tree can still feed in, each alone.

    Parameters
    ----------
    bounds
        Limits as they hold for more generation.
    power_factor
        Of the new generation, which then gives reactive power too.
    """
    folded, rows = fold_tree(tree, state, bounds), np.arange(len(tree))
    found = settle_exports(folded, state, bounds, rows, power_factor=power_factor)
    code = codes_of(limits, found, folded.broken)
    return TreeExport(kva=1000.0 * found.s_pu, row=found.row, code=code)


def lesser_export(one: TreeExport, other: TreeExport) -> TreeExport:
    """Return the lesser of two capacities of every row; unknown where one of them is."""
    takes = (other.kva < one.kva) | np.isnan(other.kva)
    return TreeExport(
        kva=np.where(takes, other.kva, one.kva),
        row=np.where(takes, other.row, one.row),
        code=np.where(takes, other.code, one.code),
    )


def settle_exports(
    folded: Folded,
    state: TreeState,
    bounds: Bounds,
    rows: Ints,
    *,
    power_factor: float,
    near: Largest | None = None,
) -> Largest:
    """Find the largest generation at some rows; NaN where two orders of the series do not agree.

    Parameters
    ----------
    folded
        Under `bounds`, as they hold for more generation.
    near
        Answers to start from, one a row of `rows`.
    """
    found = largest_loads(folded, rows, power_factor=power_factor, injects=True, near=near)
    lower = fold_tree(folded.tree, state, bounds, order=2)
    check = largest_loads(lower, rows, power_factor=power_factor, injects=True, near=found)
    third, second = np.nan_to_num(found.s_pu), np.nan_to_num(check.s_pu)
    is_free = np.isposinf(found.s_pu)
    far = ~is_free & ~(np.abs(third - second) <= GUARD * third)
    found.s_pu[far | np.isnan(check.s_pu)] = np.nan
    return found


def codes_of(limits: TreeLimits, found: Largest, broken: Ints) -> npt.NDArray[np.object_]:
    """Return the code of what binds, by entry of `found`: empty where nothing does.

    Parameters
    ----------
    broken
        `Folded.broken` of the same entries.
    """
    row = np.maximum(found.row, 0)
    thermal = np.where(limits.is_line[row], CODES["line"], CODES["transformer"])
    voltage = np.where(found.code == LOW_VOLTAGE, CODES[LOW_VOLTAGE], CODES[HIGH])
    code = np.where(found.code == THERMAL, thermal, voltage)
    code = np.where(broken >= 0, "already_violated", code)
    return np.asarray(np.where(found.row < 0, "", code), dtype=object)
