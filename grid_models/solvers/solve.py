"""The one way to a power flow: trees by the radial sweep, everything else by power-grid-model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from grid_models.changers import find_changers
from grid_models.compiled import CompiledGrid, Tree
from grid_models.solvers.pgm import solve_mesh
from grid_models.solvers.radial import TreeState, solve_tree
from grid_models.solvers.regulation import End, settle
from grid_models.solvers.result import PowerFlowResult, tabulate

__all__ = ["solve"]

Complexes = npt.NDArray[np.complex128]


def solve(
    compiled: CompiledGrid,
    *,
    end: End = "low",
    state_of: Callable[[int], TreeState] | None = None,
) -> PowerFlowResult:
    """Solve the AC power flow of every supplied part of a grid.

    Tap changers that hold a voltage settle; in parts that are no tree they stand.

    A part without a solution, or with a value missing, is a failure with a reason in the result,
    not an exception: the rest of the grid still answers.

    Parameters
    ----------
    end
        Of its band, at which every tap changer settles.
    state_of
        Gives the solution of a tree by number, every tap where the file says, where it is kept;
        None: every tree is solved here.
    """
    network = compiled.network
    v = np.full(len(network.base_kv), np.nan + 0j)
    i_from = np.full(len(network.branches.f), np.nan + 0j)
    i_to = i_from.copy()
    engines, failures = {}, {}
    turn, changers = _phase_shifts(compiled), find_changers(compiled)
    for number, standing in enumerate(compiled.trees):
        tree = standing
        engines[tree.tree_id] = "radial"
        if own := changers.get(number):
            settled = settle(tree, own, end=end)
            tree, state = settled.tree, settled.state
        else:
            state = solve_tree(tree) if state_of is None else state_of(number)
        if not state.converged:
            failures[tree.tree_id] = (
                f"no voltage solution in the source tree of {tree.tree_id}: "
                "its load is beyond what it can carry"
            )
            continue
        v[tree.bus] = state.v * turn[number]
        _spread_currents(compiled, number, tree, state, i_from, i_to)
    for mesh in compiled.meshes:
        engines[mesh.tree_id] = "power-grid-model"
        solution = solve_mesh(network, mesh)
        if isinstance(solution, str):
            failures[mesh.tree_id] = solution
            continue
        v[mesh.bus] = solution.v
        i_from[mesh.branch], i_to[mesh.branch] = solution.i_from, solution.i_to
    for gap in compiled.gaps:
        failures[gap.tree_id] = (
            f"the source tree of {gap.tree_id} cannot be solved: {gap.table} {gap.element_id} "
            f"{gap.column or 'values'} missing or unusable"
        )
    return tabulate(network, v=v, i_from=i_from, i_to=i_to, engines=engines, failures=failures)


def _phase_shifts(compiled: CompiledGrid) -> list[Complexes]:
    """Angle of each row behind the one the sweep works with, which leaves shifts out.

    In a tree a fixed phase shift turns everything behind it and changes no magnitude.
    """
    turns = []
    for tree in compiled.trees:
        shift = np.r_[0.0, compiled.network.branches.shift_degree[tree.branch[1:]]]
        angle = np.where(tree.from_is_parent, -shift, shift)
        total = np.empty(len(tree))
        total[0] = tree.angle_source_degree
        for k in range(1, len(tree)):
            total[k] = total[tree.parent[k]] + angle[k]
        turns.append(np.exp(1j * np.deg2rad(total)))
    return turns


def _spread_currents(
    compiled: CompiledGrid,
    number: int,
    tree: Tree,
    state: TreeState,
    i_from: Complexes,
    i_to: Complexes,
) -> None:
    """Write the end currents of a tree's rows to the branches they stand for."""
    own = np.flatnonzero(compiled.tree_of_branch == number)
    row = compiled.row_of_branch[own]
    up = state.v[tree.parent[row]] / tree.ratio_parent[row]
    down = state.v[row] / tree.ratio_child[row]
    y_up = tree.g_parent[row] + 1j * tree.b_parent[row]
    y_down = tree.g_child[row] + 1j * tree.b_child[row]
    at_parent = (state.j[row] + y_up * up) / tree.ratio_parent[row] / tree.circuits[row]
    at_child = (state.j[row] - y_down * down) / tree.ratio_child[row] / tree.circuits[row]
    forward = tree.from_is_parent[row]
    i_from[own] = np.where(forward, at_parent, at_child)
    i_to[own] = np.where(forward, at_child, at_parent)
