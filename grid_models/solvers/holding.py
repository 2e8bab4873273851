"""Holding voltages: the reactive power with which generators keep their buses at a voltage.

power-grid-model knows no such generator. So their reactive power is a given one there, and an outer
loop changes it until every voltage held is met, or the generator gives all it can: then its voltage
is what comes of it, on the side its bound explains (too low at its greatest, too high at its
least).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grid_models.holders import Holders
from grid_models.meshed.part import MeshPart, voltage_drops

__all__ = ["Held", "find_sensitivity", "hold_voltages"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]

# A voltage held this closely (pu) is held.
HELD_PU = 1e-9
MAX_ROUNDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Solutions in which voltages are held.

    Parameters
    ----------
    v
        Voltage of every bus, pu, shape (cases, buses); NaN in a case without a solution.
    q
        Reactive power of every bus that holds, pu, shape (cases, holders).
    """

    v: Complexes
    q: Floats


def find_sensitivity(part: MeshPart, at: Ints, v: Complexes) -> Floats:
    """Return by how much reactive power at each bus raises the voltages of each.

    Parameters
    ----------
    at
        Places of the buses in the mesh.
    v
        Voltages of the mesh near which it holds; everything loaded keeps its current.

    Returns
    -------
    sensitivity
        Row: voltage, column: reactive power; pu.
    """
    # 1 pu of reactive power given is the current -j / conj(v), and a drop is what is drawn
    drops = voltage_drops(part, at)[:, at].T
    moved = drops * (1j / np.conj(v[at]))
    return np.asarray((moved * np.conj(v[at])[:, None]).real / np.abs(v[at])[:, None])


def hold_voltages(
    solve: Callable[[Ints, Floats], Complexes],
    holders: Holders,
    at: Ints,
    sensitivity: Floats,
    start: Floats,
) -> Held:
    """Find the reactive powers that hold the voltages in each of several cases.

    Parameters
    ----------
    solve
        Voltages of some cases by number, with these reactive powers.
    holders, at
        What is held, and where in the mesh.
    sensitivity
        As `find_sensitivity` gives it.
    start
        Reactive powers to begin with, shape (cases, holders).
    """
    q, open_cases = start.copy(), np.arange(len(start))
    v = np.zeros((len(start), 0), dtype=np.complex128)
    for _ in range(MAX_ROUNDS):
        found = solve(open_cases, q[open_cases])
        if not v.shape[1]:
            v = np.full((len(start), found.shape[1]), np.nan + 0j)
        gap, own = holders.v_pu - np.abs(found[:, at]), q[open_cases]
        is_spent = ((own >= holders.q_max) & (gap > 0.0)) | ((own <= holders.q_min) & (gap < 0.0))
        gap = np.where(is_spent, 0.0, gap)
        # A case without a solution is closed: it stays NaN.
        is_done = ~(np.abs(gap).max(axis=1) > HELD_PU)
        v[open_cases[is_done]] = found[is_done]
        if is_done.all():
            break
        open_cases, gap, is_spent, own = (
            values[~is_done] for values in (open_cases, gap, is_spent, own)
        )
        free = ~is_spent
        among = np.where(free[:, :, None] & free[:, None, :], sensitivity, np.eye(len(at)))
        step = np.linalg.solve(among, gap[:, :, None])[:, :, 0]
        q[open_cases] = np.clip(own + step, holders.q_min, holders.q_max)
    return Held(v=v, q=q)
