"""MeshPart: the branches of a meshed part as admittances, and where a new load's current flows.

Everything is per unit on 1 MVA, by place in the mesh. A branch is that of `network.Branches`::

    i_from = y_ff v_from + y_ft v_to        i_to = y_tf v_from + y_tt v_to
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.linalg import splu

from grid_models.compiled import Mesh
from grid_models.network import Network

__all__ = ["MeshPart", "admit", "flow_shares", "voltage_drops"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshPart:
    """A meshed part as admittances.

    Parameters
    ----------
    f, t
        Places of the two ends of each branch among the buses of the mesh.
    y_ff, y_ft, y_tf, y_tt
        Admittances of each branch.
    shunt
        Admittance to earth of each bus.
    source
        Places of the buses at an ideal source.
    rating_from, rating_to
        Rated current at either end, inf if unknown.
    """

    f: Ints
    t: Ints
    y_ff: Complexes
    y_ft: Complexes
    y_tf: Complexes
    y_tt: Complexes
    shunt: Complexes
    source: Ints
    rating_from: Floats
    rating_to: Floats

    def currents(self, v: Complexes) -> tuple[Complexes, Complexes]:
        """Return the currents into both ends of every branch; `v` may have cases before buses."""
        v_f, v_t = v[..., self.f], v[..., self.t]
        return self.y_ff * v_f + self.y_ft * v_t, self.y_tf * v_f + self.y_tt * v_t

    def loading_pct(self, i_from: Complexes, i_to: Complexes) -> Floats:
        """Return the current in percent of the rating, worst end; 0 where it is unknown."""
        worst = np.maximum(np.abs(i_from) / self.rating_from, np.abs(i_to) / self.rating_to)
        return np.asarray(100.0 * worst)


def admit(network: Network, mesh: Mesh) -> MeshPart:
    """Express the branches of a meshed part as admittances."""
    own, branches = mesh.branch, network.branches
    place = np.full(len(network.base_kv), -1, np.int64)
    place[mesh.bus] = np.arange(len(mesh.bus))
    y = np.asarray(1.0 / (branches.r[own] + 1j * branches.x[own]), dtype=np.complex128)
    # the from side is turned ahead of the inner end by the shift
    ratio = branches.ratio[own] * np.exp(1j * np.deg2rad(branches.shift_degree[own]))
    y_from = branches.g_from[own] + 1j * branches.b_from[own]
    y_to = branches.g_to[own] + 1j * branches.b_to[own]
    source = place[network.source_bus]
    return MeshPart(
        f=place[branches.f[own]],
        t=place[branches.t[own]],
        y_ff=(y + y_from) / np.abs(ratio) ** 2,
        y_ft=-y / np.conj(ratio),
        y_tf=-y / ratio,
        y_tt=y + y_to,
        shunt=network.g[mesh.bus] + 1j * network.b[mesh.bus],
        source=source[source >= 0],
        rating_from=branches.rating_from[own],
        rating_to=branches.rating_to[own],
    )


def flow_shares(part: MeshPart, at: Ints) -> Floats:
    """Return the share of a new load's current that flows through every branch, worst end.

    What else is loaded keeps its current, so that in a tree the share is 1 on the way to the source
    and 0 elsewhere, but for charging. At a source it is 0 everywhere.

    Parameters
    ----------
    at
        Places of the loaded buses.

    Returns
    -------
    shares
        Shape (len(at), branches).
    """
    i_from, i_to = part.currents(voltage_drops(part, at))
    return np.maximum(np.abs(i_from), np.abs(i_to))


def voltage_drops(part: MeshPart, at: Ints) -> Complexes:
    """Return what a current of 1 pu drawn at a bus adds to every voltage, shape (len(at), buses).

    Sources keep their voltage, what is loaded its current.
    """
    n = len(part.shunt)
    free = np.setdiff1d(np.arange(n), part.source)
    diagonal = np.arange(n)
    y = coo_array(
        (
            np.concatenate([part.y_ff, part.y_ft, part.y_tf, part.y_tt, part.shunt]),
            (
                np.concatenate([part.f, part.f, part.t, part.t, diagonal]),
                np.concatenate([part.f, part.t, part.f, part.t, diagonal]),
            ),
        ),
        shape=(n, n),
    ).tocsc()
    drawn = np.zeros((n, len(at)), dtype=np.complex128)
    drawn[at, np.arange(len(at))] = -1.0
    v = np.zeros((len(at), n), dtype=np.complex128)
    if len(free):
        v[:, free] = splu(y[free][:, free]).solve(drawn[free]).T
    return v
