"""Revalued: a compiled grid after edits that change nothing but values of some branches.

A thicker conductor or a larger transformer joins the same buses as the one before it, so the trees
stay as they are laid out: the new values are put into copies of the arrays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from grid_models.compiled import CompiledGrid, Tree
from grid_models.grid import Grid
from grid_models.network import LINE, TRANSFORMER, Branches, Network, branch_values

__all__ = ["revalue"]

Ints = npt.NDArray[np.int64]

_TABLES = {LINE: "lines", TRANSFORMER: "transformers"}
_VALUES = (
    "r", "x", "g_from", "b_from", "g_to", "b_to", "ratio", "shift_degree", "rating_from",
    "rating_to",
)  # fmt: skip
# Of these each must be a number, as in `gaps`.
_NEEDED = ("r", "x", "g_from", "b_from", "g_to", "b_to", "ratio")


def revalue(
    compiled: CompiledGrid, grid: Grid, changed: Mapping[str, Collection[str]]
) -> CompiledGrid | None:
    """Return what `compile_grid` makes of a grid; None where it has to be asked.

    Parameters
    ----------
    compiled
        Of the grid before.
    grid
        The grid after: with other values, and with more rows only out of service.
    changed
        Ids of the ``lines`` and ``transformers`` whose values are others.
    """
    network = _moved(compiled.network, grid)
    trees = list(compiled.trees)
    for kind, table in _TABLES.items():
        rows = grid.rows_of(table, list(changed.get(table, ())))
        branch = _branch_of(network.branches, kind, rows)
        if (branch < 0).any():
            return None
        number, row = compiled.tree_of_branch[branch], compiled.row_of_branch[branch]
        if (number < 0).any() or any(
            trees[tree].circuits[k] != 1 for tree, k in zip(number, row, strict=True)
        ):
            # in a ring, or one of several in parallel, which have to be alike
            return None
        ends = network.branches.f[branch], network.branches.t[branch]
        values = branch_values(grid, kind, rows, ends, network.base_kv)
        if not _are_usable(values):
            return None
        for name in _VALUES:
            getattr(network.branches, name)[branch] = getattr(values, name)
        for tree in np.unique(number).tolist():
            own = np.flatnonzero(number == tree)
            trees[tree] = _with_values(trees[tree], row[own], values, own)
    return replace(compiled, network=network, trees=tuple(trees))


def _moved(network: Network, grid: Grid) -> Network:
    """Return a network whose branches point to the rows of other tables, its values copied."""
    branches = network.branches
    element = branches.element.copy()
    for kind, table in _TABLES.items():
        present = getattr(network.grid, table)
        if present is getattr(grid, table):
            continue
        own = branches.kind == kind
        element[own] = grid.rows_of(table, present.index)[element[own]]
    copies = {name: getattr(branches, name).copy() for name in _VALUES}
    return replace(network, grid=grid, branches=replace(branches, element=element, **copies))


def _branch_of(branches: Branches, kind: int, rows: Ints) -> Ints:
    """Branch of each row of a table; -1 where there is none."""
    own = np.flatnonzero(branches.kind == kind)
    branch_of = dict(zip(branches.element[own].tolist(), own.tolist(), strict=True))
    return np.array([branch_of.get(row, -1) for row in rows.tolist()], dtype=np.int64)


def _are_usable(values: Branches) -> bool:
    """Say whether no value is missing, and none makes one point of two ends."""
    is_known = all(bool(np.isfinite(getattr(values, name)).all()) for name in _NEEDED)
    return is_known and bool(((values.r != 0.0) | (values.x != 0.0)).all())


def _with_values(tree: Tree, row: Ints, values: Branches, own: Ints) -> Tree:
    """Return a tree with other values above some of its rows."""
    is_down = tree.from_is_parent[row]

    def ends(name: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        first, last = getattr(values, f"{name}_from")[own], getattr(values, f"{name}_to")[own]
        return np.where(is_down, first, last), np.where(is_down, last, first)

    new = {"r": values.r[own], "x": values.x[own]}
    for name in ("g", "b", "rating"):
        new[f"{name}_parent"], new[f"{name}_child"] = ends(name)
    ratio = values.ratio[own]
    new["ratio_parent"] = np.where(is_down, ratio, 1.0)
    new["ratio_child"] = np.where(is_down, 1.0, ratio)
    changed = {}
    for name, value in new.items():
        changed[name] = getattr(tree, name).copy()
        changed[name][row] = value
    return replace(tree, **changed)
