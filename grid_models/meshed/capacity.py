"""What every bus of a meshed part can still take: open capacity, hosting and export capacity.

A mesh has no path. The *way* of a bus is every branch that carries more than a hundredth of a new
load there, and the buses at their ends (`find_ways`). In a tree that is the path to the source.

- A limit that is broken already on the way: the hosting capacity is 0 (``already_violated``).
- One that is broken elsewhere may grow worse by what the rules allow, and no more.
- Everything else keeps its limit, wherever it lies.

The open capacity is the least of ``k * limit - peak - promised`` over the way, as if each element
of it had to carry the whole load: never more than what its share of the load would leave it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, vstack

from grid_models.capacity import CODES
from grid_models.exact.largest import HIGH, LOW_VOLTAGE, THERMAL
from grid_models.meshed.limits import MeshLimits
from grid_models.meshed.part import MeshPart, flow_shares
from grid_models.meshed.search import COLLAPSE, NOTHING, Question, search_largest

__all__ = ["MeshLargest", "find_largest", "find_ways", "open_on_ways"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

# What carries more than this share of a new load is on its way.
ON_THE_WAY = 0.01
# Values (cases x buses and branches) that are worked on at a time: some tens of megabytes each.
VALUES = 4_000_000
ALREADY = "already_violated"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshLargest:
    """Largest power at some buses of a mesh.

    Parameters
    ----------
    kva
        0 where the way already breaks a limit, inf where nothing binds.
    branch, bus
        Place in the mesh of the branch or of the bus that binds; -1: it is the other, or neither.
    code
        As in `capacity.Hosting`.
    is_less
        False where the search ended at the bound it was given.
    """

    kva: Floats
    branch: Ints
    bus: Ints
    code: Texts
    is_less: Bools


def find_ways(part: MeshPart, at: Ints) -> csr_array:
    """Return which branches are on the way of each of some buses, shape (len(at), branches)."""
    empty = csr_array((0, len(part.f)), dtype=bool)
    found = [csr_array(flow_shares(part, at[rows]) > ON_THE_WAY) for rows in _portions(part, at)]
    return csr_array(vstack([empty, *found], format="csr"))


def open_on_ways(ways: csr_array, left_kva: Floats) -> tuple[Floats, Ints]:
    """Return the least of what is left on each way, and the place of its branch.

    Parameters
    ----------
    left_kva
        What is left on each branch; inf where its limit is unknown.

    Returns
    -------
    kva, branch
        inf and -1 where no limit on the way is known.
    """
    least, branch = np.full(ways.shape[0], np.inf), np.full(ways.shape[0], -1)
    for row in range(ways.shape[0]):
        own = ways.indices[ways.indptr[row] : ways.indptr[row + 1]]
        if len(own) and np.isfinite(left_kva[own]).any():
            branch[row] = own[np.argmin(left_kva[own])]
            least[row] = left_kva[branch[row]]
    return least, branch


def find_largest(question: Question, at: Ints, ways: csr_array, at_most_kva: Floats) -> MeshLargest:
    """Return the largest power at each place of `at`, each alone.

    Parameters
    ----------
    ways
        Of each place, as `find_ways` gives them.
    at_most_kva
        More is not asked for; inf: no bound.
    """
    count = len(at)
    kva, is_less = np.zeros(count), at_most_kva > 0.0
    branch, bus = np.full(count, -1), np.full(count, -1)
    code = np.full(count, ALREADY, dtype=object)
    for rows in _portions(question.part, at):
        on_way = ways[rows].toarray()
        branch[rows], bus[rows] = _broken(question, at[rows], on_way)
        free = rows[(branch[rows] < 0) & (bus[rows] < 0)]
        found = search_largest(
            question, at[free], on_way[np.isin(rows, free)], at_most_kva[free] / 1000.0
        )
        kva[free], is_less[free] = 1000.0 * found.s_pu, found.is_less
        is_thermal = found.kind == THERMAL
        branch[free] = np.where(is_thermal, found.place, -1)
        bus[free] = np.where(is_thermal, -1, found.place)
        code[free] = _codes(question.limits, found.kind, found.place)
    return MeshLargest(kva=kva, branch=branch, bus=bus, code=code, is_less=is_less)


def _portions(part: MeshPart, at: Ints) -> Iterator[Ints]:
    """Yield the rows of `at`, as many as fit into memory at a time."""
    size = max(1, VALUES // (len(part.shunt) + len(part.f)))
    for first in range(0, len(at), size):
        yield np.arange(first, min(first + size, len(at)))


def _broken(question: Question, at: Ints, on_way: Bools) -> tuple[Ints, Ints]:
    """Return the branch or else the bus of each way that breaks a limit already; -1: none."""
    bounds, part = question.bounds, question.part
    is_injection = question.unit.real < 0.0
    # A generator may relieve what is beyond its limit: the search keeps it from growing worse.
    hot = np.zeros_like(bounds.is_hot) if is_injection else bounds.is_hot
    branch = _first(on_way & hot)
    odd = np.flatnonzero(bounds.is_odd)
    reached = np.zeros((len(at), len(odd)), dtype=bool)
    for k, place in enumerate(odd):
        touching = (part.f == place) | (part.t == place)
        reached[:, k] = on_way[:, touching].any(axis=1) | (at == place)
    first = _first(reached)
    bus = np.where(first >= 0, np.append(odd, -1)[first], -1)
    return branch, np.where(branch >= 0, -1, bus)


def _first(marked: Bools) -> Ints:
    """Return the first column marked in each row; -1: none."""
    if not marked.shape[1]:
        return np.full(len(marked), -1)
    return np.where(marked.any(axis=1), marked.argmax(axis=1), -1)


def _codes(limits: MeshLimits, kind: Ints, place: Ints) -> Texts:
    """Return the code of what binds; empty where nothing does."""
    names = {
        THERMAL: CODES["transformer"],
        LOW_VOLTAGE: CODES[LOW_VOLTAGE],
        HIGH: CODES[HIGH],
        # Where no solution is left, the voltage had fallen too low.
        COLLAPSE: CODES[LOW_VOLTAGE],
        NOTHING: "",
    }
    code = np.array([names[int(k)] for k in kind], dtype=object)
    thermal = np.flatnonzero(kind == THERMAL)
    code[thermal[limits.is_line[place[thermal]]]] = CODES["line"]
    return code
