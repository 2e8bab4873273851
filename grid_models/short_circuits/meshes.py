"""Short circuits of parts that are no trees: the admittance matrix, factored once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array
from scipy.sparse.linalg import splu

from grid_models.compiled import Mesh
from grid_models.network import Network
from grid_models.short_circuits.elements import Solution

__all__ = ["branches_between_nodes", "solve_mesh"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Complexes = npt.NDArray[np.complex128]

# Numbers in the right-hand sides solved at once.
_MOST_NUMBERS = 1 << 22


def branches_between_nodes(network: Network, mesh: Mesh) -> Ints:
    """Return the mesh's branches but those to a free end, which carry nothing."""
    branches = network.branches
    ends = np.stack([branches.f[mesh.branch], branches.t[mesh.branch]])
    return mesh.branch[(network.node_of_bus[ends] >= 0).all(axis=0)]


def solve_mesh(
    network: Network,
    branch: Ints,
    z: Complexes,
    ratio: Floats,
    source_bus: Ints,
    z_source: Complexes,
    converters: Floats,
    asked: Ints,
) -> Solution:
    """Return the solution of the buses asked for.

    Parameters
    ----------
    branch, z, ratio
        Branches of the mesh with their impedances and ratios, as `branch_impedances` gives them.
    source_bus, z_source
        External grids and their impedances, pu; 0 holds its bus at earth.
    converters
        Current of the converters by bus, pu; each at the angle of the impedance where it stands.
    asked
        Buses of the mesh, free ends not among them.
    """
    f, t = network.branches.f[branch], network.branches.t[branch]
    held = source_bus[z_source == 0.0]
    feeding = z_source != 0.0
    bus = np.setdiff1d(np.concatenate([f, t, source_bus, asked]), held)
    place = np.full(len(network.base_kv), -1, np.int64)
    place[bus] = np.arange(len(bus))

    y, at = 1.0 / z, place[source_bus[feeding]]
    row = np.concatenate([place[f], place[t], place[f], place[t], at])
    column = np.concatenate([place[f], place[t], place[t], place[f], at])
    value = np.concatenate([y / ratio**2, y, -y / ratio, -y / ratio, 1.0 / z_source[feeding]])
    kept = (row >= 0) & (column >= 0)
    n = len(bus)
    z_bus, v_bus = np.zeros(n, np.complex128), np.zeros(n, np.complex128)
    if n:
        matrix = csc_array((value[kept], (row[kept], column[kept])), shape=(n, n))
        factors = splu(matrix)
        giving = np.flatnonzero(converters[bus] > 0.0)
        wanted = np.union1d(place[asked][place[asked] >= 0], giving)
        chunk = max(1, _MOST_NUMBERS // n)
        for start in range(0, len(wanted), chunk):
            own = wanted[start : start + chunk]
            unit = np.zeros((n, len(own)), np.complex128)
            unit[own, np.arange(len(own))] = 1.0
            z_bus[own] = factors.solve(unit)[own, np.arange(len(own))]
        if len(giving):
            current = np.zeros(n, np.complex128)
            current[giving] = converters[bus[giving]] * np.exp(-1j * np.angle(z_bus[giving]))
            v_bus = factors.solve(current)
    is_free = place[asked] >= 0
    found = np.zeros((2, len(asked)), np.complex128)
    found[:, is_free] = z_bus[place[asked[is_free]]], v_bus[place[asked[is_free]]]
    return Solution(found[0], found[1])
