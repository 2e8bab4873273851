"""Short circuits of trees that hang at one external grid: one pass down, one up, one down.

From a parent to its child an impedance is seen through the rated ratio of the branch between, and
the branch's own adds to it; so it is with the voltage that currents given below make there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from numba import njit

from grid_models.compiled import Tree
from grid_models.network import Network
from grid_models.short_circuits.basis import Case, ShortCircuitBasis
from grid_models.short_circuits.elements import Solution, branch_impedances

__all__ = ["solve_trees"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Complexes = npt.NDArray[np.complex128]


def solve_trees(
    network: Network,
    trees: Sequence[Tree],
    z_source: complex,
    converters: Floats,
    basis: ShortCircuitBasis,
    case: Case,
) -> list[Solution]:
    """Return the solution of each tree, by row.

    Parameters
    ----------
    trees
        All trees that hang at one external grid.
    z_source
        Impedance of the external grid, pu.
    converters
        Current of the converters by bus, pu; each at the angle of the impedance where it stands.
    """
    solved = []
    gathered = 0j
    for number, tree in enumerate(trees):
        turn, z = _sides(network, tree, basis, case)
        z_row = _descend(tree.parent, turn, z, z_source)
        own = converters[tree.bus] * np.exp(-1j * np.angle(z_row))
        if number:
            own[0] = 0.0  # the trees share their source's bus
        current = _gather(tree.parent, turn, own)
        gathered += current[0]
        solved.append((tree.parent, turn, z, z_row, current))
    return [
        Solution(z_row, _spread(parent, turn, z, current, z_source * gathered))
        for parent, turn, z, z_row, current in solved
    ]


def _sides(
    network: Network, tree: Tree, basis: ShortCircuitBasis, case: Case
) -> tuple[Floats, Complexes]:
    """By row: voltage of the child over that of the parent, and impedance at the child's side."""
    z, ratio = branch_impedances(network, tree.branch[1:], basis, case)
    turn = np.where(tree.from_is_parent[1:], 1.0 / ratio, ratio)
    # the impedance of a branch belongs to its to side
    at_child = z / tree.circuits[1:] * np.where(tree.from_is_parent[1:], 1.0, ratio**2)
    return np.r_[1.0, turn], np.r_[0j, at_child]


@njit(cache=True)
def _descend(parent: Ints, turn: Floats, z: Complexes, z_source: complex) -> Complexes:
    """Impedance between each row and earth."""
    found = np.empty(len(parent), np.complex128)
    found[0] = z_source
    for k in range(1, len(parent)):
        found[k] = found[parent[k]] * turn[k] ** 2 + z[k]
    return found


@njit(cache=True)
def _gather(parent: Ints, turn: Floats, current: Complexes) -> Complexes:
    """Sum the current that flows up from each row, its own and that from below."""
    total = current.copy()
    for k in range(len(parent) - 1, 0, -1):
        total[parent[k]] += total[k] * turn[k]
    return total


@njit(cache=True)
def _spread(
    parent: Ints, turn: Floats, z: Complexes, current: Complexes, v_source: complex
) -> Complexes:
    """Voltage that the currents of `_gather` make at each row."""
    v = np.empty(len(parent), np.complex128)
    v[0] = v_source
    for k in range(1, len(parent)):
        v[k] = v[parent[k]] * turn[k] + z[k] * current[k]
    return v
